"""Who may act for an account, and what the answer tells: secret hashes, hidden users, addresses, codes."""

import base64
import hashlib
import hmac

import pytest

from test_boto3_accounts import EXPIRED, MISMATCH, OTHER, PASSWORD, World, refusal

CODE = {"ConfirmationCode": "000000"}
CALLS = {
    "sign_up": {"Password": PASSWORD},
    "confirm_sign_up": CODE,
    "resend_confirmation_code": {},
    "forgot_password": {},
    "confirm_forgot_password": CODE | {"Password": PASSWORD},
}
UNVERIFIED = (
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
)
UNKNOWN = ("UserNotFoundException", "Username/client id combination not found.")


@pytest.fixture
def world(server, account):
    def make(**pool):
        return World(server, account, **pool)

    return make


def secret_hash(client, username):
    key, text = client["ClientSecret"].encode(), username + client["ClientId"]
    return base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode()


@pytest.mark.parametrize("operation", CALLS)
def test_a_client_proves_its_secret_in_every_call(world, operation):
    world = world()
    call = getattr(world.idp, operation)
    client = world.idp.create_user_pool_client(UserPoolId=world.pool, ClientName="s", GenerateSecret=True)
    client = client["UserPoolClient"]
    client_id = client["ClientId"]
    given = {"ClientId": client_id, "Username": "alice"} | CALLS[operation]
    assert refusal(call, **given) == (
        "NotAuthorizedException",
        f"Client {client_id} is configured for secret but secret was not received",
    )
    wrong = ("NotAuthorizedException", f"Unable to verify secret hash for client {client_id}")
    for forged in ("d3Jvbmc=", "x", secret_hash(client, "bob"), secret_hash(client, "alice").lower()):
        assert refusal(call, **given, SecretHash=forged) == wrong
    assert refusal(call, **given | {"ClientId": world.client}, SecretHash="d3Jvbmc=") == (
        "NotAuthorizedException",
        f"Client {world.client} is not configured for secret but secret was received",
    )
    # With the right one only the user is missing.
    right = given | {"SecretHash": secret_hash(client, "alice")}
    if operation == "sign_up":
        assert call(**right)["UserSub"]
    else:
        assert refusal(call, **right) == UNKNOWN


def test_a_hidden_user_is_told_from_nobody_by_no_call(world):
    world = world()
    hidden = world.new_client(PreventUserExistenceErrors="ENABLED")
    world.sign_up("disabled", email="d@example.com")
    world.confirm("disabled")
    world.idp.admin_disable_user(UserPoolId=world.pool, Username="disabled")
    world.sign_up("bare", email="b@example.com")
    world.idp.admin_confirm_sign_up(UserPoolId=world.pool, Username="bare")
    sent = len(world.messages())
    calls = world.idp

    def named(username, client=hidden):
        return {"ClientId": client, "Username": username}

    for username in ("disabled", "bare", "ghost"):
        assert calls.forgot_password(**named(username))["CodeDeliveryDetails"] == {
            "Destination": f"{username[0]}***@{username[0]}***",
            "DeliveryMedium": "EMAIL",
            "AttributeName": "email",
        }
    assert len(world.messages()) == sent
    confirm = CODE | {"Password": OTHER}
    for username in ("disabled", "ghost"):
        assert refusal(calls.confirm_forgot_password, **named(username), **confirm) == MISMATCH
    assert refusal(calls.confirm_forgot_password, **named("bare"), **confirm) == EXPIRED
    assert refusal(calls.sign_up, **named("bare"), Password=PASSWORD) == (
        "UsernameExistsException",
        "User already exists",
    )
    disabled = ("NotAuthorizedException", "User is disabled.")
    assert refusal(calls.forgot_password, **named("disabled", world.client)) == disabled
    assert refusal(calls.confirm_forgot_password, **named("disabled", world.client), **confirm) == disabled
    assert refusal(calls.forgot_password, **named("bare", world.client)) == UNVERIFIED


@pytest.mark.parametrize(("address", "noted"), [("192.0.2.7", "192.0.2.7"), ("nowhere", "127.0.0.1")])
def test_an_event_has_the_address_that_the_client_gives(world, address, noted):
    watched = {"UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}
    world = world(**watched)
    trusted = world.idp.create_user_pool_client(
        UserPoolId=world.pool,
        ClientName="trusted",
        GenerateSecret=True,
        EnablePropagateAdditionalUserContextData=True,
    )["UserPoolClient"]
    context = {"UserContextData": {"IpAddress": address, "EncodedData": "e30="}}
    given = {"Username": "alice", "ClientId": trusted["ClientId"], "SecretHash": secret_hash(trusted, "alice")}
    email = [{"Name": "email", "Value": "alice@example.com"}]
    world.idp.sign_up(**given, **context, Password=PASSWORD, UserAttributes=email)
    world.idp.resend_confirmation_code(**given, **context)
    world.idp.confirm_sign_up(**given, **context, ConfirmationCode=world.code())
    world.idp.forgot_password(**given, **context)
    world.idp.confirm_forgot_password(**given, **context, ConfirmationCode=world.code(), Password=OTHER)
    # Another client is not believed.
    world.idp.forgot_password(**context, ClientId=world.client, Username="alice")
    events = world.idp.admin_list_user_auth_events(UserPoolId=world.pool, Username="alice")["AuthEvents"]
    assert [(it["EventType"], it["EventContextData"]["IpAddress"]) for it in events] == [
        ("ForgotPassword", "127.0.0.1"),
        ("PasswordChange", noted),
        ("ForgotPassword", noted),
        ("ResendCode", noted),
        ("SignUp", noted),
    ]


def test_a_code_proves_the_address_that_it_went_to_and_no_other(world):
    world = world()
    world.sign_up("alice", email="old@example.com")
    world.confirm("alice")
    token = world.sign_in("alice")["AccessToken"]
    email = {"AccessToken": token, "AttributeName": "email"}
    delivered = world.idp.get_user_attribute_verification_code(**email)["CodeDeliveryDetails"]
    assert delivered == {"Destination": "o***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    code = world.code()
    changed = [{"Name": "email", "Value": "new@example.com"}]
    world.idp.admin_update_user_attributes(UserPoolId=world.pool, Username="alice", UserAttributes=changed)
    assert refusal(world.idp.verify_user_attribute, **email, Code=code) == EXPIRED
    assert world.user("alice")[1]["email_verified"] == "false"
    world.idp.get_user_attribute_verification_code(**email)
    world.idp.verify_user_attribute(**email, Code=world.code())
    assert world.user("alice")[1]["email_verified"] == "true"


def test_a_reset_verifies_no_address_that_came_after_its_code(world):
    world = world()
    world.sign_up("alice", email="old@example.com")
    world.confirm("alice")
    world.idp.forgot_password(ClientId=world.client, Username="alice")
    code = world.code()
    changed = [{"Name": "email", "Value": "new@example.com"}]
    world.idp.admin_update_user_attributes(UserPoolId=world.pool, Username="alice", UserAttributes=changed)
    world.idp.confirm_forgot_password(
        ClientId=world.client, Username="alice", ConfirmationCode=code, Password=OTHER
    )
    assert world.user("alice")[1]["email_verified"] == "false"
    world.sign_in("alice", OTHER)


def test_attempts_at_attributes_are_limited(world):
    world = world()
    limited = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
    world.sign_up("alice", email="alice@example.com")
    world.confirm("alice")
    token = world.sign_in("alice")["AccessToken"]
    email = {"AccessToken": token, "AttributeName": "email"}
    for _ in range(5):
        world.idp.get_user_attribute_verification_code(**email)
    assert refusal(world.idp.get_user_attribute_verification_code, **email) == limited
    for _ in range(15):
        assert refusal(world.idp.verify_user_attribute, **email, Code="wrong") == MISMATCH
    assert refusal(world.idp.verify_user_attribute, **email, Code=world.code()) == limited
    for _ in range(20):
        world.idp.forgot_password(ClientId=world.client, Username="alice")
    assert refusal(world.idp.forgot_password, ClientId=world.client, Username="alice") == limited
    confirm = {"ClientId": world.client, "Username": "alice", "ConfirmationCode": world.code(), "Password": OTHER}
    assert refusal(world.idp.confirm_forgot_password, **confirm) == limited


def test_recovery_may_be_for_administrators_alone(world):
    world = world(AccountRecoverySetting={"RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}]})
    world.sign_up("alice", email="alice@example.com")
    world.confirm("alice")
    assert refusal(world.idp.forgot_password, ClientId=world.client, Username="alice") == (
        "NotAuthorizedException",
        "Contact administrator to reset password.",
    )


def test_what_a_sign_up_lacks_is_said(world):
    by_phone = world(AutoVerifiedAttributes=["phone_number"])
    invalid = "InvalidParameterException"
    assert refusal(by_phone.sign_up, "alice", phone_number="+15550001111") == (
        invalid,
        "User pool does not have SMS configuration to send messages.",
    )
    assert refusal(by_phone.sign_up, "alice", phone_number="15550001111") == (
        invalid,
        "Invalid phone number format.",
    )
    assert refusal(by_phone.idp.sign_up, ClientId=by_phone.client, Username="alice") == (
        invalid,
        "Missing required parameter Password",
    )
    aliased = world(AliasAttributes=["preferred_username", "phone_number"])
    assert refusal(aliased.sign_up, "alice", preferred_username="al") == (
        invalid,
        "preferred_username can only be set after the user is confirmed, since it is an alias.",
    )
    assert refusal(aliased.sign_up, "+15550001111") == (
        invalid,
        "Username cannot be of phone number format, since user pool is configured for phone number alias.",
    )
    for attributes, wanted in (
        (["phone_number"], "a phone number"),
        (["email", "phone_number"], "either an email or a phone number"),
    ):
        named = world(UsernameAttributes=attributes)
        assert refusal(named.sign_up, "alice") == (invalid, f"Username should be {wanted}.")
    otp = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    passwordless = world(Policies=otp)
    assert refusal(passwordless.idp.sign_up, ClientId=passwordless.client, Username="alice") == (
        invalid,
        "A user without a password needs an email address or phone number to sign in with.",
    )


def test_a_new_password_is_none_of_the_last(world):
    world = world(Policies={"PasswordPolicy": {"PasswordHistorySize": 2}})
    world.sign_up("alice", email="alice@example.com")
    world.confirm("alice")
    used = ("PasswordHistoryPolicyViolationException", "Password has previously been used.")
    token = world.sign_in("alice")["AccessToken"]
    change = {"AccessToken": token, "PreviousPassword": PASSWORD}
    assert refusal(world.idp.change_password, **change, ProposedPassword=PASSWORD) == used
    assert refusal(world.idp.change_password, **change, ProposedPassword="short") == (
        "InvalidPasswordException",
        "Password did not conform with policy: Password not long enough",
    )
    world.idp.forgot_password(ClientId=world.client, Username="alice")
    confirm = {"ClientId": world.client, "Username": "alice", "ConfirmationCode": world.code()}
    assert refusal(world.idp.confirm_forgot_password, **confirm, Password=PASSWORD) == used


@pytest.mark.parametrize("names", [{"UsernameAttributes": ["email"]}, {"AliasAttributes": ["email"]}])
def test_a_life_by_email_from_sign_up_to_deletion(world, names):
    world = world(**names)
    username = "a@example.com" if "UsernameAttributes" in names else "alice"
    world.sign_up(username, email="a@example.com")
    world.confirm(username, world.code(destination="a@example.com"))
    token = world.sign_in("a@example.com")["AccessToken"]
    email = [{"Name": "email", "Value": "b@example.com"}]
    world.idp.update_user_attributes(AccessToken=token, UserAttributes=email)
    code = world.code(destination="b@example.com")
    world.idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    by_email = {"ClientId": world.client, "Username": "b@example.com"}
    assert world.idp.forgot_password(**by_email)["CodeDeliveryDetails"]["Destination"] == "b***@e***"
    world.idp.confirm_forgot_password(**by_email, ConfirmationCode=world.code(), Password=OTHER)
    assert refusal(world.sign_in, "a@example.com", OTHER) == ("UserNotFoundException", "User does not exist.")
    token = world.sign_in("b@example.com", OTHER)["AccessToken"]
    world.idp.delete_user(AccessToken=token)
    assert refusal(world.sign_in, "b@example.com", OTHER) == ("UserNotFoundException", "User does not exist.")
    world.sign_up(username, email="a@example.com")
