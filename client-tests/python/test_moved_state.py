"""What is under way goes on where the state goes: on a second server that was given a snapshot of the first, and on the
same one after it was killed. Tokens, codes, challenges, browsers, second factors, devices, passkeys, identities."""

import copy
import json
import signal

import jwt
import pytest

import demo
from conftest import aws_client
from control_api import Control
from domain import App
from expect import refused
from identity_world import make_identity_pool
from sign_ins import INVALID_SESSION, REVOKED_REFRESH, USED_SESSION, SignIns, totp
from test_devices import Device, tracking
from test_passkey_sign_in import ORIGIN, begin, configure, register, respond

PASSWORD, NEW = "Passw0rd!", "N3wPassw0rd!"


class Moved:
    """Moves from a first server to a second one."""

    def __init__(self, start_server, data, by):
        self.start_server, self.by = start_server, by
        self.flags = ("--data", data) if by == "kill" else ()
        self.server = start_server(*self.flags)

    def move(self):
        first = self.server
        if self.by == "kill":
            before = Control(first).call("GET", "snapshot")
            first.process.send_signal(signal.SIGKILL)
            first.process.wait()
            # Whoever is killed does not end cleanly.
            first.stop_cleanly = lambda: None
            self.server = self.start_server(*self.flags)
        else:
            self.server = self.start_server()
            aws_client(self.server, "cognito-idp").create_user_pool(PoolName="forgotten")
            before = Control(first).call("GET", "snapshot")
            assert Control(self.server).call("PUT", "snapshot", before[1])[0] == 204
        assert Control(self.server).call("GET", "snapshot") == before
        return self.server

    def client(self, service, **options):
        return aws_client(self.server, service, **options)

    def there(self, world):
        """The same pool, where it is now."""
        world = copy.copy(world)
        world.server, world.idp = self.server, self.client("cognito-idp")
        return world


@pytest.fixture(params=["snapshot", "kill"])
def moved(request, start_server, tmp_path):
    return Moved(start_server, tmp_path / "data", request.param)


def test_tokens_and_challenges_go_on(moved):
    idp = moved.client("cognito-idp")
    pool = SignIns(moved.server, idp, mfa="OPTIONAL", factors=("totp", "sms"), AutoVerifiedAttributes=["email"])
    pool.add_user()
    tokens, gone = pool.tokens(), pool.tokens()
    idp.revoke_token(ClientId=pool.client_id, Token=gone["RefreshToken"])
    pool.add_user("nina", permanent=False)
    unfinished, answered = pool.sign_in("nina"), pool.sign_in("nina")
    pool.add_user("olga")
    secret = pool.enrol(pool.tokens("olga")["AccessToken"])
    pool.prefer("olga", SoftwareTokenMfa=(True, True))
    pool.add_user("tom", phone_number="+15550100")
    pool.prefer("tom", SMSMfa=(True, True))
    asked = pool.sign_in("tom")
    email = [{"Name": "email", "Value": "bert@example.com"}]
    idp.sign_up(ClientId=pool.client_id, Username="bert", Password=PASSWORD, UserAttributes=email)
    pool.respond("NEW_PASSWORD_REQUIRED", answered["Session"], USERNAME="nina", NEW_PASSWORD="Th1rdPassw0rd!")

    moved.move()
    there = moved.there(pool)
    assert there.idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"
    assert there.alive(there.refresh(tokens["RefreshToken"])["AccessToken"])
    with refused(*REVOKED_REFRESH):
        there.refresh(gone["RefreshToken"])
    # The password that this one was about is not the present one any more.
    with refused(*INVALID_SESSION):
        there.respond("NEW_PASSWORD_REQUIRED", unfinished["Session"], USERNAME="nina", NEW_PASSWORD=NEW)
    with refused(*USED_SESSION):
        there.respond("NEW_PASSWORD_REQUIRED", answered["Session"], USERNAME="nina", NEW_PASSWORD=NEW)
    text = there.code(username="tom")
    assert there.respond("SMS_MFA", asked["Session"], USERNAME="tom", SMS_MFA_CODE=text)["AuthenticationResult"]
    there.move(30)
    code = {"USERNAME": "olga", "SOFTWARE_TOKEN_MFA_CODE": totp(secret, there.now())}
    begun = there.sign_in("olga")
    assert there.respond("SOFTWARE_TOKEN_MFA", begun["Session"], **code)["AuthenticationResult"]
    there.idp.confirm_sign_up(ClientId=pool.client_id, Username="bert", ConfirmationCode=there.code(username="bert"))
    assert there.tokens("bert")


def test_a_challenge_of_one_server_is_answered_on_the_other(moved):
    pool = SignIns(moved.server, moved.client("cognito-idp"))
    pool.add_user("nina", permanent=False)
    session = pool.sign_in("nina")["Session"]
    moved.move()
    there = moved.there(pool)
    there.respond("NEW_PASSWORD_REQUIRED", session, USERNAME="nina", NEW_PASSWORD=NEW)
    assert there.tokens("nina", NEW)


def test_devices_and_passkeys_go_on(moved):
    pool = SignIns(moved.server, moved.client("cognito-idp"), first=["PASSWORD", "WEB_AUTHN"], **tracking())
    configure(pool)
    pool.add_user()
    device = Device(pool)
    device.confirm()
    pool.add_user("petra")
    passkey = register(pool, "petra")
    asked, options = begin(pool, "petra")
    unfinished = pool.sign_in(DEVICE_KEY=device.key)["Session"]

    moved.move()
    there = device.world = moved.there(pool)
    posed, right = device.ask(unfinished, device.srp())
    assert there.respond("DEVICE_PASSWORD_VERIFIER", posed["Session"], **right)["AuthenticationResult"]
    assert device.sign_in()["AuthenticationResult"]
    credential = passkey.sign_in(options, ORIGIN)
    assert respond(there, asked["Session"], credential, "petra")["AuthenticationResult"]
    token = there.tokens("petra")["AccessToken"]
    (kept,) = there.idp.list_web_authn_credentials(AccessToken=token)["Credentials"]
    assert kept["CredentialId"] == passkey.name
    again, options = begin(there, "petra")
    assert respond(there, again["Session"], passkey.sign_in(options, ORIGIN), "petra")["AuthenticationResult"]


def test_browsers_and_their_codes_go_on(moved):
    app = App(moved.client("cognito-idp"), moved.server)
    app.add_user()
    browser = app.browser()
    spent, tokens = app.code(browser), app.tokens()
    assert app.exchange(spent).status == 200
    code = app.code(browser)

    app.server = browser.server = moved.move()
    app.idp = moved.client("cognito-idp")
    for dead in (spent, code[:-1] + ("0" if code[-1] != "0" else "1")):
        answer = app.exchange(dead)
        assert (answer.status, answer.json) == (400, {"error": "invalid_grant"})
    assert app.exchange(code).status == 200
    again = app.exchange(code)
    assert (again.status, again.json) == (400, {"error": "invalid_grant"})
    renewed = app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert renewed.status == 200
    shown = app.browser().get("/oauth2/userInfo", {"Authorization": f"Bearer {tokens['access_token']}"})
    assert (shown.status, shown.json["username"]) == (200, "alice")
    # The browser is let in without a question, and may sign out.
    let_in = browser.get("/oauth2/authorize", **app.query())
    assert app.exchange(let_in.query["code"]).status == 200


def test_identities_and_credentials_go_on(moved, account):
    mine = {"account": account}
    pool = SignIns(moved.server, moved.client("cognito-idp", **mine))
    pool.add_user()
    identity = moved.client("cognito-identity", **mine)
    identity_pool = make_identity_pool(
        identity,
        account,
        CognitoIdentityProviders=[
            {"ProviderName": f"cognito-idp.{demo.REGION}.amazonaws.com/{pool.id}", "ClientId": pool.client_id}
        ],
    )
    logins = {f"cognito-idp.{demo.REGION}.amazonaws.com/{pool.id}": pool.tokens()["IdToken"]}
    known = identity.get_id(IdentityPoolId=identity_pool, Logins=logins)["IdentityId"]
    issued = identity.get_credentials_for_identity(IdentityId=known, Logins=logins)["Credentials"]
    token = identity.get_open_id_token(IdentityId=known, Logins=logins)["Token"]

    moved.move()
    identity = moved.client("cognito-identity", **mine)
    assert identity.get_id(IdentityPoolId=identity_pool, Logins=logins)["IdentityId"] == known
    caller = moved.client("sts", credentials=issued).get_caller_identity()
    assert caller["Arn"] == f"arn:aws:sts::{account}:assumed-role/authenticated/CognitoIdentityCredentials"
    assumed = moved.client("sts", unsigned=True).assume_role_with_web_identity(
        RoleArn=f"arn:aws:iam::{account}:role/authenticated", RoleSessionName="session", WebIdentityToken=token
    )
    claims = jwt.decode(token, options={"verify_signature": False})
    assert assumed["SubjectFromWebIdentityToken"] == known == claims["sub"]


def test_a_snapshot_holds_no_password(moved):
    pool = SignIns(moved.server, moved.client("cognito-idp"))
    pool.add_user()
    pool.tokens()
    assert PASSWORD not in json.dumps(Control(moved.server).get("snapshot"))
    moved.move()
    assert moved.there(pool).tokens()
