"""Signing up on the pages of a domain: the form, the code, the first sign-in, and who tries to get in between."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from conftest import aws_client
from control_api import Control
from domain import CALLBACK, PASSWORD, UUID, App, claims, pkce
from functions import REGION, answering, config, failing
from sign_ins import another

CODE = "Invalid verification code provided, please try again."
LOST = "An error was encountered with the requested page."
EMAIL = {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}
POOL = {"AutoVerifiedAttributes": ["email"], "Schema": [EMAIL]}
CAROL = {"username": "carol", "password": PASSWORD, "requiredAttributes[email]": "carol@example.com"}
EVIL = '"><script>alert(1)</script>'


@pytest.fixture
def app(oauth_app):
    return oauth_app(pool=POOL)


def page_of(app, browser, path="/signup", **query):
    return browser.get(path, **app.query(**query))


def sign_up(app, browser, *, query=None, **fields):
    """The answer to the form."""
    return browser.submit(page_of(app, browser, **(query or {})), **(CAROL | fields))


def follow(browser, answer):
    assert answer.status == 302, answer.error
    assert answer.location.startswith(f"{browser.base}/"), answer.location
    return browser.get(answer.location.removeprefix(browser.base))


def begun(app, browser, *, query=None, **fields):
    """The page that asks for the code."""
    return follow(browser, sign_up(app, browser, query=query, **fields))


def messages(app):
    return app.browser().get("/_cognitwin/messages", userPoolId=app.pool_id).json


def codes(app):
    return [it["code"] for it in messages(app)]


def user(app, username="carol"):
    found = app.idp.admin_get_user(UserPoolId=app.pool_id, Username=username)
    return found["UserStatus"], {it["Name"]: it["Value"] for it in found["UserAttributes"]}


def nobody(app, username="carol"):
    with pytest.raises(app.idp.exceptions.UserNotFoundException):
        user(app, username)


# ---- The way through ----


def test_the_form_has_the_fields_that_scripts_rely_on(app):
    page = page_of(app, app.browser(), state="s")
    assert (page.status, page.headers["content-type"]) == (200, "text/html;charset=UTF-8")
    form = page.form
    assert form.name == "signupform"
    assert set(form.fields) == {"_csrf", "username", "requiredAttributes[email]", "password"}
    parts = urlsplit(form.action)
    assert parts.path == "/signup" and dict(parse_qsl(parts.query)) == app.query(state="s")
    assert 'name="requiredAttributes[email]" type="email"' in page.text
    assert '<button name="signUpButton" type="submit"' in page.text
    assert f'<a href="/login?{parts.query.replace("&", "&#38;")}">Sign in</a>' in page.text


def test_the_sign_in_page_leads_there(app):
    page = page_of(app, app.browser(), "/login", state="s")
    query = urlencode(app.query(state="s")).replace("&", "&#38;")
    assert f'<span>Need an account?</span> <a href="/signup?{query}">Sign up</a>' in page.text


def test_who_signs_up_confirms_and_is_signed_in(app):
    browser, proof = app.browser(on_domain=True), pkce()
    query = {"state": "s 1", "nonce": "n", "scope": "openid email", "code_challenge": proof.challenge,
             "code_challenge_method": "S256"}  # fmt: skip
    sent = sign_up(app, browser, query=query)
    parts = urlsplit(sent.location)
    assert (sent.status, sent.text, parts.path) == (302, "", "/confirm")
    assert dict(parse_qsl(parts.query)) == app.query(**query)
    page = follow(browser, sent)
    assert page.status == 200 and "<p>We have sent a code to c***@e***.</p>" in page.text
    form = page.form
    assert set(form.fields) == {"_csrf", "username", "destination", "deliveryMedium", "cognitoAsfData", "code"}
    assert form.fields["username"] == "carol"
    assert (form.fields["destination"], form.fields["deliveryMedium"]) == ("c***@e***", "EMAIL")
    assert form.ids["code"] == "verification_code"
    assert '<button name="confirm" type="submit"' in page.text and ">Confirm account</button>" in page.text
    assert user(app)[0] == "UNCONFIRMED" and "cognito" not in browser.cookies

    (code,) = codes(app)
    back = browser.submit(page, code=f" {code} ")
    assert back.status == 302 and back.location.startswith(f"{CALLBACK}?code=") and back.query["state"] == "s 1"
    assert UUID.fullmatch(back.query["code"])
    status, attributes = user(app)
    assert (status, attributes["email_verified"]) == ("CONFIRMED", "true")
    token = app.exchange(back.query["code"], code_verifier=proof.verifier).json
    told = claims(token["id_token"])
    assert (told["cognito:username"], told["email"], told["nonce"]) == ("carol", "carol@example.com", "n")
    # The browser is somebody now.
    again = browser.get("/oauth2/authorize", **app.query())
    assert again.location.startswith(f"{CALLBACK}?code=")
    assert "code" in app.sign_in(username="carol").query


def test_a_client_with_a_secret(oauth_app):
    app = oauth_app(pool=POOL, GenerateSecret=True, ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    browser = app.browser()
    page = begun(app, browser)
    page = follow(browser, browser.post(f"/resendcode?{urlencode(app.query())}", page.form.fields))
    first, second = codes(app)
    assert "code" in browser.submit(page, code=second).query


def test_the_implicit_flow(oauth_app):
    app = oauth_app(pool=POOL, AllowedOAuthFlows=["implicit"])
    browser = app.browser()
    page = begun(app, browser, query={"response_type": "token", "state": "s"})
    back = browser.submit(page, code=codes(app)[0])
    assert claims(back.fragment["id_token"])["cognito:username"] == "carol" and back.fragment["state"] == "s"


def test_an_email_address_as_the_name(oauth_app):
    app = oauth_app(pool=POOL | {"UsernameAttributes": ["email"]})
    browser = app.browser()
    page = page_of(app, browser)
    assert set(page.form.fields) == {"_csrf", "username", "password"}
    assert '<label for="username" class="label-customizable">Email</label>' in page.text
    assert 'name="username" type="email"' in page.text
    page = follow(browser, browser.submit(page, username="carol@example.com", password=PASSWORD))
    back = browser.submit(page, code=codes(app)[0])
    told = claims(app.exchange(back.query["code"]).json["id_token"])
    assert told["email"] == "carol@example.com" and told["cognito:username"] == told["sub"]
    wrong = browser.submit(page_of(app, browser), username="carol", password=PASSWORD)
    assert wrong.error == "Username should be an email."


@pytest.mark.parametrize(
    ("names", "label", "kind"),
    [(["phone_number"], "Phone number", "tel"), (["email", "phone_number"], "Email or phone number", "text")],
)
def test_other_names(oauth_app, names, label, kind):
    app = oauth_app(pool={"UsernameAttributes": names})
    page = page_of(app, app.browser())
    assert f'<label for="username" class="label-customizable">{label}</label>' in page.text
    assert f'name="username" type="{kind}"' in page.text


def test_a_link_confirms_and_the_page_goes_on(oauth_app):
    template = {"DefaultEmailOption": "CONFIRM_WITH_LINK"}
    app = oauth_app(pool=POOL | {"VerificationMessageTemplate": template})
    browser = app.browser()
    page = begun(app, browser)
    assert "code" not in page.form.fields
    assert "<p>Click the link in the email that we have sent to c***@e***, then continue.</p>" in page.text
    early = browser.submit(page)
    assert (early.status, early.error) == (200, "User is not confirmed.")
    link = messages(app)[0]["link"]
    shown = app.browser().get(link[link.index("/confirmUser") :])
    assert shown.status == 200 and "<p>Your registration has been confirmed!</p>" in shown.text
    assert "code" in browser.submit(early).query


def test_the_link_in_its_documented_form(app):
    browser = app.browser()
    begun(app, browser)
    link = {"client_id": app.client_id, "user_name": "carol"}
    wrong = app.browser().get("/confirmUser/", **link, confirmation_code=another(codes(app)[0]))
    assert wrong.status == 400 and f"<p>{CODE}</p>" in wrong.text
    right = app.browser(on_domain=True).get("/confirmUser/", **link, confirmation_code=codes(app)[0])
    assert right.status == 200 and user(app)[0] == "CONFIRMED"
    assert app.browser().post("/confirmUser", link).status == 405


@pytest.mark.parametrize("query", [{}, {"client_id": "x"}, {"client_id": EVIL, "user_name": EVIL, "confirmation_code": EVIL}])
def test_a_link_that_is_none(app, query):
    shown = app.browser(on_domain=True).get("/confirmUser", **query)
    assert shown.status == 400 and "<script>" not in shown.text


def test_the_link_of_another_domain(app, oauth_app):
    begun(app, app.browser())
    link = {"client_id": app.client_id, "user_name": "carol", "confirmation_code": codes(app)[0]}
    shown = oauth_app().browser(on_domain=True).get("/confirmUser", **link)
    assert shown.status == 400 and user(app)[0] == "UNCONFIRMED"


def test_a_pool_that_sends_no_code(oauth_app):
    app = oauth_app(pool={"Schema": [EMAIL]})
    browser = app.browser()
    answer = sign_up(app, browser)
    assert (answer.status, answer.error) == (200, "User is not confirmed.")
    assert answer.form.fields["username"] == "carol" and "password" in answer.form.fields
    assert user(app)[0] == "UNCONFIRMED"


def test_a_second_factor_is_asked_for_all_the_same(oauth_app):
    app = oauth_app(pool=POOL)
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool_id, MfaConfiguration="ON", EmailMfaConfiguration={}
    )
    browser = app.browser()
    page = begun(app, browser)
    factor = browser.submit(page, code=codes(app)[0])
    assert factor.status == 200 and "cognito" not in browser.cookies
    assert "authentication_code" in factor.form.fields
    assert "code" in browser.submit(factor, authentication_code=codes(app)[-1]).query


# ---- Another code ----


def test_a_wrong_code_and_another_one(app):
    browser = app.browser()
    page = begun(app, browser)
    (first,) = codes(app)
    wrong = browser.submit(page, code=another(first))
    assert (wrong.status, wrong.error) == (200, CODE)
    assert wrong.form.fields["username"] == "carol" and wrong.form.fields["code"] == ""
    assert "<p>We have sent a code to c***@e***.</p>" in wrong.text
    again = browser.post(f"/resendcode?{urlencode(app.query())}", wrong.form.fields)
    assert urlsplit(again.location).path == "/confirm"
    page = follow(browser, again)
    assert "<p>We have sent a code to c***@e***.</p>" in page.text
    _, second = codes(app)
    # Still the browser that chose the password.
    assert "code" in browser.submit(page, code=second).query


def test_a_blank_code(app):
    browser = app.browser()
    page = begun(app, browser)
    answer = browser.submit(page, code="  ")
    assert answer.status == 200
    assert answer.error == (
        "2 validation errors detected: Value '' at 'confirmationCode' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: [\\S]+; Value '' at 'confirmationCode' failed to satisfy constraint: Member must "
        "have length greater than or equal to 1"
    )


def test_a_code_for_nobody(app, oauth_app):
    told = app.browser()
    fields = page_of(app, told).form.fields | {"username": "nobody", "code": "123456"}
    query = urlencode(app.query())
    answer = told.post(f"/resendcode?{query}", fields)
    assert (answer.status, answer.error) == (200, "Username/client id combination not found.")
    assert told.post(f"/confirm?{query}", fields).error == "Username/client id combination not found."

    app = oauth_app(pool=POOL, PreventUserExistenceErrors="ENABLED")
    browser, query = app.browser(), urlencode(app.query())
    fields["_csrf"] = page_of(app, browser).form.fields["_csrf"]
    page = follow(browser, browser.post(f"/resendcode?{query}", fields))
    assert "<p>We have sent a code to n***@n***.</p>" in page.text
    answer = browser.submit(page, code="123456")
    assert (answer.status, answer.error) == (200, "Invalid code provided, please request a code again.")


# ---- What is refused ----


def test_the_rules_of_the_api_are_told_on_the_page(app):
    browser = app.browser()
    page = page_of(app, browser)
    for fields, error in [
        ({"password": "short"}, "Password did not conform with policy: Password not long enough"),
        ({"password": ""}, "Missing required parameter Password"),
        ({"requiredAttributes[email]": "nonsense"}, "Invalid email address format."),
        (
            {"requiredAttributes[email]": ""},
            "Attributes did not conform to the schema: email: The attribute is required\n",
        ),
    ]:
        page = browser.submit(page, **(CAROL | fields))
        assert (page.status, page.error) == (200, error)
        kept = page.form.fields
        assert (kept["username"], kept["password"]) == ("carol", "")
        assert kept["requiredAttributes[email]"] == fields.get("requiredAttributes[email]", "carol@example.com")
    for name in ["", " ", "a b", "x" * 129]:
        page = browser.submit(page, **(CAROL | {"username": name}))
        assert page.status == 200 and "validation error" in page.error, name
    nobody(app)
    app.add_user("carol")
    page = browser.submit(page, **CAROL)
    assert (page.status, page.error) == (200, "User already exists")


def test_a_password_is_always_chosen(oauth_app):
    """Even where the API takes users without one (documented)."""
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    app = oauth_app(pool=POOL | {"Policies": policy})
    answer = sign_up(app, app.browser(), password="")
    assert (answer.status, answer.error) == (200, "Missing required parameter Password")
    nobody(app)


def test_only_what_the_page_asks_for_is_taken(oauth_app):
    custom = {"Name": "role", "AttributeDataType": "String", "Mutable": True}
    app = oauth_app(pool=POOL | {"Schema": [EMAIL, custom]})
    more = {f"requiredAttributes[{name}]": "true" for name in ("custom:role", "email_verified", "sub", "name")}
    assert sign_up(app, app.browser(), **more).status == 302
    attributes = user(app)[1]
    assert attributes["email_verified"] == "false" and not {"custom:role", "name"} & set(attributes)


def test_closed_sign_up(oauth_app):
    app = oauth_app(pool=POOL | {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}})
    browser = app.browser()
    login = page_of(app, browser, "/login")
    assert "/signup" not in login.text and "/forgotPassword" in login.text
    refused = "SignUp is not permitted for this user pool"
    page = page_of(app, browser)
    assert (page.status, page.error) == (400, refused)
    form = CAROL | {"_csrf": login.form.fields["_csrf"]}
    answer = browser.post(f"/signup?{urlencode(app.query())}", form)
    assert (answer.status, answer.error) == (400, refused)
    nobody(app)


def test_a_client_of_other_providers_only(oauth_app, server):
    app = oauth_app(pool=POOL)
    app.idp.create_identity_provider(
        UserPoolId=app.pool_id, ProviderName="Google", ProviderType="Google",
        ProviderDetails={"client_id": "i", "client_secret": "s", "authorize_scopes": "openid"},
    )  # fmt: skip
    other = App(app.idp, server, pool_id=app.pool_id, SupportedIdentityProviders=["Google"])
    browser = other.browser()
    login = page_of(other, browser, "/login")
    assert "/signup" not in login.text and "/forgotPassword" not in login.text
    for path in ("/signup", "/forgotPassword"):
        page = page_of(other, browser, path)
        assert (page.status, page.error) == (400, "Login option is not available. Please try another one")
    answer = browser.post(f"/signup?{urlencode(other.query())}", CAROL | {"_csrf": login.form.fields["_csrf"]})
    assert answer.status == 400
    nobody(app)


@pytest.mark.parametrize("path", ["/signup", "/confirm", "/forgotPassword", "/confirmForgotPassword", "/confirmforgotPassword"])
def test_without_a_request_of_an_app_there_is_no_page(app, path):
    browser = app.browser()
    own = f"{browser.base}/error?error="
    assert page_of(app, browser, path, client_id="x").location == f"{own}invalid_request&client_id=x"
    wrong = page_of(app, browser, path, redirect_uri="https://evil.example/cb")
    assert wrong.location == f"{own}redirect_mismatch&client_id={app.client_id}"
    missing = page_of(app, browser, path, client_id=None)
    assert (missing.status, missing.error) == (400, "Required String parameter 'client_id' is not present")
    assert browser.post(f"{path}?{urlencode(app.query(redirect_uri='https://evil.example/'))}").location == wrong.location
    assert browser.send("PUT", f"{path}?{urlencode(app.query())}").status == 405


@pytest.mark.parametrize("path", ["/confirm", "/confirmForgotPassword"])
def test_a_page_about_nobody(app, path):
    browser = app.browser()
    page = page_of(app, browser, path)
    assert (page.status, page.error) == (400, LOST)
    token = page_of(app, browser, "/login").form.fields["_csrf"]
    answer = browser.post(f"{path}?{urlencode(app.query())}", {"_csrf": token, "code": "123456"})
    assert (answer.status, answer.error) == (400, LOST)
    assert page_of(app, browser, "/resendcode").status == 405


@pytest.mark.parametrize("data", ["x", "A" * 500, "%00", "eyJhbGciOiJub25lIn0.e30."])
def test_forged_page_data_is_about_nobody(app, data):
    browser = app.browser()
    browser.cookies["page-data"] = data
    assert page_of(app, browser, "/confirm").status == 400


# ---- Who gets in between ----


def test_what_was_typed_is_escaped(app):
    browser = app.browser()
    fields = {name: EVIL for name in ("username", "password", "requiredAttributes[email]")}
    page = sign_up(app, browser, query={"state": EVIL}, **fields)
    assert page.status == 200 and page.error and "<script>" not in page.text
    assert page.form.fields["username"] == page.form.fields["requiredAttributes[email]"] == EVIL
    hidden = {"username": EVIL, "destination": EVIL, "deliveryMedium": EVIL, "code": EVIL, "_csrf": page.form.fields["_csrf"]}
    for path in ("/confirm", "/resendcode", "/confirmForgotPassword", "/forgotPassword"):
        answer = browser.post(f"{path}?{urlencode(app.query(state=EVIL))}", hidden)
        assert answer.status == 200 and "<script>" not in answer.text, path
        assert answer.form.fields["username"] == EVIL
    hint = page_of(app, browser, login_hint=EVIL)
    assert "<script>" not in hint.text and hint.form.fields["username"] == EVIL


@pytest.mark.parametrize("path", ["/signup", "/confirm", "/resendcode", "/forgotPassword", "/confirmForgotPassword"])
def test_forms_of_another_site_are_refused(app, path):
    browser = app.browser()
    page = begun(app, browser)
    before = len(codes(app))
    own = CAROL | {"username": "dave", "code": codes(app)[0], "new_password": PASSWORD, "confirm_password": PASSWORD}
    query = urlencode(app.query())
    for token in (None, "", "x", "00000000-0000-4000-8000-000000000000"):
        answer = browser.post(f"{path}?{query}", own | ({} if token is None else {"_csrf": token}))
        assert answer.status == 403
        assert answer.error == "Invalid CSRF token. Go back, reload the page, and try again."
    stranger = app.browser()
    assert stranger.post(f"{path}?{query}", own | {"_csrf": page.form.fields["_csrf"]}).status == 403
    nobody(app, "dave")
    assert len(codes(app)) == before and user(app)[0] == "UNCONFIRMED"


def test_each_page_has_five_minutes(clocked_app, move_clock):
    app = clocked_app(pool=POOL)
    browser = app.browser()
    late = "Something went wrong. Your sign-in took too long. Try again."
    page = page_of(app, browser)
    move_clock(app.server, 300)
    answer = browser.submit(page, **CAROL)
    assert (answer.status, answer.error) == (400, late)
    nobody(app)
    page = begun(app, browser)
    move_clock(app.server, 299)
    assert browser.submit(page, code=another(codes(app)[0])).status == 200
    move_clock(app.server, 1)
    answer = browser.submit(page, code=codes(app)[0])
    assert (answer.status, answer.error) == (400, late)
    assert user(app)[0] == "UNCONFIRMED"
    # The page again, but the password has to be shown.
    page = page_of(app, browser, "/confirm")
    answer = browser.submit(page, code=codes(app)[0])
    assert (answer.status, answer.error) == (200, None)
    assert (answer.form.action.split("?")[0], answer.form.fields["username"]) == ("/login", "carol")
    assert "code" in browser.submit(answer, password=PASSWORD).query


def test_another_browser_confirms_and_has_to_show_the_password(app):
    begun(app, app.browser())
    browser = app.browser()
    fields = {"_csrf": page_of(app, browser, "/login").form.fields["_csrf"], "username": "carol", "code": codes(app)[0]}
    answer = browser.post(f"/confirm?{urlencode(app.query())}", fields)
    assert (answer.status, answer.error, user(app)[0]) == (200, None, "CONFIRMED")
    assert "cognito" not in browser.cookies
    assert (answer.form.action.split("?")[0], answer.form.fields["username"]) == ("/login", "carol")
    assert "code" in browser.submit(answer, password=PASSWORD).query


def test_the_ticket_is_for_one_user(app):
    """Whoever has signed up as one does not become another by confirming the other."""
    browser = app.browser()
    app.idp.sign_up(
        ClientId=app.client_id, Username="dave", Password="0ther-Passw0rd",
        UserAttributes=[{"Name": "email", "Value": "dave@example.com"}],
    )  # fmt: skip
    code_of_dave = codes(app)[0]
    page = begun(app, browser)
    answer = browser.submit(page, username="dave", code=code_of_dave)
    assert (answer.status, user(app, "dave")[0]) == (200, "CONFIRMED")
    assert "cognito" not in browser.cookies and answer.form.action.startswith("/login")


def test_a_ticket_is_good_once(app):
    browser = app.browser()
    page = begun(app, browser)
    data = browser.cookies["page-data"]
    assert "code" in browser.submit(page, code=codes(app)[0]).query
    browser.cookies.pop("cognito")
    browser.cookies["page-data"] = data
    again = browser.submit(page, code=codes(app)[0], _csrf=browser.cookies["XSRF-TOKEN"])
    assert (again.status, again.error) == (200, "User cannot be confirmed. Current status is CONFIRMED")
    assert "cognito" not in browser.cookies


def test_a_copied_ticket_of_a_link_is_good_once(oauth_app):
    app = oauth_app(pool=POOL | {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}})
    browser, thief = app.browser(), app.browser()
    page = begun(app, browser)
    thief.cookies |= browser.cookies
    app.idp.admin_confirm_sign_up(UserPoolId=app.pool_id, Username="carol")
    assert "code" in browser.submit(page).query
    answer = thief.submit(page)
    assert answer.status == 200 and answer.form.action.startswith("/login") and "cognito" not in thief.cookies


def test_a_ticket_is_for_the_password_that_was_chosen(oauth_app):
    app = oauth_app(pool=POOL | {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}})
    browser = app.browser()
    page = begun(app, browser)
    app.idp.admin_set_user_password(
        UserPoolId=app.pool_id, Username="carol", Password="An0ther-Passw0rd", Permanent=True
    )
    assert user(app)[0] == "CONFIRMED"
    answer = browser.submit(page)
    assert answer.status == 200 and answer.form.action.startswith("/login") and "cognito" not in browser.cookies
    assert "code" in browser.submit(answer, password="An0ther-Passw0rd").query


def test_a_disabled_user_is_not_signed_in_by_the_ticket(app):
    browser = app.browser()
    page = begun(app, browser)
    app.idp.admin_disable_user(UserPoolId=app.pool_id, Username="carol")
    answer = browser.submit(page, code=codes(app)[0])
    assert answer.status == 200 and "cognito" not in browser.cookies


def test_another_client_of_the_pool(app, server):
    other = App(app.idp, server, pool_id=app.pool_id)
    browser = app.browser()
    page = begun(app, browser)
    assert page_of(other, browser, "/confirm").status == 400
    action = page.form.action.replace(app.client_id, other.client_id)
    answer = browser.post(action, page.form.fields | {"code": codes(app)[0]})
    # The code is right, but the password was not chosen for this client.
    assert (answer.status, user(app)[0]) == (200, "CONFIRMED")
    assert answer.form.action.startswith("/login") and "cognito" not in browser.cookies


def test_another_pool(app, oauth_app):
    other = oauth_app(pool=POOL)
    browser = app.browser(on_domain=True)
    for path in ("/signup", "/confirm", "/forgotPassword", "/confirmForgotPassword"):
        page = page_of(other, browser, path)
        assert page.location == f"{browser.base}/error?error=invalid_request&client_id={other.client_id}"
    page = begun(app, app.browser())
    browser = other.browser()
    token = page_of(other, browser, "/login").form.fields["_csrf"]
    answer = browser.post(
        f"/confirm?{urlencode(other.query())}", {"_csrf": token, "username": "carol", "code": codes(app)[0]}
    )
    assert (answer.status, answer.error) == (200, "Username/client id combination not found.")
    assert page.status == 200 and user(app)[0] == "UNCONFIRMED"


def at_once(work, times=8):
    with ThreadPoolExecutor(times) as pool:
        return [it.result() for it in [pool.submit(work, index) for index in range(times)]]


def twin(app, browser):
    copy = app.browser()
    copy.cookies |= browser.cookies
    return copy


def test_one_code_confirms_once(app):
    browser = app.browser()
    page = begun(app, browser)
    (code,) = codes(app)
    answers = at_once(lambda _: twin(app, browser).submit(page, code=code))
    (won,) = [it for it in answers if it.status == 302]
    assert "code" in won.query
    lost = [it for it in answers if it.status != 302]
    assert {it.error for it in lost} == {"User cannot be confirmed. Current status is CONFIRMED"}


def test_one_name_signs_up_once(app):
    browser = app.browser()
    page = page_of(app, browser)
    answers = at_once(lambda _: twin(app, browser).submit(page, **CAROL))
    assert sorted(it.status for it in answers) == [200] * 7 + [302]
    assert {it.error for it in answers if it.status == 200} == {"User already exists"}
    assert len(codes(app)) == 1


def test_a_code_may_be_guessed_so_often_only(app):
    browser = app.browser()
    page = begun(app, browser)
    (code,) = codes(app)
    errors = [browser.submit(page, code=another(code)).error for _ in range(20)]
    assert errors[0] == CODE and errors[-1] == "Attempt limit exceeded, please try after some time."
    assert browser.submit(page, code=code).error == errors[-1]
    assert user(app)[0] == "UNCONFIRMED"


# ---- At the sign-in ----


def test_who_has_not_confirmed_is_led_there(app):
    app.idp.sign_up(
        ClientId=app.client_id, Username="carol", Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "carol@example.com"}],
    )  # fmt: skip
    browser = app.browser()
    page = app.sign_in(browser, username="carol", state="s")
    assert (page.status, page.error) == (200, "User is not confirmed.")
    assert page.form.action.startswith("/confirm?") and page.form.fields["username"] == "carol"
    assert "<p>Enter the code that we have sent you.</p>" in page.text
    answer = browser.submit(page, code=codes(app)[0])
    assert user(app)[0] == "CONFIRMED" and answer.form.action.startswith("/login?")
    back = browser.submit(answer, password=PASSWORD)
    assert "code" in back.query and back.query["state"] == "s"


def test_who_has_not_confirmed_where_no_code_is_sent(oauth_app):
    app = oauth_app()
    app.idp.sign_up(ClientId=app.client_id, Username="carol", Password=PASSWORD)
    page = app.sign_in(username="carol")
    assert (page.error, page.form.action.split("?")[0]) == ("User is not confirmed.", "/login")


# ---- Functions, events, journal ----


@pytest.fixture
def make(start_server, functions):
    server = start_server(*functions.flags())

    def make(*triggers, **client):
        idp = aws_client(server, "cognito-idp", region=REGION)
        return App(idp, server, pool=POOL | {"LambdaConfig": config(*triggers)}, **client)

    return make


def test_the_functions_of_a_sign_up_in_their_order(make, functions):
    app = make("PreSignUp", "CustomMessage", "PostConfirmation", "PreAuthentication", "PostAuthentication")
    browser = app.browser()
    page = begun(app, browser)
    sources = [event["triggerSource"] for event in functions.events]
    assert sources == ["PreSignUp_SignUp", "CustomMessage_SignUp"]
    asked = functions.events[0]
    assert asked["callerContext"]["clientId"] == app.client_id and asked["userName"] == "carol"
    assert asked["request"] == {"userAttributes": {"email": "carol@example.com"}, "validationData": None}
    functions.events.clear()
    page = follow(browser, browser.post(f"/resendcode?{urlencode(app.query())}", page.form.fields))
    assert [event["triggerSource"] for event in functions.events] == ["CustomMessage_ResendCode"]
    functions.events.clear()
    assert "code" in browser.submit(page, code=codes(app)[-1]).query
    assert [event["triggerSource"] for event in functions.events] == [
        "PostConfirmation_ConfirmSignUp", "PreAuthentication_Authentication", "PostAuthentication_Authentication",
    ]  # fmt: skip


def test_a_function_that_confirms_signs_in_at_once(make, functions):
    app = make("PreSignUp", "PostConfirmation")
    functions.on(PreSignUp=answering(autoConfirmUser=True))
    browser = app.browser()
    answer = sign_up(app, browser, query={"state": "s"})
    assert answer.location.startswith(f"{CALLBACK}?code=") and answer.query["state"] == "s"
    assert user(app)[0] == "CONFIRMED" and "cognito" in browser.cookies and codes(app) == []


def test_functions_that_fail_are_heard_on_the_page(make, functions):
    app = make("PreSignUp", "PostConfirmation", "PreAuthentication")
    functions.on(PreSignUp=failing("<no>"))
    browser = app.browser()
    answer = sign_up(app, browser)
    assert (answer.status, "<no>" in answer.text) == (200, False)
    assert "PreSignUp failed with error &#60;no&#62;." in answer.text
    nobody(app)
    functions.on(PreSignUp=answering(), PreAuthentication=failing("not today"))
    page = begun(app, browser)
    answer = browser.submit(page, code=codes(app)[0])
    assert (answer.status, answer.error) == (200, "PreAuthentication failed with error not today.")
    assert user(app)[0] == "CONFIRMED" and "cognito" not in browser.cookies


def test_threat_protection_notes_what_was_done(oauth_app):
    watched = {"UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}
    app = oauth_app(pool=POOL | watched)
    browser = app.browser()
    page = begun(app, browser)
    page = follow(browser, browser.post(f"/resendcode?{urlencode(app.query())}", page.form.fields))
    assert "code" in browser.submit(page, code=codes(app)[-1]).query
    events = app.idp.admin_list_user_auth_events(UserPoolId=app.pool_id, Username="carol")["AuthEvents"]
    assert [(it["EventType"], it["EventResponse"]) for it in events] == [
        ("SignIn", "Pass"), ("ResendCode", "Pass"), ("SignUp", "Pass"),
    ]  # fmt: skip
    assert events[0]["EventContextData"]["IpAddress"] == "127.0.0.1"


def test_the_journal_has_no_secrets(app):
    control, browser = Control(app.server), app.browser()
    page = begun(app, browser)
    (code,) = codes(app)
    browser.post(f"/resendcode?{urlencode(app.query())}", page.form.fields)
    browser.submit(page, code=code)
    calls = control.get("requests", userPoolId=app.pool_id)
    pages = [(it["operation"], it["status"], it["request"]) for it in calls if it["service"] == "oauth"]
    names = [(name, status) for name, status, _ in pages]
    assert names == [("Signup", 200), ("Signup", 302), ("Confirm", 200), ("ResendCode", 302), ("Confirm", 200)]
    hidden = {"username": "carol", "password": "***", "requiredAttributes[email]": "***", "_csrf": "***"}
    assert pages[1][2] == app.query() | hidden
    sent = {"username": "carol", "_csrf": "***", "destination": "***", "deliveryMedium": "EMAIL", "code": "***"}
    assert pages[-1][2] == app.query() | sent | {"cognitoAsfData": "***"}
    assert [it for it in (PASSWORD, "carol@example.com", page.form.fields["_csrf"]) if it in repr(pages)] == []


# ---- Terms ----


@pytest.fixture
def managed(oauth_app):
    app = oauth_app(pool=POOL, domain=False)
    app.idp.create_user_pool_domain(UserPoolId=app.pool_id, Domain=app.prefix, ManagedLoginVersion=2)
    app.add_style()

    def terms(name, **links):
        app.idp.create_terms(
            UserPoolId=app.pool_id, ClientId=app.client_id, TermsName=name, TermsSource="LINK", Enforcement="NONE",
            Links={f"cognito:{language}": link for language, link in links.items()},
        )  # fmt: skip

    app.terms = terms
    return app


def links(app, **query):
    page = page_of(app, app.browser(on_domain=True), **query)
    assert page.status == 200
    found = [it.split('"')[0] for it in page.text.split('<a href="')[1:]]
    return [it for it in found if not it.startswith("/login?")]


def test_terms_are_linked_once_there_are_both(managed):
    app = managed
    app.terms("terms-of-use", default="https://t.example/?a=1&b=2", german="https://t.example/de")
    assert links(app) == []
    app.terms("privacy-policy", default="https://p.example/", french="https://p.example/fr")
    assert links(app) == ["https://t.example/?a=1&#38;b=2", "https://p.example/"]
    assert links(app, lang="de") == ["https://t.example/de", "https://p.example/"]
    assert links(app, lang="fr") == ["https://t.example/?a=1&#38;b=2", "https://p.example/fr"]
    # At the server's own address, which discovery names, pages are those of the domain.
    assert "https://t.example/?a=1&#38;b=2" in page_of(app, app.browser()).text
    page = page_of(app, app.browser(on_domain=True), lang="de")
    assert ">Nutzungsbedingungen</a>" in page.text and ">Datenschutzerklärung</a>" in page.text


def test_terms_of_nobody_else_and_nowhere_odd(managed, server):
    app = managed
    app.terms("terms-of-use", default="https://t.example/")
    app.terms("privacy-policy", default="javascript:alert(1)")
    assert links(app) == []
    other = App(app.idp, server, pool_id=app.pool_id)
    other.prefix = app.prefix
    other.add_style()
    assert links(other) == []


def test_the_classic_pages_link_no_terms(app):
    for name in ("terms-of-use", "privacy-policy"):
        app.idp.create_terms(
            UserPoolId=app.pool_id, ClientId=app.client_id, TermsName=name, TermsSource="LINK", Enforcement="NONE",
            Links={"cognito:default": "https://t.example/"},
        )  # fmt: skip
    assert links(app) == []


@pytest.mark.parametrize(
    ("language", "sign_up", "confirm"),
    [
        ("de", "Neues Konto registrieren", "Wir haben einen Code an c***@e*** gesendet."),
        ("es", "Registre una cuenta nueva", "Hemos enviado un código a c***@e***."),
        ("fr", "Créer un compte", "Nous avons envoyé un code à c***@e***."),
        ("ja", "新しいアカウントでサインアップ", "c***@e*** にコードを送信しました。"),
    ],
)
def test_the_pages_speak(app, language, sign_up, confirm):
    browser = app.browser()
    page = page_of(app, browser, lang=language)
    assert f'<html lang="{language}">' in page.text and sign_up in page.text
    page = follow(browser, browser.submit(page, **CAROL))
    assert f'<html lang="{language}">' in page.text and f"<p>{confirm}</p>" in page.text
