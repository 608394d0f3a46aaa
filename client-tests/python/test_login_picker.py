"""`--login-picker`: users of the pool to sign in as, on the login page; and the way from a code page to the outbox."""

import html
import json
import re
import time
import urllib.request

import pytest

from conftest import aws_client
from domain import PASSWORD, App, claims
from functions import answering, config
from sign_ins import totp


@pytest.fixture
def make(start_server, account):
    """Apps of a server with the flag."""
    started = []

    def make(*flags, **options):
        started.append(start_server("--login-picker", *flags))
        return App(aws_client(started[-1], "cognito-idp", account=account), started[-1], **options)

    return make


@pytest.fixture
def app(make):
    return make()


def login(app, browser=None, **query):
    return (browser or app.browser()).get("/login", **app.query(**query))


def offered(page):
    """Name and label of each who may be chosen."""
    found = re.findall(r'<button name="sign_in_as" value="([^"]*)" class="second person">([^<]*)</button>', page.text)
    return [(html.unescape(name), html.unescape(label)) for name, label in found]


def choose(app, username, browser=None, **query):
    """Sends the picker's form, as its button does."""
    browser = browser or app.browser()
    page = login(app, browser, **query)
    return browser.post(page.form.action, {"_csrf": page.form.fields["_csrf"], "sign_in_as": username})


def test_the_page_lists_who_may_be_chosen(app):
    app.add_user("alice", email="alice@example.com")
    app.add_user("bob")
    app.add_user("new", permanent=False)
    app.add_user("gone")
    app.idp.admin_disable_user(UserPoolId=app.pool_id, Username="gone")
    app.add_user("reset", email="reset@example.com", email_verified="true")
    app.idp.admin_reset_user_password(UserPoolId=app.pool_id, Username="reset")
    page = login(app)
    assert offered(page) == [("alice", "alice (alice@example.com)"), ("bob", "bob")]
    assert page.text.count("<h1") == 1 and ">Sign in as</h2>" in page.text
    # The form of the password is as ever.
    assert {"username", "password", "cognitoAsfData", "signInSubmitButton"} < set(page.form.fields)
    assert "code" in app.sign_in(username="bob").query


def test_who_is_chosen_is_signed_in(app):
    sub = app.add_user("alice")
    browser = app.browser()
    answer = choose(app, "alice", browser, state="s")
    assert answer.status == 302 and answer.query["state"] == "s"
    tokens = app.exchange(answer.query["code"]).json
    assert claims(tokens["id_token"])["sub"] == sub
    # The browser has a session like any other.
    assert "code" in browser.get("/oauth2/authorize", **app.query()).query


def test_it_is_off_unless_asked_for(oauth_app):
    app = oauth_app()
    app.add_user("alice")
    assert offered(login(app)) == [] and "picker" not in login(app).text
    browser = app.browser()
    answer = choose(app, "alice", browser)
    assert answer.status == 200 and answer.error == "Missing required parameter USERNAME"
    assert "cognito" not in browser.cookies
    page = login(app, browser)
    answer = browser.submit(page, sign_in_as="alice", username="alice", password="wrong")
    assert answer.error == "Incorrect username or password." and "cognito" not in browser.cookies


def test_only_by_a_form_of_the_page(app):
    app.add_user("alice")
    browser = app.browser()
    page = login(app, browser)
    for form in ({}, {"_csrf": ""}, {"_csrf": "00000000-0000-4000-8000-000000000000"}):
        answer = browser.post(page.form.action, {"sign_in_as": "alice"} | form)
        assert answer.status == 403
        assert answer.error == "Invalid CSRF token. Go back, reload the page, and try again."
    answer = login(app, browser, sign_in_as="alice")
    assert answer.status == 200 and "cognito" not in browser.cookies


@pytest.mark.parametrize("hides", ["ENABLED", "LEGACY"])
def test_others_are_refused(make, hides):
    app = make(PreventUserExistenceErrors=hides)
    app.add_user("new", permanent=False)
    app.add_user("gone")
    app.idp.admin_disable_user(UserPoolId=app.pool_id, Username="gone")
    wrong = "Incorrect username or password."
    stranger = wrong if hides == "ENABLED" else "User does not exist."
    for username, said in (("new", wrong), ("gone", "User is disabled."), ("nobody", stranger)):
        answer = choose(app, username)
        assert (answer.status, answer.error) == (200, said), username
    assert choose(app, "").error == "Missing required parameter USERNAME"


def test_the_second_factor_is_asked(make):
    app = make("--code", "123456", pool={"MfaConfiguration": "OFF"})
    app.add_user("alice")
    secret = seed_totp(app)
    browser = app.browser()
    page = choose(app, "alice", browser)
    assert page.status == 200 and "authentication_code" in page.form.fields
    assert "code" in browser.submit(page, authentication_code=totp(secret, time.time())).query


def seed_totp(app):
    """An authenticator app of alice."""
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool_id, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    token = app.tokens()["access_token"]
    secret = app.idp.associate_software_token(AccessToken=token)["SecretCode"]
    earlier = totp(secret, time.time() - 30)
    assert app.idp.verify_software_token(AccessToken=token, UserCode=earlier)["Status"] == "SUCCESS"
    app.idp.set_user_mfa_preference(
        AccessToken=token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    return secret


def test_the_functions_of_the_pool_are_asked(make, functions):
    triggers = ("PreAuthentication", "PostAuthentication", "PreTokenGeneration")
    app = make(*functions.flags(), pool={"LambdaConfig": config(*triggers)})
    app.add_user("alice")
    functions.events.clear()
    functions.on(PreAuthentication=answering(), PostAuthentication=answering(), PreTokenGeneration=answering())
    app.exchange(choose(app, "alice").query["code"])
    assert [event["triggerSource"] for event in functions.events] == [
        "PreAuthentication_Authentication", "PostAuthentication_Authentication", "TokenGeneration_HostedAuth",
    ]  # fmt: skip


def test_the_list_is_bounded_and_searched(app):
    for number in range(60):
        app.add_user(f"user{number:02}", email=f"mail{number:02}@example.com")
    browser = app.browser()
    page = login(app, browser)
    assert [name for name, _ in offered(page)] == [f"user{number:02}" for number in range(50)]

    def search(text):
        answer = browser.post(page.form.action, {"_csrf": page.form.fields["_csrf"], "picker_filter": text})
        assert answer.status == 200 and answer.error is None
        return answer

    assert [name for name, _ in offered(search(" user59 "))] == ["user59"]
    assert [name for name, _ in offered(search("MAIL58@"))] == ["user58"]
    assert len(offered(search("5"))) == 15
    evil = '"><script>alert(1)</script>'
    answer = search(evil)
    assert offered(answer) == [] and ">Nobody is found.</p>" in answer.text and "<script>" not in answer.text
    typed = re.search(r'name="picker_filter" type="search" value="([^"]*)"', answer.text)
    assert html.unescape(typed[1]) == evil


def test_names_are_escaped(app):
    evil = "<script>alert(1)</script>"
    app.add_user(evil)
    page = login(app)
    assert "<script>" not in page.text and offered(page) == [(evil, evil)]
    assert "code" in choose(app, evil).query


def test_a_client_without_users_of_the_pool_offers_nobody(make):
    app = make()
    app.add_user("alice")
    app.idp.create_identity_provider(
        UserPoolId=app.pool_id, ProviderName="Google", ProviderType="Google",
        ProviderDetails={"client_id": "x", "client_secret": "y", "authorize_scopes": "openid"},
    )  # fmt: skip
    other = App(app.idp, app.server, pool_id=app.pool_id, SupportedIdentityProviders=["Google"])
    assert offered(login(other)) == []
    assert "code" not in (choose(other, "alice").headers["location"] or "")


# ---- The outbox ----


def outbox(app, page):
    """What the link of a code page leads to."""
    found = re.search(r'<a href="(/_cognitwin/messages[^"]*)">Messages in the outbox of this server</a>', page.text)
    assert found
    with urllib.request.urlopen(app.server.url + html.unescape(found[1])) as answer:
        return json.load(answer)


def test_a_code_page_links_to_the_messages_of_its_user(oauth_app):
    app = oauth_app(pool={"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"]})
    browser = app.browser()
    page = browser.get("/signup", **app.query())
    assert "/_cognitwin/" not in page.text
    answer = browser.submit(page, username="eve+1@example.com", password=PASSWORD)
    page = browser.get("/confirm", **app.query())
    assert answer.status == 302 and page.status == 200
    [message] = outbox(app, page)
    answer = browser.submit(page, code=message["code"])
    assert "code" in answer.query
    browser = app.browser()
    page = browser.get("/forgotPassword", **app.query())
    assert "/_cognitwin/" not in page.text
    browser.submit(page, username="eve+1@example.com")
    assert len(outbox(app, browser.get("/confirmForgotPassword", **app.query()))) == 2


def test_a_page_without_a_message_links_nowhere(app):
    app.add_user("alice")
    seed_totp(app)
    page = app.sign_in()
    assert "authentication_code" in page.form.fields and "/_cognitwin/" not in page.text
