"""Challenges: every one answered rightly, wrongly, twice, late, for somebody else, by other clients."""

import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

import sign_ins as names
from expect import body, refused
from sign_ins import PASSWORD, another, totp

NEW = "N3w-password"
TOKENS = {"AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"}


class Case(SimpleNamespace):
    """A challenge with its right answer and one that is only wrong; `refusal` is what the wrong one meets."""


def posed(world, answer, **more):
    return Case(world=world, name=answer["ChallengeName"], session=answer["Session"], answer=answer, **more)


def new_password(make, initiate):
    world = make()
    world.add_user(permanent=False)
    return posed(
        world,
        initiate(world),
        right={"NEW_PASSWORD": NEW},
        wrong={"NEW_PASSWORD": "short"},
        refusal=("InvalidPasswordException", None),
        missing="NEW_PASSWORD",
    )


def sms(make, initiate):
    world = make(mfa="ON")
    world.add_user(phone_number="+15550100")
    answer, code = initiate(world), world.code(medium="SMS")
    return posed(
        world,
        answer,
        right={"SMS_MFA_CODE": code},
        wrong={"SMS_MFA_CODE": another(code)},
        refusal=names.WRONG_CODE,
        missing="SMS_MFA_CODE",
    )


def email(make, initiate):
    world = make(mfa="ON", factors=("email",))
    world.add_user(email="alice@example.com")
    answer, code = initiate(world), world.code(medium="EMAIL")
    return posed(
        world,
        answer,
        right={"EMAIL_OTP_CODE": code},
        wrong={"EMAIL_OTP_CODE": another(code)},
        refusal=names.WRONG_CODE,
        missing="EMAIL_OTP_CODE",
    )


def software_token(make, initiate):
    world = make(mfa="OPTIONAL")
    world.add_user()
    secret = world.enrol(world.tokens()["AccessToken"])
    world.prefer(SoftwareTokenMfa=(True, True))
    world.move(60)
    code = totp(secret, world.now())
    return posed(
        world,
        initiate(world),
        right={"SOFTWARE_TOKEN_MFA_CODE": code},
        wrong={"SOFTWARE_TOKEN_MFA_CODE": another(code)},
        refusal=names.WRONG_TOTP,
        missing="SOFTWARE_TOKEN_MFA_CODE",
    )


def select(make, initiate):
    world = make(mfa="ON")
    world.add_user(phone_number="+15550100", email="alice@example.com")
    return posed(
        world,
        initiate(world),
        right={"ANSWER": "SMS_MFA"},
        wrong={"ANSWER": "SOFTWARE_TOKEN_MFA"},
        refusal=("InvalidParameterException", "SOFTWARE_TOKEN_MFA is not an available challenge."),
        missing="ANSWER",
    )


def set_up(make, initiate):
    world = make(mfa="ON")
    world.add_user()
    answer = initiate(world)
    associated = world.idp.associate_software_token(Session=answer["Session"])
    code = totp(associated["SecretCode"], world.now())
    verified = world.idp.verify_software_token(Session=associated["Session"], UserCode=code)
    return posed(world, answer | {"Session": verified["Session"]}, right={}, wrong=None, refusal=None, missing=None)


CASES = [new_password, sms, email, software_token, select, set_up]


def by_password(world):
    return world.sign_in()


@pytest.fixture(params=CASES, ids=lambda case: case.__name__)
def case(request, sign_ins):
    return request.param(sign_ins, by_password)


def but_for(*others):
    return pytest.mark.parametrize(
        "case", [it for it in CASES if it not in others], indirect=True, ids=lambda it: it.__name__
    )


def answered(case, session=None, **responses):
    return case.world.respond(case.name, session or case.session, **{"USERNAME": "alice"} | case.right | responses)


def test_a_right_answer_goes_on_and_is_good_once(case):
    assert set(body(case.answer)) == {"ChallengeName", "ChallengeParameters", "Session"}
    assert 20 <= len(case.session) <= 4096 and case.session.startswith("AYAB")
    result = body(answered(case))
    if case.name == "SELECT_MFA_TYPE":
        assert result["ChallengeName"] == "SMS_MFA" and result["Session"] != case.session
    else:
        assert set(result) == {"ChallengeParameters", "AuthenticationResult"}
        assert set(result["AuthenticationResult"]) == TOKENS
    with refused(*names.USED_SESSION):
        answered(case)


@but_for(set_up)
def test_a_wrong_answer_leaves_the_session_to_a_right_one(case):
    for _ in range(6):
        with refused(*case.refusal):
            answered(case, **case.wrong)
    answered(case)


def test_a_late_answer_is_refused(case):
    case.world.move(181)
    with refused(*names.EXPIRED_SESSION):
        answered(case)


@but_for(software_token)
def test_an_answer_just_in_time_is_taken(case):
    case.world.move(170)
    answered(case)


def test_a_session_is_of_its_user_client_operation_and_challenge(case):
    world = case.world
    world.add_user("bob", phone_number="+15550101", email="bob@example.com")
    other, _ = world.add_client()
    for username in ("bob", "nobody"):
        code, message = names.INVALID_SESSION
        if username == "nobody":
            code, message = "UserNotFoundException", "User does not exist."
        with refused(code, message):
            answered(case, USERNAME=username)
    with refused(*names.INVALID_SESSION):
        world.respond(case.name, case.session, client_id=other, USERNAME="alice", **case.right)
    with refused(*names.INVALID_SESSION):
        world.admin_respond(case.name, case.session, USERNAME="alice", **case.right)
    wrong = {
        "NEW_PASSWORD_REQUIRED": {"NEW_PASSWORD": NEW},
        "SMS_MFA": {"SMS_MFA_CODE": "123456"},
        "EMAIL_OTP": {"EMAIL_OTP_CODE": "123456"},
        "SMS_OTP": {"SMS_OTP_CODE": "123456"},
        "SOFTWARE_TOKEN_MFA": {"SOFTWARE_TOKEN_MFA_CODE": "123456"},
        "SELECT_MFA_TYPE": {"ANSWER": "SMS_MFA"},
        "SELECT_CHALLENGE": {"ANSWER": "PASSWORD", "PASSWORD": PASSWORD},
        "PASSWORD": {"PASSWORD": PASSWORD},
        "PASSWORD_SRP": {"SRP_A": "abcdef"},
        "DEVICE_SRP_AUTH": {"DEVICE_KEY": "us-west-2_a", "SRP_A": "abcdef"},
        "WEB_AUTHN": {"CREDENTIAL": "{}"},
        "MFA_SETUP": {},
        "CUSTOM_CHALLENGE": {"ANSWER": "x"},
        "ADMIN_NO_SRP_AUTH": {"PASSWORD": PASSWORD},
    }
    for name in wrong.keys() - {case.name}:
        with refused(*names.INVALID_SESSION):
            world.respond(name, case.session, USERNAME="alice", **wrong[name])
    answered(case)


def test_garbage_is_no_session(case):
    altered = case.session[:-8] + ("A" if case.session[-8] != "A" else "B") + case.session[-7:]
    for session in ("x" * 20, "AYAB" + "e" * 1500, altered, case.session + "AAAA", "\u00e9" * 40):
        with refused(*names.INVALID_SESSION):
            answered(case, session)
    with refused("InvalidParameterException", "Missing required parameter Session"):
        case.world.respond(case.name, USERNAME="alice", **case.right)
    with refused(
        "InvalidParameterException",
        "1 validation error detected: Value at 'session' failed to satisfy constraint: "
        "Member must have length greater than or equal to 20",
    ):
        answered(case, "short")


def test_what_is_missing_is_named(case):
    with refused("InvalidParameterException", "Missing required parameter USERNAME"):
        case.world.respond(case.name, case.session, **case.right)
    if case.missing:
        for responses in ({}, {case.missing: "  "}):
            with refused("InvalidParameterException", f"Missing required parameter {case.missing}"):
                case.world.respond(case.name, case.session, USERNAME="alice", **responses)


def test_whoever_is_disabled_or_deleted_in_between_gets_no_tokens(case):
    named = {"UserPoolId": case.world.id, "Username": "alice"}
    case.world.idp.admin_disable_user(**named)
    if case.name == "SELECT_MFA_TYPE":
        session = answered(case)["Session"]
        with refused("NotAuthorizedException", "User is disabled."):
            case.world.respond("SMS_MFA", session, USERNAME="alice", SMS_MFA_CODE=case.world.code(medium="SMS"))
    else:
        with refused("NotAuthorizedException", "User is disabled."):
            answered(case)
    case.world.idp.admin_delete_user(**named)
    with refused("UserNotFoundException", "User does not exist."):
        answered(case)
    # A namesake is somebody else.
    case.world.add_user(phone_number="+15550100", email="alice@example.com", permanent=False)
    with refused(*names.INVALID_SESSION):
        answered(case)


@but_for(new_password, email, select, set_up)
def test_a_reset_password_proves_nothing_in_between(case):
    world = case.world
    attributes = [{"Name": "email", "Value": "a@example.com"}, {"Name": "email_verified", "Value": "true"}]
    named = {"UserPoolId": world.id, "Username": "alice"}
    world.idp.admin_update_user_attributes(**named, UserAttributes=attributes)
    world.idp.admin_reset_user_password(**named)
    with refused("PasswordResetRequiredException", "Password reset required for the user"):
        answered(case)


def test_one_of_a_hundred_uses_of_a_session_wins(case):
    def use(_):
        try:
            answered(case)
        except ClientError as refusal:
            return refusal.response["Error"]["Message"]
        return "won"

    with ThreadPoolExecutor(20) as threads:
        results = list(threads.map(use, range(100)))
    assert sorted(set(results)) == [names.USED_SESSION[1], "won"] and results.count("won") == 1, set(results)


@pytest.mark.parametrize("make", CASES, ids=lambda case: case.__name__)
def test_an_administrators_challenges_are_answered_by_administrators(sign_ins, make):
    case = make(sign_ins, lambda world: world.admin_initiate(USERNAME="alice", PASSWORD=PASSWORD))
    with refused(*names.INVALID_SESSION):
        answered(case)
    result = body(case.world.admin_respond(case.name, case.session, USERNAME="alice", **case.right))
    assert ("AuthenticationResult" in result) != (case.name == "SELECT_MFA_TYPE")


def test_the_first_challenge_names_the_user_and_a_later_one_does_not(sign_ins):
    world = sign_ins(mfa="ON")
    world.add_user(phone_number="+15550100", permanent=False)
    answer = world.sign_in()
    assert answer["ChallengeParameters"]["USER_ID_FOR_SRP"] == "alice"
    answer = world.respond("NEW_PASSWORD_REQUIRED", answer["Session"], USERNAME="alice", NEW_PASSWORD=NEW)
    assert answer["ChallengeName"] == "SMS_MFA"
    assert answer["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
        "CODE_DELIVERY_DESTINATION": "+*******0100",
    }
    answer = world.sign_in(password=NEW)
    assert answer["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
        "CODE_DELIVERY_DESTINATION": "+*******0100",
        "USER_ID_FOR_SRP": "alice",
    }


def schema(*required):
    return [{"Name": name, "Required": True, "Mutable": True} for name in required]


def test_a_new_password_completes_what_is_required(sign_ins):
    world = sign_ins(Schema=schema("email", "given_name"))
    world.idp.admin_create_user(
        UserPoolId=world.id,
        Username="alice",
        TemporaryPassword=PASSWORD,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "alice@example.com"}],
    )
    answer = world.sign_in()
    parameters = answer["ChallengeParameters"]
    assert set(parameters) == {"USER_ID_FOR_SRP", "requiredAttributes", "userAttributes"}
    assert json.loads(parameters["requiredAttributes"]) == ["userAttributes.given_name"]
    assert json.loads(parameters["userAttributes"]) == {"email": "alice@example.com", "given_name": ""}

    def respond(**responses):
        return world.respond(
            "NEW_PASSWORD_REQUIRED", answer["Session"], USERNAME="alice", NEW_PASSWORD=NEW, **responses
        )

    for given in ({}, {"userAttributes.given_name": ""}):
        with refused("InvalidParameterException", "Invalid attributes given, given_name is missing"):
            respond(**given)
    given = {"userAttributes.given_name": "Alice"}
    with refused("NotAuthorizedException", "Cannot modify an already provided email"):
        respond(**given, **{"userAttributes.email": "other@example.com"})
    for name in ("email_verified", "sub"):
        with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
            respond(**given, **{f"userAttributes.{name}": "true"})
    with refused("InvalidParameterException"):
        respond(**given, **{"userAttributes.custom:none": "x"})
    respond(**given, **{"userAttributes.nickname": "Al"})
    user = world.idp.admin_get_user(UserPoolId=world.id, Username="alice")
    assert user["UserStatus"] == "CONFIRMED"
    found = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
    assert (found["given_name"], found["nickname"], found["email"]) == ("Alice", "Al", "alice@example.com")
    assert set(world.tokens(password=NEW)) == TOKENS


def test_a_temporary_password_is_no_new_one_once_it_was_replaced(sign_ins):
    world = sign_ins()
    world.add_user(permanent=False)
    first, second, third = (world.sign_in()["Session"] for _ in range(3))
    world.respond("NEW_PASSWORD_REQUIRED", first, USERNAME="alice", NEW_PASSWORD=NEW)
    # Who learnt the temporary password, too, does not replace the user's own.
    with refused(*names.INVALID_SESSION):
        world.respond("NEW_PASSWORD_REQUIRED", second, USERNAME="alice", NEW_PASSWORD="Attack3r!")
    world.idp.admin_set_user_password(UserPoolId=world.id, Username="alice", Password="Temp0rary!", Permanent=False)
    with refused(*names.INVALID_SESSION):
        world.respond("NEW_PASSWORD_REQUIRED", third, USERNAME="alice", NEW_PASSWORD="Attack3r!")


def test_a_temporary_password_expires(sign_ins):
    world = sign_ins()
    world.add_user(permanent=False)
    session = world.sign_in()["Session"]
    world.move(7 * 24 * 3600)
    with refused(
        "NotAuthorizedException", "Temporary password has expired and must be reset by an administrator."
    ):
        world.sign_in()
    with refused(*names.EXPIRED_SESSION):
        world.respond("NEW_PASSWORD_REQUIRED", session, USERNAME="alice", NEW_PASSWORD=NEW)


def test_a_session_lives_as_long_as_the_client_says(sign_ins):
    world = sign_ins(mfa="ON", client={"AuthSessionValidity": 15})
    world.add_user(phone_number="+15550100")
    for seconds, lives in ((890, True), (901, False)):
        answer = world.sign_in()
        world.move(seconds)
        right = {"USERNAME": "alice", "SMS_MFA_CODE": world.code()}
        if lives:
            world.respond("SMS_MFA", answer["Session"], **right)
        else:
            with refused(*names.EXPIRED_SESSION):
                world.respond("SMS_MFA", answer["Session"], **right)


def test_a_session_of_another_pool_is_refused(sign_ins):
    here, there = sign_ins(mfa="ON"), sign_ins(mfa="ON")
    for world in (here, there):
        world.add_user(phone_number="+15550100")
    session = here.sign_in()["Session"]
    with refused(*names.INVALID_SESSION):
        there.respond("SMS_MFA", session, USERNAME="alice", SMS_MFA_CODE=here.code())


def test_challenges_of_a_client_with_a_secret_want_its_hash_of_the_name(sign_ins):
    world = sign_ins(mfa="ON", secret=True)
    world.add_user(phone_number="+15550100")
    session, right = world.sign_in()["Session"], {"USERNAME": "alice", "SMS_MFA_CODE": world.code()}
    client = world.client_id
    for hashes, message in (
        ({"SECRET_HASH": "d3Jvbmc="}, f"Unable to verify secret hash for client {client}"),
        ({"SECRET_HASH": " "}, f"Client {client} is configured with secret but SECRET_HASH was not received"),
    ):
        with refused("NotAuthorizedException", message):
            world.respond("SMS_MFA", session, **right, **hashes)
    world.respond("SMS_MFA", session, **right)


def test_an_unknown_challenge_is_refused_by_the_model(sign_ins):
    world = sign_ins()
    with refused("InvalidParameterException"):
        world.respond("NO_SUCH_CHALLENGE", "x" * 20, USERNAME="alice")


def test_flows_that_do_not_exist_or_are_not_allowed_are_refused(sign_ins):
    world = sign_ins(client={"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]})
    world.add_user()
    for flow, message in (
        ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
        ("USER_AUTH", "USER_AUTH flow not enabled for this client"),
        ("ADMIN_USER_PASSWORD_AUTH", "Initiate Auth method not supported."),
        ("ADMIN_NO_SRP_AUTH", "Initiate Auth method not supported."),
    ):
        with refused("InvalidParameterException", message):
            world.initiate(flow, USERNAME="alice")
    for flow in ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH", "USER_SRP_AUTH", "USER_AUTH", "CUSTOM_AUTH"):
        with refused("InvalidParameterException", "Auth flow not enabled for this client"):
            world.admin_initiate(flow, USERNAME="alice")
    with refused("InvalidParameterException"):
        world.initiate("NO_SUCH_AUTH", USERNAME="alice")


def test_custom_authentication_wants_its_triggers(sign_ins):
    world = sign_ins(client={"ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]})
    world.add_user()
    for initiate in (world.initiate, world.admin_initiate):
        with refused(
            "InvalidParameterException", "Custom auth lambda trigger is not configured for the user pool."
        ):
            initiate("CUSTOM_AUTH", USERNAME="alice")


def test_a_session_begins_only_the_flow_that_takes_one(sign_ins):
    world = sign_ins()
    world.add_user()
    with refused("InvalidParameterException", "Session is only supported with the USER_AUTH flow."):
        world.initiate(session="x" * 20, USERNAME="alice", PASSWORD=PASSWORD)
