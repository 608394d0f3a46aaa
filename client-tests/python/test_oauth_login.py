"""The login page over plain HTTP forms: its fields, its cookies, what it refuses, and the challenges that come."""

import time
from urllib.parse import urlencode

import pytest

from domain import CALLBACK, PASSWORD, UUID, App, claims
from sign_ins import totp

WRONG = "Incorrect username or password."


@pytest.fixture
def app(oauth_app):
    made = oauth_app()
    made.add_user(email="alice@example.com", email_verified="true")
    return made


def login(app, browser=None, **query):
    return (browser or app.browser()).get("/login", **app.query(**query))


def test_the_page_has_the_fields_that_scripts_rely_on(app):
    page = login(app, state="s")
    assert page.status == 200
    assert page.headers["content-type"] == "text/html;charset=UTF-8"
    form = page.form
    assert form.name == "cognitoSignInForm"
    assert set(form.fields) == {"_csrf", "username", "password", "cognitoAsfData", "signInSubmitButton"}
    assert form.fields["signInSubmitButton"] == "Sign in"
    assert (form.ids["username"], form.ids["password"]) == ("signInFormUsername", "signInFormPassword")
    assert UUID.fullmatch(form.fields["_csrf"])
    assert any(it.startswith(f"XSRF-TOKEN={form.fields['_csrf']};") for it in page.cookies)


def test_a_sign_in_ends_at_the_app(app):
    browser = app.browser(on_domain=True)
    before = login(app, browser).form.fields["_csrf"]
    answer = app.sign_in(browser, state="s")
    assert (answer.status, answer.text, answer.headers["content-length"]) == (302, "", "0")
    code = answer.query["code"]
    assert UUID.fullmatch(code) and answer.location == f"{CALLBACK}?code={code}&state=s"
    gone, session, csrf = answer.cookies
    assert gone == 'XSRF-TOKEN=""; Expires=Thu, 01-Jan-1970 00:00:10 GMT; Path=/; HttpOnly; SameSite=Lax'
    name, value = session.split(";")[0].split("=", 1)
    assert name == "cognito" and value.startswith('"') and value.endswith('.3"') and value.count(".") == 2
    host = browser.host.split(":")[0]
    rest = session.split("; ", 1)[1].split("; ")
    assert rest[:3] == ["Version=1", f"Domain={host}", "Max-Age=3600"]
    assert rest[3].startswith("Expires=") and rest[3].endswith(" GMT")
    assert rest[4:] == ["Path=/", "HttpOnly", "SameSite=Lax"]
    assert csrf.startswith("XSRF-TOKEN=") and UUID.fullmatch(browser.cookies["XSRF-TOKEN"])
    assert browser.cookies["XSRF-TOKEN"] != before


def test_a_script_may_send_the_form_without_its_page(app):
    browser = app.browser()
    browser.get("/oauth2/authorize", **app.query())
    form = {
        "_csrf": browser.cookies["XSRF-TOKEN"], "username": "alice", "password": PASSWORD, "cognitoAsfData": "",
        "signInSubmitButton": "Sign in",
    }  # fmt: skip
    answer = browser.post(f"/login?{urlencode(app.query())}", form)
    assert answer.location.startswith(f"{CALLBACK}?code=")


@pytest.mark.parametrize(
    ("username", "password"), [("alice", "wrong"), ("alice", ""), ("nobody", PASSWORD), ("", ""), ("\0", "\0")]
)
def test_a_wrong_password_shows_the_page_again(oauth_app, username, password):
    app = oauth_app(PreventUserExistenceErrors="ENABLED")
    app.add_user()
    browser = app.browser()
    answer = app.sign_in(browser, username, password)
    assert answer.status == 200
    if username.strip() and password:
        assert answer.error == WRONG
    else:
        assert answer.error.startswith("Missing required parameter")
    assert answer.form.fields["username"] == username.replace("\0", "\ufffd") or username == "\0"
    assert answer.form.fields["password"] == ""
    assert "cognito" not in browser.cookies
    assert "code" in browser.submit(answer, username="alice", password=PASSWORD).query


def test_a_client_that_tells_who_is_not_there(app):
    assert app.sign_in(username="nobody").error == "User does not exist."


def test_what_was_typed_is_escaped(app):
    evil = '"><script>alert(1)</script>'
    answer = app.sign_in(username=evil)
    assert "<script>" not in answer.text and answer.form.fields["username"] == evil
    page = login(app, login_hint=evil, state=evil)
    assert "<script>" not in page.text and page.form.fields["username"] == evil
    answer = app.browser().submit(page, username="x", password="y")
    assert "<script>" not in answer.text


def test_a_hint_fills_the_name_in(app):
    assert login(app, login_hint="alice").form.fields["username"] == "alice"


def test_five_wrong_passwords_lock_the_api_too(app):
    client = app.idp.create_user_pool_client(
        UserPoolId=app.pool_id, ClientName="api", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    for _ in range(5):
        assert app.sign_in(password="wrong").error == WRONG
    assert app.sign_in().error == "Password attempts exceeded"
    with pytest.raises(app.idp.exceptions.NotAuthorizedException, match="Password attempts exceeded"):
        app.idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH", ClientId=client,
            AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
        )  # fmt: skip


def test_users_who_may_not_sign_in_are_told_why(app):
    app.idp.admin_disable_user(UserPoolId=app.pool_id, Username="alice")
    assert app.sign_in().error == "User is disabled."
    app.idp.admin_enable_user(UserPoolId=app.pool_id, Username="alice")
    app.idp.admin_reset_user_password(UserPoolId=app.pool_id, Username="alice")
    assert app.sign_in().error == "Password reset required for the user"


def test_no_flow_has_to_be_allowed_and_no_secret_shown(oauth_app):
    app = oauth_app(GenerateSecret=True, ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH"])
    app.add_user()
    assert "code" in app.sign_in().query


@pytest.mark.parametrize("token", [None, "", "x", "00000000-0000-4000-8000-000000000000"])
def test_a_form_of_another_site_is_refused(app, token):
    browser = app.browser()
    page = login(app, browser)
    fields = page.form.fields | {"username": "alice", "password": PASSWORD}
    fields = {k: v for k, v in fields.items() if k != "_csrf"} | ({} if token is None else {"_csrf": token})
    answer = browser.post(page.form.action, fields)
    assert answer.status == 403
    assert answer.error == "Invalid CSRF token. Go back, reload the page, and try again."
    assert "cognito" not in browser.cookies


def test_a_form_without_its_cookie_is_refused(app):
    page = login(app)
    answer = app.browser().submit(page, username="alice", password=PASSWORD)
    assert answer.status == 403


def test_two_pages_of_one_browser_work(app):
    browser = app.browser()
    first, second = login(app, browser), login(app, browser, state="second")
    browser.post("/oauth2/token", {})
    assert "code" in browser.submit(first, username="alice", password=PASSWORD).query
    # After a sign-in the token is another one.
    assert browser.submit(second, username="alice", password=PASSWORD).status == 403


def test_a_sign_in_has_five_minutes(clocked_app, move_clock):
    app = clocked_app()
    app.add_user()
    browser = app.browser()
    page = login(app, browser)
    move_clock(app.server, 290)
    assert "code" in browser.submit(page, username="alice", password=PASSWORD).query
    page = login(app, browser)
    move_clock(app.server, 300)
    answer = browser.submit(page, username="alice", password=PASSWORD)
    assert answer.status == 400
    assert answer.error == "Something went wrong. Your sign-in took too long. Try again."
    page = login(app, browser)
    assert "code" in browser.submit(page, username="alice", password=PASSWORD).query


def test_a_client_of_other_providers_only_signs_nobody_in_by_password(oauth_app, server):
    app = oauth_app()
    app.add_user()
    app.idp.create_identity_provider(
        UserPoolId=app.pool_id,
        ProviderName="Google",
        ProviderType="Google",
        ProviderDetails={"client_id": "i", "client_secret": "s", "authorize_scopes": "openid"},
    )
    browser = app.browser()
    app.code(browser)
    other = App(app.idp, server, pool_id=app.pool_id, SupportedIdentityProviders=["Google"])
    page = login(other, browser)
    assert "username" not in page.form.fields
    answer = browser.submit(page, username="alice", password=PASSWORD)
    assert answer.error == "Login option is not available. Please try another one"
    # Nor by the session of a local user: there is one way only.
    assert "/_cognitwin/idp/Google/" in browser.get("/oauth2/authorize", **other.query()).location


def test_the_language_is_kept(app):
    browser = app.browser()
    page = login(app, browser, lang="de")
    assert '<html lang="de">' in page.text
    assert browser.cookies["lang"] == '"de"'
    assert '<html lang="de">' in login(app, browser).text
    browser.get("/oauth2/authorize", **app.query(lang="pt-BR"))
    # A language of managed login that these pages do not speak.
    assert browser.cookies["lang"] == '"pt-BR"'
    assert '<html lang="en">' in login(app, browser).text
    assert '<html lang="en">' in login(app, browser, lang='"><script>').text


# ---- Challenges ----


def test_a_new_password_is_chosen(oauth_app):
    app = oauth_app()
    app.add_user(permanent=False)
    browser = app.browser()
    page = app.sign_in(browser)
    assert page.status == 200
    assert set(page.form.fields) == {"_csrf", "challenge", "new_password", "confirm_password", "reset_my_password"}
    answer = browser.submit(page, new_password="N3w-Passw0rd", confirm_password="other")
    assert answer.error == "The passwords do not match."
    answer = browser.submit(answer, new_password="short", confirm_password="short")
    assert answer.error == "Password does not conform to policy: Password not long enough"
    answer = browser.submit(answer, new_password="N3w-Passw0rd", confirm_password="N3w-Passw0rd")
    assert "code" in answer.query
    assert "code" in app.sign_in(password="N3w-Passw0rd").query
    # The page is good once.
    again = {"new_password": "N3w-Passw0rd!", "confirm_password": "N3w-Passw0rd!"}
    assert browser.submit(page, **again).status == 403
    answer = browser.submit(page, **again, _csrf=browser.cookies["XSRF-TOKEN"])
    assert (answer.status, answer.error) == (200, "Invalid session for the user, session can only be used once.")


def test_a_new_password_comes_with_what_is_required(oauth_app):
    schema = [{"Name": "family_name", "AttributeDataType": "String", "Required": True, "Mutable": True}]
    app = oauth_app(pool={"Schema": schema})
    app.add_user(permanent=False)
    browser = app.browser()
    page = app.sign_in(browser)
    assert "requiredAttributes[family_name]" in page.form.fields
    passwords = {"new_password": "N3w-Passw0rd", "confirm_password": "N3w-Passw0rd"}
    answer = browser.submit(page, **passwords)
    assert answer.status == 200 and "family_name" in answer.error
    answer = browser.submit(answer, **passwords, **{"requiredAttributes[family_name]": "Liddell"})
    tokens = app.exchange(answer.query["code"]).json
    assert claims(tokens["id_token"])["family_name"] == "Liddell"


@pytest.fixture
def with_mfa(oauth_app):
    app = oauth_app()
    app.add_user(email="alice@example.com", email_verified="true")
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        EmailMfaConfiguration={},
    )
    return app


def codes(app):
    sent = app.browser().get("/_cognitwin/messages", userPoolId=app.pool_id).json
    return [it["code"] for it in sent]


def add_software_token(app):
    client = app.idp.create_user_pool_client(
        UserPoolId=app.pool_id, ClientName="api", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    tokens = app.idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH", ClientId=client, AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD}
    )["AuthenticationResult"]
    secret = app.idp.associate_software_token(AccessToken=tokens["AccessToken"])["SecretCode"]
    return tokens["AccessToken"], secret


def test_a_code_by_email_is_the_second_factor(with_mfa):
    app = with_mfa
    app.idp.admin_set_user_mfa_preference(
        UserPoolId=app.pool_id, Username="alice", EmailMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    browser = app.browser()
    page = app.sign_in(browser)
    assert "<p>We have sent a code to a***@e***.</p>" in page.text
    assert "authentication_code" in page.form.fields and "password" not in page.form.fields
    assert "cognito" not in browser.cookies
    (code,) = codes(app)
    wrong = browser.submit(page, authentication_code="000000" if code != "000000" else "111111")
    assert (wrong.status, wrong.error) == (200, "Invalid code or auth state for the user.")
    answer = browser.submit(wrong, authentication_code=f" {code} ")
    assert "code" in answer.query and "cognito" in browser.cookies


def test_the_session_of_a_page_is_of_no_use_to_the_api(with_mfa):
    app = with_mfa
    app.idp.admin_set_user_mfa_preference(
        UserPoolId=app.pool_id, Username="alice", EmailMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    page = app.sign_in()
    with pytest.raises(app.idp.exceptions.NotAuthorizedException):
        app.idp.respond_to_auth_challenge(
            ClientId=app.client_id, ChallengeName="EMAIL_OTP", Session=page.form.fields["challenge"],
            ChallengeResponses={"USERNAME": "alice", "EMAIL_OTP_CODE": codes(app)[0]},
        )  # fmt: skip


def test_a_challenge_is_for_its_client_alone(with_mfa, server):
    app = with_mfa
    app.idp.admin_set_user_mfa_preference(
        UserPoolId=app.pool_id, Username="alice", EmailMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    other = App(app.idp, server, pool_id=app.pool_id)
    browser = app.browser()
    page = app.sign_in(browser)
    action = page.form.action.replace(app.client_id, other.client_id)
    answer = browser.post(action, page.form.fields | {"authentication_code": codes(app)[0]})
    assert (answer.status, answer.error) == (200, "Invalid session for the user.")


@pytest.mark.parametrize("challenge", ["x", "A" * 500, "%00", "eyJhbGciOiJub25lIn0.e30."])
def test_a_forged_challenge_begins_anew(app, challenge):
    browser = app.browser()
    page = login(app, browser)
    answer = browser.submit(page, challenge=challenge, authentication_code="123456")
    assert (answer.status, answer.error) == (200, "Invalid session for the user.")
    assert "password" in answer.form.fields


def test_a_challenge_expires(clocked_app, move_clock):
    app = clocked_app()
    app.add_user(permanent=False)
    browser = app.browser()
    page = app.sign_in(browser)
    move_clock(app.server, 181)
    answer = browser.submit(page, new_password="N3w-Passw0rd", confirm_password="N3w-Passw0rd")
    assert answer.error == "Invalid session for the user, session is expired."
    assert "password" in answer.form.fields


def test_one_of_several_factors_is_chosen(with_mfa):
    app = with_mfa
    access_token, secret = add_software_token(app)
    app.idp.verify_software_token(AccessToken=access_token, UserCode=totp(secret, time.time()))
    app.idp.admin_set_user_mfa_preference(
        UserPoolId=app.pool_id,
        Username="alice",
        EmailMfaSettings={"Enabled": True},
        SoftwareTokenMfaSettings={"Enabled": True},
    )
    browser = app.browser()
    page = app.sign_in(browser)
    assert 'value="EMAIL_OTP"' in page.text and 'value="SOFTWARE_TOKEN_MFA"' in page.text
    answer = browser.submit(page, answer="SMS_MFA")
    assert answer.status == 200 and answer.error
    page = browser.submit(answer, answer="EMAIL_OTP")
    answer = browser.submit(page, authentication_code=codes(app)[-1])
    assert "code" in answer.query


def test_an_email_address_is_added_where_a_factor_is_required(oauth_app):
    app = oauth_app()
    app.add_user()
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool_id, MfaConfiguration="ON", EmailMfaConfiguration={}
    )  # fmt: skip
    browser = app.browser()
    page = app.sign_in(browser)
    assert "email" in page.form.fields
    page = browser.submit(page, email="nonsense")
    assert page.status == 200 and page.error
    page = browser.submit(page, email="alice@example.com")
    answer = browser.submit(page, authentication_code=codes(app)[-1])
    assert "code" in answer.query
