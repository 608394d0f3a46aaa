"""CUSTOM_AUTH: the pool's functions decide, run by commands and by a server of the test's own."""

import json

import pytest
from pycognito.aws_srp import AWSSRP, generate_hash_device

from conftest import aws_client
from expect import UUID, refused
from functions import REGION

PASSWORD = "Passw0rd!"
WRONG = "Incorrect username or password."
TRIGGERS = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")


def define(event):
    """Two right answers sign in, three wrong ones fail."""
    rounds = event["request"]["session"]
    custom = [it for it in rounds if it["challengeName"] == "CUSTOM_CHALLENGE"]
    response = event["response"]
    if rounds and rounds[-1]["challengeName"] == "SRP_A":
        response |= {"challengeName": "PASSWORD_VERIFIER", "issueTokens": False, "failAuthentication": False}
    elif sum(it["challengeResult"] for it in custom) == 2:
        response |= {"issueTokens": True, "failAuthentication": False}
    elif sum(not it["challengeResult"] for it in custom) == 3:
        response |= {"issueTokens": False, "failAuthentication": True}
    else:
        response |= {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": False, "failAuthentication": False}
    return event


def create(event):
    number = str(len(event["request"]["session"]))
    event["response"] |= {
        "publicChallengeParameters": {"question": f"what is {number}?"},
        "privateChallengeParameters": {"answer": number},
        "challengeMetadata": f"ROUND-{number}",
    }
    return event


def verify(event):
    request = event["request"]
    right = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    event["response"]["answerCorrect"] = right
    return event


@pytest.fixture
def functions(functions):
    functions.on(DefineAuthChallenge=define, CreateAuthChallenge=create, VerifyAuthChallengeResponse=verify)
    return functions


@pytest.fixture
def idp(start_server, functions):
    return aws_client(start_server(*functions.flags()), "cognito-idp", region=REGION)


def a_client(idp, *, hides="LEGACY", lambdas=TRIGGERS, **settings):
    config = {name: f"arn:aws:lambda:{REGION}:000000000000:function:{name}:live" for name in lambdas}
    pool = idp.create_user_pool(PoolName="custom", LambdaConfig=config, **settings)["UserPool"]["Id"]
    made = idp.create_user_pool_client(
        UserPoolId=pool,
        ClientName="c",
        PreventUserExistenceErrors=hides,
        ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    idp.admin_create_user(UserPoolId=pool, Username="alice", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password=PASSWORD, Permanent=True)
    return pool, made["UserPoolClient"]["ClientId"]


def begin(idp, client, username="alice", **more):
    return idp.initiate_auth(
        ClientId=client, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": username, **more}, ClientMetadata={"a": "b"}
    )


def respond(idp, client, challenge, answer, username="alice", **more):
    return idp.respond_to_auth_challenge(
        ClientId=client,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": username, "ANSWER": answer},
        **more,
    )


def test_the_functions_play_until_they_are_content(idp, functions):
    pool, client = a_client(idp)
    first = begin(idp, client)
    assert first["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert first["ChallengeParameters"] == {"USERNAME": "alice", "question": "what is 0?"}
    again = respond(idp, client, first, "wrong", ClientMetadata={"c": "d"})
    assert again["ChallengeParameters"]["question"] == "what is 1?" and again["Session"] != first["Session"]
    with refused("NotAuthorizedException", "Invalid session for the user, session can only be used once."):
        respond(idp, client, first, "0")
    third = respond(idp, client, again, "1")
    done = respond(idp, client, third, "2")["AuthenticationResult"]
    assert idp.get_user(AccessToken=done["AccessToken"])["Username"] == "alice"
    assert "NewDeviceMetadata" not in done
    define_first, create_first, verify_first, define_second, create_second = functions.events[:5]
    sub = next(it["Value"] for it in idp.admin_get_user(UserPoolId=pool, Username="alice")["UserAttributes"])
    common = {
        "version": "1",
        "region": REGION,
        "userPoolId": pool,
        "userName": "alice",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client},
    }
    user = {"sub": sub, "cognito:user_status": "CONFIRMED"}
    assert define_first == common | {
        "triggerSource": "DefineAuthChallenge_Authentication",
        "request": {"userAttributes": user, "session": []},
        "response": {"challengeName": None, "issueTokens": None, "failAuthentication": None},
    }
    assert create_first == common | {
        "triggerSource": "CreateAuthChallenge_Authentication",
        "request": {"userAttributes": user, "challengeName": "CUSTOM_CHALLENGE", "session": []},
        "response": {
            "publicChallengeParameters": None,
            "privateChallengeParameters": None,
            "challengeMetadata": None,
        },
    }
    assert verify_first == common | {
        "triggerSource": "VerifyAuthChallengeResponse_Authentication",
        "request": {
            "userAttributes": user,
            "privateChallengeParameters": {"answer": "0"},
            "challengeAnswer": "wrong",
            "clientMetadata": {"c": "d"},
        },
        "response": {"answerCorrect": None},
    }
    played = [{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False, "challengeMetadata": "ROUND-0"}]
    assert define_second["request"] == {"userAttributes": user, "session": played, "clientMetadata": {"c": "d"}}
    assert "clientMetadata" not in create_second["request"]


def test_three_wrong_answers_fail(idp):
    _, client = a_client(idp)
    challenge = begin(idp, client)
    for _ in range(2):
        challenge = respond(idp, client, challenge, "wrong")
    with refused("NotAuthorizedException", WRONG):
        respond(idp, client, challenge, "wrong")


def test_a_password_may_come_first(idp, functions):
    pool, client = a_client(idp)
    srp = AWSSRP("alice", PASSWORD, pool, client, client=idp)
    given = srp.get_auth_params()
    asked = begin(idp, client, CHALLENGE_NAME="SRP_A", SRP_A=given["SRP_A"])
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    answer = srp.process_challenge(asked["ChallengeParameters"], given)
    custom = idp.respond_to_auth_challenge(
        ClientId=client, ChallengeName="PASSWORD_VERIFIER", Session=asked["Session"], ChallengeResponses=answer
    )
    assert custom["ChallengeName"] == "CUSTOM_CHALLENGE"
    rounds = functions.events[-2]["request"]["session"]
    assert [(it["challengeName"], it["challengeResult"]) for it in rounds] == [
        ("SRP_A", True),
        ("PASSWORD_VERIFIER", True),
    ]
    custom = respond(idp, client, custom, "2")
    assert respond(idp, client, custom, "3")["AuthenticationResult"]["AccessToken"]


def test_nobody_plays_along(idp, functions):
    _, client = a_client(idp)
    with refused("UserNotFoundException", "User does not exist."):
        begin(idp, client, "nobody")
    _, client = a_client(idp, hides="ENABLED")
    challenge = begin(idp, client, "nobody")
    assert functions.events[0]["request"] == {"userAttributes": {}, "session": [], "userNotFound": True}
    assert challenge["ChallengeParameters"] == {"USERNAME": "nobody", "question": "what is 0?"}
    challenge = respond(idp, client, challenge, "0", "nobody")
    with refused("NotAuthorizedException", WRONG):
        respond(idp, client, challenge, "1", "nobody")


def test_what_functions_may_do_wrong(idp, functions):
    _, client = a_client(idp)
    for handler, code, message in (
        (
            lambda event: (200, "no json"),
            "InvalidLambdaResponseException",
            "Invalid lambda function output : Invalid JSON",
        ),
        (lambda event: {}, "InvalidLambdaResponseException", "Unrecognizable lambda output"),
        (lambda event: event, "InvalidLambdaResponseException", "Unrecognizable lambda output"),
        (
            lambda event: (500, json.dumps({"errorMessage": "boom", "errorType": "Error"})),
            "UserLambdaValidationException",
            "DefineAuthChallenge failed with error boom.",
        ),
        (
            lambda event: (502, "bad gateway"),
            "UnexpectedLambdaException",
            "DefineAuthChallenge invocation failed due to error HTTP status 502.",
        ),
    ):
        functions.on(DefineAuthChallenge=handler)
        with refused(code, message):
            begin(idp, client)
    functions.on(DefineAuthChallenge=define, VerifyAuthChallengeResponse=lambda event: event)
    challenge = begin(idp, client)
    with refused("InvalidLambdaResponseException", "Unrecognizable lambda output"):
        respond(idp, client, challenge, "0")
    # Nothing came of it: the same session is answered rightly.
    functions.on(VerifyAuthChallengeResponse=verify)
    assert respond(idp, client, challenge, "0")["ChallengeName"] == "CUSTOM_CHALLENGE"


def test_sessions_of_others_and_of_other_clients(idp):
    pool, client = a_client(idp)
    idp.admin_create_user(UserPoolId=pool, Username="bob", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username="bob", Password=PASSWORD, Permanent=True)
    challenge = begin(idp, client)
    with refused("NotAuthorizedException", "Invalid session for the user."):
        respond(idp, client, challenge, "0", "bob")
    other = idp.create_user_pool_client(UserPoolId=pool, ClientName="o")["UserPoolClient"]["ClientId"]
    with refused("NotAuthorizedException", "Invalid session for the user."):
        respond(idp, other, challenge, "0")
    for name in ("USERNAME", "ANSWER"):
        given = {"USERNAME": "alice", "ANSWER": "0"}
        del given[name]
        with refused("InvalidParameterException", f"Missing required parameter {name}"):
            idp.respond_to_auth_challenge(
                ClientId=client,
                ChallengeName="CUSTOM_CHALLENGE",
                Session=challenge["Session"],
                ChallengeResponses=given,
            )
    idp.admin_disable_user(UserPoolId=pool, Username="alice")
    with refused("NotAuthorizedException", "User is disabled."):
        begin(idp, client)
    with refused("NotAuthorizedException", "User is disabled."):
        respond(idp, client, respond_until_last(idp, client, challenge), "1")


def respond_until_last(idp, client, challenge):
    return respond(idp, client, challenge, "0")


def test_a_pool_without_functions_has_no_custom_authentication(idp):
    _, client = a_client(idp, lambdas=())
    with refused(
        "InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool."
    ):
        begin(idp, client)


def test_commands_are_functions_too(start_server, tmp_path):
    script = tmp_path / "define.py"
    script.write_text(
        "import json, sys\n"
        "event = json.load(sys.stdin)\n"
        "if event['userName'] == 'bob': sys.exit('no bobs')\n"
        "event['response']['issueTokens'] = True\n"
        "json.dump(event, sys.stdout)\n"
    )
    server = start_server("--lambda", f"DefineAuthChallenge=exec:python3 {script}")
    idp = aws_client(server, "cognito-idp", region=REGION)
    pool, client = a_client(idp, lambdas=("DefineAuthChallenge",))
    assert begin(idp, client)["AuthenticationResult"]["AccessToken"]
    idp.admin_create_user(UserPoolId=pool, Username="bob", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username="bob", Password=PASSWORD, Permanent=True)
    with refused("UserLambdaValidationException", "DefineAuthChallenge failed with error no bobs."):
        begin(idp, client, "bob")


def test_a_function_that_nobody_runs_says_what_to_do(server, account):
    idp = aws_client(server, "cognito-idp", region=REGION, account=account)
    _, client = a_client(idp)
    with refused(
        "UnexpectedLambdaException",
        "DefineAuthChallenge invocation failed due to configuration. Start Cognitwin with "
        "--lambda DefineAuthChallenge=http://… or --lambda DefineAuthChallenge=exec:COMMAND or "
        "--lambda-endpoint URL, or run the function with "
        f"AWS_LAMBDA_RUNTIME_API=localhost:{server.port}/_cognitwin/lambda/DefineAuthChallenge.",
    ):
        begin(idp, client)


def test_nobody_has_a_name_like_somebody_where_addresses_are_names(idp):
    config = {name: f"arn:aws:lambda:{REGION}:000000000000:function:{name}" for name in TRIGGERS}
    pool = idp.create_user_pool(PoolName="custom", UsernameAttributes=["email"], LambdaConfig=config)["UserPool"]["Id"]
    made = idp.create_user_pool_client(
        UserPoolId=pool,
        ClientName="c",
        PreventUserExistenceErrors="ENABLED",
        ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"],
    )
    client = made["UserPoolClient"]["ClientId"]
    for _ in range(2):
        challenge = begin(idp, client, "nobody@example.com")
        assert UUID.fullmatch(challenge["ChallengeParameters"]["USERNAME"])
    again = respond(idp, client, challenge, "wrong", challenge["ChallengeParameters"]["USERNAME"])
    assert again["ChallengeName"] == "CUSTOM_CHALLENGE"
    # As SRP names nobody, so nobody may answer.
    srp = AWSSRP("nobody@example.com", PASSWORD, pool, client, client=idp)
    with refused("NotAuthorizedException", WRONG):
        srp.authenticate_user()


def test_only_the_session_s_own_user_costs_a_call(idp, functions):
    _, client = a_client(idp, hides="ENABLED")
    challenge = begin(idp, client)
    calls = len(functions.events)
    with refused("NotAuthorizedException", "Invalid session for the user."):
        respond(idp, client, challenge, "0", "nobody")
    ghost = begin(idp, client, "nobody")
    respond(idp, client, ghost, "0", "nobody")
    calls = len(functions.events)
    with refused("NotAuthorizedException", "Invalid session for the user, session can only be used once."):
        respond(idp, client, ghost, "0", "nobody")
    assert len(functions.events) == calls


def test_what_a_command_prints_before_it_fails_is_its_own(start_server, tmp_path):
    script = tmp_path / "define.sh"
    script.write_text("cat; echo; echo the reason >&2; exit 1\n")
    server = start_server("--lambda", f"DefineAuthChallenge=exec:sh {script}")
    idp = aws_client(server, "cognito-idp", region=REGION)
    _, client = a_client(idp, lambdas=("DefineAuthChallenge",))
    with refused("UserLambdaValidationException", "DefineAuthChallenge failed with error the reason."):
        begin(idp, client)


def test_a_challenge_that_does_not_fit_a_session_is_no_challenge(idp, functions):
    def long(event):
        create(event)["response"]["privateChallengeParameters"]["answer"] = "x" * 5000
        return event

    functions.on(CreateAuthChallenge=long)
    _, client = a_client(idp)
    with refused("InvalidLambdaResponseException", "Unrecognizable lambda output"):
        begin(idp, client)


def test_a_device_without_a_session_does_not_go_around_the_functions(idp, functions):
    pool, client = a_client(
        idp, DeviceConfiguration={"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
    )
    idp.update_user_pool_client(
        UserPoolId=pool, ClientId=client, ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"]
    )
    srp = AWSSRP("alice", PASSWORD, pool, client, client=idp)
    tokens = srp.authenticate_user()
    metadata = tokens["AuthenticationResult"]["NewDeviceMetadata"]
    secret, config = generate_hash_device(metadata["DeviceGroupKey"], metadata["DeviceKey"])
    idp.confirm_device(
        AccessToken=tokens["AuthenticationResult"]["AccessToken"],
        DeviceKey=metadata["DeviceKey"],
        DeviceSecretVerifierConfig=config,
    )
    device = AWSSRP(
        "alice",
        PASSWORD,
        pool,
        client,
        client=idp,
        device_key=metadata["DeviceKey"],
        device_group_key=metadata["DeviceGroupKey"],
        device_password=secret,
    )
    given = device.get_auth_params()
    asked = begin(idp, client, CHALLENGE_NAME="SRP_A", SRP_A=given["SRP_A"], DEVICE_KEY=metadata["DeviceKey"])
    answer = device.process_challenge(asked["ChallengeParameters"], given)
    asked = idp.respond_to_auth_challenge(
        ClientId=client, ChallengeName="PASSWORD_VERIFIER", Session=asked["Session"], ChallengeResponses=answer
    )
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    asked = idp.respond_to_auth_challenge(
        ClientId=client,
        ChallengeName="DEVICE_SRP_AUTH",
        ChallengeResponses={"USERNAME": "alice", "DEVICE_KEY": metadata["DeviceKey"], "SRP_A": given["SRP_A"]},
    )
    answer = device.process_device_challenge(asked["ChallengeParameters"])
    custom = idp.respond_to_auth_challenge(
        ClientId=client, ChallengeName="DEVICE_PASSWORD_VERIFIER", ChallengeResponses=answer
    )
    assert custom["ChallengeName"] == "CUSTOM_CHALLENGE"
    rounds = [it["challengeName"] for it in functions.events[-2]["request"]["session"]]
    assert rounds == ["SRP_A", "PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"]
