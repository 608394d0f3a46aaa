"""UserMigration: whoever is not there yet comes from another directory, to sign in or to reset the password."""

from concurrent.futures import ThreadPoolExecutor

import pytest

import golden
from conftest import aws_client
from expect import attributes, refused
from functions import REGION, answering, config, failing
from sign_ins import FLOWS, INCORRECT, ROLE, SignIns, secret_hash

OLD = "short"
HOME = {"email": "bob@example.com", "email_verified": "true"}
ASKED = "UserMigration_Authentication"
HIDES = {"PreventUserExistenceErrors": "ENABLED", "ExplicitAuthFlows": FLOWS}
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")
NOBODY = ("UserNotFoundException", "User does not exist.")

migrated = answering(userAttributes=HOME, finalUserStatus="CONFIRMED", messageAction="SUPPRESS")


def described(**answer):
    return answering(**({"userAttributes": HOME, "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS"} | answer))


@pytest.fixture
def world(start_server, functions):
    server = start_server(*functions.flags())

    def make(*more, **options):
        idp = aws_client(server, "cognito-idp", region=REGION)
        return SignIns(server, idp, LambdaConfig=config("UserMigration", *more), **options)

    return make


def users(it):
    return [user["Username"] for user in it.idp.list_users(UserPoolId=it.id)["Users"]]


def test_somebody_of_another_directory_signs_in(world, functions):
    it = world("PreSignUp", "PreAuthentication", "PostAuthentication", "PostConfirmation", "PreTokenGeneration")
    functions.on(UserMigration=migrated)
    tokens = it.idp.initiate_auth(
        ClientId=it.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "bob", "PASSWORD": OLD},
        ClientMetadata={"a": "b"},
    )["AuthenticationResult"]
    assert functions.sources() == [
        ASKED,
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
        "TokenGeneration_Authentication",
    ]
    golden.matches(ASKED, functions.events[0], userPoolId=it.id, clientId=it.client_id, password=OLD)
    user = it.idp.get_user(AccessToken=tokens["AccessToken"])
    assert user["Username"] == "bob"
    sub = functions.events[1]["request"]["userAttributes"]["sub"]
    assert attributes(user["UserAttributes"]) == HOME | {"sub": sub}
    # From then on as anyone, and the policy of passwords was not asked about the old one.
    functions.events.clear()
    assert it.tokens("bob", OLD)
    assert ASKED not in functions.sources()
    with refused(*INCORRECT):
        it.sign_in("bob", "wrong")
    assert it.messages() == []


@pytest.mark.parametrize("client", [{}, HIDES])
def test_a_function_that_fails_makes_no_user(world, functions, client):
    it = world(client=client)
    functions.on(UserMigration=failing("Bad password"))
    for _ in range(7):
        with refused("UserLambdaValidationException", "UserMigration failed with error Bad password."):
            it.sign_in("bob", OLD)
    assert users(it) == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            {"userAttributes": HOME | {"shoe": "44"}},
            "Attributes did not conform to the schema: shoe: Attribute does not exist in the schema.\n",
        ),
        ({"userAttributes": HOME | {"email": "none"}}, "Invalid email address format."),
        ({"finalUserStatus": "UNCONFIRMED"}, "Error during migration: Invalid finalUserStatus"),
        ({"messageAction": "RESEND"}, "Error during migration: Invalid messageAction"),
        ({"desiredDeliveryMediums": ["PIGEON"]}, "Error during migration: Invalid desiredDeliveryMediums"),
        ({"enableSMSMFA": True}, "Error during migration: enableSMSMFA needs a phone_number"),
    ],
)
def test_an_answer_of_no_use_makes_no_user(world, functions, answer, why):
    it = world()
    functions.on(UserMigration=described(**answer))
    with refused("UserNotFoundException", why):
        it.sign_in("bob", OLD)
    hiding, _ = it.add_client(**HIDES)
    with refused(*INCORRECT):
        it.initiate(client_id=hiding, USERNAME="bob", PASSWORD=OLD)
    assert users(it) == []


@pytest.mark.parametrize(
    ("typed", "given", "why"),
    [
        (
            "b" * 129,
            HOME,
            "1 validation error detected: Value at 'username' failed to satisfy constraint: "
            "Member must have length less than or equal to 128",
        ),
        (
            "bob bobson",
            HOME,
            "1 validation error detected: Value at 'username' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
        ),
        (
            "bob",
            HOME | {"name": "x" * 2049},
            "1 validation error detected: Value at 'userAttributes.3.member.value' failed to satisfy constraint: "
            "Member must have length less than or equal to 2048",
        ),
    ],
)
def test_what_is_kept_of_an_answer_is_bounded(world, functions, typed, given, why):
    it = world()
    functions.on(UserMigration=described(userAttributes=given))
    with refused("UserNotFoundException", why):
        it.sign_in(typed, OLD)
    assert users(it) == []


@pytest.mark.parametrize("client", [{}, HIDES])
@pytest.mark.parametrize(
    "given",
    [
        None,
        {},
        {"username": "bob"},
        HOME | {"sub": "11111111-2222-3333-4444-555555555555"},
        # What was typed would not find this one.
        HOME | {"username": "robert"},
        HOME | {"username": "robert", "preferred_username": "bob"},
    ],
)
def test_an_answer_without_a_use_is_no_sign_in(world, functions, given, client):
    it = world(client=client)
    functions.on(UserMigration=described(userAttributes=given))
    with refused(*INCORRECT):
        it.sign_in("bob", OLD)
    assert users(it) == []
    if client:
        it.idp.forgot_password(ClientId=it.client_id, Username="bob")
    else:
        with refused(*INCORRECT):
            it.idp.forgot_password(ClientId=it.client_id, Username="bob")
    assert users(it) == []


def test_an_address_that_is_not_verified_is_no_name(world, functions):
    it = world(AliasAttributes=["email"])
    given = {"email": "bob@example.com", "username": "robert"}
    functions.on(UserMigration=described(userAttributes=given))
    with refused(*INCORRECT):
        it.sign_in("bob@example.com", OLD)
    assert users(it) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"userAttributes": []},
        {"userAttributes": "bob"},
        {"userAttributes": HOME | {"email_verified": True}},
        {"finalUserStatus": 1},
        {"messageAction": []},
        {"desiredDeliveryMediums": "SMS"},
        {"desiredDeliveryMediums": [1]},
        {"forceAliasCreation": "true"},
        {"enableSMSMFA": "true"},
    ],
)
def test_an_answer_of_another_shape_is_refused(world, functions, answer):
    it = world(client=HIDES)
    functions.on(UserMigration=described(**answer))
    with refused(*UNRECOGNIZABLE):
        it.sign_in("bob", OLD)
    assert users(it) == []


def test_whoever_hides_its_users_locks_out_strangers_alike(world, functions):
    it = world(client=HIDES)
    it.freeze()
    for _ in range(5):
        with refused(*INCORRECT):
            it.sign_in("bob", OLD)
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        it.sign_in("bob", OLD)
    # Nor is the other directory a way around it.
    functions.on(UserMigration=migrated)
    functions.events.clear()
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        it.sign_in("bob", OLD)
    assert functions.events == []
    it.move(2)
    assert it.tokens("bob", OLD)


def test_who_is_not_confirmed_sets_a_new_password(world, functions):
    it = world()
    functions.on(UserMigration=described(finalUserStatus=None))
    with refused("PasswordResetRequiredException", "Password reset required for the user"):
        it.sign_in("bob", OLD)
    assert it.idp.admin_get_user(UserPoolId=it.id, Username="bob")["UserStatus"] == "RESET_REQUIRED"
    it.idp.forgot_password(ClientId=it.client_id, Username="bob")
    it.idp.confirm_forgot_password(
        ClientId=it.client_id, Username="bob", ConfirmationCode=it.code(), Password="N3wPassw0rd!"
    )
    assert it.tokens("bob", "N3wPassw0rd!")
    assert functions.sources() == [ASKED]


def test_only_a_password_in_clear_is_shown(world, functions):
    it = world(client=HIDES, first=("PASSWORD", "EMAIL_OTP"))
    functions.on(UserMigration=migrated)
    challenge, answer = it.begin_srp("bob")
    with refused(*INCORRECT):
        it.respond("PASSWORD_VERIFIER", **answer)
    it.initiate("USER_AUTH", USERNAME="bob")
    it.initiate("USER_AUTH", USERNAME="bob", PREFERRED_CHALLENGE="EMAIL_OTP", PASSWORD=OLD)
    assert functions.events == []
    given = {"USERNAME": "bob", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": OLD}
    assert it.initiate("USER_AUTH", **given)["AuthenticationResult"]
    assert functions.sources() == [ASKED]


def test_whoever_is_kept_out_is_not_asked_about(world, functions):
    it = world(UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"})
    it.idp.set_risk_configuration(UserPoolId=it.id, RiskExceptionConfiguration={"BlockedIPRangeList": ["127.0.0.0/8"]})
    functions.on(UserMigration=migrated)
    with refused("UserNotFoundException", "User does not exist."):
        it.sign_in("bob", OLD)
    assert functions.events == [] and users(it) == []


def test_a_welcome_is_the_pool_s_own(world, functions):
    it = world("CustomMessage")
    functions.on(
        UserMigration=described(messageAction=None, desiredDeliveryMediums=["EMAIL"]),
        CustomMessage=answering(emailMessage="Hello {username}, {####}", emailSubject="Welcome"),
    )
    assert it.tokens("bob", OLD)
    assert functions.sources() == [ASKED, "CustomMessage_AdminCreateUser"]
    (message,) = it.messages()
    assert (message["subject"], message["body"]) == ("Welcome", f"Hello bob, {message['code']}")
    # Where it cannot be written nobody is created.
    functions.on(CustomMessage=failing("no"))
    with refused("UserLambdaValidationException", "CustomMessage failed with error no."):
        it.sign_in("carol", OLD)
    assert users(it) == ["bob"]


def test_an_administrator_brings_users_along(world, functions):
    it = world()
    functions.on(UserMigration=migrated)
    assert it.admin_initiate(USERNAME="bob", PASSWORD=OLD)["AuthenticationResult"]
    assert functions.events[0]["request"]["validationData"] is None


def test_nobody_is_asked_about_before_the_client_has_shown_itself(world, functions):
    it = world(secret=True)
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {it.client_id}"):
        it.initiate(SECRET_HASH=secret_hash("another", "bob", it.client_id), USERNAME="bob", PASSWORD=OLD)
    with refused(
        "NotAuthorizedException",
        f"Client {it.client_id} is configured for secret but secret was not received",
    ):
        it.idp.forgot_password(ClientId=it.client_id, Username="bob")
    public, _ = it.add_client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    with refused("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client"):
        it.initiate(client_id=public, USERNAME="bob", PASSWORD=OLD)
    with refused("InvalidParameterException", "Missing required parameter PASSWORD"):
        it.initiate(USERNAME="bob")
    assert functions.events == []
    functions.on(UserMigration=migrated)
    assert it.tokens("bob", OLD)


def test_many_at_once_make_one_user(world, functions):
    it = world()
    functions.on(UserMigration=migrated)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: it.sign_in("bob", OLD), range(100)))
    assert all(answer["AuthenticationResult"]["AccessToken"] for answer in answers)
    assert users(it) == ["bob"]


def test_an_alias_may_stand_for_another_name(world, functions):
    it = world(AliasAttributes=["email"])
    functions.on(UserMigration=described(userAttributes=HOME | {"username": "robert"}))
    tokens = it.tokens("bob@example.com", OLD)
    assert it.idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "robert"
    assert users(it) == ["robert"]
    # Without one the address is no name.
    functions.on(UserMigration=described(userAttributes=HOME | {"email": "carol@example.com"}))
    with refused(
        "UserNotFoundException", "Username cannot be of email format, since user pool is configured for email alias."
    ):
        it.sign_in("carol@example.com", OLD)


def test_addresses_that_are_names(world, functions):
    it = world(UsernameAttributes=["email"])
    functions.on(UserMigration=described(userAttributes={"email_verified": "true", "name": "Bob"}))
    assert it.tokens("bob@example.com", OLD)
    user = it.idp.admin_get_user(UserPoolId=it.id, Username="bob@example.com")
    kept = attributes(user["UserAttributes"])
    assert kept == HOME | {"name": "Bob", "sub": user["Username"]}
    assert functions.events[0]["userName"] == "bob@example.com"


def test_an_alias_moves_where_the_function_says_so(world, functions):
    it = world(AliasAttributes=["email"])
    it.add_user("alice", **HOME)
    functions.on(UserMigration=described())
    with refused("UserNotFoundException", "An account with the given email already exists."):
        it.sign_in("bob", OLD)
    functions.on(UserMigration=described(forceAliasCreation=True))
    tokens = it.tokens("bob", OLD)
    assert attributes(it.idp.get_user(AccessToken=tokens["AccessToken"])["UserAttributes"])["email_verified"] == "true"
    alice = it.idp.admin_get_user(UserPoolId=it.id, Username="alice")
    assert attributes(alice["UserAttributes"])["email_verified"] == "false"


def test_a_second_factor_by_sms_may_come_along(world, functions):
    it = world(mfa="OPTIONAL", factors=("sms",))
    home = {"phone_number": "+12065550100", "phone_number_verified": "true"}
    functions.on(UserMigration=described(userAttributes=home, enableSMSMFA=True))
    assert it.sign_in("bob", OLD)["ChallengeName"] == "SMS_MFA"
    assert it.idp.admin_get_user(UserPoolId=it.id, Username="bob")["UserMFASettingList"] == ["SMS_MFA"]


@pytest.mark.parametrize(
    ("media", "sent"),
    [
        (None, ["SMS"]),
        (["EMAIL"], ["EMAIL"]),
        (["EMAIL", "SMS"], ["EMAIL", "SMS"]),
    ],
)
def test_new_users_are_welcomed_unless_the_function_says_otherwise(world, functions, media, sent):
    it = world(SmsConfiguration={"SnsCallerArn": ROLE, "ExternalId": "id"})
    home = HOME | {"phone_number": "+12065550100"}
    functions.on(UserMigration=described(userAttributes=home, messageAction=None, desiredDeliveryMediums=media))
    assert it.tokens("bob", OLD)
    messages = it.messages()
    assert [message["medium"] for message in messages] == sent
    for message in messages:
        password = message["code"]
        assert message["body"] == f"Your username is bob and temporary password is {password}. "
        # The user's own is nobody's to read.
        assert OLD not in message["body"]
        with refused(*INCORRECT):
            it.sign_in("bob", password)


def test_a_welcome_that_has_no_address_is_no_reason_to_migrate(world, functions):
    it = world()
    functions.on(UserMigration=described(messageAction=None, desiredDeliveryMediums=["SMS"]))
    with refused("UserNotFoundException"):
        it.sign_in("bob", OLD)
    assert users(it) == [] and it.messages() == []


@pytest.mark.parametrize("client", [{}, HIDES])
def test_who_forgot_the_password_is_migrated_and_sets_another(world, functions, client):
    it = world(client=client)
    functions.on(UserMigration=migrated)
    answer = it.idp.forgot_password(ClientId=it.client_id, Username="bob", ClientMetadata={"a": "b"})
    golden.matches("UserMigration_ForgotPassword", functions.events[0], clientId=it.client_id, userPoolId=it.id)
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "b***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    assert it.idp.admin_get_user(UserPoolId=it.id, Username="bob")["UserStatus"] == "RESET_REQUIRED"
    assert [message["destination"] for message in it.messages()] == ["bob@example.com"]
    it.idp.confirm_forgot_password(
        ClientId=it.client_id, Username="bob", ConfirmationCode=it.code(), Password="N3wPassw0rd!"
    )
    assert it.tokens("bob", "N3wPassw0rd!")
    assert functions.sources() == ["UserMigration_ForgotPassword"]


def test_a_forgotten_password_of_nobody(world, functions):
    it = world()
    functions.on(UserMigration=failing("nobody"))
    with refused("UserLambdaValidationException", "UserMigration failed with error nobody."):
        it.idp.forgot_password(ClientId=it.client_id, Username="bob")
    functions.on(UserMigration=lambda event: event)
    with refused(*INCORRECT):
        it.idp.forgot_password(ClientId=it.client_id, Username="bob")
    hiding, _ = it.add_client(**HIDES)
    simulated = it.idp.forgot_password(ClientId=hiding, Username="bob")["CodeDeliveryDetails"]
    assert set(simulated) == {"Destination", "DeliveryMedium", "AttributeName"}
    assert users(it) == [] and it.messages() == []


def test_who_cannot_be_sent_a_code_is_migrated_all_the_same(world, functions):
    it = world()
    functions.on(UserMigration=described(userAttributes={"email": "bob@example.com"}))
    with refused(
        "InvalidParameterException",
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
    ):
        it.idp.forgot_password(ClientId=it.client_id, Username="bob")
    assert users(it) == ["bob"]
