"""The providers that the server is itself: a page, a code for a secret, tokens under a key of their own."""

import json
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
from botocore.exceptions import ClientError

from conftest import aws_client
from domain import CALLBACK, App, claims
from expect import attributes, refused
from server import run
from upstream import add_social, depart, tokens, visit

SOCIAL = ["Google", "Facebook", "LoginWithAmazon", "SignInWithApple"]


@pytest.fixture
def make(oauth_app, server):
    def make(*names, mapping=None, client=None, **details):
        first = oauth_app()
        for name in names:
            add_social(first, name, mapping, **details)
        settings = {"SupportedIdentityProviders": ["COGNITO", *names]} | (client or {})
        app = App(first.idp, server, pool_id=first.pool_id, **settings)
        app.prefix = first.prefix
        return app

    return make


def page_of(app, browser, name, **query):
    page = visit(browser, depart(app, browser, name, **query).location)
    assert page.status == 200, page.text
    return page


def choose(browser, page, **fields):
    """The answer to a browser that comes back with what the page gives it."""
    back = browser.submit(page, **fields)
    assert back.status == 302, back.text
    return visit(browser, back.location)


def known(app, username):
    return attributes(app.idp.admin_get_user(UserPoolId=app.pool_id, Username=username)["UserAttributes"])


@pytest.mark.parametrize("name", SOCIAL)
def test_the_social_providers_work_without_a_network(make, name):
    app = make(name, mapping={"email": "email", "name": "name"})
    browser = app.browser(on_domain=True)
    page = page_of(app, browser, name)
    assert page.form.fields.keys() == {"email", "name", "sub", "claims"}
    answer = choose(browser, page, sub="42", email="ann@example.com", name="Ann Lee")
    identified = claims(tokens(app, answer)["id_token"])
    username = f"{name}_42"
    assert identified["cognito:username"] == username and identified["name"] == "Ann Lee"
    assert identified["cognito:groups"] == [f"{app.pool_id}_{name}"]
    (identity,) = identified["identities"]
    del identity["dateCreated"]
    assert identity == {
        "userId": "42",
        "providerName": name,
        "providerType": name,
        "issuer": None,
        "primary": "true",
    }
    assert known(app, username)["email"] == "ann@example.com"


def test_a_hint_needs_no_page(make):
    app = make("Google")
    browser = app.browser()
    location = depart(app, browser, "Google", login_hint="ann@example.com").location
    back = visit(browser, location)
    answer = visit(browser, back.location)
    first = claims(tokens(app, answer)["id_token"])
    assert first["email"] == "ann@example.com"
    # The same address is the same subject, each time and in each pool.
    other = make("Google")
    browser = other.browser()
    back = visit(browser, depart(other, browser, "Google", login_hint="ann@example.com").location)
    again = claims(tokens(other, visit(browser, back.location))["id_token"])
    assert again["identities"][0]["userId"] == first["identities"][0]["userId"]
    assert len(again["identities"][0]["userId"]) == 21 and again["sub"] != first["sub"]


def test_more_claims_can_be_said(make):
    app = make("Google", mapping={"email": "email", "email_verified": "email_verified", "locale": "hl"})
    browser = app.browser()
    page = page_of(app, browser, "Google")
    answer = choose(browser, page, sub="1", email="a@b.example", claims='{"email_verified": false, "hl": "de"}')
    identified = claims(tokens(app, answer)["id_token"])
    assert (identified["email_verified"], identified["locale"]) == (False, "de")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "Say who signs in: by a subject, or an email address."),
        ({"sub": " "}, "Say who signs in: by a subject, or an email address."),
        ({"person": "nobody"}, "Say who signs in: by a subject, or an email address."),
        ({"sub": "1", "claims": "{"}, "More claims are a JSON object."),
        ({"sub": "1", "claims": "[]"}, "More claims are a JSON object."),
        ({"sub": "1", "claims": '{"sub": 1}'}, "Say who signs in: by a subject, or an email address."),
    ],
)
def test_the_page_says_what_is_missing(make, fields, problem):
    app = make("Google")
    browser = app.browser()
    answer = browser.submit(page_of(app, browser, "Google"), **fields)
    assert (answer.status, answer.error) == (200, problem)


def test_whoever_cancels_goes_back_to_the_app(make):
    app = make("Google")
    browser = app.browser()
    page = page_of(app, browser, "Google", state="mine")
    answer = choose(browser, page, cancel="true")
    assert answer.location == f"{CALLBACK}?state=mine&error=access_denied"


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "other"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/oauth2/idpresponse"},
        {"redirect_uri": "https://demo.auth.localhost@evil.example/oauth2/idpresponse"},
        {"redirect_uri": "https://evil.example/oauth2/idpresponse?x=/oauth2/idpresponse"},
        {"response_type": "token"},
    ],
)
def test_the_page_is_for_the_pools_own_client(make, changed):
    app = make("Google")
    browser = app.browser()
    parts = urlsplit(depart(app, browser, "Google").location)
    query = {k: v for k, v in (dict(parse_qsl(parts.query)) | changed).items() if v is not None}
    for method in ("GET", "POST"):
        answer = browser.get(parts.path, **query)
        assert answer.status == 400 and answer.error, method


class Buttons(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.people = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "button" and attrs.get("name") == "person":
            self.people.append(attrs["value"])


SEED = """
UserPools:
- Id: us-west-2_Federated1
  PoolName: federated
  Clients:
  - ClientId: federatedclient
    ClientName: web
    AllowedOAuthFlowsUserPoolClient: true
    AllowedOAuthFlows: [code]
    AllowedOAuthScopes: [openid]
    CallbackURLs: ["https://app.example/cb"]
    SupportedIdentityProviders: [Okta, Google]
  IdentityProviders:
  - ProviderName: Google
    ProviderType: Google
    ProviderDetails: {client_id: g, client_secret: s, authorize_scopes: openid}
  - ProviderName: Okta
    ProviderType: OIDC
    ProviderDetails: {client_id: o, client_secret: t, authorize_scopes: openid, attributes_request_method: GET, oidc_issuer: builtin}
    AttributeMapping: {email: email, nickname: groups}
    People:
    - {sub: "7", name: Ann Lee, email: ann@example.com, groups: [a, b]}
    - {sub: "8"}
"""


def test_a_seed_lists_the_people_of_a_provider(start_server, tmp_path):
    seed = tmp_path / "seed.yaml"
    seed.write_text(SEED)
    server = start_server("--seed", seed)
    app = App.__new__(App)
    app.idp, app.server = aws_client(server, "cognito-idp", region="us-west-2"), server
    app.pool_id, app.client_id, app.secret = "us-west-2_Federated1", "federatedclient", None
    browser = app.browser()
    page = page_of(app, browser, "Okta")
    assert Buttons(page.text).people == ["7", "8"]
    assert ">Ann Lee</button>" in page.text and ">8</button>" in page.text
    answer = choose(browser, page, person="7")
    tokens(app, answer)
    now = known(app, "Okta_7")
    assert (now["email"], now["nickname"]) == ("ann@example.com", "[a, b]")
    # By a hint, too.
    browser = app.browser()
    back = visit(browser, depart(app, browser, "Okta", login_hint="8").location)
    assert claims(tokens(app, visit(browser, back.location))["id_token"])["cognito:username"] == "Okta_8"
    described = app.idp.describe_identity_provider(UserPoolId=app.pool_id, ProviderName="Okta")["IdentityProvider"]
    assert "People" not in described
    # They are a part of the state.
    state = app.browser().get("/_cognitwin/snapshot").text
    (tmp_path / "state.json").write_text(state)
    other = start_server("--seed", tmp_path / "state.json")
    app.server = other
    browser = app.browser()
    assert Buttons(page_of(app, browser, "Okta").text).people == ["7", "8"]


@pytest.mark.parametrize(
    ("people", "problem"),
    [
        ("[{name: Ann}]", "People[0]: claims are wanted here, a sub among them"),
        ("[Ann]", "People[0]: claims are wanted here, a sub among them"),
        ('[{sub: "1"}, {sub: "1"}]', "People[1].sub: 1 is there twice"),
        ("Ann", "People: "),
    ],
)
def test_people_without_a_subject_are_refused(tmp_path, people, problem):
    seed = tmp_path / "seed.yaml"
    text = SEED.split("    People:")[0] + f"    People: {people}\n"
    seed.write_text(text)
    ran = run("check", seed)
    assert ran.returncode == 1 and f"IdentityProviders[1].{problem}" in ran.stderr, ran.stderr


# ---- Its endpoints, for whoever speaks the protocol ----


LOOPBACK = "http://localhost:3000/cb"


def direct(browser, name="Google", pool=None, redirect_uri=LOOPBACK, **more):
    """A code for an app of the test's own, and the address of the provider."""
    base = f"/_cognitwin/idp/{name}" + (f"/{pool}" if pool else "")
    query = {
        "client_id": "mine",
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "login_hint": "ann@example.com",
        "nonce": "n",
        "state": "s",
    } | more
    answer = browser.get(f"{base}/authorize", **query)
    assert answer.location.startswith(f"{redirect_uri}?code="), answer.text
    assert answer.query["state"] == "s"
    return base, answer.query["code"]


def exchange(browser, base, given, **more):
    form = {"grant_type": "authorization_code", "code": given, "redirect_uri": LOOPBACK, "client_id": "mine"}
    return browser.post(f"{base}/token", form | more)


def test_an_id_token_is_signed_with_the_published_key(oauth_app):
    browser = oauth_app().browser()
    base, code = direct(browser)
    answer = exchange(browser, base, code)
    document = browser.get(f"{base}/.well-known/openid-configuration").json
    assert document["issuer"] == "https://accounts.google.com"
    assert document["jwks_uri"] == f"{browser.base}{base}/keys"
    (key,) = browser.get(f"{base}/keys").json["keys"]
    token = answer.json["id_token"]
    assert jwt.get_unverified_header(token) == {"kid": key["kid"], "alg": "RS256"}
    said = jwt.decode(token, jwt.PyJWK(key).key, algorithms=["RS256"], audience="mine", issuer=document["issuer"])
    assert said["nonce"] == "n" and said["exp"] - said["iat"] == 3600 and said["email"] == "ann@example.com"
    bearer = {"Authorization": f"Bearer {answer.json['access_token']}"}
    info = browser.get(f"{base}/userinfo", headers=bearer).json
    assert info == {name: said[name] for name in ("sub", "email", "email_verified", "name")}
    for wrong in ({}, {"Authorization": "Bearer x"}):
        answer = browser.get(f"{base}/userinfo", headers=wrong)
        assert (answer.status, answer.json) == (401, {"error": "invalid_token"})
    # Of another provider it is none.
    assert browser.get("/_cognitwin/idp/Facebook/userinfo", headers=bearer).status == 401


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code": "c"}, "invalid_grant"),
        ({"redirect_uri": "https://evil.example"}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type"),
    ],
)
def test_a_code_is_for_whom_it_was_given_to(oauth_app, changed, error):
    browser = oauth_app().browser()
    base, code = direct(browser)
    answer = exchange(browser, base, code, **changed)
    assert (answer.status, answer.json) == (400, {"error": error})
    assert exchange(browser, base, code).status == 200
    answer = exchange(browser, base, code)
    assert (answer.status, answer.json) == (400, {"error": "invalid_grant"})


def test_a_pools_provider_knows_its_client_and_the_secret(make):
    app = make("Google")
    browser = app.browser()
    own = {"client_id": "social", "redirect_uri": f"{browser.base}/oauth2/idpresponse"}
    base, code = direct(browser, pool=app.pool_id, **own)
    for secret in ({}, {"client_secret": "wrong"}):
        answer = exchange(browser, base, code, **own, **secret)
        assert (answer.status, answer.json) == (400, {"error": "invalid_client"})
    # Nor is the code good where the provider is nobody's.
    answer = exchange(browser, "/_cognitwin/idp/Google", code, **own)
    assert answer.json == {"error": "invalid_grant"}
    answer = exchange(browser, base, code, client_secret="s", **own)
    assert answer.status == 200
    # Nor is the access token.
    bearer = {"Authorization": f"Bearer {answer.json['access_token']}"}
    assert browser.get(f"{base}/userinfo", headers=bearer).status == 200
    assert browser.get("/_cognitwin/idp/Google/userinfo", headers=bearer).status == 401


@pytest.mark.parametrize("name", ["Google", "SignInWithApple"])
def test_a_pool_exchanges_the_tokens_of_its_own_provider_only(make, name):
    app = make(name, client={"ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"]})
    browser = app.browser()
    base = f"/_cognitwin/idp/{name}"
    to = f"{browser.base}/oauth2/idpresponse"

    def token(pool, **claims):
        query = urlencode({"client_id": "social", "redirect_uri": to, "response_type": "code"})
        where = f"{base}/{pool}" if pool else base
        back = browser.post(f"{where}/authorize?{query}", {"sub": "7", "claims": json.dumps(claims)})
        given = exchange(
            browser, where, back.query["code"], client_id="social", client_secret="s", redirect_uri=to
        )
        return given.json["id_token"]

    def derive(token):
        return app.idp.get_derived_token(
            ClientId=app.client_id,
            SubjectToken=token,
            SubjectTokenType="ID_TOKEN",
            SubjectTokenProviderName=name,
        )

    page = page_of(app, browser, name)
    tokens(app, choose(browser, page, sub="7"))
    assert claims(derive(token(app.pool_id))["IssuedToken"])["username"] == f"{name}_7"
    other = make(name)
    foreign = [token(None), token(other.pool_id), token(None, **{"cognitwin:user_pool_id": app.pool_id})]
    for wrong in foreign:
        with refused("NotAuthorizedException", "Invalid token."):
            derive(wrong)


@pytest.mark.parametrize("path", ["x", "Okta/authorize", "Google/us-west-2_None/authorize", "Google/x/y/z", "Google", "%ff/keys"])
def test_there_is_no_other_provider(oauth_app, path):
    answer = oauth_app().browser().get(f"/_cognitwin/idp/{path}")
    assert answer.status == 404 and json.loads(answer.text) == {"error": "there is no such provider"}


@pytest.mark.parametrize("to", ["https://evil.example/", "http://localhost.evil.example/", "http://localhost@evil.example/"])
def test_a_link_alone_leads_nobody_away(oauth_app, to):
    browser = oauth_app().browser()
    query = {"client_id": "x", "redirect_uri": to, "response_type": "code", "login_hint": "a@b.example"}
    answer = browser.get("/_cognitwin/idp/Google/authorize", **query)
    assert answer.status == 200 and "Location" not in answer.headers
    back = browser.submit(answer, email="a@b.example")
    assert back.status == 302 and back.location.startswith(f"{to}?code=")


def test_a_pools_provider_answers_on_the_domain_of_its_pool(make):
    app = make("Google")
    browser = app.browser(on_domain=True)
    at_domain = f"{browser.base}/oauth2/idpresponse"
    direct(app.browser(), pool=app.pool_id, client_id="social", redirect_uri=at_domain)
    other = make("Google")
    path = f"/_cognitwin/idp/Google/{other.pool_id}/authorize"
    query = {"client_id": "social", "redirect_uri": at_domain, "response_type": "code"}
    answer = app.browser().get(path, **query)
    assert (answer.status, answer.error) == (400, "No such redirect_uri.")


# ---- Identity pools ----


LOGINS = [
    ("Google", "accounts.google.com", "id_token"),
    ("SignInWithApple", "appleid.apple.com", "id_token"),
    ("Facebook", "graph.facebook.com", "access_token"),
    ("LoginWithAmazon", "www.amazon.com", "access_token"),
]


@pytest.mark.parametrize(("name", "key", "token"), LOGINS)
def test_an_identity_pool_takes_what_the_provider_gives_out(oauth_app, connect, name, key, token):
    identity = connect("cognito-identity")
    pool = identity.create_identity_pool(
        IdentityPoolName="pool", AllowUnauthenticatedIdentities=False, SupportedLoginProviders={key: "mine"}
    )["IdentityPoolId"]
    browser = oauth_app().browser()

    def login(hint, client_id="mine"):
        base, code = direct(browser, name, login_hint=hint, client_id=client_id)
        given = exchange(browser, base, code, client_id=client_id).json
        return {key: given[token]}

    first = identity.get_id(IdentityPoolId=pool, Logins=login("ann@example.com"))["IdentityId"]
    assert identity.get_id(IdentityPoolId=pool, Logins=login("ann@example.com"))["IdentityId"] == first
    assert identity.get_id(IdentityPoolId=pool, Logins=login("bob@example.com"))["IdentityId"] != first
    assert identity.describe_identity(IdentityId=first)["Logins"] == [key]
    message = "Token is not from a supported provider of this identity pool."
    with refused("NotAuthorizedException", message):
        identity.get_id(IdentityPoolId=pool, Logins=login("ann@example.com", client_id="other"))
    forged = login("ann@example.com")
    forged[key] = forged[key][:-6] + ("A" if forged[key][-6] != "A" else "B") + forged[key][-5:]
    with pytest.raises(ClientError):
        identity.get_id(IdentityPoolId=pool, Logins=forged)
