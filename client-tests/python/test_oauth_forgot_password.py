"""A forgotten password on the pages of a domain: the code, the new password, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from conftest import aws_client
from control_api import Control
from domain import CALLBACK, PASSWORD, App
from functions import REGION, config, failing
from sign_ins import another

NEW = "N3w-Passw0rd"
BOTH = {"new_password": NEW, "confirm_password": NEW}
CODE = "Invalid verification code provided, please try again."
SENT = "<p>We have sent a code to a***@e***.</p>"


@pytest.fixture
def app(oauth_app):
    made = oauth_app()
    made.add_user(email="alice@example.com", email_verified="true")
    return made


def forget(app, browser, username="alice", **query):
    """The answer to who is asked for."""
    return browser.submit(browser.get("/forgotPassword", **app.query(**query)), username=username)


def follow(browser, answer):
    assert answer.status == 302, answer.error
    assert answer.location.startswith(f"{browser.base}/"), answer.location
    return browser.get(answer.location.removeprefix(browser.base))


def codes(app):
    sent = app.browser().get("/_cognitwin/messages", userPoolId=app.pool_id).json
    return [it["code"] for it in sent]


def test_a_new_password_by_a_code(app):
    browser = app.browser(on_domain=True)
    login = browser.get("/login", **app.query(state="s"))
    query = urlencode(app.query(state="s")).replace("&", "&#38;")
    assert f'<a href="/forgotPassword?{query}">Forgot your password?</a>' in login.text
    page = browser.get("/forgotPassword", **app.query(state="s"))
    assert page.status == 200 and set(page.form.fields) == {"_csrf", "username"}
    assert '<button name="reset_my_password" type="submit"' in page.text
    sent = browser.submit(page, username="alice")
    parts = urlsplit(sent.location)
    assert (sent.status, parts.path) == (302, "/confirmForgotPassword")
    assert dict(parse_qsl(parts.query)) == app.query(state="s")
    page = follow(browser, sent)
    assert SENT in page.text
    form = page.form
    assert set(form.fields) == {
        "_csrf", "username", "destination", "deliveryMedium", "code", "new_password", "confirm_password",
    }  # fmt: skip
    assert (form.ids["new_password"], form.ids["confirm_password"]) == ("new_password", "confirm_password")
    assert form.fields["username"] == "alice"
    done = browser.submit(page, code=f" {codes(app)[0]} ", **BOTH)
    # Documented: it leads to the sign-in.
    assert (done.status, done.text, urlsplit(done.location).path) == (302, "", "/login")
    assert "cognito" not in browser.cookies
    back = browser.submit(follow(browser, done), username="alice", password=NEW)
    assert back.location.startswith(f"{CALLBACK}?code=") and back.query["state"] == "s"
    assert app.sign_in().error == "Incorrect username or password."


def test_the_older_spelling(app):
    browser = app.browser()
    page = follow(browser, forget(app, browser))
    older = page.form.action.replace("/confirmForgotPassword", "/confirmforgotPassword")
    assert SENT in browser.get(older).text
    done = browser.post(older, page.form.fields | {"code": codes(app)[0]} | BOTH)
    assert urlsplit(done.location).path == "/login"
    assert "code" in app.sign_in(password=NEW).query


def test_a_client_with_a_secret(oauth_app):
    app = oauth_app(GenerateSecret=True)
    app.add_user(email="alice@example.com", email_verified="true")
    browser = app.browser()
    page = follow(browser, forget(app, browser))
    assert urlsplit(browser.submit(page, code=codes(app)[0], **BOTH).location).path == "/login"
    assert "code" in app.sign_in(password=NEW).query


def test_what_is_wrong_is_told_and_the_code_stays_good(app):
    browser = app.browser()
    page = follow(browser, forget(app, browser))
    (code,) = codes(app)
    for fields, error in [
        ({"code": another(code)} | BOTH, CODE),
        ({"code": code, "new_password": NEW, "confirm_password": "other"}, "The passwords do not match."),
        ({"code": code, "new_password": NEW}, "The passwords do not match."),
        (
            {"code": code, "new_password": "short", "confirm_password": "short"},
            "Password does not conform to policy: Password not long enough",
        ),
    ]:
        page = browser.submit(page, **fields)
        assert (page.status, page.error) == (200, error)
        kept = page.form.fields
        assert (kept["username"], kept["code"], kept["new_password"], kept["confirm_password"]) == ("alice", "", "", "")
        assert SENT in page.text
    for fields in ({"code": "", "new_password": NEW, "confirm_password": NEW}, {"code": code}):
        page = browser.submit(page, **fields)
        assert page.status == 200 and "validation error" in page.error
    assert "code" in app.sign_in().query
    assert browser.submit(page, code=code, **BOTH).status == 302


def test_who_has_no_way_back_is_told(app):
    browser = app.browser()
    app.add_user("bob")
    app.add_user("fred", permanent=False, email="fred@example.com", email_verified="true")
    app.idp.admin_disable_user(UserPoolId=app.pool_id, Username="alice")
    for username, error in [
        ("nobody", "Username/client id combination not found."),
        ("bob", "Cannot reset password for the user as there is no registered/verified email or phone_number"),
        ("fred", "User password cannot be reset in the current state."),
        ("alice", "User is disabled."),
    ]:
        page = forget(app, browser, username)
        assert (page.status, page.error, page.form.fields["username"]) == (200, error, username)
    page = forget(app, browser, "")
    assert page.status == 200 and "validation error" in page.error
    assert codes(app) == []


def test_who_is_not_there_is_not_told(oauth_app):
    app = oauth_app(PreventUserExistenceErrors="ENABLED")
    app.add_user("bob")
    for username, told in [("nobody", "n***@n***"), ("x@y.example", "x***@y***"), ("bob", "b***@b***")]:
        browser = app.browser()
        page = follow(browser, forget(app, browser, username))
        assert f"<p>We have sent a code to {told}.</p>" in page.text
        answer = browser.submit(page, code="123456", **BOTH)
        assert answer.status == 200 and answer.error in (CODE, "Invalid code provided, please request a code again.")
    assert codes(app) == []


def test_a_reset_that_an_administrator_wants_begins_at_the_sign_in(app):
    app.idp.admin_reset_user_password(UserPoolId=app.pool_id, Username="alice")
    browser = app.browser()
    page = app.sign_in(browser, state="s")
    assert (page.status, page.error) == (200, "Password reset required for the user")
    assert page.form.action.startswith("/forgotPassword?") and page.form.fields["username"] == "alice"
    page = follow(browser, browser.submit(page))
    done = browser.submit(page, code=codes(app)[-1], **BOTH)
    back = browser.submit(follow(browser, done), username="alice", password=NEW)
    assert "code" in back.query and back.query["state"] == "s"


def test_an_earlier_session_is_of_no_use_for_another_errand(app):
    """A page of the one errand does not answer the other."""
    browser = app.browser()
    follow(browser, forget(app, browser))
    assert browser.get("/confirm", **app.query()).status == 400
    other = App(app.idp, app.server, pool_id=app.pool_id)
    assert browser.get("/confirmForgotPassword", **other.query()).status == 400
    assert SENT in browser.get("/confirmForgotPassword", **app.query()).text


def test_a_code_of_a_sign_up_resets_nothing(oauth_app):
    email = {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True}
    app = oauth_app(pool={"AutoVerifiedAttributes": ["email"], "Schema": [email]})
    app.idp.sign_up(
        ClientId=app.client_id, Username="carol", Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": "carol@example.com"}],
    )  # fmt: skip
    browser = app.browser()
    token = browser.get("/login", **app.query()).form.fields["_csrf"]
    form = {"_csrf": token, "username": "carol", "code": codes(app)[0]} | BOTH
    answer = browser.post(f"/confirmForgotPassword?{urlencode(app.query())}", form)
    assert answer.status == 200 and answer.error in (CODE, "Invalid code provided, please request a code again.")


def test_another_pool_and_its_users(app, oauth_app):
    other = oauth_app()
    browser = app.browser()
    follow(browser, forget(app, browser))
    stranger = other.browser()
    token = stranger.get("/login", **other.query()).form.fields["_csrf"]
    form = {"_csrf": token, "username": "alice", "code": codes(app)[0]} | BOTH
    answer = stranger.post(f"/confirmForgotPassword?{urlencode(other.query())}", form)
    assert (answer.status, answer.error) == (200, "Username/client id combination not found.")
    assert "code" in app.sign_in().query


def test_one_code_is_good_once(app):
    browser = app.browser()
    page = follow(browser, forget(app, browser))
    (code,) = codes(app)

    def reset(index):
        copy = app.browser()
        copy.cookies |= browser.cookies
        password = f"N3w-Passw0rd{index}"
        return copy.submit(page, code=code, new_password=password, confirm_password=password)

    with ThreadPoolExecutor(8) as pool:
        answers = [it.result() for it in [pool.submit(reset, index) for index in range(8)]]
    assert sorted(it.status for it in answers) == [200] * 7 + [302]
    won = next(index for index, it in enumerate(answers) if it.status == 302)
    assert "code" in app.sign_in(password=f"N3w-Passw0rd{won}").query
    assert {it.error for it in answers if it.status == 200} <= {CODE, "Invalid code provided, please request a code again."}


def test_a_code_expires_and_so_does_the_page(clocked_app, move_clock):
    app = clocked_app()
    app.add_user(email="alice@example.com", email_verified="true")
    browser = app.browser()
    page = follow(browser, forget(app, browser))
    move_clock(app.server, 300)
    late = browser.submit(page, code=codes(app)[0], **BOTH)
    assert (late.status, late.error) == (400, "Something went wrong. Your sign-in took too long. Try again.")
    move_clock(app.server, 3300)
    page = browser.get("/confirmForgotPassword", **app.query())
    late = browser.submit(page, code=codes(app)[0], **BOTH)
    assert (late.status, late.error) == (200, "Invalid code provided, please request a code again.")
    assert "code" in app.sign_in().query


def test_requests_for_codes_are_limited(app):
    browser = app.browser()
    errors = [forget(app, browser).error for _ in range(30)]
    assert errors[0] is None and errors[-1] == "Attempt limit exceeded, please try after some time."


@pytest.fixture
def make(start_server, functions):
    server = start_server(*functions.flags())

    def make(*triggers):
        idp = aws_client(server, "cognito-idp", region=REGION)
        app = App(idp, server, pool={"LambdaConfig": config(*triggers)})
        app.add_user(email="alice@example.com", email_verified="true")
        functions.events.clear()
        return app

    return make


def test_the_functions_of_a_reset(make, functions):
    app = make("CustomMessage", "PostConfirmation")
    browser = app.browser()
    page = follow(browser, forget(app, browser))
    browser.submit(page, code=codes(app)[0], **BOTH)
    sources = [event["triggerSource"] for event in functions.events]
    assert sources == ["CustomMessage_ForgotPassword", "PostConfirmation_ConfirmForgotPassword"]
    assert {event["callerContext"]["clientId"] for event in functions.events} == {app.client_id}


def test_a_function_that_fails_is_heard(make, functions):
    app = make("CustomMessage")
    functions.on(CustomMessage=failing("no"))
    page = forget(app, app.browser())
    assert (page.status, page.error) == (200, "CustomMessage failed with error no.")


def test_events_and_journal(oauth_app):
    app = oauth_app(pool={"UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}})
    app.add_user(email="alice@example.com", email_verified="true")
    browser = app.browser()
    page = follow(browser, forget(app, browser))
    browser.submit(page, code=codes(app)[0], **BOTH)
    events = app.idp.admin_list_user_auth_events(UserPoolId=app.pool_id, Username="alice")["AuthEvents"]
    assert [it["EventType"] for it in events] == ["PasswordChange", "ForgotPassword"]
    calls = Control(app.server).get("requests", userPoolId=app.pool_id)
    pages = [(it["operation"], it["status"], it["request"]) for it in calls if it["service"] == "oauth"]
    assert [(name, status) for name, status, _ in pages] == [
        ("ForgotPassword", 200), ("ForgotPassword", 302), ("ConfirmForgotPassword", 200), ("ConfirmForgotPassword", 302),
    ]  # fmt: skip
    masked = {name: "***" for name in ("_csrf", "destination", "code", "new_password", "confirm_password")}
    assert pages[-1][2] == app.query() | masked | {"username": "alice", "deliveryMedium": "EMAIL"}
