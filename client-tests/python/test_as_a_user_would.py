"""A suite as our users write theirs: a shop that signs its customers in, against a double that is seeded once, put back
between tests, read like a mailbox, moved through time, made to fail, and asked what it was told.

Nothing here knows the server but by its address, and every client is an SDK as it comes.
"""

import json
import re
import threading
import time
import urllib.parse
import urllib.request

import boto3
import jwt
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from control_api import Control
from domain import Browser, pkce
from expect import refused
from server import Server
from sign_ins import another, totp

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
REGION = "eu-central-1"
POOL, WEB, ROTATING = f"{REGION}_Shop00001", "shopwebclient", "shoprotatingclient"
GUESTS = f"{REGION}:11111111-2222-4333-8444-555555555555"
PROVIDER = f"cognito-idp.{REGION}.amazonaws.com/{POOL}"
PASSWORD, NEW = "Passw0rd!", "N3wPassw0rd!"
CALLBACK, SECRET = "https://shop.example/cb", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

SHOP = f"""
UserPools:
  - Id: {POOL}
    PoolName: shop
    Domain: shop
    AutoVerifiedAttributes: [email]
    MfaConfiguration: OPTIONAL
    SmsConfiguration: {{SnsCallerArn: "arn:aws:iam::000000000000:role/sms"}}
    SoftwareTokenMfaConfiguration: {{Enabled: true}}
    Clients:
      - ClientId: {WEB}
        ClientName: web
        ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
        AllowedOAuthFlowsUserPoolClient: true
        AllowedOAuthFlows: [code]
        AllowedOAuthScopes: [openid, aws.cognito.signin.user.admin]
        CallbackURLs: ["{CALLBACK}"]
        SupportedIdentityProviders: [COGNITO]
      - ClientId: {ROTATING}
        ClientName: rotating
        ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH]
        RefreshTokenRotation: {{Feature: ENABLED, RetryGracePeriodSeconds: 30}}
    Groups: [{{GroupName: staff, RoleArn: "arn:aws:iam::000000000000:role/staff"}}]
    Users:
      - Username: alice
        Password: {PASSWORD}
        UserAttributes: {{email: alice@example.com, email_verified: "true"}}
        Groups: [staff]
      - Username: tom
        Password: {PASSWORD}
        UserAttributes: {{phone_number: "+15550100", phone_number_verified: "true"}}
        UserMFASettingList: [SMS_MFA]
      - Username: olga
        Password: {PASSWORD}
        SoftwareTokenSecret: {SECRET}
        PreferredMfaSetting: SOFTWARE_TOKEN_MFA
      - Username: nina
        TemporaryPassword: {PASSWORD}
IdentityPools:
  - IdentityPoolId: {GUESTS}
    IdentityPoolName: shop
    AllowUnauthenticatedIdentities: true
    CognitoIdentityProviders: [{{ProviderName: {PROVIDER}, ClientId: {WEB}}}]
    Roles:
      authenticated: arn:aws:iam::000000000000:role/customer
      unauthenticated: arn:aws:iam::000000000000:role/guest
"""

CODE_EXPIRED = ("ExpiredCodeException", "Invalid code provided, please request a code again.")
SESSION_EXPIRED = ("NotAuthorizedException", "Invalid session for the user, session is expired.")
INCORRECT = ("NotAuthorizedException", "Incorrect username or password.")
LOCKED = ("NotAuthorizedException", "Password attempts exceeded")
THROTTLED = ("TooManyRequestsException", "ThrottlingException")


class Shop:
    """What a user's own fixture would be: the clients, the mailbox, the clock."""

    def __init__(self, server):
        self.server, self.control = server, Control(server)
        self.idp, self.identity = self.client("cognito-idp"), self.client("cognito-identity")
        self.anybody = self.client("cognito-idp", unsigned=True)

    def client(self, service, *, keys=("test", "test", None), unsigned=False):
        """As the SDK comes: standard retries, parameters checked."""
        key, secret, token = keys
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.server.url,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(retries={"mode": "standard"}, signature_version=UNSIGNED if unsigned else None),
        )

    def reset(self, **parameters):
        assert self.control.call("POST", "reset", **parameters)[0] == 204

    def pass_time(self, seconds):
        assert self.control.call("PUT", "clock", {"advanceSeconds": seconds})[0] == 200

    def mail(self, username, **filters):
        """The last message to somebody; it may be on its way."""
        return self.control.get("messages", userPoolId=POOL, username=username, wait=5, **filters)[-1]

    def calls(self, operation, **filters):
        return self.control.get("requests", operation=operation, **filters)

    def begin(self, username="alice", password=PASSWORD, client=WEB):
        given = {"USERNAME": username, "PASSWORD": password}
        return self.anybody.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)

    def sign_in(self, username="alice", password=PASSWORD, client=WEB):
        return self.begin(username, password, client)["AuthenticationResult"]

    def answer(self, begun, username, **responses):
        return self.anybody.respond_to_auth_challenge(
            ClientId=WEB,
            ChallengeName=begun["ChallengeName"],
            Session=begun["Session"],
            ChallengeResponses={"USERNAME": username} | responses,
        )["AuthenticationResult"]

    def refresh(self, token):
        return self.anybody.initiate_auth(
            ClientId=WEB, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": token}
        )["AuthenticationResult"]

    def sign_up(self, username="bert"):
        email = [{"Name": "email", "Value": f"{username}@example.com"}]
        self.anybody.sign_up(ClientId=WEB, Username=username, Password=PASSWORD, UserAttributes=email)

    def usernames(self):
        return sorted(user["Username"] for user in self.idp.list_users(UserPoolId=POOL)["Users"])


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    seed = tmp_path_factory.mktemp("shop") / "shop.yaml"
    seed.write_text(SHOP)
    server = Server("--seed", seed, "--region", REGION)
    yield server
    server.stop_cleanly()


@pytest.fixture
def shop(running):
    """As the seed says: whatever the test before did is forgotten."""
    shop = Shop(running)
    shop.reset()
    return shop


# Seeded, and put back.


def test_what_the_seed_says_is_there(shop):
    assert shop.usernames() == ["alice", "nina", "olga", "tom"]
    claims = jwt.decode(shop.sign_in()["IdToken"], options={"verify_signature": False})
    assert (claims["cognito:username"], claims["email"], claims["cognito:groups"]) == (
        "alice", "alice@example.com", ["staff"],
    )  # fmt: skip
    assert shop.control.get("messages") == []


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_begins_with_the_seed(shop, turn):
    """The second turn would find what the first one leaves: a user, a password, a clock, a fault, a message."""
    clock = shop.control.get("clock")
    assert (clock["frozen"], abs(clock["offsetSeconds"]) < 1) == (False, True)
    assert shop.control.get("faults") == [] == shop.control.get("messages")
    assert shop.calls("SignUp") == []
    shop.sign_up()
    shop.mail("bert")
    shop.idp.admin_set_user_password(UserPoolId=POOL, Username="alice", Password=NEW, Permanent=True)
    shop.idp.delete_group(UserPoolId=POOL, GroupName="staff")
    shop.idp.delete_user_pool_client(UserPoolId=POOL, ClientId=ROTATING)
    shop.idp.create_user_pool(PoolName="another")
    shop.control.call("PUT", "clock", {"advanceSeconds": 400 * DAY, "freeze": True})
    shop.control.call("POST", "faults", {"operation": "*", "errorType": "InternalErrorException", "times": 99})


def test_ids_subs_and_keys_are_the_same_after_a_reset(shop):
    def seen():
        sub = shop.idp.admin_get_user(UserPoolId=POOL, Username="alice")["UserAttributes"]
        jwks = f"{shop.server.url}/{POOL}/.well-known/jwks.json"
        return sub, urllib.request.urlopen(jwks, timeout=10).read()

    before = seen()
    token = shop.sign_in()["IdToken"]
    shop.reset()
    assert seen() == before
    # So a verifier that has fetched the keys need not do so again.
    keys = jwt.PyJWKSet.from_json(before[1].decode())
    key = next(it for it in keys.keys if it.key_id == jwt.get_unverified_header(token)["kid"])
    assert jwt.decode(token, key.key, ["RS256"], audience=WEB)["cognito:username"] == "alice"


def test_a_reset_of_one_pool_leaves_the_others(shop):
    other = shop.idp.create_user_pool(PoolName="another")["UserPool"]["Id"]
    shop.sign_up()
    shop.reset(userPoolId=POOL)
    assert shop.usernames() == ["alice", "nina", "olga", "tom"]
    assert shop.idp.describe_user_pool(UserPoolId=other)["UserPool"]["Name"] == "another"


# Codes, read where a customer would read them.


def test_a_customer_signs_up_and_forgets_the_password(shop):
    shop.sign_up()
    letter = shop.mail("bert")
    assert (letter["medium"], letter["destination"]) == ("EMAIL", "bert@example.com")
    assert letter["code"] in letter["body"] and re.fullmatch("[0-9]{6}", letter["code"])
    with refused("CodeMismatchException", "Invalid verification code provided, please try again."):
        shop.anybody.confirm_sign_up(ClientId=WEB, Username="bert", ConfirmationCode=another(letter["code"]))
    shop.anybody.confirm_sign_up(ClientId=WEB, Username="bert", ConfirmationCode=letter["code"])
    shop.sign_in("bert")
    since = shop.control.get("clock")["now"]
    shop.anybody.forgot_password(ClientId=WEB, Username="bert")
    code = shop.mail("bert", since=since)["code"]
    shop.anybody.confirm_forgot_password(ClientId=WEB, Username="bert", ConfirmationCode=code, Password=NEW)
    with refused(*INCORRECT):
        shop.sign_in("bert")
    shop.sign_in("bert", NEW)


def test_second_factors_by_message_and_by_app(shop):
    begun = shop.begin("tom")
    text = shop.mail("tom", medium="SMS")
    assert (begun["ChallengeName"], text["destination"]) == ("SMS_MFA", "+15550100")
    assert shop.answer(begun, "tom", SMS_MFA_CODE=text["code"])["AccessToken"]
    begun = shop.begin("olga")
    shown = shop.control.get("totp", userPoolId=POOL, username="olga")
    assert shown["code"] == totp(SECRET, time.time()) or shown["secondsLeft"] in (1, 30)
    assert shop.answer(begun, "olga", SOFTWARE_TOKEN_MFA_CODE=shown["code"])["AccessToken"]


def test_a_message_is_waited_for(shop):
    threading.Timer(0.3, shop.sign_up).start()
    begin = time.monotonic()
    assert shop.mail("bert")["code"]
    assert time.monotonic() - begin < 4


# The clock, past everything that ends.


def test_access_tokens_and_id_tokens_end_after_an_hour(shop):
    tokens = shop.sign_in()
    logins = {PROVIDER: tokens["IdToken"]}
    shop.pass_time(HOUR - MINUTE)
    assert shop.anybody.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"
    assert shop.identity.get_id(IdentityPoolId=GUESTS, Logins=logins)["IdentityId"]
    shop.pass_time(MINUTE)
    with refused("NotAuthorizedException", "Access Token has expired"):
        shop.anybody.get_user(AccessToken=tokens["AccessToken"])
    expired = re.compile(r"Invalid login token\. Token expired: [0-9]+ >= [0-9]+")
    with refused("NotAuthorizedException", expired):
        shop.identity.get_id(IdentityPoolId=GUESTS, Logins=logins)
    renewed = shop.refresh(tokens["RefreshToken"])
    assert shop.anybody.get_user(AccessToken=renewed["AccessToken"])["Username"] == "alice"
    assert shop.identity.get_id(IdentityPoolId=GUESTS, Logins={PROVIDER: renewed["IdToken"]})["IdentityId"]


def test_a_refresh_token_ends_after_thirty_days(shop):
    token = shop.sign_in()["RefreshToken"]
    shop.pass_time(30 * DAY - MINUTE)
    assert shop.refresh(token)["AccessToken"]
    shop.pass_time(MINUTE)
    with refused("NotAuthorizedException", "Refresh Token has expired"):
        shop.refresh(token)


def test_a_rotated_token_ends_with_its_grace(shop):
    def rotate(token):
        answer = shop.anybody.get_tokens_from_refresh_token(ClientId=ROTATING, RefreshToken=token)
        return answer["AuthenticationResult"]["RefreshToken"]

    old = shop.sign_in(client=ROTATING)["RefreshToken"]
    new = rotate(old)
    shop.pass_time(20)
    rotate(old)
    shop.pass_time(11)
    with refused("RefreshTokenReuseException", "Refresh token has been invalidated by rotation."):
        rotate(old)
    rotate(new)


def test_a_confirmation_code_ends_after_a_day(shop):
    shop.sign_up()
    confirm = {"ClientId": WEB, "Username": "bert", "ConfirmationCode": shop.mail("bert")["code"]}
    shop.pass_time(DAY)
    with refused(*CODE_EXPIRED):
        shop.anybody.confirm_sign_up(**confirm)
    shop.anybody.resend_confirmation_code(ClientId=WEB, Username="bert")
    shop.pass_time(DAY - MINUTE)
    shop.anybody.confirm_sign_up(**confirm | {"ConfirmationCode": shop.mail("bert")["code"]})


def test_a_reset_code_ends_after_an_hour(shop):
    confirm = {"ClientId": WEB, "Username": "alice", "Password": NEW}
    shop.anybody.forgot_password(ClientId=WEB, Username="alice")
    code = shop.mail("alice")["code"]
    shop.pass_time(HOUR)
    with refused(*CODE_EXPIRED):
        shop.anybody.confirm_forgot_password(**confirm, ConfirmationCode=code)
    shop.anybody.forgot_password(ClientId=WEB, Username="alice")
    shop.pass_time(HOUR - MINUTE)
    shop.anybody.confirm_forgot_password(**confirm, ConfirmationCode=shop.mail("alice")["code"])
    shop.sign_in(password=NEW)


def test_the_code_of_a_new_address_ends_after_a_day(shop):
    def verify(code):
        token = shop.sign_in()["AccessToken"]
        shop.anybody.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)

    token = shop.sign_in()["AccessToken"]
    email = [{"Name": "email", "Value": "new@example.com"}]
    shop.anybody.update_user_attributes(AccessToken=token, UserAttributes=email)
    letter = shop.mail("alice")
    assert letter["destination"] == "new@example.com"
    shop.pass_time(DAY)
    with refused(*CODE_EXPIRED):
        verify(letter["code"])
    token = shop.sign_in()["AccessToken"]
    shop.anybody.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    shop.pass_time(DAY - MINUTE)
    verify(shop.mail("alice")["code"])
    seen = shop.idp.admin_get_user(UserPoolId=POOL, Username="alice")["UserAttributes"]
    assert {"Name": "email_verified", "Value": "true"} in seen


@pytest.mark.parametrize(("seconds", "holds"), [(3 * MINUTE - 5, True), (3 * MINUTE, False)])
def test_a_challenge_and_its_code_end_after_three_minutes(shop, seconds, holds):
    begun = shop.begin("tom")
    code = shop.mail("tom")["code"]
    shop.pass_time(seconds)
    if holds:
        assert shop.answer(begun, "tom", SMS_MFA_CODE=code)["AccessToken"]
        return
    with refused(*SESSION_EXPIRED):
        shop.answer(begun, "tom", SMS_MFA_CODE=code)
    # The code is of its own sign-in: it is not good for the next one.
    again = shop.begin("tom")
    if shop.mail("tom")["code"] != code:
        with refused("CodeMismatchException", "Invalid code or auth state for the user."):
            shop.answer(again, "tom", SMS_MFA_CODE=code)


def test_an_apps_code_ends_after_its_half_minute(shop):
    shown = shop.control.get("totp", userPoolId=POOL, username="olga")
    # One step of patience, as AWS has it.
    shop.pass_time(60)
    begun = shop.begin("olga")
    with refused("CodeMismatchException", "Invalid code received for user"):
        shop.answer(begun, "olga", SOFTWARE_TOKEN_MFA_CODE=shown["code"])
    shown = shop.control.get("totp", userPoolId=POOL, username="olga")
    begun = shop.begin("olga")
    assert shop.answer(begun, "olga", SOFTWARE_TOKEN_MFA_CODE=shown["code"])["AccessToken"]
    with refused("ExpiredCodeException", "Your software token has already been used once."):
        shop.answer(shop.begin("olga"), "olga", SOFTWARE_TOKEN_MFA_CODE=shown["code"])


def test_a_temporary_password_ends_after_a_week(shop):
    shop.pass_time(7 * DAY - MINUTE)
    assert shop.begin("nina")["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    shop.pass_time(MINUTE)
    over = "Temporary password has expired and must be reset by an administrator."
    with refused("NotAuthorizedException", over):
        shop.begin("nina")
    email = [{"Name": "email", "Value": "nina@example.com"}]
    shop.idp.admin_update_user_attributes(UserPoolId=POOL, Username="nina", UserAttributes=email)
    again = {"MessageAction": "RESEND", "DesiredDeliveryMediums": ["EMAIL"]}
    shop.idp.admin_create_user(UserPoolId=POOL, Username="nina", **again)
    begun = shop.begin("nina", shop.mail("nina")["code"])
    assert shop.answer(begun, "nina", NEW_PASSWORD=NEW)["AccessToken"]


def test_a_lock_out_ends_and_grows(shop):
    for _ in range(5):
        with refused(*INCORRECT):
            shop.begin(password="wrong")
    with refused(*LOCKED):
        shop.begin()
    shop.pass_time(1)
    with refused(*INCORRECT):
        shop.begin(password="wrong")
    shop.pass_time(1)
    with refused(*LOCKED):
        shop.begin()
    shop.pass_time(1)
    shop.sign_in()
    with refused(*INCORRECT):
        shop.begin(password="wrong")
    shop.sign_in()


def test_credentials_and_openid_tokens_end(shop):
    guest = shop.identity.get_id(IdentityPoolId=GUESTS)["IdentityId"]
    issued = shop.identity.get_credentials_for_identity(IdentityId=guest)["Credentials"]
    mine = shop.client("sts", keys=(issued["AccessKeyId"], issued["SecretKey"], issued["SessionToken"]))
    token = shop.identity.get_open_id_token(IdentityId=guest)["Token"]
    sts = shop.client("sts", unsigned=True)
    assume = {"RoleArn": "arn:aws:iam::000000000000:role/guest", "RoleSessionName": "guest", "WebIdentityToken": token}
    sts.assume_role_with_web_identity(**assume)
    shop.pass_time(10 * MINUTE)
    expired = re.compile("Token expired: current date/time [0-9]+ must be before the expiration date/time [0-9]+")
    with refused("ExpiredTokenException", expired):
        sts.assume_role_with_web_identity(**assume)
    shop.pass_time(49 * MINUTE)
    assert ":assumed-role/guest/" in mine.get_caller_identity()["Arn"]
    shop.pass_time(MINUTE)
    with refused("ExpiredToken", "The security token included in the request is expired", status=403):
        mine.get_caller_identity()


# The login page: a code, a cookie, and the time of each.


class Login:
    def __init__(self, shop):
        self.browser, self.proof = Browser(shop.server, f"shop.auth.localhost:{shop.server.port}"), pkce()
        self.query = {
            "response_type": "code", "client_id": WEB, "redirect_uri": CALLBACK, "scope": "openid", "state": "s",
            "code_challenge": self.proof.challenge, "code_challenge_method": "S256",
        }  # fmt: skip

    def authorize(self):
        """The code that comes without a question, or None where the browser is asked to sign in."""
        answer = self.browser.get("/oauth2/authorize", **self.query)
        assert answer.status == 302, answer.text
        return answer.query["code"] if answer.location.startswith(CALLBACK) else None

    def sign_in(self, password=PASSWORD):
        page = self.browser.get("/login", **self.query)
        answer = self.browser.submit(page, username="alice", password=password)
        assert answer.status == 302 and answer.query["state"] == "s", answer.text
        return answer.query["code"]

    def exchange(self, code):
        form = {"grant_type": "authorization_code", "client_id": WEB, "redirect_uri": CALLBACK, "code": code}
        answer = self.browser.post("/oauth2/token", form | {"code_verifier": self.proof.verifier})
        return answer.status, answer.json


def test_an_authorization_code_ends_after_five_minutes(shop):
    login = Login(shop)
    first, second = login.sign_in(), login.authorize()
    shop.pass_time(5 * MINUTE - 5)
    status, tokens = login.exchange(first)
    assert status == 200 and {"id_token", "access_token", "refresh_token"} <= set(tokens)
    shop.pass_time(5)
    assert login.exchange(second) == (400, {"error": "invalid_grant"})
    assert login.exchange(first) == (400, {"error": "invalid_grant"})


def test_a_browser_is_asked_again_after_an_hour(shop):
    login = Login(shop)
    assert login.authorize() is None
    login.sign_in()
    shop.pass_time(HOUR - 5)
    assert login.exchange(login.authorize())[0] == 200
    # Being used does not prolong it.
    shop.pass_time(5)
    assert login.authorize() is None


@pytest.mark.parametrize("parameters", [{}, {"userPoolId": POOL}, {"account": "000000000000"}])
def test_a_reset_signs_browsers_out(shop, parameters):
    login = Login(shop)
    code = login.sign_in()
    assert login.authorize()
    shop.reset(**parameters)
    assert login.authorize() is None
    assert login.exchange(code) == (400, {"error": "invalid_grant"})
    assert login.exchange(login.sign_in())[0] == 200


# Faults, as the SDK meets them.


@pytest.mark.parametrize("error", THROTTLED)
def test_the_sdk_rides_out_a_throttling(shop, error):
    fault = {"operation": "InitiateAuth", "errorType": error, "times": 2}
    assert shop.control.call("POST", "faults", fault)[0] == 201
    answer = shop.begin()
    assert answer["AuthenticationResult"] and answer["ResponseMetadata"]["RetryAttempts"] == 2
    met = [(call["status"], call["errorType"]) for call in shop.calls("InitiateAuth")]
    assert met == [(400, error), (400, error), (200, None)]
    assert shop.sign_in() and shop.control.get("faults") == []


def test_what_is_throttled_for_good_reaches_the_app(shop):
    shop.control.call("POST", "faults", {"operation": "AdminGetUser", "errorType": "TooManyRequestsException"})
    with refused("TooManyRequestsException", "Rate exceeded"):
        shop.idp.admin_get_user(UserPoolId=POOL, Username="alice")
    # The standard mode tries three times.
    assert len(shop.calls("AdminGetUser")) == 3
    (fault,) = shop.control.get("faults")
    assert (fault["met"], fault["timesLeft"]) == (3, None)
    assert shop.control.call("DELETE", f"faults/{fault['id']}")[0] == 204
    assert shop.idp.admin_get_user(UserPoolId=POOL, Username="alice")["Enabled"]


def test_an_outage_of_the_domain_is_one_of_the_token_endpoint(shop):
    login = Login(shop)
    code = login.sign_in()
    fault = {"operation": "oauth.Token", "errorType": "temporarily_unavailable", "status": 503, "times": 1}
    assert shop.control.call("POST", "faults", fault)[0] == 201
    assert login.exchange(code)[0] == 503
    # It has not cost the code.
    assert login.exchange(code)[0] == 200


# The journal: what the app under test did.


def test_the_journal_tells_what_the_app_asked_and_no_secret(shop):
    tokens = shop.sign_in()
    shop.anybody.get_user(AccessToken=tokens["AccessToken"])
    with pytest.raises(ClientError):
        shop.begin("alice", "Wr0ngPassw0rd!")
    login = Login(shop)
    login.exchange(login.sign_in())
    calls = shop.control.get("requests", userPoolId=POOL)
    assert [(call["service"], call["operation"], call["errorType"]) for call in calls] == [
        ("cognito-idp", "InitiateAuth", None),
        ("cognito-idp", "GetUser", None),
        ("cognito-idp", "InitiateAuth", "NotAuthorizedException"),
        ("oauth", "Login", None),
        ("oauth", "Login", None),
        ("oauth", "Token", None),
    ]
    assert calls[0]["request"] == {
        "ClientId": WEB,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "alice", "PASSWORD": "***"},
    }
    assert calls[0]["response"]["AuthenticationResult"] == {
        "AccessToken": "***", "IdToken": "***", "RefreshToken": "***", "ExpiresIn": 3600, "TokenType": "Bearer",
    }  # fmt: skip
    assert all(call["account"] == "000000000000" and call["durationMs"] >= 0 for call in calls)
    told = json.dumps(calls)
    own = [tokens[name] for name in ("AccessToken", "IdToken", "RefreshToken")]
    for secret in (PASSWORD, "Wr0ngPassw0rd!", login.proof.verifier, *own):
        assert secret not in told


def test_a_fingerprint_of_the_page_is_not_told(shop):
    """What Cognito's script collects of a browser travels in a field of the form."""
    login = Login(shop)
    page = login.browser.get("/login", **login.query)
    login.browser.submit(page, username="alice", password=PASSWORD, cognitoAsfData="fingerprint-of-a-browser")
    form = shop.calls("Login")[-1]["request"]
    assert "fingerprint-of-a-browser" not in json.dumps(form) and "***" in json.dumps(form)


# Suites beside one another: an account each, by a key of twelve digits.


def test_accounts_do_not_see_one_another(shop):
    suites = {}
    for account in ("111111111111", "222222222222"):
        idp = shop.client("cognito-idp", keys=(account, "any", None))
        pool = idp.create_user_pool(PoolName="mine", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
        client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app")["UserPoolClient"]["ClientId"]
        email = [{"Name": "email", "Value": "carol@example.com"}]
        shop.anybody.sign_up(ClientId=client, Username="carol", Password=PASSWORD, UserAttributes=email)
        shop.client("sts", keys=(account, "any", None)).get_caller_identity()
        suites[account] = (idp, pool, client)
    for account, (idp, pool, _) in suites.items():
        assert [it["Id"] for it in idp.list_user_pools(MaxResults=10)["UserPools"]] == [pool]
        assert f":{account}:userpool/{pool}" in idp.describe_user_pool(UserPoolId=pool)["UserPool"]["Arn"]
        (letter,) = shop.control.get("messages", account=account)
        assert letter["userPoolId"] == pool
        operations = [it["operation"] for it in shop.control.get("requests", account=account)]
        assert operations[:4] == ["CreateUserPool", "CreateUserPoolClient", "SignUp", "GetCallerIdentity"]
    (mine, pool, client), (theirs, their_pool, _) = suites.values()
    with refused("ResourceNotFoundException", f"User pool {their_pool} does not exist."):
        mine.describe_user_pool(UserPoolId=their_pool)
    # A fault of one account, unsigned calls of its pools and STS included, is nobody else's.
    fault = {"operation": "*", "errorType": "ForbiddenException", "message": "Not now.", "account": "111111111111"}
    shop.control.call("POST", "faults", fault)
    with refused("ForbiddenException", "Not now."):
        mine.list_user_pools(MaxResults=1)
    with refused("ForbiddenException", "Not now."):
        shop.anybody.resend_confirmation_code(ClientId=client, Username="carol")
    with refused("ForbiddenException", "Not now."):
        shop.client("sts", keys=("111111111111", "any", None)).get_caller_identity()
    theirs.list_user_pools(MaxResults=1)
    shop.sign_in()
    # As is a reset.
    shop.reset(account="111111111111")
    assert mine.list_user_pools(MaxResults=10)["UserPools"] == []
    assert shop.control.get("messages", account="111111111111") == []
    assert theirs.describe_user_pool(UserPoolId=their_pool)["UserPool"]["Name"] == "mine"
    assert len(shop.control.get("messages", account="222222222222")) == 1
    snapshot = json.dumps(shop.control.get("snapshot", account="222222222222"))
    assert their_pool in snapshot and POOL not in snapshot
