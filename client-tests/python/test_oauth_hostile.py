"""Odd inputs at every address of the domain: never a failure of the server, never a way to an address that is not
registered, nothing of what was sent unescaped in a page."""

import random
import string
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from domain import CALLBACK, LOGOUT, PASSWORD, App, Browser

ADDRESSES = ["/oauth2/authorize", "/authorize", "/login", "/logout", "/error", "/oauth2/token", "/oauth2/userInfo",
             "/oauth2/revoke", "/oauth2/idpresponse", "/saml2/idpresponse", "/saml2/logout", "/signup", "/confirm",
             "/confirmUser", "/resendcode", "/forgotPassword", "/confirmForgotPassword", "/passkeys/add",
             "/oauth2/register"]  # fmt: skip
NAMES = ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "logout_uri",
         "code_challenge_method", "prompt", "max_age", "login_hint", "lang", "identity_provider", "idp_identifier",
         "resource", "acr_values", "error", "grant_type", "code", "code_verifier", "refresh_token", "client_secret",
         "token", "username", "password", "_csrf", "challenge", "authentication_code", "answer", "new_password",
         "confirm_password", "aws_client_metadata", "subject_token", "subject_token_type", "destination",
         "deliveryMedium", "requiredAttributes[email]", "user_name", "confirmation_code"]  # fmt: skip
ODD = [
    "", " ", "\0", "%00", "\r\nLocation: https://evil.example", "https://evil.example", "//evil.example", "/\\evil.example",
    "javascript:alert(1)", "<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "{{7*7}}", "{% raw %}",
    "../../etc/passwd", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "\u202e", "é" * 50,
    "A" * 5000, "-1", "9" * 40, "1e400", "NaN", "null", "[]", "{}", "true", "code token", "none none", "openid openid",
    "authorization_code", "refresh_token", "client_credentials", "S256", "token", "code", "COGNITO", CALLBACK, LOGOUT,
    "a.b.c", "a.b.c.d.e", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhL2IifQ.", "00000000-0000-0000-0000-000000000000",
]  # fmt: skip


@pytest.fixture
def app(oauth_app):
    made = oauth_app(AllowedOAuthFlows=["code", "implicit"])
    made.add_user()
    return made


def check(app, browser, answer, sent):
    assert answer.status < 500, sent
    assert answer.status in (200, 302, 400, 401, 403, 404, 405), sent
    assert answer.headers["x-frame-options"] == "DENY"
    kept = answer.headers["cache-control"]
    assert "no-store" in kept or (kept == "private" and sent[0] == "/oauth2/idpresponse"), sent
    if answer.location:
        parts = urlsplit(answer.location)
        own = f"{parts.scheme}://{parts.netloc}"
        assert own == browser.base or answer.location.startswith((f"{CALLBACK}?", f"{CALLBACK}#", LOGOUT)), sent
    if answer.headers.get_content_type() == "text/html":
        for evil in ("<script>alert", "<img"):
            assert evil not in answer.text, sent
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_odd_values_in_every_parameter(app, address):
    """Each is put into a request that is right but for it."""
    browser = Browser(app.server)
    browser.get("/login", **app.query())
    right = app.query(logout_uri=LOGOUT, username="alice", password=PASSWORD, _csrf=browser.cookies["XSRF-TOKEN"])
    rnd = random.Random(address)
    for name in NAMES:
        for odd in rnd.sample(ODD, 6):
            sent = right | {name: odd}
            query = urlencode(sent)
            for answer in (browser.get(f"{address}?{query}"), browser.post(f"{address}?{query}", sent)):
                check(app, browser, answer, (address, name, odd))
            browser.cookies.pop("cognito", None)
            browser.cookies["XSRF-TOKEN"] = right["_csrf"]


@pytest.mark.parametrize("kind", ["OIDC", "SAML"])
def test_odd_values_at_a_provider_that_is_built_in(app, kind):
    details = {"MetadataURL": "builtin"}
    if kind == "OIDC":
        details = {"client_id": "app", "client_secret": "s", "oidc_issuer": "builtin", "authorize_scopes": "openid"}
        details |= {"attributes_request_method": "GET"}
    app.idp.create_identity_provider(
        UserPoolId=app.pool_id, ProviderName="Corp", ProviderType=kind, ProviderDetails=details
    )
    app = App(app.idp, app.server, pool_id=app.pool_id, domain=False, SupportedIdentityProviders=["Corp"])
    browser = Browser(app.server)
    departed = urlsplit(browser.get("/oauth2/authorize", **app.query(identity_provider="Corp")).location)
    folder = departed.path.rpartition("/")[0]
    assert folder.startswith("/_cognitwin/idp/Corp/")
    endpoints = {
        "OIDC": ["authorize", "token", "userinfo", "keys", ".well-known/openid-configuration"],
        "SAML": ["sso", "slo", "metadata"],
    }
    right = dict(parse_qsl(departed.query)) | {"grant_type": "authorization_code", "code": "c", "client_secret": "s"}
    right |= {"sub": "1", "email": "ann@example.com", "username": "ann", "claims": "{}", "SAMLResponse": "x"}
    rnd = random.Random(kind)
    for endpoint in endpoints[kind]:
        for name in right:
            for odd in rnd.sample(ODD, 6):
                sent = right | {name: odd}
                address = f"{folder}/{endpoint}?{urlencode(sent)}"
                for answer in (browser.get(address), browser.post(address, sent)):
                    assert answer.status in (200, 302, 400, 401, 405), (address, answer.text)
                    assert answer.headers["cache-control"] == "no-store" and answer.headers["x-frame-options"] == "DENY"
                    back = answer.location or f"{browser.base}/oauth2/idpresponse?"
                    assert back.startswith(f"{browser.base}/oauth2/idpresponse?"), address
                    if "html" in answer.headers.get("content-type", ""):
                        assert not any(evil in answer.text for evil in ("<script>alert", "<img")), address


def test_noise(app):
    rnd = random.Random(8)
    browser = Browser(app.server)
    letters = string.printable.replace(" ", "").replace("\t", "").replace("\n", "").replace("\r", "")
    letters = letters.replace("\x0b", "").replace("\x0c", "").replace("#", "")
    for _ in range(300):
        address = rnd.choice(ADDRESSES)
        noise = "".join(rnd.choice(letters) for _ in range(rnd.randrange(200)))
        headers = {"Authorization": noise, "Content-Type": "application/x-www-form-urlencoded", "Cookie": noise}
        body = bytes(rnd.randrange(256) for _ in range(rnd.randrange(400)))
        noise = noise.replace("\\", "").replace("^", "").replace("`", "").replace('"', "")
        noise = noise.replace("<", "").replace(">", "").replace("{", "").replace("}", "").replace("|", "")
        answer = browser.send(rnd.choice(["GET", "POST"]), f"{address}?{noise}", body, headers)
        browser.cookies.clear()
        check(app, browser, answer, (address, noise, body))


@pytest.mark.parametrize("host", ["", "x" * 300, "a b", "[::1", "..", ".auth.localhost", "é.auth.localhost", "demo.auth.localhost."])
def test_odd_hosts(app, host):
    browser = Browser(app.server)
    answer = browser.send("GET", f"/oauth2/authorize?{urlencode(app.query())}", headers={"Host": host.encode()})
    assert answer.status in (302, 400)
    if answer.location:
        assert "/error?" in answer.location or "/login?" in answer.location


def test_a_parameter_that_is_there_twice_counts_once(app):
    browser = app.browser()
    query = urlencode(list(app.query().items()) + [("redirect_uri", "https://evil.example")])
    answer = browser.get(f"/oauth2/authorize?{query}")
    assert "/login?" in answer.location
    page = browser.get(f"/login?{query}")
    answer = browser.submit(page, username="alice", password=PASSWORD)
    assert answer.location.startswith(f"{CALLBACK}?code=")
    query = urlencode([("redirect_uri", "https://evil.example")] + list(app.query().items()))
    assert "/error?error=redirect_mismatch" in browser.get(f"/oauth2/authorize?{query}").location


def test_many_cookies_and_a_stranger_among_them(app):
    browser = app.browser()
    browser.cookies |= {f"c{number}": "x" * 50 for number in range(100)}
    browser.cookies["cognito"] = '"a.b.3"'
    assert "code" in app.sign_in(browser).query


def test_large_bodies_are_refused_and_deep_ones_harmless(app):
    answer = app.browser().post("/oauth2/token", {"grant_type": "x" * (2 << 20)})
    assert answer.status == 413
    deep = "[" * 100_000
    answer = app.token(grant_type="client_credentials", aws_client_metadata=deep)
    assert answer.status == 400
