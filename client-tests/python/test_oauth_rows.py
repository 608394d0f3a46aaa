"""What every address of the domain has in common, header by header and cookie by cookie."""

import re

import pytest

from domain import CALLBACK, LOGOUT, PASSWORD, UUID, basic

HTML, JSON = "text/html;charset=UTF-8", "application/json;charset=UTF-8"
COMMON = {
    "x-application-context": "application:prod:8443",
    "server": "Server",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-xss-protection": "1; mode=block",
    "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
    "pragma": "no-cache",
    "expires": "0",
}
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
)
OPEN = {"access-control-allow-origin": "*"}
# What differs from answer to answer, and is looked at by itself.
OWN = {"date", "content-length", "x-amz-cognito-request-id", "set-cookie", "location", "access-control-expose-headers"}


@pytest.fixture
def app(oauth_app):
    made = oauth_app()
    made.add_user(email="alice@example.com", email_verified="true")
    return made


def rest(answer):
    """The headers of an answer without those that are its own."""
    names = [name.lower() for name in answer.headers.keys()]
    assert len(set(names) - {"set-cookie"}) == len([name for name in names if name != "set-cookie"]), names
    assert UUID.fullmatch(answer.headers["x-amz-cognito-request-id"])
    return {name.lower(): value for name, value in answer.headers.items() if name.lower() not in OWN}


@pytest.mark.parametrize(
    ("method", "path", "status", "more"),
    [
        ("GET", "/oauth2/authorize?{query}", 302, {}),
        ("GET", "/authorize?{query}", 302, {}),
        ("GET", "/login?{query}", 200, {"content-type": HTML, "content-security-policy": POLICY}),
        ("POST", "/login?{query}", 403, {"content-type": HTML, "content-security-policy": POLICY}),
        ("GET", "/logout?client_id={client_id}&logout_uri=" + LOGOUT, 302, {}),
        ("GET", "/logout", 400, {"content-type": HTML, "content-security-policy": POLICY}),
        ("GET", "/error?error=invalid_request", 400, {"content-type": HTML, "content-security-policy": POLICY}),
        (
            "GET",
            "/oauth2/idpresponse",
            400,
            {"content-type": HTML, "content-security-policy": POLICY, "cache-control": "private"},
        ),
        ("POST", "/oauth2/token", 400, {"content-type": JSON} | OPEN),
        ("GET", "/oauth2/token", 405, OPEN),
        ("POST", "/oauth2/revoke", 400, {"content-type": JSON} | OPEN),
        ("GET", "/oauth2/revoke", 405, OPEN),
        ("POST", "/oauth2/register", 403, {"content-type": JSON}),
        ("GET", "/passkeys/add", 404, {}),
    ],
)
def test_the_headers_of_every_address(app, method, path, status, more):
    query = f"client_id={app.client_id}&response_type=code&redirect_uri={CALLBACK}"
    browser = app.browser(on_domain=True)
    body = {} if method == "POST" else None
    answer = browser.send(method, path.format(query=query, client_id=app.client_id), body)
    assert answer.status == status, answer.text
    seen = rest(answer)
    # The register endpoint says what is wrong with the token in a header of its own.
    seen.pop("www-authenticate", None)
    assert seen == COMMON | more
    # Each answer gives the browser its token, or keeps the one it has.
    [token] = [it for it in answer.cookies if it.startswith("XSRF-TOKEN=")]
    assert re.fullmatch(rf"XSRF-TOKEN={UUID.pattern}; Path=/; HttpOnly; SameSite=Lax", token)
    again = browser.send(method, path.format(query=query, client_id=app.client_id), body)
    assert token in again.cookies


def test_the_cookies_of_a_sign_in_in_their_order(app):
    host = f"{app.prefix}.auth.localhost"
    browser = app.browser(on_domain=True, tls=True)
    page = browser.get("/login", **app.query())
    before = browser.cookies["XSRF-TOKEN"]
    answer = browser.submit(page, username="alice", password=PASSWORD)
    assert answer.headers["content-length"] == "0"
    cleared, session, renewed = answer.cookies
    assert cleared == (
        'XSRF-TOKEN=""; Expires=Thu, 01-Jan-1970 00:00:10 GMT; Path=/; Secure; HttpOnly; SameSite=Lax'
    )
    assert re.fullmatch(
        r'cognito="[A-Za-z0-9+/=]+\.[A-Za-z0-9+/=]+\.3"; Version=1; '
        rf"Domain={re.escape(host)}; Max-Age=3600; Expires=\w{{3}}, \d\d \w{{3}} \d{{4}} [\d:]{{8}} GMT; "
        r"Path=/; Secure; HttpOnly; SameSite=Lax",
        session,
    )
    assert re.fullmatch(rf"XSRF-TOKEN={UUID.pattern}; Path=/; Secure; HttpOnly; SameSite=Lax", renewed)
    assert before not in renewed


def test_an_answer_to_tokens_has_no_more_than_it_says(oauth_app):
    app = oauth_app(GenerateSecret=True)
    app.add_user()
    form = {"grant_type": "authorization_code", "code": app.code(), "redirect_uri": CALLBACK}
    answer = app.browser().post("/oauth2/token", form, basic(app.client_id, app.secret))
    assert (answer.status, rest(answer)) == (200, COMMON | OPEN | {"content-type": JSON})
    tokens = answer.json
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = app.browser().get("/oauth2/userInfo", bearer)
    assert (answer.status, rest(answer)) == (200, COMMON | OPEN | {"content-type": JSON})
    answer = app.browser().post("/oauth2/revoke", {"token": tokens["refresh_token"]}, basic(app.client_id, app.secret))
    assert (answer.status, answer.text, rest(answer)) == (200, "", COMMON | OPEN)


@pytest.mark.parametrize(
    "scope", ["offline_access", "openid offline_access", "openid aws.cognito/dcr/register", "OPENID", "openid,email"]
)
def test_scopes_that_no_client_has(app, scope):
    """As AWS answers them live: the description says what is wrong, the code is another."""
    answer = app.browser().get("/oauth2/authorize", **app.query(scope=scope, state="s"))
    assert answer.location == f"{CALLBACK}?error_description=invalid_scope&state=s&error=invalid_request"


def test_what_a_reuse_of_a_code_leaves(app):
    """The second exchange is refused; what the first gave lives on, since nobody has seen AWS end it."""
    code = app.code()
    tokens = app.exchange(code).json
    for _ in range(3):
        answer = app.exchange(code)
        assert (answer.status, answer.json) == (400, {"error": "invalid_grant"})
    refreshed = app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status == 200
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert app.browser().get("/oauth2/userInfo", bearer).status == 200


@pytest.mark.parametrize("parameter", ["post_logout_redirect_uri", "id_token_hint"])
def test_a_logout_is_not_openid_connects(app, parameter):
    browser = app.browser()
    app.code(browser)
    answer = browser.get("/logout", client_id=app.client_id, **{parameter: LOGOUT})
    assert (answer.status, answer.error) == (400, "Required String parameter 'redirect_uri' is not present")
    # Nobody was signed out by it.
    assert "code" in browser.get("/oauth2/authorize", **app.query(prompt="none")).query
