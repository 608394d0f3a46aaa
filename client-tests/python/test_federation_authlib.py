"""A user of a real OpenID provider, Authlib's, signs in to a pool over plain HTTP; an app of the pool's is Authlib's, too."""

from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from authlib_provider import SECRET, AuthlibProvider
from domain import App, Browser, claims
from upstream import add_provider, tokens, visit


@pytest.fixture
def provider():
    running = AuthlibProvider()
    yield running
    running.stop()


def sign_in(app, browser, provider, name, **query):
    answer = browser.get("/oauth2/authorize", **app.query(identity_provider="Authlib", **query))
    parts = urlsplit(answer.location)
    elsewhere = Browser(SimpleNamespace(port=parts.port))
    page = elsewhere.send("GET", f"{parts.path}?{parts.query}")
    back = elsewhere.submit(page, name=name)
    assert back.status == 302, back.text
    return visit(browser, back.location)


def test_a_user_of_authlib_is_a_user_of_the_pool(oauth_app, server, provider):
    first = oauth_app()
    mapping = {"name": "name", "email": "email", "email_verified": "email_verified"}
    add_provider(first, provider, "Authlib", mapping, client_id="pool", client_secret=SECRET)
    app = App(first.idp, server, pool_id=first.pool_id, SupportedIdentityProviders=["Authlib"])
    browser = app.browser()
    provider.client.callback = f"{browser.base}/oauth2/idpresponse"
    granted = tokens(app, sign_in(app, browser, provider, "ann"))
    said = claims(granted["id_token"])
    assert said["cognito:username"] == "Authlib_id-of-ann"
    assert (said["name"], said["email"], said["email_verified"]) == ("ann", "ann@authlib.example", True)
    # Another browser, the same user; another user.
    again = claims(tokens(app, sign_in(app, app.browser(), provider, "ann"))["id_token"])
    assert again["sub"] == said["sub"]
    other = claims(tokens(app, sign_in(app, app.browser(), provider, "bob"))["id_token"])
    assert other["sub"] != said["sub"] and other["cognito:username"] == "Authlib_id-of-bob"


def test_a_wrong_secret_is_told(oauth_app, server, provider):
    first = oauth_app()
    add_provider(first, provider, "Authlib", client_id="pool", client_secret="wrong")
    app = App(first.idp, server, pool_id=first.pool_id, SupportedIdentityProviders=["Authlib"])
    browser = app.browser()
    provider.client.callback = f"{browser.base}/oauth2/idpresponse"
    answer = sign_in(app, browser, provider, "ann")
    assert answer.query["error"] == "invalid_request"
    assert answer.query["error_description"].startswith("Authlib Error - 400 invalid_client")
