"""Second factors: when one is due, which, how it is set up, and how it is not got around."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

import sign_ins as names
from expect import body, refused
from sign_ins import another, totp

NO_TOTP = ("SoftwareTokenMFANotFoundException", "Software Token MFA does not exist for the user.")
WRONG_FIRST_TOTP = ("EnableSoftwareTokenMFAException", "Code mismatch and fail enable Software Token MFA")
PHONE, EMAIL = {"phone_number": "+15550100"}, {"email": "alice@example.com"}
SMS_TO = {"CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******0100"}
EMAIL_TO = {"CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "a***@e***"}
ID = {"USER_ID_FOR_SRP": "alice"}
ON, BEST = (True, False), (True, True)


def outcome(answer):
    """The challenge's name and parameters, or that there are tokens."""
    if "AuthenticationResult" in answer:
        return "tokens"
    return answer["ChallengeName"], answer["ChallengeParameters"]


def choice(*factors):
    return "SELECT_MFA_TYPE", {"MFAS_CAN_CHOOSE": json.dumps(list(factors), separators=(",", ":")), **ID}


def set_up(*factors):
    return "MFA_SETUP", {"MFAS_CAN_SETUP": json.dumps(list(factors), separators=(",", ":")), **ID}


SMS, MAIL, TOTP = ("SMS_MFA", SMS_TO | ID), ("EMAIL_OTP", EMAIL_TO | ID), ("SOFTWARE_TOKEN_MFA", ID)

# What the user has, what is on and preferred, and what follows the password in a pool of each kind.
TABLE = [
    # has, preferences, OPTIONAL, ON
    ({}, {}, "tokens", set_up("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")),
    (PHONE, {}, "tokens", SMS),
    (EMAIL, {}, "tokens", MAIL),
    (PHONE | EMAIL, {}, "tokens", choice("SMS_MFA", "EMAIL_OTP")),
    ({"totp": True}, {}, "tokens", TOTP),
    (PHONE, {"SMSMfa": ON}, SMS, SMS),
    (PHONE, {"SMSMfa": BEST}, SMS, SMS),
    (EMAIL, {"EmailMfa": ON}, MAIL, MAIL),
    ({"totp": True}, {"SoftwareTokenMfa": ON}, TOTP, TOTP),
    (PHONE | EMAIL, {"EmailMfa": ON}, MAIL, MAIL),
    (PHONE | EMAIL, {"SMSMfa": ON, "EmailMfa": ON}, choice("SMS_MFA", "EMAIL_OTP"), choice("SMS_MFA", "EMAIL_OTP")),
    (PHONE | EMAIL, {"SMSMfa": ON, "EmailMfa": BEST}, MAIL, MAIL),
    (PHONE | EMAIL, {"SMSMfa": BEST, "EmailMfa": ON}, SMS, SMS),
    (PHONE | {"totp": True}, {"SMSMfa": ON, "SoftwareTokenMfa": BEST}, TOTP, TOTP),
    (
        PHONE | {"totp": True},
        {"SMSMfa": ON, "SoftwareTokenMfa": ON},
        choice("SMS_MFA", "SOFTWARE_TOKEN_MFA"),
        choice("SMS_MFA", "SOFTWARE_TOKEN_MFA"),
    ),
]


@pytest.mark.parametrize(("has", "preferences", "optional", "required"), TABLE)
def test_what_follows_the_password(sign_ins, has, preferences, optional, required):
    world = sign_ins(mfa="OPTIONAL")
    attributes = {k: v for k, v in has.items() if k != "totp"}
    world.add_user(**attributes)
    if "totp" in has:
        world.enrol(world.tokens()["AccessToken"])
    world.prefer(**preferences)
    assert outcome(world.sign_in()) == optional
    world.require("ON")
    assert outcome(world.sign_in()) == required
    world.require("OFF")
    assert outcome(world.sign_in()) == "tokens"


def test_a_pool_without_a_factor_sets_up_what_it_has(sign_ins):
    world = sign_ins(mfa="ON", factors=("totp",))
    world.add_user(**PHONE, **EMAIL)
    assert outcome(world.sign_in()) == set_up("SOFTWARE_TOKEN_MFA")
    assert outcome(world.admin_initiate(USERNAME="alice", PASSWORD=names.PASSWORD)) == set_up("SOFTWARE_TOKEN_MFA")


def test_a_text_message_verifies_the_number(sign_ins):
    world = sign_ins(mfa="ON")
    world.add_user(**PHONE)
    answer = world.sign_in()
    (message,) = world.messages()
    assert (message["medium"], message["destination"]) == ("SMS", "+15550100")
    assert len(message["code"]) == 6 and message["trigger"] == "CustomMessage_Authentication"
    world.respond("SMS_MFA", answer["Session"], USERNAME="alice", SMS_MFA_CODE=message["code"])
    user = world.idp.admin_get_user(UserPoolId=world.id, Username="alice")
    assert {"Name": "phone_number_verified", "Value": "true"} in user["UserAttributes"]


@pytest.mark.parametrize("answered_by", ["EMAIL_OTP", "EMAIL_MFA", "SMS_MFA", "SOFTWARE_TOKEN_MFA"])
def test_a_chosen_factor_is_asked_for(sign_ins, answered_by):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user(**PHONE, **EMAIL)
    secret = world.enrol(world.tokens()["AccessToken"], "phone")
    world.prefer(SMSMfa=ON, EmailMfa=ON, SoftwareTokenMfa=ON)
    answer = world.sign_in()
    # In the order in which they came on.
    assert set(json.loads(answer["ChallengeParameters"]["MFAS_CAN_CHOOSE"])) == {
        "SMS_MFA",
        "SOFTWARE_TOKEN_MFA",
        "EMAIL_OTP",
    }
    for wrong in ("PASSWORD", "sms_mfa", "MFA_SETUP"):
        with refused("InvalidParameterException", f"{wrong} is not an available challenge."):
            world.respond("SELECT_MFA_TYPE", answer["Session"], USERNAME="alice", ANSWER=wrong)
    answer = world.respond("SELECT_MFA_TYPE", answer["Session"], USERNAME="alice", ANSWER=answered_by)
    world.move(60)
    name = answered_by.replace("EMAIL_MFA", "EMAIL_OTP")
    told = {"EMAIL_OTP": EMAIL_TO, "SMS_MFA": SMS_TO, "SOFTWARE_TOKEN_MFA": {"FRIENDLY_DEVICE_NAME": "phone"}}
    assert outcome(answer) == (name, told[name])
    code = totp(secret, world.now()) if name == "SOFTWARE_TOKEN_MFA" else world.code()
    right = {"USERNAME": "alice", f"{name}_CODE": code}
    assert outcome(world.respond(name, answer["Session"], **right)) == "tokens"


def test_an_administrators_challenge_of_an_app_says_nothing(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user()
    world.enrol(world.tokens()["AccessToken"])
    world.prefer(SoftwareTokenMfa=BEST)
    answer = world.admin_initiate(USERNAME="alice", PASSWORD=names.PASSWORD)
    assert outcome(answer) == ("SOFTWARE_TOKEN_MFA", {})


def test_an_app_is_set_up_within_a_sign_in_and_asked_for_from_then_on(sign_ins):
    world = sign_ins(mfa="ON")
    world.add_user()
    answer = world.sign_in()
    associated = body(world.idp.associate_software_token(Session=answer["Session"]))
    assert set(associated) == {"SecretCode", "Session"} and len(associated["SecretCode"]) == 52
    code = totp(associated["SecretCode"], world.now())
    for _ in range(2):
        with refused(*WRONG_FIRST_TOTP):
            world.idp.verify_software_token(Session=associated["Session"], UserCode=another(code))
    verified = body(world.idp.verify_software_token(Session=associated["Session"], UserCode=code))
    assert set(verified) == {"Status", "Session"} and verified["Status"] == "SUCCESS"
    with refused(*names.USED_SESSION):
        world.idp.verify_software_token(Session=associated["Session"], UserCode=code)
    for session in (answer["Session"], associated["Session"]):
        with refused("NotAuthorizedException"):
            world.respond("MFA_SETUP", session, USERNAME="alice")
    tokens = world.respond("MFA_SETUP", verified["Session"], USERNAME="alice", ANSWER="SOFTWARE_TOKEN_MFA")
    assert outcome(tokens) == "tokens"
    factors = world.idp.get_user_auth_factors(AccessToken=tokens["AuthenticationResult"]["AccessToken"])
    assert factors["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"] and "PreferredMfaSetting" not in factors
    assert outcome(world.sign_in()) == TOTP


def test_an_app_that_is_not_set_up_ends_no_sign_in(sign_ins):
    world = sign_ins(mfa="ON")
    world.add_user()
    session = world.sign_in()["Session"]
    with refused(*NO_TOTP):
        world.respond("MFA_SETUP", session, USERNAME="alice")
    associated = world.idp.associate_software_token(Session=session)["Session"]
    with refused(*NO_TOTP):
        world.respond("MFA_SETUP", associated, USERNAME="alice")
    with refused(*NO_TOTP):
        world.idp.verify_software_token(Session=session, UserCode="123456")


def test_who_has_only_the_password_does_not_overtake_whoever_has_set_a_factor_up(sign_ins):
    world = sign_ins(mfa="ON")
    world.add_user()
    early, with_app, by_mail = (world.sign_in()["Session"] for _ in range(3))
    with_app = world.idp.associate_software_token(Session=with_app)
    by_mail = world.respond("MFA_SETUP", by_mail, USERNAME="alice", EMAIL="thief@example.com")["Session"]
    mailed = world.code(medium="EMAIL")

    own = world.idp.associate_software_token(Session=world.sign_in()["Session"])
    code = totp(own["SecretCode"], world.now())
    own = world.idp.verify_software_token(Session=own["Session"], UserCode=code)["Session"]
    world.respond("MFA_SETUP", own, USERNAME="alice")

    with refused(*names.INVALID_SESSION):
        world.idp.associate_software_token(Session=early)
    with refused(*names.INVALID_SESSION):
        code = totp(with_app["SecretCode"], world.now())
        world.idp.verify_software_token(Session=with_app["Session"], UserCode=code)
    with refused(*names.INVALID_SESSION):
        world.respond("MFA_SETUP", early, USERNAME="alice", EMAIL="thief@example.com")
    with refused(*names.INVALID_SESSION):
        world.respond("EMAIL_OTP", by_mail, USERNAME="alice", EMAIL_OTP_CODE=mailed)
    assert outcome(world.sign_in()) == TOTP


def test_an_address_is_set_up_within_a_sign_in(sign_ins):
    world = sign_ins(mfa="ON")
    world.add_user()
    session = world.sign_in()["Session"]
    for wrong in ("nonsense", "a@b", f"{'a' * 3000}@example.com"):
        with refused("InvalidParameterException"):
            world.respond("MFA_SETUP", session, USERNAME="alice", EMAIL=wrong)
    answer = world.respond("MFA_SETUP", session, USERNAME="alice", EMAIL="alice@example.com")
    assert outcome(answer) == ("EMAIL_OTP", EMAIL_TO)
    with refused(*names.USED_SESSION):
        world.respond("MFA_SETUP", session, USERNAME="alice", EMAIL="alice@example.com")
    code = world.code(destination="alice@example.com")
    with refused(*names.WRONG_CODE):
        world.respond("EMAIL_OTP", answer["Session"], USERNAME="alice", EMAIL_OTP_CODE=another(code))
    user = world.idp.admin_get_user(UserPoolId=world.id, Username="alice")
    assert "email" not in {a["Name"] for a in user["UserAttributes"]}
    tokens = world.respond("EMAIL_OTP", answer["Session"], USERNAME="alice", EMAIL_OTP_CODE=code)
    assert outcome(tokens) == "tokens"
    user = world.idp.admin_get_user(UserPoolId=world.id, Username="alice")
    found = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
    assert (found["email"], found["email_verified"]) == ("alice@example.com", "true")
    assert user["UserMFASettingList"] == ["EMAIL_OTP"]
    assert outcome(world.sign_in()) == MAIL


def test_an_address_is_no_factor_of_a_pool_that_does_not_have_it(sign_ins):
    world = sign_ins(mfa="ON", factors=("totp",))
    world.add_user()
    with refused("InvalidParameterException", "EMAIL_OTP is not enabled for the user pool."):
        world.respond("MFA_SETUP", world.sign_in()["Session"], USERNAME="alice", EMAIL="alice@example.com")


def test_a_code_for_one_address_does_not_verify_the_next(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user(email="alice@example.com", email_verified="true")
    token = world.tokens()["AccessToken"]
    world.prefer(EmailMfa=BEST)
    session, code = world.sign_in()["Session"], world.code()
    taken = [{"Name": "email", "Value": "victim@example.com"}]
    world.idp.update_user_attributes(AccessToken=token, UserAttributes=taken)
    with refused(*names.WRONG_CODE):
        world.respond("EMAIL_OTP", session, USERNAME="alice", EMAIL_OTP_CODE=code)
    user = world.idp.admin_get_user(UserPoolId=world.id, Username="alice")
    assert {"Name": "email_verified", "Value": "true"} not in user["UserAttributes"]


def test_a_code_of_an_app_is_used_once_even_by_its_set_up(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user()
    world.freeze()
    secret = world.enrol(world.tokens()["AccessToken"])
    world.prefer(SoftwareTokenMfa=BEST)

    def respond(code):
        session = world.sign_in()["Session"]
        return world.respond("SOFTWARE_TOKEN_MFA", session, USERNAME="alice", SOFTWARE_TOKEN_MFA_CODE=code)

    with refused(*names.USED_TOTP):
        respond(totp(secret, world.now()))
    world.move(30)
    code = totp(secret, world.now())
    assert outcome(respond(code)) == "tokens"
    with refused(*names.USED_TOTP):
        respond(code)
    # One that is older than a used one, though never used itself, is over, too.
    world.move(30)
    assert outcome(respond(totp(secret, world.now()))) == "tokens"
    with refused(*names.USED_TOTP):
        respond(totp(secret, world.now() - 30))


@pytest.mark.parametrize(("drift", "holds"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_the_clock_of_an_app_may_be_one_step_off(sign_ins, drift, holds):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user()
    world.freeze()
    token = world.tokens()["AccessToken"]
    secret = world.idp.associate_software_token(AccessToken=token)["SecretCode"]
    code = totp(secret, world.now() + drift)
    if holds:
        assert body(world.idp.verify_software_token(AccessToken=token, UserCode=code)) == {"Status": "SUCCESS"}
    else:
        with refused(*WRONG_FIRST_TOTP):
            world.idp.verify_software_token(AccessToken=token, UserCode=code)
        world.enrol(token)
    world.prefer(SoftwareTokenMfa=BEST)
    world.move(300)
    code = totp(secret if holds else "A" * 52, world.now() + drift)
    session = world.sign_in()["Session"]
    if holds:
        world.respond("SOFTWARE_TOKEN_MFA", session, USERNAME="alice", SOFTWARE_TOKEN_MFA_CODE=code)
    else:
        with refused(*names.WRONG_TOTP):
            world.respond("SOFTWARE_TOKEN_MFA", session, USERNAME="alice", SOFTWARE_TOKEN_MFA_CODE=code)


def test_one_of_a_hundred_uses_of_an_apps_code_wins(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user()
    secret = world.enrol(world.tokens()["AccessToken"])
    world.prefer(SoftwareTokenMfa=BEST)
    world.move(60)
    code, sessions = totp(secret, world.now()), [world.sign_in()["Session"] for _ in range(100)]

    def use(session):
        try:
            world.respond("SOFTWARE_TOKEN_MFA", session, USERNAME="alice", SOFTWARE_TOKEN_MFA_CODE=code)
        except ClientError as refusal:
            return refusal.response["Error"]["Message"]
        return "won"

    with ThreadPoolExecutor(20) as threads:
        results = list(threads.map(use, sessions))
    assert set(results) == {names.USED_TOTP[1], "won"} and results.count("won") == 1


def test_an_app_of_a_deleted_token_ends_no_sign_in(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user()
    secret = world.enrol(world.tokens()["AccessToken"])
    world.prefer(SoftwareTokenMfa=BEST)
    session = world.sign_in()["Session"]
    assert body(world.idp.admin_delete_software_token(UserPoolId=world.id, Username="alice")) == {}
    with refused(*NO_TOTP):
        code = totp(secret, world.now() + 30)
        world.respond("SOFTWARE_TOKEN_MFA", session, USERNAME="alice", SOFTWARE_TOKEN_MFA_CODE=code)
    assert outcome(world.sign_in()) == "tokens"
    with refused("ResourceNotFoundException", NO_TOTP[1]):
        world.idp.admin_delete_software_token(UserPoolId=world.id, Username="alice")
    with refused("UserNotFoundException", "User does not exist."):
        world.idp.admin_delete_software_token(UserPoolId=world.id, Username="nobody")


def test_a_pool_that_takes_no_apps_any_more_keeps_those_it_has(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user()
    token = world.tokens()["AccessToken"]
    secret = world.enrol(token)
    world.prefer(SoftwareTokenMfa=BEST)
    world.require("OPTIONAL", ("sms",))
    with refused("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool"):
        world.idp.associate_software_token(AccessToken=token)
    answer = world.sign_in()
    assert outcome(answer) == TOTP
    world.move(60)
    right = {"USERNAME": "alice", "SOFTWARE_TOKEN_MFA_CODE": totp(secret, world.now())}
    assert outcome(world.respond("SOFTWARE_TOKEN_MFA", answer["Session"], **right)) == "tokens"


def test_setting_an_app_up_takes_a_token_or_a_session(sign_ins):
    world = sign_ins(mfa="ON")
    world.add_user(permanent=False)
    other = world.sign_in()["Session"]
    for call, more in (
        (world.idp.associate_software_token, {}),
        (world.idp.verify_software_token, {"UserCode": "123456"}),
    ):
        with refused("InvalidParameterException", "Either AccessToken or Session must be provided."):
            call(**more)
        with refused("InvalidParameterException", "Only one of AccessToken and Session can be provided."):
            call(AccessToken="a", Session="x" * 20, **more)
        with refused("NotAuthorizedException", "Invalid Access Token"):
            call(AccessToken="a", **more)
        for session in ("x" * 20, other):
            with refused(*names.INVALID_SESSION):
                call(Session=session, **more)
    session = world.respond("NEW_PASSWORD_REQUIRED", other, USERNAME="alice", NEW_PASSWORD="N3w-password")["Session"]
    associated = world.idp.associate_software_token(Session=session)
    world.move(181)
    for late in (session, associated["Session"]):
        with refused(*names.EXPIRED_SESSION):
            world.idp.associate_software_token(Session=late)
    with refused("InvalidParameterException"):
        world.idp.verify_software_token(Session="x" * 20, UserCode="12345")


def test_preferences_want_factors_that_are_there(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user()
    token = world.tokens()["AccessToken"]

    def as_user(**settings):
        return world.idp.set_user_mfa_preference(AccessToken=token, **settings)

    def as_administrator(**settings):
        return world.idp.admin_set_user_mfa_preference(UserPoolId=world.id, Username="alice", **settings)

    on, best = {"Enabled": True}, {"Enabled": True, "PreferredMfa": True}
    for call in (as_user, as_administrator):
        for member, factor in (
            ("SMSMfaSettings", "SMS_MFA"),
            ("SoftwareTokenMfaSettings", "SOFTWARE_TOKEN_MFA"),
            ("EmailMfaSettings", "EMAIL_OTP"),
        ):
            text = f"User does not have delivery config set to turn on {factor}"
            with refused("InvalidParameterException", text):
                call(**{member: on})
        with refused("InvalidParameterException", "Only one MFA factor can be set as preferred."):
            call(SMSMfaSettings=best, EmailMfaSettings=best)
        with refused(
            "InvalidParameterException", "SMS_MFA must be enabled to be set as the preferred MFA factor."
        ):
            call(SMSMfaSettings={"Enabled": False, "PreferredMfa": True})
        assert body(call()) == {}
    with refused("UserNotFoundException", "User does not exist."):
        world.prefer("nobody")
    with refused("NotAuthorizedException", "Invalid Access Token"):
        world.idp.set_user_mfa_preference(AccessToken="a.b.c")


def test_preferences_come_back_and_what_is_left_out_stays(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user(**PHONE, **EMAIL)
    world.prefer(SMSMfa=BEST)
    world.prefer(EmailMfa=ON)
    user = world.idp.admin_get_user(UserPoolId=world.id, Username="alice")
    assert (user["UserMFASettingList"], user["PreferredMfaSetting"]) == (["SMS_MFA", "EMAIL_OTP"], "SMS_MFA")
    world.prefer(EmailMfa=BEST, SMSMfa=(False, False))
    user = world.idp.admin_get_user(UserPoolId=world.id, Username="alice")
    assert (user["UserMFASettingList"], user["PreferredMfaSetting"]) == (["EMAIL_OTP"], "EMAIL_OTP")


def test_a_required_factor_stays_on(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user(**PHONE)
    world.prefer(SMSMfa=BEST)
    world.require("ON")
    with refused(
        "InvalidParameterException", "MFA cannot be turned off for a user while the user pool requires it."
    ):
        world.prefer(SMSMfa=(False, False))


def test_the_legacy_settings_come_back_as_they_were_given(sign_ins):
    world = sign_ins()
    world.add_user()
    token, options = world.tokens()["AccessToken"], [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    assert body(world.idp.set_user_settings(AccessToken=token, MFAOptions=options)) == {}
    assert world.idp.get_user(AccessToken=token)["MFAOptions"] == options
    named = {"UserPoolId": world.id, "Username": "alice"}
    assert body(world.idp.admin_set_user_settings(**named, MFAOptions=[])) == {}
    assert "MFAOptions" not in world.idp.admin_get_user(**named)
    with refused("UserNotFoundException", "User does not exist."):
        world.idp.admin_set_user_settings(UserPoolId=world.id, Username="nobody", MFAOptions=[])
    with refused("NotAuthorizedException", "Invalid Access Token"):
        world.idp.set_user_settings(AccessToken="a.b.c", MFAOptions=[])
