"""USER_AUTH: users choose what to sign in with, and a sign-up goes on to the first sign-in."""

import pytest

import sign_ins as names
from expect import body, refused
from sign_ins import PASSWORD, another

ALL = ("PASSWORD", "EMAIL_OTP", "SMS_OTP")
HIDING = {"PreventUserExistenceErrors": "ENABLED"}
VERIFIED = {
    "email": "alice@example.com",
    "email_verified": "true",
    "phone_number": "+15550100",
    "phone_number_verified": "true",
}
EMAIL_TO = {"CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "a***@e***"}
SMS_TO = {"CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******0100"}


def begin(world, username="alice", **parameters):
    return world.initiate("USER_AUTH", USERNAME=username, **parameters)


def select(world, session, answer, username="alice", **more):
    return world.respond("SELECT_CHALLENGE", session, USERNAME=username, ANSWER=answer, **more)


@pytest.mark.parametrize(
    ("first", "user", "available"),
    [
        (("PASSWORD",), {}, {"PASSWORD", "PASSWORD_SRP"}),
        (("PASSWORD",), VERIFIED, {"PASSWORD", "PASSWORD_SRP"}),
        (ALL, VERIFIED, {"PASSWORD", "PASSWORD_SRP", "EMAIL_OTP", "SMS_OTP"}),
        (ALL, {"email": "alice@example.com", "phone_number": "+15550100"}, {"PASSWORD", "PASSWORD_SRP"}),
        (ALL, VERIFIED | {"password": None}, {"EMAIL_OTP", "SMS_OTP"}),
        (ALL, VERIFIED | {"permanent": False}, {"PASSWORD", "PASSWORD_SRP"}),
        (ALL, {k: v for k, v in VERIFIED.items() if "email" in k}, {"PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"}),
    ],
)
def test_what_can_be_chosen(sign_ins, first, user, available):
    world = sign_ins(first=first)
    world.add_user(**user)
    answer = body(begin(world))
    assert set(answer) - {"ChallengeParameters"} == {"ChallengeName", "AvailableChallenges", "Session"}
    assert answer["ChallengeName"] == "SELECT_CHALLENGE" and answer.get("ChallengeParameters", {}) == {}
    assert set(answer["AvailableChallenges"]) == available
    assert len(answer["AvailableChallenges"]) == len(available)


def test_a_password_is_chosen(sign_ins):
    world = sign_ins(first=ALL)
    world.add_user(**VERIFIED)
    session = begin(world)["Session"]
    with refused(*names.INCORRECT):
        select(world, session, "PASSWORD", PASSWORD="wrong")
    assert "AuthenticationResult" in select(world, session, "PASSWORD", PASSWORD=PASSWORD)
    with refused(*names.USED_SESSION):
        select(world, session, "PASSWORD", PASSWORD=PASSWORD)
    assert "AuthenticationResult" in begin(world, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    with refused(*names.INCORRECT):
        begin(world, PREFERRED_CHALLENGE="PASSWORD", PASSWORD="wrong")

    for answer in (
        begin(world, PREFERRED_CHALLENGE="PASSWORD"),
        select(world, begin(world)["Session"], "PASSWORD"),
    ):
        assert answer["ChallengeName"] == "PASSWORD"
        with refused("InvalidParameterException", "Missing required parameter PASSWORD"):
            world.respond("PASSWORD", answer["Session"], USERNAME="alice")
        with refused(*names.INCORRECT):
            world.respond("PASSWORD", answer["Session"], USERNAME="alice", PASSWORD="wrong")
        right = {"USERNAME": "alice", "PASSWORD": PASSWORD}
        assert "AuthenticationResult" in world.respond("PASSWORD", answer["Session"], **right)
        with refused(*names.USED_SESSION):
            world.respond("PASSWORD", answer["Session"], **right)


def test_a_password_is_proved_by_srp(sign_ins):
    world = sign_ins(first=ALL)
    world.add_user(**VERIFIED)
    srp = world.srp()
    parameters = srp.get_auth_params()
    number = {"SRP_A": parameters["SRP_A"]}
    asked = begin(world, PREFERRED_CHALLENGE="PASSWORD_SRP")
    assert asked["ChallengeName"] == "PASSWORD_SRP"
    challenges = (
        begin(world, PREFERRED_CHALLENGE="PASSWORD_SRP", **number),
        select(world, begin(world)["Session"], "PASSWORD_SRP", **number),
        world.respond("PASSWORD_SRP", asked["Session"], USERNAME="alice", **number),
    )
    for challenge in challenges:
        assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
        right = srp.process_challenge(challenge["ChallengeParameters"], parameters)
        with refused(*names.INVALID_SESSION):
            world.respond("PASSWORD_VERIFIER", challenges[0]["Session"][:-4] + "AAAA", **right)
        for other in challenges:
            if other is not challenge:
                with refused("NotAuthorizedException"):
                    world.respond("PASSWORD_VERIFIER", other["Session"], **right)
        assert "AuthenticationResult" in world.respond("PASSWORD_VERIFIER", challenge["Session"], **right)
        with refused(*names.USED_SESSION):
            world.respond("PASSWORD_VERIFIER", challenge["Session"], **right)
    with refused("InvalidParameterException", "SRP_A is not a valid number."):
        begin(world, PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A="0")


@pytest.mark.parametrize(("factor", "told", "medium"), [("EMAIL_OTP", EMAIL_TO, "EMAIL"), ("SMS_OTP", SMS_TO, "SMS")])
def test_a_code_is_the_first_factor(sign_ins, factor, told, medium):
    world = sign_ins(first=ALL)
    world.add_user(**VERIFIED)
    begun = body(begin(world, PREFERRED_CHALLENGE=factor))
    assert begun["ChallengeName"] == factor and factor in begun["AvailableChallenges"]
    assert begun["ChallengeParameters"] == told
    chosen = body(select(world, begin(world)["Session"], factor))
    assert set(chosen) == {"ChallengeName", "ChallengeParameters", "Session"}
    assert (chosen["ChallengeName"], chosen["ChallengeParameters"]) == (factor, told)
    codes = [message["code"] for message in world.messages(medium=medium)]
    assert [len(code) for code in codes] == [8, 8]
    for answer, code in ((begun, codes[0]), (chosen, codes[1])):
        for _ in range(6):
            with refused(*names.WRONG_CODE):
                world.respond(factor, answer["Session"], USERNAME="alice", **{f"{factor}_CODE": another(code)})
        right = {"USERNAME": "alice", f"{factor}_CODE": code}
        assert "AuthenticationResult" in world.respond(factor, answer["Session"], **right)
        with refused(*names.USED_SESSION):
            world.respond(factor, answer["Session"], **right)


def test_a_code_is_followed_by_no_second_factor(sign_ins):
    world = sign_ins(first=ALL, mfa="OPTIONAL")
    world.add_user(**VERIFIED)
    world.prefer(SMSMfa=(True, True))
    answer = begin(world, PREFERRED_CHALLENGE="EMAIL_OTP")
    code = world.code(medium="EMAIL")
    assert "AuthenticationResult" in world.respond(
        "EMAIL_OTP", answer["Session"], USERNAME="alice", EMAIL_OTP_CODE=code
    )
    assert begin(world, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)["ChallengeName"] == "SMS_MFA"


def test_where_a_second_factor_is_required_no_code_is_the_first(sign_ins):
    world = sign_ins(first=ALL, mfa="OPTIONAL")
    world.add_user(**VERIFIED)
    answer = begin(world, PREFERRED_CHALLENGE="EMAIL_OTP")
    world.require("ON")
    assert set(begin(world)["AvailableChallenges"]) == {"PASSWORD", "PASSWORD_SRP"}
    # One that was on its way is not enough any more.
    answer = world.respond(
        "EMAIL_OTP", answer["Session"], USERNAME="alice", EMAIL_OTP_CODE=world.code(medium="EMAIL")
    )
    assert answer["ChallengeName"] == "SELECT_MFA_TYPE"


def test_what_is_not_available_is_offered_among_what_is(sign_ins):
    world = sign_ins(first=ALL)
    world.add_user()
    for preferred in ("EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"):
        answer = begin(world, PREFERRED_CHALLENGE=preferred)
        assert answer["ChallengeName"] == "SELECT_CHALLENGE"
        assert set(answer["AvailableChallenges"]) == {"PASSWORD", "PASSWORD_SRP"}
        with refused("InvalidParameterException", f"{preferred} is not an available challenge."):
            select(world, answer["Session"], preferred)
    assert world.messages() == []
    for preferred in ("password", "SMS_MFA", "SELECT_CHALLENGE", "nonsense"):
        with refused("InvalidParameterException", f"{preferred} is not a valid PREFERRED_CHALLENGE."):
            begin(world, PREFERRED_CHALLENGE=preferred)


def test_a_temporary_password_is_changed_whichever_way_it_is_given(sign_ins):
    world = sign_ins(first=ALL)
    world.add_user(permanent=False)
    for answer in (
        begin(world, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD),
        select(world, begin(world)["Session"], "PASSWORD", PASSWORD=PASSWORD),
    ):
        assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_who_may_not_sign_in_is_told_why(sign_ins):
    world = sign_ins(first=ALL)
    named = world.add_user(**VERIFIED)
    world.idp.admin_reset_user_password(**named)
    with refused("PasswordResetRequiredException", "Password reset required for the user"):
        begin(world)
    world.idp.admin_disable_user(**named)
    with refused("NotAuthorizedException", "User is disabled."):
        begin(world)
    with refused("UserNotFoundException", "User does not exist."):
        begin(world, "nobody")
    with refused("InvalidParameterException", "Missing required parameter USERNAME"):
        world.initiate("USER_AUTH")


def test_failures_count_and_lock_whichever_way_the_password_is_given(sign_ins):
    for client in ({}, HIDING):
        world = sign_ins(first=ALL, client=client)
        world.add_user()
        for username in ("alice", "nobody") if client else ("alice",):
            session = begin(world, username)["Session"]
            for _ in range(5):
                with refused(*names.INCORRECT):
                    select(world, session, "PASSWORD", username, PASSWORD="wrong")
            with refused("NotAuthorizedException", "Password attempts exceeded"):
                select(world, session, "PASSWORD", username, PASSWORD=PASSWORD)


def shape(answer):
    """What somebody who only looks could tell two answers apart by."""
    parameters = answer.get("ChallengeParameters", {})
    return (
        answer["ChallengeName"],
        sorted(parameters),
        sorted(answer.get("AvailableChallenges", [])),
        len(answer["Session"]) // 100,
    )


def test_nobody_is_asked_like_somebody(sign_ins):
    world = sign_ins(first=ALL, UsernameAttributes=["email"], client=HIDING)
    world.add_user("alice@example.com", email="alice@example.com", email_verified="true")
    seen = []
    for username in ("alice@example.com", "nobody@example.com"):
        steps = []

        def step(answer, steps=steps):
            steps.append(shape(answer))
            return answer["Session"]

        def refusal(call, *args, steps=steps, **more):
            with pytest.raises(world.idp.exceptions.ClientError) as caught:
                call(*args, **more)
            steps.append(caught.value.response["Error"])

        session = step(begin(world, username))
        refusal(select, world, session, "PASSWORD", username, PASSWORD="wrong")
        verifier = select(world, session, "PASSWORD_SRP", username, SRP_A="abcdef")
        step(verifier)
        refusal(select, world, session, "PASSWORD_SRP", username, SRP_A="abcdef")
        refusal(world.respond, "EMAIL_OTP", session, USERNAME=username, EMAIL_OTP_CODE="12345678")

        session = step(begin(world, username, PREFERRED_CHALLENGE="PASSWORD_SRP"))
        step(world.respond("PASSWORD_SRP", session, USERNAME=username, SRP_A="abcdef"))
        refusal(world.respond, "PASSWORD_SRP", session, USERNAME=username, SRP_A="abcdef")

        session = step(begin(world, username, PREFERRED_CHALLENGE="EMAIL_OTP"))
        refusal(world.respond, "EMAIL_OTP", session, USERNAME=username, EMAIL_OTP_CODE="000")
        refusal(world.respond, "EMAIL_OTP", session, USERNAME=username)
        session = step(select(world, begin(world, username)["Session"], "EMAIL_OTP", username))
        refusal(world.respond, "EMAIL_OTP", session, USERNAME=username, EMAIL_OTP_CODE="000")
        seen.append(steps)
    assert seen[0] == seen[1]
    assert {message["destination"] for message in world.messages()} == {"alice@example.com"}


def test_a_session_of_ones_own_does_not_tell_who_exists(sign_ins):
    world = sign_ins(first=ALL, client=HIDING)
    for name in ("alice", "bob"):
        world.add_user(name, email=f"{name}@example.com", email_verified="true")
    answers = {
        "SELECT_CHALLENGE": (begin(world), {"ANSWER": "PASSWORD", "PASSWORD": "wrong"}),
        "PASSWORD": (begin(world, PREFERRED_CHALLENGE="PASSWORD"), {"PASSWORD": "wrong"}),
        "PASSWORD_SRP": (begin(world, PREFERRED_CHALLENGE="PASSWORD_SRP"), {"SRP_A": "abcdef"}),
        "EMAIL_OTP": (begin(world, PREFERRED_CHALLENGE="EMAIL_OTP"), {"EMAIL_OTP_CODE": "000"}),
    }
    for challenge, (begun, responses) in answers.items():
        for username in ("bob", "nobody"):
            with refused(*names.INVALID_SESSION):
                world.respond(challenge, begun["Session"], USERNAME=username, **responses)


def test_an_administrator_chooses_too(sign_ins):
    world = sign_ins(first=ALL)
    world.add_user(**VERIFIED)
    answer = world.admin_initiate("USER_AUTH", USERNAME="alice")
    assert answer["ChallengeName"] == "SELECT_CHALLENGE"
    right = {"USERNAME": "alice", "ANSWER": "PASSWORD", "PASSWORD": PASSWORD}
    with refused(*names.INVALID_SESSION):
        world.respond("SELECT_CHALLENGE", answer["Session"], **right)
    assert "AuthenticationResult" in world.admin_respond("SELECT_CHALLENGE", answer["Session"], **right)


def signed_up(world, username="alice@example.com"):
    answer = world.idp.sign_up(
        ClientId=world.client_id,
        Username=username,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": username}],
    )
    return answer["Session"], world.code(destination=username)


def confirmed(world, username="alice@example.com", session=None, code=None):
    if session is None:
        session, code = signed_up(world, username)
    answer = world.idp.confirm_sign_up(
        ClientId=world.client_id, Username=username, ConfirmationCode=code, Session=session
    )
    return body(answer)["Session"]


@pytest.fixture
def open_world(sign_ins):
    return sign_ins(UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])


def first_sign_in(world, session, username="alice@example.com", **more):
    return world.initiate("USER_AUTH", session=session, USERNAME=username, **more)


def test_a_sign_up_goes_on_to_the_first_sign_in(open_world):
    world = open_world
    session = confirmed(world)
    result = body(first_sign_in(world, session))
    assert set(result["AuthenticationResult"]) == {"AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"}
    with refused(*names.USED_SESSION):
        first_sign_in(world, session)


def test_the_session_of_a_sign_up_is_good_for_its_own_next_step_only(open_world):
    world = open_world
    first, code = signed_up(world)
    other, _ = signed_up(world, "bob@example.com")
    with refused(*names.INVALID_SESSION):
        first_sign_in(world, first)
    with refused(*names.INVALID_SESSION):
        confirmed(world, session=other, code=code)
    with refused(*names.INVALID_SESSION):
        confirmed(world, session="x" * 20, code=code)
    with refused("CodeMismatchException", "Invalid verification code provided, please try again."):
        confirmed(world, session=first, code=another(code))
    session = confirmed(world, session=first, code=code)
    world.add_user("carol@example.com")
    with refused(*names.INVALID_SESSION):
        first_sign_in(world, session, "carol@example.com")
    with refused(*names.INVALID_SESSION):
        world.respond("SELECT_CHALLENGE", session, USERNAME="alice@example.com", ANSWER="PASSWORD", PASSWORD=PASSWORD)
    with refused(*names.INVALID_SESSION):
        world.idp.associate_software_token(Session=session)
    other_client, _ = world.add_client()
    with refused(*names.INVALID_SESSION):
        world.initiate("USER_AUTH", client_id=other_client, session=session, USERNAME="alice@example.com")
    with refused(*names.INVALID_SESSION):
        world.idp.admin_initiate_auth(
            UserPoolId=world.id,
            ClientId=world.client_id,
            AuthFlow="USER_AUTH",
            AuthParameters={"USERNAME": "alice@example.com"},
            Session=session,
        )
    assert "AuthenticationResult" in first_sign_in(world, session)


def test_the_session_of_a_sign_up_is_good_in_time_only(open_world):
    world = open_world
    first, code = signed_up(world)
    world.move(181)
    with refused(*names.EXPIRED_SESSION):
        confirmed(world, session=first, code=code)
    session = confirmed(world, "bob@example.com")
    world.move(181)
    with refused(*names.EXPIRED_SESSION):
        first_sign_in(world, session, "bob@example.com")


def test_a_sign_up_is_no_way_around_a_required_factor(sign_ins):
    world = sign_ins(mfa="ON", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    assert first_sign_in(world, confirmed(world))["ChallengeName"] == "EMAIL_OTP"


def test_whoever_is_disabled_meanwhile_does_not_sign_in(open_world):
    world = open_world
    session = confirmed(world)
    world.idp.admin_disable_user(UserPoolId=world.id, Username="alice@example.com")
    with refused("NotAuthorizedException", "User is disabled."):
        first_sign_in(world, session)


def test_a_client_that_offers_no_choice_gives_no_session(sign_ins):
    world = sign_ins(client={"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}, AutoVerifiedAttributes=["email"])
    answer = world.idp.sign_up(
        ClientId=world.client_id,
        Username="alice",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "alice@example.com"}],
    )
    assert set(body(answer)) == {"UserConfirmed", "UserSub", "CodeDeliveryDetails"}
    with refused("UserNotConfirmedException", "User is not confirmed."):
        world.sign_in()
