"""Factors on the pages: an authenticator app set up by its QR code, the choice of a first factor, and passkeys."""

import json
import re
import time
from html import unescape

import pytest
from authenticator import FLAG, Passkey
from domain import CALLBACK, PASSWORD, App, Browser
from sign_ins import totp

WRONG = "Incorrect username or password."
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
)
QR_CELL = re.compile(r"M(\d+) (\d+)h1v1h-1z")


def codes(app):
    sent = app.browser().get("/_cognitwin/messages", userPoolId=app.pool_id).json
    return [it["code"] for it in sent]


def offered(page):
    """The factors that a page lets its user choose."""
    return re.findall(r'name="answer" type="radio" value="(\w+)"', page.text)


def secret_of(page):
    return re.search(r'<code id="secretCode">([A-Z2-7]+)</code>', page.text)[1]


# ---- MFA_SETUP ----


@pytest.fixture
def setting_up(oauth_app):
    """An app whose pool wants a second factor, of those that are named; alice has none."""

    def make(**factors):
        app = oauth_app()
        app.add_user()
        app.idp.set_user_pool_mfa_config(UserPoolId=app.pool_id, MfaConfiguration="ON", **factors)
        return app

    return make


APP = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
EMAIL = {"EmailMfaConfiguration": {}}
SMS = {"SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}}}


def qr_modules(page):
    """The dots of the QR code, as rows of booleans."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', page.text)[1])
    rows = [[False] * side for _ in range(side)]
    for x, y in QR_CELL.findall(page.text):
        rows[int(y)][int(x)] = True
    return rows


def test_an_authenticator_app_is_set_up(setting_up):
    app = setting_up(**APP)
    browser = app.browser()
    page = app.sign_in(browser)
    assert page.status == 200
    assert set(page.form.fields) == {
        "_csrf", "challenge", "authentication_code", "friendly_device_name", "signInSubmitButton"
    }  # fmt: skip
    secret = secret_of(page)
    assert len(secret) == 52
    assert secret not in json.dumps(page.form.fields)
    # Of the four corners a QR code marks three, within a zone of four dots that are none.
    rows = qr_modules(page)
    side = len(rows)
    assert (side - 8 - 17) % 4 == 0
    finder = [[True] * 7] + [[True] + [False] * 5 + [True]]
    for x, y in [(4, 4), (side - 11, 4), (4, side - 11)]:
        assert [rows[y][x : x + 7], rows[y + 1][x : x + 7]] == finder
    assert not any(rows[0] + rows[3] + [row[3] for row in rows] + [row[side - 4] for row in rows])
    # A wrong code leaves the page as it is.
    wrong = browser.submit(page, authentication_code="abc")
    assert (wrong.status, wrong.error) == (200, "Code mismatch and fail enable Software Token MFA")
    assert secret_of(wrong) == secret and wrong.form.fields["challenge"] != page.form.fields["challenge"]
    right = {"authentication_code": f" {totp(secret, time.time())} ", "friendly_device_name": "  My phone "}
    answer = browser.submit(wrong, **right)
    assert "code" in answer.query and "cognito" in browser.cookies
    user = app.idp.admin_get_user(UserPoolId=app.pool_id, Username="alice")
    assert (user["UserMFASettingList"], user.get("PreferredMfaSetting")) == (["SOFTWARE_TOKEN_MFA"], None)
    # From now on it is asked for.
    page = app.sign_in()
    assert "Enter the code of your authenticator app." in page.text
    # The page of the set-up is spent.
    again = browser.submit(wrong, **right, _csrf=browser.cookies["XSRF-TOKEN"])
    assert (again.status, again.error) == (200, "Invalid session for the user, session can only be used once.")


def test_a_page_that_is_left_sets_nothing_up(setting_up):
    app = setting_up(**APP)
    first, second = app.sign_in(), app.sign_in()
    assert secret_of(first) != secret_of(second)
    user = app.idp.admin_get_user(UserPoolId=app.pool_id, Username="alice")
    assert "UserMFASettingList" not in user


def test_the_factor_to_set_up_is_chosen(setting_up):
    app = setting_up(**APP, **EMAIL, **SMS)
    browser = app.browser()
    page = app.sign_in(browser)
    assert "Choose a second factor to set up" in page.text
    assert sorted(offered(page)) == ["EMAIL_OTP", "SMS_MFA", "SOFTWARE_TOKEN_MFA"]
    for answer in ["", "PASSWORD", "<b>"]:
        wrong = browser.submit(page, answer=answer)
        assert (wrong.status, sorted(offered(wrong))) == (200, sorted(offered(page)))
        assert wrong.error and "<b>" not in wrong.text.replace("&#60;b&#62;", "")
    page = browser.submit(page, answer="SOFTWARE_TOKEN_MFA")
    assert "code" in browser.submit(page, authentication_code=totp(secret_of(page), time.time())).query


def test_a_phone_number_is_added_on_a_page(setting_up):
    app = setting_up(**SMS)
    browser = app.browser()
    page = app.sign_in(browser)
    assert set(page.form.fields) == {"_csrf", "challenge", "phone_number", "signInSubmitButton"}
    wrong = browser.submit(page, phone_number="0049123")
    assert (wrong.status, wrong.error) == (200, "Invalid phone number format.")
    page = browser.submit(wrong, phone_number=" +15550100 ")
    assert "<p>We have sent a code to +*******0100.</p>" in page.text
    answer = browser.submit(page, authentication_code=codes(app)[-1])
    assert "code" in answer.query
    user = app.idp.admin_get_user(UserPoolId=app.pool_id, Username="alice")
    assert user["UserMFASettingList"] == ["SMS_MFA"]
    own = {it["Name"]: it["Value"] for it in user["UserAttributes"]}
    assert (own["phone_number"], own["phone_number_verified"]) == ("+15550100", "true")


def test_an_email_address_is_still_added(setting_up):
    app = setting_up(**APP, **EMAIL)
    browser = app.browser()
    page = browser.submit(app.sign_in(browser), answer="EMAIL_OTP")
    page = browser.submit(page, email="alice@example.com")
    assert "code" in browser.submit(page, authentication_code=codes(app)[-1]).query
    user = app.idp.admin_get_user(UserPoolId=app.pool_id, Username="alice")
    assert user["UserMFASettingList"] == ["EMAIL_OTP"]


def test_the_api_adds_no_phone_number_in_a_sign_in(setting_up):
    """What pages alone can stays theirs."""
    app = setting_up(**SMS, **EMAIL)
    client = app.idp.create_user_pool_client(
        UserPoolId=app.pool_id, ClientName="api", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    begun = app.idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH", ClientId=client, AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD}
    )
    with pytest.raises(app.idp.exceptions.ClientError):
        app.idp.respond_to_auth_challenge(
            ClientId=client, ChallengeName="MFA_SETUP", Session=begun["Session"],
            ChallengeResponses={"USERNAME": "alice", "PHONE_NUMBER": "+15550100"},
        )  # fmt: skip
    assert codes(app) == []


# ---- The choice of a first factor ----


@pytest.fixture
def managed(oauth_app):
    """An app with managed login, and the first factors that are named."""

    def make(*factors, flows=("ALLOW_USER_AUTH",), version=2, rp="localhost", **attributes):
        policy = {"SignInPolicy": {"AllowedFirstAuthFactors": list(factors)}}
        texts = {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}}
        app = oauth_app(pool={"Policies": policy} | texts, ExplicitAuthFlows=list(flows))
        app.idp.update_user_pool_domain(UserPoolId=app.pool_id, Domain=app.prefix, ManagedLoginVersion=version)
        app.idp.set_user_pool_mfa_config(
            UserPoolId=app.pool_id, MfaConfiguration="OFF", WebAuthnConfiguration={"RelyingPartyId": rp}
        )
        app.idp.create_managed_login_branding(
            UserPoolId=app.pool_id, ClientId=app.client_id, UseCognitoProvidedValues=True
        )
        app.sub = app.add_user(**attributes)
        return app

    return make


ADDRESSES = {
    "email": "alice@example.com",
    "email_verified": "true",
    "phone_number": "+15550100",
    "phone_number_verified": "true",
}


def enter_username(app, username="alice", browser=None, **query):
    browser = browser or app.browser(on_domain=True)
    page = browser.get("/login", **app.query(**query))
    assert set(page.form.fields) == {"_csrf", "username", "signInSubmitButton"}
    return browser, browser.submit(page, username=username)


def test_the_name_comes_first_and_then_what_the_user_has(managed):
    app = managed("PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN", **ADDRESSES)
    browser, page = enter_username(app)
    assert "Choose how to sign in" in page.text
    assert offered(page) == ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
    for answer in ["", "WEB_AUTHN", "PASSWORD_SRP", "nothing"]:
        wrong = browser.submit(page, answer=answer)
        assert (wrong.status, offered(wrong)) == (200, offered(page)) and wrong.error
    page = browser.submit(page, answer="PASSWORD")
    assert "Enter your password" in page.text and page.form.fields["username"] == "alice"
    wrong = browser.submit(page, password="wrong")
    assert (wrong.status, wrong.error) == (200, WRONG)
    answer = browser.submit(wrong, password=PASSWORD, username="somebody-else")
    assert "code" in answer.query
    assert app.exchange(answer.query["code"]).status == 200


@pytest.mark.parametrize(("factor", "address"), [("EMAIL_OTP", "a***@e***"), ("SMS_OTP", "+*******0100")])
def test_a_code_signs_in(managed, factor, address):
    app = managed("PASSWORD", "EMAIL_OTP", "SMS_OTP", **ADDRESSES)
    browser, page = enter_username(app)
    page = browser.submit(page, answer=factor)
    assert f"<p>We have sent a code to {address}.</p>" in page.text
    (code,) = codes(app)
    assert len(code) == 8
    wrong = browser.submit(page, authentication_code="00000000" if code != "00000000" else "1" * 8)
    assert (wrong.status, wrong.error) == (200, "Invalid code or auth state for the user.")
    assert "code" in browser.submit(wrong, authentication_code=code).query


def test_what_is_alone_is_not_chosen(managed):
    app = managed("PASSWORD", "EMAIL_OTP", email="alice@example.com")
    _, page = enter_username(app)
    assert "Enter your password" in page.text


def test_who_is_not_there_is_asked_like_somebody(managed):
    app = managed("PASSWORD", "EMAIL_OTP", **ADDRESSES)
    app.idp.update_user_pool_client(
        UserPoolId=app.pool_id,
        ClientId=app.client_id,
        PreventUserExistenceErrors="ENABLED",
        ExplicitAuthFlows=["ALLOW_USER_AUTH"],
        **{
            name: app.client[name]
            for name in (
                "AllowedOAuthFlowsUserPoolClient", "AllowedOAuthFlows", "AllowedOAuthScopes", "CallbackURLs",
                "SupportedIdentityProviders",
            )  # fmt: skip
        },
    )
    browser, page = enter_username(app, "nobody")
    assert "Enter your password" in page.text
    answer = browser.submit(page, password=PASSWORD)
    assert (answer.status, answer.error) == (200, WRONG)
    # A name that looks like an address.
    browser, page = enter_username(app, "nobody@example.com")
    assert offered(page) == ["PASSWORD", "EMAIL_OTP"]
    page = browser.submit(page, answer="EMAIL_OTP")
    assert "<p>We have sent a code to n***@e***.</p>" in page.text
    assert browser.submit(page, authentication_code="12345678").error == "Invalid code or auth state for the user."
    assert codes(app) == []


def test_a_client_that_tells_who_is_not_there(managed):
    app = managed("PASSWORD", "EMAIL_OTP", **ADDRESSES)
    _, page = enter_username(app, "<i>nobody")
    assert page.error == "User does not exist."
    assert "<i>" not in page.text and page.form.fields["username"] == "<i>nobody"


def test_only_managed_login_lets_choose_and_only_where_the_client_allows_it(managed):
    for app in [
        managed("PASSWORD", "EMAIL_OTP", version=1, **ADDRESSES),
        managed("PASSWORD"),
        managed("PASSWORD", "EMAIL_OTP", flows=["ALLOW_USER_SRP_AUTH"], **ADDRESSES),
    ]:
        page = app.browser(on_domain=True).get("/login", **app.query())
        assert set(page.form.fields) == {"_csrf", "username", "password", "cognitoAsfData", "signInSubmitButton"}
    # The server's own address is like the pool's domain.
    app = managed("PASSWORD", "EMAIL_OTP", **ADDRESSES)
    assert "password" not in app.browser().get("/login", **app.query()).form.fields


def test_a_script_may_still_send_name_and_password(managed):
    app = managed("PASSWORD", "EMAIL_OTP", **ADDRESSES)
    browser = app.browser(on_domain=True)
    page = browser.get("/login", **app.query())
    assert "code" in browser.submit(page, username="alice", password=PASSWORD).query


def test_a_password_is_no_factor_of_every_pool(managed):
    app = managed("EMAIL_OTP", **ADDRESSES)
    browser = app.browser(on_domain=True)
    page = browser.get("/login", **app.query())
    page = browser.submit(page, username="alice", password=PASSWORD)
    assert "<p>We have sent a code to a***@e***.</p>" in page.text


def test_wrong_passwords_lock_wherever_they_are_typed(managed):
    app = managed("PASSWORD", "EMAIL_OTP", **ADDRESSES)
    browser, page = enter_username(app)
    page = browser.submit(page, answer="PASSWORD")
    for _ in range(5):
        page = browser.submit(page, password="wrong")
        assert page.error == WRONG
    page = browser.submit(page, password=PASSWORD)
    assert page.error == "Password attempts exceeded"


# ---- Passkeys ----


def origin(app):
    return f"http://{app.prefix}.auth.localhost:{app.server.port}"


def passkey_page(page, is_new):
    """The options that a page hands to the browser; its policy lets its own script run and no other."""
    assert page.status == 200
    [nonce] = re.findall(r'<script nonce="([0-9a-f-]{36})">', page.text)
    assert page.headers["content-security-policy"] == f"{POLICY}; script-src 'nonce-{nonce}'"
    assert page.text.count("<script") == 1
    [(options, told)] = re.findall(r'data-options="([^"]*)" data-is-new="(\w+)"', page.text)
    assert told == str(is_new).lower()
    return json.loads(unescape(options))


def add_passkey(app, browser, passkey=None, **more):
    query = {"client_id": app.client_id, "redirect_uri": CALLBACK}
    page = browser.get("/passkeys/add", **query)
    options = passkey_page(page, True)
    passkey = passkey or Passkey()
    credential = passkey.register(options, origin(app), **more)
    return passkey, browser.submit(page, credential=json.dumps(credential))


def listed(app):
    client = app.idp.create_user_pool_client(
        UserPoolId=app.pool_id, ClientName="api", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    token = app.idp.admin_initiate_auth(
        UserPoolId=app.pool_id,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]["AccessToken"]
    return app.idp.list_web_authn_credentials(AccessToken=token)["Credentials"]


@pytest.fixture
def keyed(managed):
    """An app whose pool takes passkeys, and a browser in which alice has signed in."""
    app = managed("PASSWORD", "WEB_AUTHN", "EMAIL_OTP", **ADDRESSES)
    browser, page = enter_username(app)
    assert "code" in browser.submit(browser.submit(page, answer="PASSWORD"), password=PASSWORD).query
    return app, browser


def test_a_passkey_is_added_and_signs_in(keyed):
    app, browser = keyed
    passkey, answer = add_passkey(app, browser)
    assert (answer.status, answer.text, answer.location) == (302, "", f"{CALLBACK}?result=success")
    [credential] = listed(app)
    assert (credential["CredentialId"], credential["RelyingPartyId"]) == (passkey.name, "localhost")

    browser, page = enter_username(app)
    assert offered(page) == ["PASSWORD", "WEB_AUTHN", "EMAIL_OTP"]
    page = browser.submit(page, answer="WEB_AUTHN")
    assert "Sign in with a passkey" in page.text
    options = passkey_page(page, False)
    assert (options["rpId"], options["allowCredentials"]) == ("localhost", [{"id": passkey.name, "type": "public-key"}])
    answer = browser.submit(page, credential=json.dumps(passkey.sign_in(options, origin(app))))
    assert "code" in answer.query and "cognito" in browser.cookies
    assert app.exchange(answer.query["code"]).status == 200


def test_a_passkey_that_does_not_fit_signs_nobody_in(keyed):
    app, browser = keyed
    passkey, _ = add_passkey(app, browser)
    stranger = Passkey()
    stranger.id = passkey.id
    for make in [
        lambda options: stranger.sign_in(options, origin(app)),
        lambda options: passkey.sign_in(options, "https://evil.example"),
        lambda options: passkey.sign_in(options, origin(app), challenge=b"0" * 16),
        lambda options: {"id": passkey.name},
        lambda options: "nonsense",
        lambda options: None,
    ]:
        browser, page = enter_username(app)
        page = browser.submit(page, answer="WEB_AUTHN")
        credential = make(passkey_page(page, False))
        answer = browser.submit(page, credential="" if credential is None else json.dumps(credential))
        assert answer.status == 200 and answer.error, credential
        assert "cognito" not in browser.cookies


def test_adding_a_passkey_needs_a_session(keyed):
    app, browser = keyed
    query = {"client_id": app.client_id, "redirect_uri": CALLBACK}
    fresh = app.browser(on_domain=True)
    answer = fresh.get("/passkeys/add", **query, response_type="code", scope="openid")
    assert (answer.status, answer.location) == (302, f"{CALLBACK}?result=invalid_session")
    page = browser.get("/passkeys/add", **query)
    browser.get("/logout", client_id=app.client_id, logout_uri="https://app.example/bye")
    answer = browser.submit(page, credential="{}")
    assert (answer.status, answer.location) == (302, f"{CALLBACK}?result=invalid_session")
    assert listed(app) == []


def test_what_adding_a_passkey_needs_beside(keyed, oauth_app):
    app, browser = keyed
    for query, text in [
        ({"client_id": app.client_id}, "Missing required parameter redirect_uri in request URL"),
        ({"redirect_uri": CALLBACK}, "Missing required parameter client_id in request URL"),
    ]:
        answer = browser.get("/passkeys/add", **query)
        assert (answer.status, answer.error) == (400, text)
    answer = browser.get("/passkeys/add", client_id=app.client_id, redirect_uri="https://evil.example/")
    assert answer.location == f"{browser.base}/error?error=redirect_mismatch&client_id={app.client_id}"
    answer = browser.get("/passkeys/add", client_id="unknown", redirect_uri=CALLBACK)
    assert answer.location == f"{browser.base}/error?error=invalid_request&client_id=unknown"
    page = browser.get("/passkeys/add", client_id=app.client_id, redirect_uri=CALLBACK)
    for token in ["", "x", "00000000-0000-4000-8000-000000000000"]:
        answer = browser.submit(page, _csrf=token, credential="{}")
        assert (answer.status, answer.error) == (403, "Invalid CSRF token. Go back, reload the page, and try again.")
    assert browser.send("PUT", "/passkeys/add").status == 405
    # The classic hosted UI has no such page.
    classic = oauth_app()
    for on_domain in (True, False):
        answer = classic.browser(on_domain).get("/passkeys/add", client_id=classic.client_id, redirect_uri=CALLBACK)
        assert (answer.status, answer.text) == (404, "")


def test_a_client_without_a_style_has_no_page_for_passkeys(keyed):
    app, browser = keyed
    other = App(app.idp, app.server, pool_id=app.pool_id)
    answer = browser.get("/passkeys/add", client_id=other.client_id, redirect_uri=CALLBACK)
    assert "Login pages unavailable" in answer.text and "<script" not in answer.text


def test_a_passkey_that_is_not_right_is_not_added(keyed):
    app, browser = keyed
    for lies, error in [
        ({"challenge": b"0" * 16}, None),
        ({"rp": "example.com"}, None),
        ({"flags": FLAG(0)}, None),
    ]:
        _, page = add_passkey(app, browser, **lies)
        assert page.status == 200 and page.error, (lies, error)
        passkey_page(page, True)
    page = browser.get("/passkeys/add", client_id=app.client_id, redirect_uri=CALLBACK)
    for credential in ["", "{", "{}", "[]", "null", '"x"', "1e999"]:
        page = browser.submit(page, credential=credential)
        assert (page.status, page.error) == (200, "Credential data is not valid"), credential
    # The same passkey twice.
    passkey, answer = add_passkey(app, browser)
    assert answer.query == {"result": "success"}
    _, page = add_passkey(app, browser, passkey)
    assert (page.status, page.error) == (200, "Credential data is not valid")
    assert [it["CredentialId"] for it in listed(app)] == [passkey.name]


def test_a_pool_without_passkeys_says_so(managed):
    app = managed("PASSWORD")
    browser = app.browser(on_domain=True)
    app.code(browser)
    answer = browser.get("/passkeys/add", client_id=app.client_id, redirect_uri=CALLBACK)
    assert answer.status == 400 and answer.error


def test_another_pools_session_adds_no_passkey(keyed, managed):
    _, browser = keyed
    other = managed("PASSWORD", "WEB_AUTHN")
    stranger = Browser(other.server, f"{other.prefix}.auth.localhost:{other.server.port}")
    stranger.cookies["cognito"] = browser.cookies["cognito"]
    answer = stranger.get("/passkeys/add", client_id=other.client_id, redirect_uri=CALLBACK)
    assert answer.location == f"{CALLBACK}?result=invalid_session"


def test_pages_with_factors_speak_other_languages(managed):
    app = managed("PASSWORD", "EMAIL_OTP", **ADDRESSES)
    _, page = enter_username(app, lang="de")
    assert "Wählen Sie, wie Sie sich anmelden" in page.text and "E-Mail" in page.text
