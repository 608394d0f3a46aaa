"""What the pool's functions are told of a sign-in, and what they may do with it: before, after, and on the way."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from pycognito.aws_srp import generate_hash_device

import golden
from conftest import aws_client
from expect import attributes, refused
from functions import REGION, answering, config, failing
from sign_ins import FLOWS, INCORRECT, PASSWORD, USED_SESSION, SignIns, totp

EMAIL = {"email": "alice@example.com", "email_verified": "true"}
BEFORE = "PreAuthentication_Authentication"
AFTER = "PostAuthentication_Authentication"
TOKENS = "TokenGeneration_Authentication"
ASKED = ("PreAuthentication", "PostAuthentication", "PreTokenGeneration")
CUSTOM = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
ENABLED = {"PreventUserExistenceErrors": "ENABLED", "ExplicitAuthFlows": [*FLOWS, "ALLOW_CUSTOM_AUTH"]}
DEVICES = {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False}
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")


@pytest.fixture
def world(start_server, functions):
    """Makes a pool that asks functions, with alice in it."""
    server = start_server(*functions.flags())

    def make(*triggers, **options):
        idp = aws_client(server, "cognito-idp", region=REGION)
        world = SignIns(server, idp, LambdaConfig=config(*triggers), **({"client": ENABLED} | options))
        world.add_user(**EMAIL)
        return world

    return make


def by_password(world, **more):
    given = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    return world.idp.initiate_auth(
        ClientId=world.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given, **more
    )


def begin_custom(world, **more):
    return world.idp.initiate_auth(
        ClientId=world.client_id, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "alice"} | more
    )


def answer_custom(world, challenge, answer, **more):
    return world.idp.respond_to_auth_challenge(
        ClientId=world.client_id,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", "ANSWER": answer},
        **more,
    )


def test_before_and_after_a_sign_in_functions_are_asked(world, functions):
    it = world(*ASKED)
    tokens = by_password(it, ClientMetadata={"a": "b"})["AuthenticationResult"]
    assert functions.sources() == [BEFORE, AFTER, TOKENS]
    before, after, _ = functions.events
    golden.matches(BEFORE, before, userPoolId=it.id, clientId=it.client_id)
    golden.matches(AFTER, after, userPoolId=it.id, clientId=it.client_id)
    # Neither is asked about a refresh.
    functions.events.clear()
    assert it.refresh(tokens["RefreshToken"])
    assert functions.sources() == ["TokenGeneration_RefreshTokens"]


def test_through_an_administrator_they_are_asked_alike(world, functions):
    it = world(*ASKED)
    it.admin_initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert functions.sources() == [BEFORE, AFTER, TOKENS]
    assert functions.events[0]["request"]["validationData"] is None


def test_a_client_that_tells_of_nobody_tells_its_function_nothing_of_it(world, functions):
    it = world("PreAuthentication", client={})
    with refused("UserNotFoundException", "User does not exist."):
        it.sign_in("nobody")
    assert functions.events == []
    it.sign_in()
    assert "userNotFound" not in functions.events[0]["request"]


def test_of_nobody_the_function_hears_where_the_client_does_not(world, functions):
    it = world("PreAuthentication")
    with refused(*INCORRECT):
        it.sign_in("nobody")
    golden.matches(f"{BEFORE}.nobody", functions.events[0])
    functions.on(PreAuthentication=failing("no"))
    with refused("UserLambdaValidationException", "PreAuthentication failed with error no."):
        it.sign_in("nobody")


def test_before_anything_is_compared_the_function_may_refuse(world, functions):
    it = world("PreAuthentication", "PostAuthentication")
    functions.on(PreAuthentication=failing("not today"))
    for password in (PASSWORD, "wrong"):
        with refused("UserLambdaValidationException", "PreAuthentication failed with error not today."):
            it.sign_in(password=password)
    with refused("UserLambdaValidationException", "PreAuthentication failed with error not today."):
        it.begin_srp()
    # What is asked comes after what the request lacks, and after the client's secret.
    functions.events.clear()
    with refused("InvalidParameterException", "Missing required parameter PASSWORD"):
        it.initiate(USERNAME="alice")
    with refused(
        "NotAuthorizedException", f"Client {it.client_id} is not configured for secret but secret was received"
    ):
        it.sign_in(SECRET_HASH="aGFzaA==")
    assert functions.events == []
    functions.on(PreAuthentication=lambda event: event)
    with refused(*INCORRECT):
        it.sign_in(password="wrong")
    assert functions.sources() == [BEFORE]


def test_srp_is_one_sign_in_for_the_functions(world, functions):
    it = world(*ASKED)
    challenge, answer = it.begin_srp()
    assert functions.sources() == [BEFORE]
    it.idp.respond_to_auth_challenge(
        ClientId=it.client_id, ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=answer, ClientMetadata={"c": "d"}
    )
    assert functions.sources() == [BEFORE, AFTER, TOKENS]
    assert all(event["request"]["clientMetadata"] == {"c": "d"} for event in functions.events[1:])


@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        (failing("too late"), "UserLambdaValidationException", "PostAuthentication failed with error too late."),
        (lambda event: (200, "no json"), UNRECOGNIZABLE[0], "Invalid lambda function output : Invalid JSON"),
        (lambda event: None, *UNRECOGNIZABLE),
        (lambda event: {"response": []}, *UNRECOGNIZABLE),
    ],
)
def test_a_sign_in_that_is_refused_at_its_end_leaves_no_trace(world, functions, answer, code, message):
    it = world("PostAuthentication")
    it.add_user("bob", permanent=False)
    challenge = it.sign_in("bob")
    given = {"USERNAME": "bob", "NEW_PASSWORD": "An0therPassw0rd!"}
    functions.on(PostAuthentication=answer)
    with refused(code, message):
        it.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], **given)
    assert it.idp.admin_get_user(UserPoolId=it.id, Username="bob")["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    # The failures of a name are forgotten by a sign-in, not by an attempt: five lock it out.
    it.freeze()
    for _ in range(4):
        with refused(*INCORRECT):
            it.sign_in(password="wrong")
    with refused(code, message):
        it.sign_in()
    with refused(*INCORRECT):
        it.sign_in(password="wrong")
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        it.sign_in()
    functions.on(PostAuthentication=lambda event: event)
    assert it.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], **given)["AuthenticationResult"]
    with refused("NotAuthorizedException", "Invalid session for the user, session can only be used once."):
        it.respond("NEW_PASSWORD_REQUIRED", challenge["Session"], **given)


def test_what_fails_is_no_event_of_the_user_s(world, functions):
    it = world("PostAuthentication", UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})
    functions.on(PostAuthentication=failing("no"))
    with refused("UserLambdaValidationException", "PostAuthentication failed with error no."):
        it.sign_in()
    listed = {"UserPoolId": it.id, "Username": "alice"}
    assert it.idp.admin_list_user_auth_events(**listed)["AuthEvents"] == []
    functions.on(PostAuthentication=lambda event: event)
    it.sign_in()
    assert [one["EventResponse"] for one in it.idp.admin_list_user_auth_events(**listed)["AuthEvents"]] == ["Pass"]


def test_a_second_factor_comes_before_the_function(world, functions):
    it = world(*ASKED, mfa="OPTIONAL")
    secret = it.enrol(it.tokens()["AccessToken"])
    it.prefer(SoftwareTokenMfa=(True, True))
    functions.events.clear()
    challenge = it.sign_in()
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert functions.sources() == [BEFORE]
    it.move(60)
    functions.on(PostAuthentication=failing("no"))
    code = totp(secret, it.now())
    given = {"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": code}
    with refused("UserLambdaValidationException", "PostAuthentication failed with error no."):
        it.respond("SOFTWARE_TOKEN_MFA", challenge["Session"], **given)
    # Nor is the code used up.
    functions.on(PostAuthentication=lambda event: event)
    assert it.respond("SOFTWARE_TOKEN_MFA", challenge["Session"], **given)["AuthenticationResult"]


def test_a_device_that_the_pool_does_not_know_is_a_new_one(world, functions):
    it = world("PostAuthentication", "PreTokenGeneration", DeviceConfiguration=DEVICES)
    srp = it.srp()
    tokens = srp.authenticate_user()["AuthenticationResult"]
    metadata = tokens["NewDeviceMetadata"]
    assert functions.of(AFTER)[0]["request"]["newDeviceUsed"] is True
    group, key = metadata["DeviceGroupKey"], metadata["DeviceKey"]
    secret, verifier = generate_hash_device(group, key)
    it.idp.confirm_device(AccessToken=tokens["AccessToken"], DeviceKey=key, DeviceSecretVerifierConfig=verifier)
    functions.events.clear()
    device = it.srp(device_key=key, device_group_key=group, device_password=secret)
    assert device.authenticate_user()["AuthenticationResult"]
    assert functions.sources() == [AFTER, "TokenGeneration_AuthenticateDevice"]
    assert functions.events[0]["request"]["newDeviceUsed"] is False
    golden.matches("TokenGeneration_AuthenticateDevice", functions.events[1])


@pytest.mark.parametrize("trigger", ASKED)
def test_a_function_may_change_the_user_that_it_is_asked_about(world, functions, trigger):
    it = world(trigger)

    def rename(event):
        given = {"UserPoolId": event["userPoolId"], "Username": event["userName"]}
        it.idp.admin_update_user_attributes(**given, UserAttributes=[{"Name": "name", "Value": "Alice B."}])
        return event

    functions.on(**{trigger: rename})
    tokens = it.tokens()
    assert len(functions.events) == 1
    user = attributes(it.idp.get_user(AccessToken=tokens["AccessToken"])["UserAttributes"])
    assert user["name"] == "Alice B."


def test_a_function_that_deletes_its_user_ends_the_sign_in(world, functions):
    it = world("PostAuthentication")

    def delete(event):
        it.idp.admin_delete_user(UserPoolId=event["userPoolId"], Username=event["userName"])
        return event

    functions.on(PostAuthentication=delete)
    with refused(*INCORRECT):
        it.sign_in()


def define(event):
    rounds = event["request"]["session"]
    if rounds and rounds[-1]["challengeName"] == "SRP_A":
        event["response"] = {"challengeName": "PASSWORD_VERIFIER", "issueTokens": False, "failAuthentication": False}
    elif rounds and rounds[-1]["challengeName"] == "CUSTOM_CHALLENGE" and rounds[-1]["challengeResult"]:
        event["response"] = {"issueTokens": True, "failAuthentication": False}
    else:
        event["response"] = {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": False, "failAuthentication": False}
    return event


create = answering(privateChallengeParameters={"answer": "42"}, publicChallengeParameters={"question": "?"})


def verify(event):
    request = event["request"]
    event["response"]["answerCorrect"] = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    return event


@pytest.fixture
def playing(world, functions):
    functions.on(DefineAuthChallenge=define, CreateAuthChallenge=create, VerifyAuthChallengeResponse=verify)
    return world(*ASKED, *CUSTOM)


def test_a_custom_challenge_is_one_sign_in(playing, functions):
    first = begin_custom(playing)
    assert functions.sources() == [
        BEFORE, "DefineAuthChallenge_Authentication", "CreateAuthChallenge_Authentication"
    ]  # fmt: skip
    functions.events.clear()
    again = answer_custom(playing, first, "41", ClientMetadata={"c": "d"})
    verified, defined, created = functions.events
    golden.matches("VerifyAuthChallengeResponse_Authentication", verified)
    golden.matches("DefineAuthChallenge_Authentication", defined)
    golden.matches("CreateAuthChallenge_Authentication", created)
    functions.events.clear()
    answer_custom(playing, again, "42", ClientMetadata={"c": "d"})
    assert functions.sources() == [
        "VerifyAuthChallengeResponse_Authentication", "DefineAuthChallenge_Authentication", AFTER, TOKENS
    ]  # fmt: skip
    assert functions.events[2]["request"]["clientMetadata"] == {"c": "d"}


RIGHT_ONES = ("DefineAuthChallenge", "VerifyAuthChallengeResponse", "PostAuthentication", "PreTokenGeneration")


@pytest.mark.parametrize("trigger", RIGHT_ONES)
def test_a_function_that_fails_leaves_the_session_to_another_answer(playing, functions, trigger):
    first = begin_custom(playing)
    working = dict(functions.handlers)
    functions.on(**{trigger: failing("no")})
    for _ in range(3):
        with refused("UserLambdaValidationException", f"{trigger} failed with error no."):
            answer_custom(playing, first, "42")
    functions.handlers = working
    assert answer_custom(playing, first, "42")["AuthenticationResult"]
    with refused(*USED_SESSION):
        answer_custom(playing, first, "42")


@pytest.mark.parametrize("username", ["alice", "nobody"])
@pytest.mark.parametrize(
    ("trigger", "handler", "refusal"),
    [
        ("DefineAuthChallenge", failing("no"), ("UserLambdaValidationException", "DefineAuthChallenge failed with error no.")),
        ("CreateAuthChallenge", failing("no"), ("UserLambdaValidationException", "CreateAuthChallenge failed with error no.")),
        ("DefineAuthChallenge", answering(), UNRECOGNIZABLE),
        ("DefineAuthChallenge", answering(challengeName="SMS_MFA"), UNRECOGNIZABLE),
        ("CreateAuthChallenge", answering(privateChallengeParameters={"a": "x" * 5000}), UNRECOGNIZABLE),
        (
            "DefineAuthChallenge",
            lambda event: (200, "no json"),
            ("InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON"),
        ),
    ],
)
def test_a_wrong_answer_is_a_round_whatever_fails_after_it(playing, functions, trigger, handler, refusal, username):
    def begun():
        given = {"USERNAME": username}
        return playing.idp.initiate_auth(ClientId=playing.client_id, AuthFlow="CUSTOM_AUTH", AuthParameters=given)

    def answer(challenge, answer):
        given = {"USERNAME": username, "ANSWER": answer}
        return playing.respond("CUSTOM_CHALLENGE", challenge["Session"], **given)

    first = begun()
    working = dict(functions.handlers)
    functions.on(**{trigger: handler})
    with refused(*refusal):
        answer(first, "41")
    functions.handlers = working
    functions.events.clear()
    with refused(*USED_SESSION):
        answer(first, "42")
    assert functions.sources() == []


def test_tokens_that_a_wrong_answer_was_to_have_leave_no_trace_where_they_fail(playing, functions):
    first = begin_custom(playing)
    before = playing.idp.admin_get_user(UserPoolId=playing.id, Username="alice")
    functions.on(DefineAuthChallenge=answering(issueTokens=True), PreTokenGeneration=failing("no"))
    with refused("UserLambdaValidationException", "PreTokenGeneration failed with error no."):
        answer_custom(playing, first, "41")
    after = playing.idp.admin_get_user(UserPoolId=playing.id, Username="alice")
    assert after["UserLastModifiedDate"] == before["UserLastModifiedDate"]
    with refused(*USED_SESSION):
        answer_custom(playing, first, "42")


@pytest.mark.parametrize("answer", ["41", "42"])
def test_one_session_is_judged_once_however_many_come_at_the_same_time(playing, functions, answer):
    def late(event):
        time.sleep(0.3)
        return verify(event)

    functions.on(VerifyAuthChallengeResponse=late)
    first = begin_custom(playing)
    functions.events.clear()
    start = threading.Barrier(40)

    def come(_):
        start.wait()
        try:
            return answer_custom(playing, first, answer)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"]["Message"]

    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(come, range(40)))
    assert sum(isinstance(it, dict) for it in answers) == 1
    assert {it for it in answers if isinstance(it, tuple)} == {USED_SESSION}
    assert len(functions.of("VerifyAuthChallengeResponse_Authentication")) == 1
    assert len(functions.of(AFTER)) == (1 if answer == "42" else 0)


def test_a_function_that_makes_its_user_anew_each_time_is_refused(world, functions):
    it = world("PreAuthentication")

    def anew(event):
        it.idp.admin_delete_user(UserPoolId=it.id, Username="alice")
        it.add_user(**EMAIL)
        return event

    functions.on(PreAuthentication=anew)
    with refused(
        "UnexpectedLambdaException",
        "PreAuthentication invocation failed due to error "
        "The function keeps changing the user that it is asked about.",
    ):
        by_password(it)
    assert functions.sources() == [BEFORE] * 2


@pytest.mark.parametrize(
    "answer",
    [
        {"challengeName": "SMS_MFA", "issueTokens": False, "failAuthentication": False},
        {"challengeName": "PASSWORD_VERIFIER", "issueTokens": False, "failAuthentication": False},
        {"challengeName": "no such", "issueTokens": False, "failAuthentication": False},
        {"challengeName": 1, "issueTokens": False, "failAuthentication": False},
        {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": "true", "failAuthentication": False},
        {"issueTokens": False, "failAuthentication": False},
        {},
    ],
)
def test_what_define_may_not_say(playing, functions, answer):
    functions.on(DefineAuthChallenge=answering(**answer))
    with refused(*UNRECOGNIZABLE):
        begin_custom(playing)


@pytest.mark.parametrize(
    "answer",
    [
        {"publicChallengeParameters": []},
        {"privateChallengeParameters": "42"},
        {"privateChallengeParameters": {"answer": 42}},
        {"privateChallengeParameters": {"answer": None}},
        {"privateChallengeParameters": {"answer": {"a": "b"}}},
        {"challengeMetadata": {}},
    ],
)
def test_what_create_may_not_say(playing, functions, answer):
    functions.on(CreateAuthChallenge=answering(**answer))
    with refused(*UNRECOGNIZABLE):
        begin_custom(playing)


def test_a_second_factor_comes_between_the_password_and_the_next_challenge(playing, functions):
    playing.require("OPTIONAL")
    functions.on(DefineAuthChallenge=answering(issueTokens=True))
    secret = playing.enrol(begin_custom(playing)["AuthenticationResult"]["AccessToken"])
    playing.prefer(SoftwareTokenMfa=(True, True))
    functions.on(DefineAuthChallenge=define)
    srp = playing.srp()
    given = srp.get_auth_params()
    functions.events.clear()
    asked = begin_custom(playing, CHALLENGE_NAME="SRP_A", SRP_A=given["SRP_A"])
    rounds = [{"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None}]
    assert functions.sources() == [BEFORE, "DefineAuthChallenge_Authentication"]
    assert functions.events[1]["request"]["session"] == rounds
    answer = srp.process_challenge(asked["ChallengeParameters"], given)
    challenge = playing.respond("PASSWORD_VERIFIER", asked["Session"], **answer)
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    playing.move(60)
    code = totp(secret, playing.now())
    custom = playing.respond(
        "SOFTWARE_TOKEN_MFA", challenge["Session"], USERNAME="alice", SOFTWARE_TOKEN_MFA_CODE=code
    )
    assert custom["ChallengeName"] == "CUSTOM_CHALLENGE"
    for name in ("PASSWORD_VERIFIER", "SOFTWARE_TOKEN_MFA"):
        rounds.append({"challengeName": name, "challengeResult": True, "challengeMetadata": None})
    assert functions.of("DefineAuthChallenge_Authentication")[-1]["request"]["session"] == rounds
    assert answer_custom(playing, custom, "42")["AuthenticationResult"]


def test_a_password_that_the_functions_do_not_follow_up_is_asked_for_again(playing, functions):
    srp = playing.srp()
    given = srp.get_auth_params()
    asked = begin_custom(playing, CHALLENGE_NAME="SRP_A", SRP_A=given["SRP_A"])
    answer = srp.process_challenge(asked["ChallengeParameters"], given)
    functions.on(DefineAuthChallenge=lambda event: (500, json.dumps({"errorMessage": "no"})))
    with refused("UserLambdaValidationException", "DefineAuthChallenge failed with error no."):
        playing.respond("PASSWORD_VERIFIER", asked["Session"], **answer)
    functions.on(DefineAuthChallenge=define)
    custom = playing.respond("PASSWORD_VERIFIER", asked["Session"], **answer)
    assert custom["ChallengeName"] == "CUSTOM_CHALLENGE"


def test_a_sign_in_that_the_functions_end_is_at_its_end(playing, functions):
    ending = answering(issueTokens=False, failAuthentication=True)
    srp = playing.srp()
    given = srp.get_auth_params()
    asked = begin_custom(playing, CHALLENGE_NAME="SRP_A", SRP_A=given["SRP_A"])
    answer = srp.process_challenge(asked["ChallengeParameters"], given)
    custom = begin_custom(playing)
    functions.on(DefineAuthChallenge=ending)
    with refused(*INCORRECT):
        playing.respond("PASSWORD_VERIFIER", asked["Session"], **answer)
    with refused(*INCORRECT):
        answer_custom(playing, custom, "42")
    functions.on(DefineAuthChallenge=define)
    for again in (
        lambda: playing.respond("PASSWORD_VERIFIER", asked["Session"], **answer),
        lambda: answer_custom(playing, custom, "42"),
    ):
        with refused("NotAuthorizedException", "Invalid session for the user, session can only be used once."):
            again()


def test_what_the_caller_has_wrong_costs_no_call(playing, functions):
    for given in ({"SRP_A": "0"}, {"SRP_A": "xyz"}):
        with refused("InvalidParameterException", "SRP_A is not a valid number."):
            begin_custom(playing, CHALLENGE_NAME="SRP_A", **given)
        with refused("InvalidParameterException", "SRP_A is not a valid number."):
            playing.initiate("USER_SRP_AUTH", USERNAME="alice", **given)
    assert functions.events == []


def test_without_define_no_other_function_is_asked(world, functions):
    it = world("PreAuthentication")
    with refused(
        "InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool."
    ):
        begin_custom(it)
    assert functions.events == []


def test_functions_hear_of_the_second_factor_and_of_no_alias_but_addresses(world, functions):
    it = world(*ASKED, AliasAttributes=["email", "preferred_username"], mfa="OPTIONAL")
    it.idp.admin_update_user_attributes(
        UserPoolId=it.id, Username="alice", UserAttributes=[{"Name": "preferred_username", "Value": "ally"}]
    )
    secret = it.enrol(it.tokens()["AccessToken"])
    known = functions.of(AFTER)[-1]["request"]["userAttributes"]
    assert {name for name in known if name.startswith("cognito:")} == {"cognito:user_status", "cognito:email_alias"}
    it.prefer(SoftwareTokenMfa=(True, True))
    functions.events.clear()
    challenge = it.sign_in()
    it.move(60)
    it.respond(
        "SOFTWARE_TOKEN_MFA",
        challenge["Session"],
        USERNAME="alice",
        SOFTWARE_TOKEN_MFA_CODE=totp(secret, it.now()),
    )
    assert functions.sources() == [BEFORE, AFTER, TOKENS]
    assert "cognito:mfa_enabled" not in functions.events[0]["request"]["userAttributes"]
    for event in functions.events[1:]:
        assert event["request"]["userAttributes"] == known | {"cognito:mfa_enabled": "ENABLED"}
