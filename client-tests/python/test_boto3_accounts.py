"""What users do with their own accounts: a whole life of one, and each refusal on the way."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from conftest import aws_client

PASSWORD, OTHER = "Passw0rd!", "An0ther!Password"
MISMATCH = ("CodeMismatchException", "Invalid verification code provided, please try again.")
EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
WRONG_PASSWORD = ("NotAuthorizedException", "Incorrect username or password.")
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def refusal(call, *arguments, **members) -> tuple[str, str]:
    """Code and whole message of a call that must be refused."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


class World:
    """A pool of its own, one client, and the outbox."""

    def __init__(self, server, account, **pool):
        self.server = server
        self.idp = aws_client(server, "cognito-idp", account=account)
        pool.setdefault("AutoVerifiedAttributes", ["email"])
        self.pool = self.idp.create_user_pool(PoolName="accounts", **pool)["UserPool"]["Id"]
        self.client = self.new_client()

    def new_client(self, **members):
        members.setdefault("ExplicitAuthFlows", FLOWS)
        made = self.idp.create_user_pool_client(UserPoolId=self.pool, ClientName="web", **members)
        return made["UserPoolClient"]["ClientId"]

    def sign_up(self, username, password=PASSWORD, client=None, **attributes):
        return self.idp.sign_up(
            ClientId=client or self.client,
            Username=username,
            Password=password,
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )

    def messages(self, **filters):
        query = urllib.parse.urlencode({"userPoolId": self.pool, **filters})
        with urllib.request.urlopen(f"{self.server.url}/_cognitwin/messages?{query}", timeout=10) as answer:
            return json.load(answer)

    def code(self, **filters):
        return self.messages(**filters)[-1]["code"]

    def confirm(self, username, code=None, **members):
        code = code or self.code()
        return self.idp.confirm_sign_up(
            ClientId=self.client, Username=username, ConfirmationCode=code, **members
        )

    def sign_in(self, username, password=PASSWORD):
        return self.idp.initiate_auth(
            ClientId=self.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )["AuthenticationResult"]

    def user(self, username):
        user = self.idp.admin_get_user(UserPoolId=self.pool, Username=username)
        return user["UserStatus"], {it["Name"]: it["Value"] for it in user["UserAttributes"]}


@pytest.fixture
def world(server, account):
    def make(**pool):
        return World(server, account, **pool)

    return make


def test_a_users_whole_life(world):
    world = world()
    signed_up = world.sign_up("alice", email="alice@example.com")
    assert signed_up["UserConfirmed"] is False
    delivered = {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert signed_up["CodeDeliveryDetails"] == delivered
    assert "Session" not in signed_up
    (message,) = world.messages(username="alice")
    assert re.fullmatch(r"[0-9]{6}", message["code"])
    assert message["subject"] == "Your verification code"
    assert message["body"] == f"Your verification code is {message['code']}. "
    assert message["trigger"] == "CustomMessage_SignUp"
    assert refusal(world.sign_in, "alice") == ("UserNotConfirmedException", "User is not confirmed.")
    status, attributes = world.user("alice")
    assert (status, attributes["email_verified"]) == ("UNCONFIRMED", "false")

    world.confirm("alice", message["code"])
    status, attributes = world.user("alice")
    assert (status, attributes["email_verified"]) == ("CONFIRMED", "true")
    token = world.sign_in("alice")["AccessToken"]

    changed = world.idp.update_user_attributes(
        AccessToken=token, UserAttributes=[{"Name": "email", "Value": "new@example.org"}]
    )
    assert changed["CodeDeliveryDetailsList"] == [
        {"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    ]
    assert world.user("alice")[1] | {"email": "new@example.org", "email_verified": "false"} == world.user("alice")[1]
    code = world.code(destination="new@example.org")
    assert refusal(world.idp.verify_user_attribute, AccessToken=token, AttributeName="email", Code="x") == MISMATCH
    world.idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    assert world.user("alice")[1]["email_verified"] == "true"

    forgot = world.idp.forgot_password(ClientId=world.client, Username="alice")
    assert forgot["CodeDeliveryDetails"]["Destination"] == "n***@e***"
    confirm = {"ClientId": world.client, "Username": "alice"}
    call = world.idp.confirm_forgot_password
    assert refusal(call, **confirm, ConfirmationCode="nonsense", Password=OTHER) == MISMATCH
    assert refusal(call, **confirm, ConfirmationCode=world.code(), Password="short") == (
        "InvalidPasswordException",
        "Password does not conform to policy: Password not long enough",
    )
    world.idp.confirm_forgot_password(**confirm, ConfirmationCode=world.code(), Password=OTHER)
    assert refusal(call, **confirm, ConfirmationCode=world.code(), Password=OTHER) == EXPIRED
    assert refusal(world.sign_in, "alice") == WRONG_PASSWORD
    token = world.sign_in("alice", OTHER)["AccessToken"]

    change = world.idp.change_password
    assert refusal(change, AccessToken=token, PreviousPassword="wrong", ProposedPassword=PASSWORD) == WRONG_PASSWORD
    change(AccessToken=token, PreviousPassword=OTHER, ProposedPassword=PASSWORD)
    token = world.sign_in("alice")["AccessToken"]
    world.idp.delete_user(AccessToken=token)
    assert refusal(world.idp.get_user, AccessToken=token) == ("UserNotFoundException", "User does not exist.")
    world.sign_up("alice", email="alice@example.com")


def test_a_life_in_a_pool_where_an_email_address_is_the_username(world):
    world = world(UsernameAttributes=["email"])
    assert refusal(world.sign_up, "alice") == ("InvalidParameterException", "Username should be an email.")
    sub = world.sign_up("alice@example.com")["UserSub"]
    assert refusal(world.sign_up, "alice@example.com") == ("UsernameExistsException", "User already exists")
    world.confirm("alice@example.com")
    token = world.sign_in("alice@example.com")["AccessToken"]
    assert world.idp.get_user(AccessToken=token)["Username"] == sub
    email = [{"Name": "email", "Value": "other@example.com"}]
    world.idp.update_user_attributes(AccessToken=token, UserAttributes=email)
    world.idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=world.code())
    assert refusal(world.sign_in, "alice@example.com") == ("UserNotFoundException", "User does not exist.")
    world.sign_in("other@example.com")


def test_a_life_in_a_pool_with_aliases(world):
    world = world(AliasAttributes=["email"])
    assert refusal(world.sign_up, "alice@example.com") == (
        "InvalidParameterException",
        "Username cannot be of email format, since user pool is configured for email alias.",
    )
    world.sign_up("alice", email="shared@example.com")
    world.sign_up("bob", email="shared@example.com")
    bobs = world.code(username="bob")
    world.confirm("alice", world.code(username="alice"))
    world.sign_in("shared@example.com")
    assert refusal(world.confirm, "bob", bobs) == (
        "AliasExistsException",
        "An account with the email already exists.",
    )
    world.confirm("bob", bobs, ForceAliasCreation=True)
    assert world.user("alice")[1]["email_verified"] == "false"
    assert world.user("shared@example.com")[1]["sub"] == world.user("bob")[1]["sub"]


def test_a_value_that_waits_for_verification_leaves_the_old_one_active(world):
    settings = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    world = world(UserAttributeUpdateSettings=settings)
    world.sign_up("alice", email="old@example.com")
    world.confirm("alice")
    token = world.sign_in("alice")["AccessToken"]
    email = [{"Name": "email", "Value": "new@example.com"}]
    world.idp.update_user_attributes(AccessToken=token, UserAttributes=email)
    assert (world.user("alice")[1]["email"], world.user("alice")[1]["email_verified"]) == ("old@example.com", "true")
    world.idp.verify_user_attribute(AccessToken=token, AttributeName="email", Code=world.code())
    assert (world.user("alice")[1]["email"], world.user("alice")[1]["email_verified"]) == ("new@example.com", "true")
    vouched = [{"Name": "email", "Value": "third@example.com"}, {"Name": "email_verified", "Value": "true"}]
    world.idp.admin_update_user_attributes(UserPoolId=world.pool, Username="alice", UserAttributes=vouched)
    assert (world.user("alice")[1]["email"], world.user("alice")[1]["email_verified"]) == ("third@example.com", "true")


def test_codes_live_by_the_clock_and_the_newest_counts(start_server, account, move_clock):
    world = World(start_server(), account)
    world.sign_up("alice", email="alice@example.com")
    first = world.code()
    again = world.idp.resend_confirmation_code(ClientId=world.client, Username="alice")
    assert again["CodeDeliveryDetails"]["Destination"] == "a***@e***"
    second = world.code()
    if first != second:
        assert refusal(world.confirm, "alice", first) == MISMATCH
    move_clock(world.server, 24 * 3600)
    assert refusal(world.confirm, "alice", second) == EXPIRED
    world.idp.resend_confirmation_code(ClientId=world.client, Username="alice")
    world.confirm("alice")
    assert refusal(world.confirm, "alice", second) == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )
    resend = world.idp.resend_confirmation_code
    assert refusal(resend, ClientId=world.client, Username="alice") == (
        "InvalidParameterException",
        "User is already confirmed.",
    )
    world.idp.forgot_password(ClientId=world.client, Username="alice")
    code = world.code()
    move_clock(world.server, 3600)
    confirm = {"ClientId": world.client, "Username": "alice", "Password": OTHER}
    assert refusal(world.idp.confirm_forgot_password, **confirm, ConfirmationCode=code) == EXPIRED


def test_attempts_are_limited_by_the_hour(start_server, account, move_clock):
    world = World(start_server(), account)
    limited = ("LimitExceededException", "Attempt limit exceeded, please try after some time.")
    world.sign_up("alice", email="alice@example.com")
    resend = {"ClientId": world.client, "Username": "alice"}
    for _ in range(5):
        world.idp.resend_confirmation_code(**resend)
    assert refusal(world.idp.resend_confirmation_code, **resend) == limited
    for _ in range(15):
        assert refusal(world.confirm, "alice", "wrong") == MISMATCH
    assert refusal(world.confirm, "alice") == limited
    move_clock(world.server, 3600)
    world.confirm("alice")
    token = world.sign_in("alice")["AccessToken"]
    change = {"AccessToken": token, "PreviousPassword": "wrong", "ProposedPassword": OTHER}
    for _ in range(5):
        assert refusal(world.idp.change_password, **change) == WRONG_PASSWORD
    assert refusal(world.idp.change_password, **change | {"PreviousPassword": PASSWORD}) == limited


def test_sign_up_refuses_in_the_words_of_aws(world):
    world = world(
        Schema=[
            {"Name": "name", "AttributeDataType": "String", "Required": True},
            {"Name": "tier", "AttributeDataType": "String"},
        ]
    )
    assert refusal(world.sign_up, "alice") == (
        "InvalidParameterException",
        "Attributes did not conform to the schema: name: The attribute is required\n",
    )
    assert refusal(world.sign_up, "alice", name="a", **{"custom:x": "b"}) == (
        "InvalidParameterException",
        "Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n",
    )
    unauthorized = ("NotAuthorizedException", "A client attempted to write unauthorized attribute")
    assert refusal(world.sign_up, "alice", name="a", **{"custom:tier": "b"}) == unauthorized
    assert refusal(world.sign_up, "alice", name="a", email_verified="true") == unauthorized
    assert refusal(world.sign_up, "alice", name="a", email="nobody") == (
        "InvalidParameterException",
        "Invalid email address format.",
    )
    assert refusal(world.sign_up, "alice", "Short1!", name="a") == (
        "InvalidPasswordException",
        "Password did not conform with policy: Password not long enough",
    )
    explicit = world.new_client(WriteAttributes=["name"])
    assert refusal(world.sign_up, "alice", client=explicit, name="a", **{"custom:x": "b"}) == unauthorized
    secret = world.new_client(GenerateSecret=True)
    assert refusal(world.sign_up, "alice", client=secret, name="a") == (
        "NotAuthorizedException",
        f"Client {secret} is configured for secret but secret was not received",
    )
    assert "CodeDeliveryDetails" not in world.sign_up("alice", name="a")
    assert refusal(world.sign_up, "alice", name="a") == ("UsernameExistsException", "User already exists")
    resend = world.idp.resend_confirmation_code
    assert refusal(resend, ClientId=world.client, Username="alice") == (
        "InvalidParameterException",
        "Cannot resend codes. Auto verification not turned on.",
    )


def test_only_administrators_sign_up_where_the_pool_says_so(world):
    world = world(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    assert refusal(world.sign_up, "alice") == (
        "NotAuthorizedException",
        "SignUp is not permitted for this user pool",
    )


def test_who_is_not_there_is_told_or_hidden_as_the_client_wants(world):
    world = world()
    unknown = ("UserNotFoundException", "Username/client id combination not found.")
    ghost = {"ClientId": world.client, "Username": "ghost"}
    hidden = {"ClientId": world.new_client(PreventUserExistenceErrors="ENABLED"), "Username": "ghost"}
    calls = world.idp
    assert refusal(calls.forgot_password, **ghost) == unknown
    assert refusal(calls.resend_confirmation_code, **ghost) == unknown
    assert refusal(calls.confirm_sign_up, **ghost, ConfirmationCode="1") == unknown
    assert refusal(calls.confirm_forgot_password, **ghost, ConfirmationCode="1", Password=PASSWORD) == unknown
    assert "CodeDeliveryDetails" in calls.forgot_password(**hidden)
    assert "CodeDeliveryDetails" in calls.resend_confirmation_code(**hidden)
    assert refusal(calls.confirm_sign_up, **hidden, ConfirmationCode="1") == EXPIRED
    assert refusal(calls.confirm_forgot_password, **hidden, ConfirmationCode="1", Password=PASSWORD) == MISMATCH
    assert world.messages() == []


def test_recovery_follows_the_state_of_the_user(world):
    world = world()
    forgot = {"ClientId": world.client, "Username": "alice"}
    world.sign_up("alice", email="alice@example.com")
    unverified = (
        "InvalidParameterException",
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
    )
    assert refusal(world.idp.forgot_password, **forgot) == unverified
    named = {"UserPoolId": world.pool, "Username": "alice"}
    world.idp.admin_confirm_sign_up(**named)
    assert world.user("alice")[1]["email_verified"] == "false"
    assert refusal(world.idp.admin_confirm_sign_up, **named) == (
        "NotAuthorizedException",
        "User cannot be confirmed. Current status is CONFIRMED",
    )
    assert refusal(world.idp.admin_reset_user_password, **named) == unverified
    verified = [{"Name": "email_verified", "Value": "true"}]
    world.idp.admin_update_user_attributes(**named, UserAttributes=verified)
    world.idp.admin_reset_user_password(**named)
    assert world.user("alice")[0] == "RESET_REQUIRED"
    assert refusal(world.sign_in, "alice") == (
        "PasswordResetRequiredException",
        "Password reset required for the user",
    )
    world.idp.confirm_forgot_password(**forgot, ConfirmationCode=world.code(), Password=OTHER)
    token = world.sign_in("alice", OTHER)["AccessToken"]
    world.idp.admin_disable_user(**named)
    assert refusal(world.idp.get_user, AccessToken=token) == (
        "NotAuthorizedException",
        "Access Token has been revoked",
    )
    assert refusal(world.idp.forgot_password, **forgot) == ("NotAuthorizedException", "User is disabled.")
    assert refusal(world.sign_in, "alice", OTHER) == ("NotAuthorizedException", "User is disabled.")
    world.idp.admin_enable_user(**named)
    world.sign_in("alice", OTHER)
    world.idp.admin_create_user(UserPoolId=world.pool, Username="bob", MessageAction="SUPPRESS")
    current = ("NotAuthorizedException", "User password cannot be reset in the current state.")
    assert refusal(world.idp.forgot_password, ClientId=world.client, Username="bob") == current
    assert refusal(world.idp.admin_reset_user_password, UserPoolId=world.pool, Username="bob") == current


def test_attributes_keep_the_rules_of_the_schema(world):
    schema = [
        {"Name": "fixed", "AttributeDataType": "String", "Mutable": False},
        {"Name": "name", "AttributeDataType": "String", "Required": True},
    ]
    world = world(Schema=schema)
    world.sign_up("alice", name="Alice", email="alice@example.com", nickname="al")
    world.confirm("alice")
    token = world.sign_in("alice")["AccessToken"]
    named = {"UserPoolId": world.pool, "Username": "alice"}

    def update(**attributes):
        pairs = [{"Name": name, "Value": value} for name, value in attributes.items()]
        return refusal(world.idp.admin_update_user_attributes, **named, UserAttributes=pairs)

    invalid = "InvalidParameterException"
    assert update(**{"custom:fixed": "a"}) == (invalid, "user.custom:fixed: Attribute cannot be updated.\n")
    assert update(**{"custom:x": "a"}) == (invalid, "user.custom:x: Attribute does not exist in the schema.\n")
    assert update(sub="a") == (invalid, "Cannot modify the non-mutable attribute sub")
    assert update(email="nobody") == (invalid, "Invalid email address format.")
    assert update(name="") == (invalid, "Cannot delete the required attribute name.")
    forbidden = world.idp.update_user_attributes
    verified = [{"Name": "email_verified", "Value": "true"}]
    assert refusal(forbidden, AccessToken=token, UserAttributes=verified) == (
        "NotAuthorizedException",
        "A client attempted to write unauthorized attribute",
    )
    world.idp.delete_user_attributes(AccessToken=token, UserAttributeNames=["nickname"])
    assert "nickname" not in world.user("alice")[1]
    world.idp.admin_update_user_attributes(**named, UserAttributes=[{"Name": "nickname", "Value": "al"}])
    world.idp.admin_delete_user_attributes(**named, UserAttributeNames=["nickname", "email"])
    assert not {"nickname", "email", "email_verified"} & set(world.user("alice")[1])
    code = world.idp.get_user_attribute_verification_code
    assert refusal(code, AccessToken=token, AttributeName="email") == (
        invalid,
        "User does not have a valid registered email address.",
    )
    assert refusal(code, AccessToken=token, AttributeName="nickname") == (
        invalid,
        "Invalid attribute nickname: only email and phone_number can be verified.",
    )


def test_a_pool_may_send_links(world):
    world = world(VerificationMessageTemplate={"DefaultEmailOption": "CONFIRM_WITH_LINK"})
    world.sign_up("alice", email="alice@example.com")
    (message,) = world.messages()
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(message["link"]).query)
    assert query == {
        "client_id": [world.client],
        "user_name": ["alice"],
        "confirmation_code": [message["code"]],
    }
    assert 'href="' in message["body"] and message["subject"] == "Your verification link"
    path = urllib.parse.urlsplit(message["link"])
    address = f"{world.server.url}{path.path}?{path.query}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/html")
    assert world.user("alice")[0] == "CONFIRMED"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(address, timeout=10)
    assert refused.value.code == 400


def test_codes_may_be_fixed_on_the_command_line(start_server, account):
    world = World(start_server("--code", "123456"), account)
    world.sign_up("alice", email="alice@example.com")
    world.confirm("alice", "123456")


def test_many_sign_up_with_one_name_and_one_does(world):
    world = world()
    def attempt(_):
        try:
            world.sign_up("alice")
            return "signed up"
        except world.idp.exceptions.UsernameExistsException:
            return "exists"

    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(attempt, range(200)))
    assert (results.count("signed up"), results.count("exists")) == (1, 199)
