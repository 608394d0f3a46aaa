"""The functions asked while users sign up, are created, confirm, recover and change their addresses: what they are
told, what their answers change, and that a failure leaves no trace."""

import json
import re
import time
import urllib.request

import pytest

import demo
import encryption
from conftest import aws_client
from expect import attributes, body, refused
from functions import TRIGGERS, answering, arn, config, failing
from golden import matches

PASSWORD = "Passw0rd!"
ROLE = {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "id"}
KEY = f"arn:aws:kms:{demo.REGION}:000000000000:key/11111111-2222-4333-8444-555555555555"
UNRECOGNIZABLE = "Unrecognizable lambda output"
METADATA = {"locale": "de"}


class World:
    """A server of its own with functions, and one pool after another."""

    def __init__(self, server, functions):
        self.server, self.functions = server, functions
        self.idp = aws_client(server, "cognito-idp")

    def pool(self, *triggers, senders=(), client=None, **options):
        lambdas = config(*triggers) | {it: {"LambdaVersion": "V1_0", "LambdaArn": arn(it)} for it in senders}
        if senders:
            lambdas["KMSKeyID"] = KEY
        options = {"AutoVerifiedAttributes": ["email"], "SmsConfiguration": ROLE} | options
        self.id = self.idp.create_user_pool(PoolName="pool", LambdaConfig=lambdas, **options)["UserPool"]["Id"]
        self.client_id = self.idp.create_user_pool_client(
            UserPoolId=self.id,
            ClientName="app",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            **(client or {}),
        )["UserPoolClient"]["ClientId"]
        self.functions.events.clear()
        self.functions.handlers.clear()

    def sign_up(self, username="alice", metadata=None, validation=None, **values):
        values = {"email": "alice@example.com"} | values
        more = {"ClientMetadata": metadata} if metadata else {}
        if validation:
            more["ValidationData"] = listed(validation)
        return body(
            self.idp.sign_up(
                ClientId=self.client_id, Username=username, Password=PASSWORD, UserAttributes=listed(values), **more
            )
        )

    def user(self, username="alice"):
        found = self.idp.admin_get_user(UserPoolId=self.id, Username=username)
        return found["UserStatus"], attributes(found["UserAttributes"])

    def users(self):
        return [user["Username"] for user in self.idp.list_users(UserPoolId=self.id)["Users"]]

    def create(self, username="bob", **options):
        options.setdefault("UserAttributes", listed({"email": "bob@example.com", "phone_number": "+14325551212"}))
        return self.idp.admin_create_user(UserPoolId=self.id, Username=username, **options)["User"]

    def confirmed(self, username="alice", **values):
        """A user who may sign in, and an access token."""
        values = {"email": "alice@example.com", "email_verified": "true"} | values
        self.create(username, MessageAction="SUPPRESS", UserAttributes=listed(values))
        self.idp.admin_set_user_password(UserPoolId=self.id, Username=username, Password=PASSWORD, Permanent=True)
        tokens = self.idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self.client_id,
            AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        self.functions.events.clear()
        return tokens["AccessToken"]

    def messages(self):
        return json.loads(self.get(f"/_cognitwin/messages?userPoolId={self.id}"))

    def get(self, path):
        with urllib.request.urlopen(self.server.url + path) as answer:
            return answer.read()

    def code(self):
        return self.messages()[-1]["code"]

    def wait(self):
        """Until there is an event: senders are told while nobody waits."""
        until = time.monotonic() + 10
        while not self.functions.events and time.monotonic() < until:
            time.sleep(0.01)

    def one(self, source):
        """The only event so far, once it is there."""
        self.wait()
        events = self.functions.events
        assert [it["triggerSource"] for it in events] == [source]
        return events[0]

    def deciphered(self, source):
        """The only event, a sender's, whose code the function reads with the pool's key."""
        event = self.one(source)
        assert event["request"]["code"].startswith("AYADe"), event
        text, context = encryption.decrypt(event["request"]["code"], self.server.url, KEY)
        assert (set(context), context["userpool-id"]) == ({"aws-crypto-public-key", "userpool-id"}, self.id)
        event["request"]["code"] = text
        return event


def listed(values):
    return [{"Name": name, "Value": value} for name, value in values.items()]


@pytest.fixture(scope="module")
def running():
    from functions import Functions
    from server import Server

    functions = Functions()
    server = Server(*functions.flags(TRIGGERS))
    yield World(server, functions)
    server.stop_cleanly()
    functions.stop()


@pytest.fixture
def world(running):
    return running


def test_sign_up_tells_what_the_caller_sent_and_no_more(world):
    world.pool("PreSignUp")
    world.sign_up(metadata=METADATA, validation={"captcha": "1"})
    matches("PreSignUp_SignUp", world.one("PreSignUp_SignUp"), userName="alice")


def test_where_nothing_is_sent_validation_data_is_null_and_metadata_is_not_there(world):
    world.pool("PreSignUp", UsernameAttributes=["email"])
    signed_up = world.sign_up("alice@example.com")
    event = world.one("PreSignUp_SignUp")
    assert event["userName"] == signed_up["UserSub"] and event["callerContext"]["clientId"] == world.client_id
    assert event["request"] == {"userAttributes": {"email": "alice@example.com"}, "validationData": None}


def test_pre_sign_up_confirms_and_verifies(world):
    world.pool("PreSignUp", "PostConfirmation")
    world.functions.on(PreSignUp=answering(autoConfirmUser=True, autoVerifyEmail=True))
    signed_up = world.sign_up(metadata=METADATA)
    assert signed_up == {"UserConfirmed": True, "UserSub": signed_up["UserSub"]}
    status, values = world.user()
    assert status == "CONFIRMED" and values["email_verified"] == "true"
    assert world.functions.sources() == ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]
    confirmed = world.functions.events[1]["request"]
    assert confirmed["clientMetadata"] == METADATA
    assert confirmed["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    assert world.messages() == []


def test_an_alias_that_is_verified_at_once_moves_to_the_new_user(world):
    world.pool("PreSignUp", AliasAttributes=["email"])
    world.functions.on(PreSignUp=answering(autoConfirmUser=True, autoVerifyEmail=True))
    world.sign_up("first")
    world.sign_up("second")
    assert world.user("first")[1]["email_verified"] == "false"
    found = world.idp.admin_get_user(UserPoolId=world.id, Username="alice@example.com")
    assert found["Username"] == "second"


@pytest.mark.parametrize(
    "answer",
    [
        answering(autoVerifyPhone=True),
        answering(autoConfirmUser="yes"),
        lambda event: event["response"],
        lambda event: [event],
    ],
)
def test_an_answer_that_makes_no_sense_makes_nobody(world, answer):
    world.pool("PreSignUp")
    world.functions.on(PreSignUp=answer)
    with refused("InvalidLambdaResponseException", UNRECOGNIZABLE):
        world.sign_up()
    assert world.users() == [] and world.messages() == []


def test_an_answer_that_is_no_json_makes_nobody(world):
    world.pool("PreSignUp")
    world.functions.on(PreSignUp=lambda _: (200, "no"))
    with refused("InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON"):
        world.sign_up()
    assert world.users() == []


def test_pre_sign_up_refuses(world):
    world.pool("PreSignUp")
    world.functions.on(PreSignUp=failing("no."))
    with refused("UserLambdaValidationException", "PreSignUp failed with error no.."):
        world.sign_up()
    with refused("UserLambdaValidationException", "PreSignUp failed with error no.."):
        world.create()
    assert world.users() == [] and world.messages() == []


def test_what_the_request_breaks_is_refused_before_anybody_is_asked(world):
    world.pool("PreSignUp", "CustomMessage")
    world.sign_up()
    world.functions.events.clear()
    with refused("UsernameExistsException", "User already exists"):
        world.sign_up()
    assert world.functions.events == []


def test_a_user_whom_an_administrator_creates(world):
    world.pool("PreSignUp")
    world.functions.on(PreSignUp=answering(autoConfirmUser=True, autoVerifyEmail=True, autoVerifyPhone=True))
    user = world.create(ClientMetadata=METADATA, ValidationData=listed({"captcha": "1"}))
    matches("PreSignUp_AdminCreateUser", world.one("PreSignUp_AdminCreateUser"), userName="bob")
    assert user["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert "email_verified" not in attributes(user["Attributes"])
    world.functions.events.clear()
    world.create(MessageAction="RESEND")
    assert world.functions.events == []


@pytest.mark.parametrize(
    "answer", [answering(autoConfirmUser="yes"), answering(autoVerifyEmail=1), answering(autoVerifyPhone=[])]
)
def test_what_is_settled_of_a_user_whom_an_administrator_creates_is_not_looked_at(world, answer):
    world.pool("PreSignUp")
    world.functions.on(PreSignUp=answer)
    assert world.create()["UserStatus"] == "FORCE_CHANGE_PASSWORD"


def test_confirmation_is_told_once_it_is_done(world):
    world.pool("PostConfirmation")
    world.sign_up(metadata=METADATA)
    confirm = {"ClientId": world.client_id, "Username": "alice"}
    with refused("CodeMismatchException"):
        world.idp.confirm_sign_up(**confirm, ConfirmationCode="000000" if world.code() != "000000" else "1")
    assert world.functions.events == []
    world.idp.confirm_sign_up(**confirm, ConfirmationCode=world.code(), ClientMetadata={"a": "b"})
    event = world.one("PostConfirmation_ConfirmSignUp")
    matches("PostConfirmation_ConfirmSignUp", event, userName="alice")


def test_an_administrator_confirms(world):
    world.pool("PostConfirmation")
    world.sign_up()
    world.idp.admin_confirm_sign_up(UserPoolId=world.id, Username="alice", ClientMetadata={"a": "b"})
    event = world.one("PostConfirmation_ConfirmSignUp")
    assert event["callerContext"] == {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": None}
    assert event["request"]["clientMetadata"] == {"a": "b"}


def test_a_link_confirms(world):
    template = {"DefaultEmailOption": "CONFIRM_WITH_LINK"}
    world.pool("PostConfirmation", VerificationMessageTemplate=template)
    world.sign_up()
    link = world.messages()[0]["link"]
    world.get(link[link.index("/confirmUser") :])
    assert world.one("PostConfirmation_ConfirmSignUp")["callerContext"]["clientId"] == world.client_id


def test_a_confirmation_stays_where_its_function_fails(world):
    world.pool("PostConfirmation")
    world.functions.on(PostConfirmation=failing("boom"))
    world.sign_up()
    with refused("UserLambdaValidationException", "PostConfirmation failed with error boom."):
        world.idp.confirm_sign_up(ClientId=world.client_id, Username="alice", ConfirmationCode=world.code())
    assert world.user()[0] == "CONFIRMED"


def test_a_recovered_password(world):
    world.pool("PostConfirmation")
    world.confirmed()
    world.idp.forgot_password(ClientId=world.client_id, Username="alice", ClientMetadata=METADATA)
    assert world.functions.events == []
    world.idp.confirm_forgot_password(
        ClientId=world.client_id,
        Username="alice",
        ConfirmationCode=world.code(),
        Password="An0ther!pass",
        ClientMetadata={"a": "b"},
    )
    event = world.one("PostConfirmation_ConfirmForgotPassword")
    matches("PostConfirmation_ConfirmForgotPassword", event, userName="alice")


# Each occasion of a message: what is done, and to which attribute it goes.


def _sign_up(world):
    world.sign_up(metadata=METADATA)


def _resend(world, **values):
    world.sign_up(**values)
    world.wait()
    world.functions.events.clear()
    world.idp.resend_confirmation_code(ClientId=world.client_id, Username="alice", ClientMetadata=METADATA)


def _create(world):
    world.create(
        "alice",
        TemporaryPassword="Temp<0rary>&",
        DesiredDeliveryMediums=["EMAIL"],
        ClientMetadata=METADATA,
    )


def _forgot(world):
    world.confirmed()
    world.idp.forgot_password(ClientId=world.client_id, Username="alice", ClientMetadata=METADATA)


def _reset(world):
    world.confirmed()
    world.idp.admin_reset_user_password(UserPoolId=world.id, Username="alice", ClientMetadata=METADATA)


def _update(world):
    token = world.confirmed()
    world.idp.update_user_attributes(
        AccessToken=token, UserAttributes=listed({"email": "new@example.com"}), ClientMetadata=METADATA
    )


def _verify(world):
    token = world.confirmed()
    world.idp.get_user_attribute_verification_code(
        AccessToken=token, AttributeName="email", ClientMetadata=METADATA
    )


def _authenticate(world):
    world.idp.set_user_pool_mfa_config(
        UserPoolId=world.id,
        MfaConfiguration="OPTIONAL",
        EmailMfaConfiguration={"Message": "Code {####}", "Subject": "Code"},
    )
    world.confirmed()
    settings = {"Enabled": True, "PreferredMfa": True}
    world.idp.admin_set_user_mfa_preference(UserPoolId=world.id, Username="alice", EmailMfaSettings=settings)
    answer = world.idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=world.client_id,
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
        ClientMetadata=METADATA,
    )
    assert answer["ChallengeName"] == "EMAIL_OTP"


OCCASIONS = {
    "SignUp": _sign_up,
    "ResendCode": _resend,
    "AdminCreateUser": _create,
    "ForgotPassword": _forgot,
    "UpdateUserAttribute": _update,
    "VerifyUserAttribute": _verify,
    "Authentication": _authenticate,
}
EMAIL_MFA = {
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_phone_number"}]},
    "EmailConfiguration": {
        "EmailSendingAccount": "DEVELOPER",
        "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/a@example.com",
    },
}


def options(occasion):
    return EMAIL_MFA if occasion == "Authentication" else {}


@pytest.mark.parametrize("occasion", OCCASIONS)
def test_each_message_is_asked_for(world, occasion):
    source = f"CustomMessage_{occasion}"
    world.pool("CustomMessage", **options(occasion))
    world.functions.on(
        CustomMessage=lambda event: event
        | {
            "response": {
                "emailSubject": f"About {event['request']['codeParameter']}",
                "emailMessage": "{username} has {####}",
                "smsMessage": None,
            }
        }
    )
    OCCASIONS[occasion](world)
    matches(source, world.one(source), userName="alice")
    message = world.messages()[-1]
    assert message["trigger"] == source and message["subject"] == "About {####}"
    assert message["body"] == f"alice has {message['code']}"


@pytest.mark.parametrize("occasion", OCCASIONS)
def test_each_message_may_be_sent_by_a_function(world, occasion):
    source = f"CustomEmailSender_{occasion}"
    world.pool("CustomMessage", senders=["CustomEmailSender"], **options(occasion))
    OCCASIONS[occasion](world)
    event = world.deciphered(source)
    message = world.messages()[-1]
    assert message["status"] == "HANDED_OVER" and message["trigger"] == source
    told = message["code"] if occasion != "AdminCreateUser" else "Temp&lt;0rary&gt;&amp;"
    matches(source, event, userName="alice", code=told)


SMS_OCCASIONS = {
    "SignUp": lambda world: world.sign_up(metadata=METADATA, phone_number="+14325551212"),
    "AdminCreateUser": lambda world: world.create("alice", ClientMetadata=METADATA),
    "ForgotPassword": lambda world: (
        world.confirmed(phone_number="+14325551212", phone_number_verified="true"),
        world.idp.forgot_password(ClientId=world.client_id, Username="alice", ClientMetadata=METADATA),
    ),
}


def _sms_update(world):
    token = world.confirmed()
    world.idp.update_user_attributes(
        AccessToken=token, UserAttributes=listed({"phone_number": "+14325551212"}), ClientMetadata=METADATA
    )


def _sms_verify(world):
    token = world.confirmed(phone_number="+14325551212")
    world.idp.get_user_attribute_verification_code(
        AccessToken=token, AttributeName="phone_number", ClientMetadata=METADATA
    )


def _sms_authenticate(world):
    world.idp.set_user_pool_mfa_config(
        UserPoolId=world.id, MfaConfiguration="OPTIONAL", SmsMfaConfiguration={"SmsConfiguration": ROLE}
    )
    world.confirmed(phone_number="+14325551212", phone_number_verified="true")
    settings = {"Enabled": True, "PreferredMfa": True}
    world.idp.admin_set_user_mfa_preference(UserPoolId=world.id, Username="alice", SMSMfaSettings=settings)
    answer = world.idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=world.client_id,
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )
    assert answer["ChallengeName"] == "SMS_MFA"


SMS_OCCASIONS |= {
    "ResendCode": lambda world: _resend(world, phone_number="+14325551212"),
    "UpdateUserAttribute": _sms_update,
    "VerifyUserAttribute": _sms_verify,
    "Authentication": _sms_authenticate,
}


@pytest.mark.parametrize("occasion", SMS_OCCASIONS)
def test_each_message_by_sms_may_be_sent_by_a_function(world, occasion):
    source = f"CustomSMSSender_{occasion}"
    world.pool(senders=["CustomSMSSender"], AutoVerifiedAttributes=["email", "phone_number"])
    SMS_OCCASIONS[occasion](world)
    event = world.deciphered(source)
    message = world.messages()[-1]
    assert message["medium"] == "SMS" and message["status"] == "HANDED_OVER"
    code = message["code"].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    code = code.replace('"', "&quot;").replace("'", "&#39;") if occasion == "AdminCreateUser" else message["code"]
    matches(source, event, userName="alice", code=code)


def test_a_password_that_an_administrator_resets_is_asked_about_like_a_forgotten_one(world):
    world.pool("CustomMessage")
    _reset(world)
    event = world.one("CustomMessage_ForgotPassword")
    assert event["callerContext"]["clientId"] is None and event["request"]["clientMetadata"] == METADATA


@pytest.mark.parametrize("unset", [{}, {"emailMessage": "", "emailSubject": "", "smsMessage": ""}])
def test_texts_that_are_not_set_stay_the_pools_own(world, unset):
    world.pool("CustomMessage")
    world.functions.on(CustomMessage=answering(**unset))
    _sign_up(world)
    message = world.messages()[0]
    assert message["subject"] == "Your verification code"
    assert message["body"] == f"Your verification code is {message['code']}. "


def test_a_function_may_place_the_link(world):
    template = {
        "DefaultEmailOption": "CONFIRM_WITH_LINK",
        "EmailMessageByLink": "{##Press##}",
        "EmailSubjectByLink": "Link",
    }
    world.pool("CustomMessage", VerificationMessageTemplate=template)
    world.functions.on(
        CustomMessage=lambda event: event
        | {"response": {"emailMessage": f"Go on: {event['request']['linkParameter']}"}}
    )
    _sign_up(world)
    message = world.messages()[0]
    assert world.one("CustomMessage_SignUp")["request"]["linkParameter"] == "{##Press##}"
    address = message["link"].replace("&", "&amp;")
    assert message["body"] == f'Go on: <a href="{address}">Press</a>' and message["subject"] == "Link"


@pytest.mark.parametrize(
    "response",
    [
        {"emailMessage": "no code"},
        {"emailMessage": 1},
        {"emailMessage": "{####}" + "x" * 20_000},
        {"emailSubject": "x" * 141},
        {"emailSubject": "a\r\nBcc: b@example.com"},
        {"emailSubject": "a\u2028b"},
        {"emailSubject": "a\x00"},
    ],
)
@pytest.mark.parametrize("occasion", OCCASIONS)
def test_a_message_that_cannot_be_sent_leaves_no_trace(world, occasion, response):
    world.pool("CustomMessage", **options(occasion))
    before = []

    def answer(event):
        # What there was, where the operation itself began.
        before.append((world.users(), world.messages()))
        return event | {"response": response}

    if occasion == "ResendCode":
        world.sign_up()
    world.functions.on(CustomMessage=answer)
    if occasion == "ResendCode":
        act = lambda: world.idp.resend_confirmation_code(ClientId=world.client_id, Username="alice")  # noqa: E731
    else:
        act = lambda: OCCASIONS[occasion](world)  # noqa: E731
    with refused("InvalidLambdaResponseException", UNRECOGNIZABLE):
        act()
    assert (world.users(), world.messages()) == before[0]


def test_an_invitation_also_needs_the_username(world):
    world.pool("CustomMessage")
    world.functions.on(CustomMessage=answering(emailMessage="{####}"))
    with refused("InvalidLambdaResponseException", UNRECOGNIZABLE):
        _create(world)
    assert world.users() == []


def test_a_failing_message_leaves_no_trace(world):
    world.pool("CustomMessage")
    token = world.confirmed()
    world.functions.on(CustomMessage=failing("boom"))
    with refused("UserLambdaValidationException", "CustomMessage failed with error boom."):
        world.idp.update_user_attributes(AccessToken=token, UserAttributes=listed({"email": "new@example.com"}))
    assert world.user()[1]["email"] == "alice@example.com" and world.user()[1]["email_verified"] == "true"
    with refused("UserLambdaValidationException", "CustomMessage failed with error boom."):
        world.sign_up("carol", email="carol@example.com")
    assert world.users() == ["alice"] and world.messages() == []


def test_no_line_of_the_log_is_a_functions_own(world):
    world.pool("CustomMessage")
    world.functions.on(CustomMessage=answering(emailSubject='one" forged="two', emailMessage="{####}"))
    world.sign_up()
    [line] = [it for it in world.server.log().splitlines() if "forged" in it]
    assert r'subject="one\" forged=\"two"' in line
    world.functions.on(CustomMessage=failing("h1dden\nforged " + "x" * 9999))
    with refused("UserLambdaValidationException", re.compile("CustomMessage failed with error h1dden\nforged x{1010}.")):
        world.sign_up("bob", email="bob@example.com")
    log = world.server.log()
    assert "h1dden" not in log and 'error="UserLambdaValidationException"' in log


def test_invitations_by_both_media_are_asked_for_one_by_one(world):
    world.pool("CustomMessage")
    texts = {"smsMessage": "S {username} {####}", "emailMessage": "E {username} {####}", "emailSubject": "E"}
    world.functions.on(CustomMessage=answering(**texts))
    world.create(DesiredDeliveryMediums=["SMS", "EMAIL"], TemporaryPassword=PASSWORD)
    assert world.functions.sources() == ["CustomMessage_AdminCreateUser"] * 2
    assert [(it["medium"], it["body"]) for it in world.messages()] == [
        ("SMS", f"S bob {PASSWORD}"),
        ("EMAIL", f"E bob {PASSWORD}"),
    ]
    world.create("carol", MessageAction="SUPPRESS")
    assert len(world.functions.events) == 2


def test_a_sender_gets_its_code_in_clear_where_that_is_wished(running, start_server):
    world = World(start_server("--plain-codes", *running.functions.flags()), running.functions)
    world.pool(senders=["CustomEmailSender"])
    _sign_up(world)
    event = world.one("CustomEmailSender_SignUp")
    assert event["request"]["code"] == world.code()


def test_a_sender_that_fails_is_nobodys_business(world):
    world.pool(senders=["CustomEmailSender"])
    world.functions.on(CustomEmailSender=failing("boom"))
    assert world.sign_up()["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    world.one("CustomEmailSender_SignUp")
    world.idp.confirm_sign_up(ClientId=world.client_id, Username="alice", ConfirmationCode=world.code())
    assert world.user()[0] == "CONFIRMED"


def test_a_function_calls_back_about_its_own_user(world):
    world.pool("PostConfirmation", "CustomMessage")

    def promote(event):
        world.idp.admin_update_user_attributes(
            UserPoolId=event["userPoolId"], Username=event["userName"], UserAttributes=listed({"nickname": "al"})
        )
        return event

    world.functions.on(PostConfirmation=promote, CustomMessage=promote)
    with refused("UserNotFoundException"):
        world.user()
    world.functions.on(CustomMessage=lambda event: event)
    world.sign_up()
    world.functions.on(CustomMessage=promote)
    world.idp.resend_confirmation_code(ClientId=world.client_id, Username="alice")
    assert world.user()[1]["nickname"] == "al"
    world.idp.confirm_sign_up(ClientId=world.client_id, Username="alice", ConfirmationCode=world.code())
    assert world.user()[0] == "CONFIRMED"


def test_a_user_who_came_meanwhile_is_not_overtaken(world):
    world.pool("PreSignUp")

    def sneak(event):
        world.functions.on(PreSignUp=lambda event: event)
        world.sign_up()
        return event

    world.functions.on(PreSignUp=sneak)
    with refused("UsernameExistsException", "User already exists"):
        world.sign_up(email="other@example.com")
    assert world.user()[1]["email"] == "alice@example.com"
