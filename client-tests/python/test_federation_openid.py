"""Sign-in through an OpenID Connect provider on loopback: what it is asked, and what of its answers is refused."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conftest import aws_client
from control_api import Control
from domain import CALLBACK, App, claims
from upstream import SECRET, Upstream, add_provider, add_social, arrive, come, depart, tokens


@pytest.fixture
def upstream():
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture
def make(oauth_app, server, upstream):
    def make(pool=None, mapping=None, identifiers=(), client=None, **details):
        first = oauth_app(pool=pool or {})
        add_provider(first, upstream, mapping=mapping, identifiers=identifiers, **details)
        settings = {"SupportedIdentityProviders": ["COGNITO", "Okta"]} | (client or {})
        return App(first.idp, server, pool_id=first.pool_id, **settings)

    return make


def explicit(upstream):
    return {
        "authorize_url": f"{upstream.issuer}/authorize",
        "token_url": f"{upstream.issuer}/token",
        "attributes_url": f"{upstream.issuer}/userinfo",
        "jwks_uri": f"{upstream.issuer}/keys",
    }


def told(answer):
    """What the app is told of a refusal."""
    assert answer.status == 302 and answer.location.startswith(f"{CALLBACK}?"), answer.text
    query = dict(parse_qsl(urlsplit(answer.location).query))
    assert "code" not in query
    return query["error"], query.get("error_description")


# ---- What the provider is asked ----


def test_the_browser_is_sent_there_with_all_that_it_takes(make, upstream):
    app = make()
    browser = app.browser()
    answer = depart(app, browser, state="s", login_hint="ann@example.com", prompt="login consent", max_age="60")
    address, query = answer.location.split("?")
    assert address == f"{upstream.issuer}/authorize"
    query = dict(parse_qsl(query))
    state, nonce = query.pop("state"), query.pop("nonce")
    assert query == {
        "client_id": "app",
        "redirect_uri": f"{browser.base}/oauth2/idpresponse",
        "scope": "openid email",
        "response_type": "code",
        "login_hint": "ann@example.com",
        "prompt": "login consent",
        "max_age": "60",
    }
    # What is carried is for nobody to read, and different each time.
    assert app.client_id not in state and len(nonce) == 43
    again = dict(parse_qsl(urlsplit(depart(app, browser).location).query))
    assert again["state"] != state and again["nonce"] != nonce
    assert len(upstream.of("/.well-known/openid-configuration")) == 1
    names = [cookie.split("=")[0] for cookie in answer.cookies]
    assert names[:2] == ["csrf-state", "csrf-state-legacy"]
    assert answer.cookies[0].endswith("; Path=/; HttpOnly; SameSite=None")
    assert answer.cookies[1].endswith("; Path=/; HttpOnly")


def test_the_code_is_exchanged_with_the_secret_in_the_body(make, upstream):
    app = make()
    browser = app.browser()
    answer = come(app, upstream, browser, email="ann@example.com")
    (asked,) = upstream.of("/token")
    assert asked.form == {
        "grant_type": "authorization_code",
        "code": "c",
        "redirect_uri": f"{browser.base}/oauth2/idpresponse",
        "client_id": "app",
        "client_secret": SECRET,
    }
    assert "Authorization" not in asked.headers
    (asked,) = upstream.of("/userinfo")
    assert (asked.method, asked.headers["Authorization"]) == ("GET", "Bearer at")
    gone = [cookie for cookie in answer.cookies if cookie.startswith("csrf-state")]
    assert gone == [
        'csrf-state=""; Expires=Thu, 01-Jan-1970 00:00:10 GMT; Path=/; HttpOnly; SameSite=None',
        'csrf-state-legacy=""; Expires=Thu, 01-Jan-1970 00:00:10 GMT; Path=/; HttpOnly',
    ]
    assert claims(tokens(app, answer)["id_token"])["email"] == "ann@example.com"


def test_explicit_addresses_need_no_discovery_and_attributes_may_be_posted_for(make, upstream):
    app = make(attributes_request_method="POST", **explicit(upstream))
    upstream.user_info = {"sub": "1", "email": "info@example.com", "name": "Ann"}
    answer = come(app, upstream)
    assert not upstream.of("/.well-known/openid-configuration")
    (asked,) = upstream.of("/userinfo")
    assert (asked.method, asked.headers["Authorization"]) == ("POST", "Bearer at")
    assert claims(tokens(app, answer)["id_token"])["email"] == "info@example.com"


def test_what_is_signed_counts_before_what_is_not(make, upstream):
    app = make()
    upstream.user_info = {"sub": "1", "email": "info@example.com"}
    answer = come(app, upstream, email="token@example.com")
    assert claims(tokens(app, answer)["id_token"])["email"] == "token@example.com"


def test_an_address_names_the_provider_by_its_domain(make, upstream):
    app = make(identifiers=["example.com"])
    for identifier in ("example.com", "ann@example.com"):
        answer = app.browser().get("/oauth2/authorize", **app.query(idp_identifier=identifier))
        assert answer.location.startswith(f"{upstream.issuer}/authorize?"), identifier
    page = app.browser().get("/login", **app.query(state="s"))
    assert 'name="idp_identifier"' in page.text and "identity_provider=Okta" not in page.text


def test_the_login_page_has_a_button_for_the_provider(make, upstream):
    app = make()
    browser = app.browser()
    page = browser.get("/login", **app.query(state="s&x"))
    assert 'href="/oauth2/authorize?identity_provider=Okta&#38;' in page.text and ">Okta</a>" in page.text
    href = page.text.split('href="/oauth2/')[1].split('"')[0].replace("&#38;", "&")
    assert browser.send("GET", f"/oauth2/{href}").location.startswith(f"{upstream.issuer}/authorize?")


def test_the_only_way_to_sign_in_is_gone_at_once(make, upstream):
    app = make(client={"SupportedIdentityProviders": ["Okta"]})
    answer = app.browser().get("/oauth2/authorize", **app.query())
    assert answer.location.startswith(f"{upstream.issuer}/authorize?")
    answer = app.browser().get("/oauth2/authorize", **app.query(prompt="none"))
    assert told(answer) == ("login_required", None)


def test_the_implicit_flow_and_an_apps_own_nonce(make, upstream):
    app = make(client={"AllowedOAuthFlows": ["code", "implicit"]})
    answer = come(app, upstream, query={"response_type": "token", "nonce": "mine", "scope": "openid"})
    assert claims(answer.fragment["id_token"])["nonce"] == "mine"


def test_an_app_without_a_nonce_gets_the_one_of_the_trip(make, upstream):
    app = make()
    answer = come(app, upstream)
    sent = upstream.claims["nonce"]
    assert claims(tokens(app, answer)["id_token"])["nonce"] == sent


@pytest.mark.parametrize("algorithm", ["RS512", "ES256", "HS256"])
def test_other_signatures_than_the_usual_one(make, upstream, algorithm):
    app = make()
    if algorithm == "ES256":
        upstream.keys["first"] = ec.generate_private_key(ec.SECP256R1())
    upstream.signing |= {"algorithm": algorithm} | ({"key": SECRET} if algorithm == "HS256" else {})
    tokens(app, come(app, upstream))


@pytest.fixture
def timed(start_server, upstream):
    """An app on a server of its own, and what moves that server's clock."""
    server = start_server()
    first = App(aws_client(server, "cognito-idp"), server)
    add_provider(first, upstream)
    app = App(first.idp, server, pool_id=first.pool_id, SupportedIdentityProviders=["Okta"])
    return app, lambda seconds: Control(server).call("PUT", "clock", {"advanceSeconds": seconds})


def test_a_provider_may_change_its_keys(timed, upstream):
    app, advance = timed
    tokens(app, come(app, upstream))
    upstream.keys = {"second": rsa.generate_private_key(public_exponent=65537, key_size=2048)}
    upstream.signing["kid"] = "second"
    # Not at every token that names an unknown key are they read again.
    assert told(come(app, upstream)) == ("invalid_request", "Bad id_token signature")
    assert len(upstream.of("/keys")) == 1
    advance(10)
    tokens(app, come(app, upstream))
    assert len(upstream.of("/keys")) == 2


def test_levels_of_authentication_are_translated(make, upstream):
    app = make()
    app.idp.update_identity_provider(
        UserPoolId=app.pool_id, ProviderName="Okta", AcrMapping={"Level2": "silver", "Level3": "gold"}
    )
    wanted = "urn:cognito:loa:3 urn:cognito:loa:4 urn:cognito:loa:2"
    browser = app.browser()
    asked = dict(parse_qsl(urlsplit(depart(app, browser, acr_values=wanted).location).query))
    assert asked["acr_values"] == "gold urn:cognito:loa:4 silver"
    for said, level in (("gold", 3), ("silver", 2), ("bronze", 1), (None, 1)):
        granted = tokens(app, come(app, upstream, query={"acr_values": wanted}, acr=said))
        for token in ("id_token", "access_token"):
            assert claims(granted[token])["acr"] == f"urn:cognito:loa:{level}", said
            assert claims(granted[token])["amr"] == ["fed"]
    assert "acr" not in claims(tokens(app, come(app, upstream, acr="gold"))["id_token"])


def test_a_social_provider_with_addresses_of_its_own(oauth_app, server, upstream):
    first = oauth_app()
    addresses = {
        "authorize_url": f"{upstream.issuer}/authorize",
        "token_url": f"{upstream.issuer}/token",
        "attributes_url": f"{upstream.issuer}/userinfo?fields=",
    }
    add_social(first, "Facebook", {"email": "email", "name": "name"}, **addresses)
    app = App(first.idp, server, pool_id=first.pool_id, SupportedIdentityProviders=["Facebook"])
    browser = app.browser()
    asked = dict(parse_qsl(urlsplit(depart(app, browser, "Facebook", login_hint="x").location).query))
    assert "nonce" not in asked and "login_hint" not in asked
    upstream.answers["/token"] = (200, {}, {"access_token": "at", "token_type": "bearer", "expires_in": 60})
    upstream.user_info = {"id": "105", "email": "ann@example.com", "name": "Ann"}
    said = claims(tokens(app, arrive(browser, asked["state"]))["id_token"])
    assert (said["cognito:username"], said["email"]) == ("Facebook_105", "ann@example.com")
    (token,) = upstream.of("/token")
    assert token.method == "GET" and dict(parse_qsl(urlsplit(token.path).query)) == {
        "grant_type": "authorization_code",
        "code": "c",
        "redirect_uri": f"{browser.base}/oauth2/idpresponse",
        "client_id": "social",
        "client_secret": "s",
    }
    (info,) = upstream.of("/userinfo")
    assert info.path == "/userinfo?fields=email,name,id"


def test_apples_client_signs_its_secret_and_the_answer_comes_by_a_form(oauth_app, server, upstream):
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    first = oauth_app()
    details = explicit(upstream) | {"oidc_issuer": upstream.issuer, "private_key": pem}
    add_social(first, "SignInWithApple", **{k: v for k, v in details.items() if k != "attributes_url"})
    app = App(first.idp, server, pool_id=first.pool_id, SupportedIdentityProviders=["SignInWithApple"])
    browser = app.browser()
    asked = dict(parse_qsl(urlsplit(depart(app, browser, "SignInWithApple").location).query))
    assert asked["response_mode"] == "form_post"
    upstream.claims = {"aud": "social", "nonce": asked["nonce"], "sub": "001.a", "email": "ann@example.com"}
    answer = browser.post("/oauth2/idpresponse", {"code": "c", "state": asked["state"]})
    assert claims(tokens(app, answer)["id_token"])["cognito:username"] == "SignInWithApple_001.a"
    secret = upstream.of("/token")[0].form["client_secret"]
    assert jwt.get_unverified_header(secret)["kid"] == "k"
    said = jwt.decode(secret, key.public_key(), algorithms=["ES256"], audience=upstream.issuer)
    assert (said["iss"], said["sub"], said["exp"] - said["iat"]) == ("t", "social", 300)


# ---- What the app is told of a provider that refuses, or does not answer ----


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"error": "access_denied"}, ("access_denied", None)),
        ({"error": "access_denied", "error_description": "Not & today"}, ("access_denied", "Not & today")),
        ({"error": "login_required", "error_description": "x"}, ("login_required", "x")),
        ({"error": "user_cancelled_authorize"}, ("invalid_request", "user_cancelled_authorize")),
        ({"error": "E7", "error_description": "is full"}, ("invalid_request", "E7 is full")),
    ],
)
def test_a_providers_own_refusal_reaches_the_app(make, upstream, sent, error):
    app = make()
    browser = app.browser()
    asked = dict(parse_qsl(urlsplit(depart(app, browser, state="mine").location).query))
    answer = browser.get("/oauth2/idpresponse", state=asked["state"], **sent)
    assert told(answer) == error and answer.query["state"] == "mine"
    assert not upstream.of("/token")


@pytest.mark.parametrize(
    ("path", "answer", "description"),
    [
        ("/token", (400, {}, {"error": "invalid_grant"}), "Okta Error - 400 invalid_grant"),
        (
            "/token",
            (401, {}, {"error": "invalid_client", "error_description": "no secret"}),
            "Okta Error - 401 invalid_client no secret",
        ),
        ("/token", (500, {}, b"<html>"), "Okta Error - 500 error getting token"),
        ("/token", (302, {"Location": "/userinfo"}, b""), "Okta Error - 302 error getting token"),
        ("/token", (200, {}, b"<html>"), "Error in calling IdP token endpoint"),
        ("/token", (200, {}, [1]), "Error in calling IdP token endpoint"),
        ("/token", (200, {}, b'"' + b"a" * 300_000 + b'"'), "Error in calling IdP token endpoint"),
        ("/token", (200, {}, {"access_token": "at"}), "Bad id_token missing"),
        ("/token", (200, {}, {"id_token": "a.b.c"}), "Bad id_token format"),
        ("/token", (200, {}, {"id_token": 7}), "Bad id_token missing"),
        ("/userinfo", (401, {}, {}), "Error in calling IdP userInfo endpoint"),
        ("/userinfo", (200, {}, [1]), "Error in calling IdP userInfo endpoint"),
        ("/userinfo", (200, {}, {"sub": "2"}), "Bad userInfo sub"),
        ("/keys", (500, {}, {}), "Error in calling jwks uri"),
        ("/keys", (200, {}, {"keys": []}), "Bad id_token signature"),
    ],
)
def test_a_broken_answer_ends_the_sign_in(make, upstream, path, answer, description):
    app = make()
    upstream.answers[path] = answer
    assert told(come(app, upstream)) == ("invalid_request", description)
    assert app.idp.list_users(UserPoolId=app.pool_id)["Users"] == []


@pytest.mark.parametrize(
    ("path", "description"),
    [
        ("/token", "Timeout occurred in calling IdP token endpoint"),
        ("/keys", "Timeout in calling jwks uri"),
    ],
)
def test_a_provider_that_is_late(make, upstream, path, description):
    app = make()
    upstream.delays[path] = 6
    assert told(come(app, upstream)) == ("invalid_request", description)


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"token_endpoint": "http://169.254.169.254/latest/meta-data"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
)
def test_a_discovery_document_that_leads_astray(make, upstream, changed):
    app = make()
    upstream.document = changed
    answer = app.browser().get("/oauth2/authorize", **app.query(identity_provider="Okta"))
    error, description = told(answer)
    what = "IdP authorize endpoint" if changed.get("authorization_endpoint", 1) is None else "oidc_issuer"
    assert (error, description) == ("invalid_request", f"Error in calling {what}")


@pytest.mark.parametrize("issuer", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x/", "nonsense", "http://"])
def test_an_issuer_that_is_no_web_address_is_not_asked(make, issuer):
    app = make(oidc_issuer=issuer)
    answer = app.browser().get("/oauth2/authorize", **app.query(identity_provider="Okta"))
    assert told(answer) == ("invalid_request", "Error in calling oidc_issuer")


# ---- Forged and stolen answers ----


@pytest.mark.parametrize(
    ("wrong", "description"),
    [
        ({"iss": "https://evil.example"}, "Bad id_token issuer https://evil.example"),
        ({"aud": "other"}, "Bad id_token audience"),
        ({"aud": ["app"], "azp": "other"}, "Bad id_token audience"),
        ({"nonce": "another"}, "Bad id_token nonce"),
        ({"nonce": None}, "Bad id_token nonce"),
        ({"exp": 1_000_000}, "Bad id_token expiry"),
        ({"exp": None}, "Bad id_token expiry"),
        ({"iat": 9_000_000_000}, "Bad id_token issue time"),
        ({"sub": None}, "username attribute mapping required"),
        ({"sub": "  "}, "username attribute mapping required"),
    ],
)
def test_an_id_token_that_says_something_else_is_refused(make, upstream, wrong, description):
    app = make()
    browser = app.browser()
    assert told(come(app, upstream, browser, **wrong)) == ("invalid_request", description)
    assert "cognito" not in browser.cookies
    assert app.idp.list_users(UserPoolId=app.pool_id)["Users"] == []


@pytest.mark.parametrize(
    ("signing", "description"),
    [
        ({"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, "Bad id_token signature"),
        ({"kid": "other", "key": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, "Bad id_token signature"),
        ({"kid": None, "key": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, "Bad id_token format"),
        ({"algorithm": "HS256", "key": "another secret, of thirty-two letters"}, "Bad id_token signature"),
        ({"algorithm": "none", "key": None}, "Bad id_token signature"),
    ],
)
def test_an_id_token_under_another_signature_is_refused(make, upstream, signing, description):
    app = make()
    upstream.signing |= signing
    error, told_of = told(come(app, upstream))
    assert error == "invalid_request"
    # What has no signature at all is no token, or has none.
    assert told_of == description or signing.get("algorithm") == "none" and told_of == "Bad id_token format"


def test_a_state_belongs_to_one_browser_and_is_good_once(make, upstream):
    app = make()
    victim, thief = app.browser(), app.browser()
    state = dict(parse_qsl(urlsplit(depart(app, victim).location).query))["state"]
    depart(app, thief)
    for browser in (thief, app.browser()):
        answer = arrive(browser, state)
        assert (answer.status, answer.error) == (400, "Invalid state")
    assert not upstream.of("/token")
    # The theft has not spoilt it, but once it is used it is.
    kept = dict(victim.cookies)
    answer = come(app, upstream, victim)
    tokens(app, answer)
    victim.cookies |= kept
    assert arrive(victim, state).status == 302
    victim.cookies |= kept
    again = arrive(victim, state)
    assert (again.status, again.error) == (400, "Invalid state")


@pytest.mark.parametrize("state", [None, "", "s", "e30", "A" * 5000, "../..", "é"])
def test_a_state_that_nobody_made(make, state):
    app = make()
    browser = app.browser()
    depart(app, browser)
    answer = browser.get("/oauth2/idpresponse", code="c", **({} if state is None else {"state": state}))
    assert (answer.status, answer.error) == (400, "Invalid state")


def test_a_changed_state_is_none(make, upstream):
    app = make()
    browser = app.browser()
    state = parse_qs(urlsplit(depart(app, browser).location).query)["state"][0]
    changed = state[:-2] + ("A" if state[-2] != "A" else "B") + state[-1]
    assert arrive(browser, changed).error == "Invalid state"


def test_a_sign_in_has_five_minutes(timed):
    app, advance = timed
    for waited, is_late in ((299, False), (300, True)):
        browser = app.browser()
        state = parse_qs(urlsplit(depart(app, browser).location).query)["state"][0]
        advance(waited)
        answer = browser.get("/oauth2/idpresponse", error="access_denied", state=state)
        if is_late:
            assert (answer.status, answer.error) == (400, "Invalid state")
        else:
            assert told(answer) == ("access_denied", None)


def test_a_provider_that_the_client_lost_meanwhile(make, upstream):
    app = make()
    browser = app.browser()
    state = parse_qs(urlsplit(depart(app, browser).location).query)["state"][0]
    app.idp.delete_identity_provider(UserPoolId=app.pool_id, ProviderName="Okta")
    description = "The identity provider Okta does not exist for this app client."
    assert told(arrive(browser, state)) == ("invalid_request", description)
