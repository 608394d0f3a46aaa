"""Dynamic registration (RFC 7591): what a pool registers for whom, whole answers, and what a registered client may do."""

import json
import time

import pytest
from control_api import Control
from domain import CALLBACK, Browser, basic, claims
from expect import refused

SCOPE = "aws.cognito/dcr/register"
LITE = "Dynamic client registration is not available in the LITE tier."
OFF = (
    403,
    {
        "error": "access_denied",
        "error_description": "Dynamic client registration is not enabled for this user pool.",
    },
)
NEEDS_TOKEN = (401, {"error": "invalid_token", "error_description": "An initial access token is required."})
DEAD = (401, {"error": "invalid_token", "error_description": "The initial access token is not valid."})
LACKS_SCOPE = (
    403,
    {
        "error": "insufficient_scope",
        "error_description": "The initial access token does not contain the aws.cognito/dcr/register scope.",
    },
)


def metadata_error(text):
    return 400, {"error": "invalid_client_metadata", "error_description": text}


def redirect_error(text):
    return 400, {"error": "invalid_redirect_uri", "error_description": text}


@pytest.fixture
def app(oauth_app):
    """A pool whose `dcr(…)` says what it registers; without one it registers for anybody."""

    def made(**configuration):
        app = oauth_app(pool={"DcrConfiguration": {"OpenDcrEnabled": True} | configuration})
        app.idp.create_resource_server(
            UserPoolId=app.pool_id,
            Identifier="api",
            Name="api",
            Scopes=[{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")],
        )
        return app

    return made


def register(app, metadata=None, token=None, on_domain=True, kind="application/json", body=None):
    browser = app.browser(on_domain=on_domain)
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    path = "/oauth2/register" if on_domain else f"/oauth2/register?user_pool_id={app.pool_id}"
    answer = browser.send("POST", path, json.dumps(metadata or {}) if body is None else body, headers)
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert "no-store" in answer.headers["cache-control"]
    error = answer.json.get("error")
    if answer.status in (401, 403):
        told = f'Bearer error="{error}", error_description="{answer.json["error_description"]}"'
        assert answer.headers["www-authenticate"] == told
    else:
        assert answer.headers["www-authenticate"] is None
    return answer


def initial_token(app, scope=SCOPE):
    holder = app.idp.create_user_pool_client(
        UserPoolId=app.pool_id,
        ClientName="registrar",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[SCOPE, "api/read"],
    )["UserPoolClient"]
    headers = basic(holder["ClientId"], holder["ClientSecret"])
    answer = app.browser().post("/oauth2/token", {"grant_type": "client_credentials", "scope": scope}, headers)
    assert answer.status == 200, answer.text
    return answer.json["access_token"]


def test_an_application_registers_and_signs_a_user_in(app):
    app = app()
    answer = register(app, {"client_name": "MCP app", "redirect_uris": [CALLBACK]})
    body = answer.json
    assert answer.status == 201
    assert abs(body["client_id_issued_at"] - time.time()) < 120
    assert body == {
        "client_id": body["client_id"],
        "client_secret": body["client_secret"],
        "client_secret_expires_at": 0,
        "client_id_issued_at": body["client_id_issued_at"],
        "client_name": "MCP app",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "openid email phone profile",
    }
    described = app.idp.describe_user_pool_client(UserPoolId=app.pool_id, ClientId=body["client_id"])["UserPoolClient"]
    assert described == {
        "UserPoolId": app.pool_id,
        "ClientName": "MCP app",
        "ClientId": body["client_id"],
        "ClientSecret": body["client_secret"],
        "LastModifiedDate": described["LastModifiedDate"],
        "CreationDate": described["CreationDate"],
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": [CALLBACK],
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "phone", "profile"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "EnableTokenRevocation": True,
        "EnablePropagateAdditionalUserContextData": False,
        "AuthSessionValidity": 3,
        "ClientType": "DCR",
    }
    app.add_user()
    app.client_id, app.secret = body["client_id"], body["client_secret"]
    tokens = app.tokens()
    assert claims(tokens["access_token"])["client_id"] == body["client_id"]
    assert claims(tokens["access_token"])["scope"] == body["scope"]
    listed = app.idp.list_user_pool_clients(UserPoolId=app.pool_id, ClientType="DCR")["UserPoolClients"]
    assert [it["ClientId"] for it in listed] == [body["client_id"]]


def test_a_public_client_has_no_secret_and_what_is_unknown_is_left_out(app):
    app = app(AllowedScopes=["api/read", "aws.cognito.signin.user.admin"])
    answer = register(
        app,
        {
            "redirect_uris": ["myapp://cb", "http://127.0.0.1:3000/cb"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token", "authorization_code"],
            "response_types": ["code"],
            "scope": "openid  api/read aws.cognito.signin.user.admin",
            "logo_uri": "https://app.example/logo.png",
            "software_id": 7,
        },
    )
    assert (answer.status, answer.json) == (
        201,
        {
            "client_id": answer.json["client_id"],
            "client_id_issued_at": answer.json["client_id_issued_at"],
            "client_name": answer.json["client_id"],
            "redirect_uris": ["myapp://cb", "http://127.0.0.1:3000/cb"],
            "grant_types": ["authorization_code", "refresh_token", "authorization_code"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "scope": "openid api/read aws.cognito.signin.user.admin",
        },
    )


def test_a_token_with_the_scope_registers_a_client_that_acts_for_itself(app):
    app = app(OpenDcrEnabled=False, AllowedScopes=["api/read", "aws.cognito.signin.user.admin", SCOPE])
    wanted = {"client_name": "job", "grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_post"}
    closed = register(app, wanted)
    assert (closed.status, closed.json) == NEEDS_TOKEN
    answer = register(app, wanted, initial_token(app))
    body = answer.json
    assert (answer.status, body) == (
        201,
        {
            "client_id": body["client_id"],
            "client_secret": body["client_secret"],
            "client_secret_expires_at": 0,
            "client_id_issued_at": body["client_id_issued_at"],
            "client_name": "job",
            "grant_types": ["client_credentials"],
            "response_types": [],
            "token_endpoint_auth_method": "client_secret_post",
            "scope": "api/read",
        },
    )
    form = {"grant_type": "client_credentials", "client_id": body["client_id"], "client_secret": body["client_secret"]}
    token = app.browser().post("/oauth2/token", form)
    assert (token.status, claims(token.json["access_token"])["scope"]) == (200, "api/read")
    # What it has is no token that registers.
    again = register(app, wanted, token.json["access_token"])
    assert (again.status, again.json) == LACKS_SCOPE


def test_who_may_not_register(app, oauth_app):
    never = oauth_app()
    for made, token, expected in [
        (never, None, OFF),
        (app(EnableStatus="Disabled"), None, OFF),
        (app(OpenDcrEnabled=False), None, NEEDS_TOKEN),
        (app(OpenDcrGrantTypes=[]), None, NEEDS_TOKEN),
        (app(OpenDcrGrantTypes=["implicit"]), None, NEEDS_TOKEN),
        (app(), "nonsense", DEAD),
        (app(AuthenticatedGrantTypes=[]), SCOPE, OFF),
        (app(), "api/read", LACKS_SCOPE),
    ]:
        if token in (SCOPE, "api/read"):
            token = initial_token(made, token)
        answer = register(made, {"redirect_uris": [CALLBACK]}, token)
        assert (answer.status, answer.json) == expected
    # Of another scheme, of another pool, an ID token, one of a client that is gone, one that has expired.
    made = app()
    answer = made.browser(on_domain=True).send(
        "POST", "/oauth2/register", "{}", {"Content-Type": "application/json", "Authorization": "Basic YTpi"}
    )
    assert (answer.status, answer.json) == DEAD
    other = app()
    made.add_user()
    for token in [initial_token(other), made.tokens()["id_token"]]:
        answer = register(made, {"redirect_uris": [CALLBACK]}, token)
        assert (answer.status, answer.json) == DEAD
    token = initial_token(made)
    made.idp.delete_user_pool_client(UserPoolId=made.pool_id, ClientId=claims(token)["client_id"])
    answer = register(made, {"redirect_uris": [CALLBACK]}, token)
    assert (answer.status, answer.json) == DEAD


def test_an_old_token_registers_nobody(clocked_app):
    made = clocked_app(pool={"DcrConfiguration": {}})
    made.idp.create_resource_server(
        UserPoolId=made.pool_id, Identifier="api", Name="api", Scopes=[{"ScopeName": "read", "ScopeDescription": "r"}]
    )
    token = initial_token(made)
    assert register(made, {"redirect_uris": [CALLBACK]}, token).status == 201
    Control(made.server).call("PUT", "clock", {"advanceSeconds": 3600})
    answer = register(made, {"redirect_uris": [CALLBACK]}, token)
    assert (answer.status, answer.json) == DEAD


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, redirect_error("redirect_uris does not fit grant_types")),
        ({"redirect_uris": []}, redirect_error("redirect_uris does not fit grant_types")),
        ({"redirect_uris": ["http://evil.example/cb"]}, redirect_error("redirect_uris is not valid")),
        ({"redirect_uris": [CALLBACK, "https://a.example/#x"]}, redirect_error("redirect_uris is not valid")),
        ({"redirect_uris": CALLBACK}, metadata_error("The body is not a JSON object of client metadata")),
        ({"redirect_uris": [CALLBACK], "client_name": 1}, metadata_error("The body is not a JSON object of client metadata")),
        ({"redirect_uris": [CALLBACK], "grant_types": []}, metadata_error("grant_types is not supported")),
        ({"redirect_uris": [CALLBACK], "grant_types": ["implicit"]}, metadata_error("grant_types is not supported")),
        ({"redirect_uris": [CALLBACK], "grant_types": ["refresh_token"]}, metadata_error("grant_types is not supported")),
        (
            {"grant_types": ["client_credentials"]},
            metadata_error("grant_types is not allowed by the user pool"),
        ),
        (
            {"redirect_uris": [CALLBACK], "response_types": ["token"]},
            metadata_error("response_types does not fit grant_types"),
        ),
        ({"redirect_uris": [CALLBACK], "response_types": []}, metadata_error("response_types does not fit grant_types")),
        (
            {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt"},
            metadata_error("token_endpoint_auth_method is not supported"),
        ),
        ({"redirect_uris": [CALLBACK], "scope": ""}, metadata_error("scope is not allowed by the user pool")),
        ({"redirect_uris": [CALLBACK], "scope": "openid api/write"}, metadata_error("scope is not allowed by the user pool")),
        ({"redirect_uris": [CALLBACK], "scope": SCOPE}, metadata_error("scope is not allowed by the user pool")),
        (
            {"redirect_uris": [CALLBACK], "scope": "gone/scope"},
            metadata_error("Invalid scope requested: gone/scope"),
        ),
        (
            {"redirect_uris": [CALLBACK], "client_name": "a<b"},
            metadata_error(
                "1 validation error detected: Value 'a<b' at 'clientName' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: [\w\s+=,.@-]+"
            ),
        ),
    ],
)
def test_what_is_not_registered(app, metadata, expected):
    made = app(AllowedScopes=["api/read", "gone/scope", SCOPE])
    answer = register(made, metadata)
    assert (answer.status, answer.json) == expected
    assert len(made.idp.list_user_pool_clients(UserPoolId=made.pool_id)["UserPoolClients"]) == 1


def test_a_client_is_for_itself_or_for_users(app):
    made = app()
    both = {"redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "client_credentials"]}
    answer = register(made, both, initial_token(made))
    text = "client_credentials can not be combined with other grant_types"
    assert (answer.status, answer.json) == metadata_error(text)
    # One that has no scope is none.
    answer = register(made, {"grant_types": ["client_credentials"]}, initial_token(made))
    assert (answer.status, answer.json) == metadata_error("scope is not allowed by the user pool")


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"", "application/json"), (b"[]", "application/json"), (b"null", "application/json"), (b"{", "application/json"),
     (b"\xff", "application/json"), (b"[" * 5000, "application/json"), (b"{}", "text/plain"),
     (b"redirect_uris=a", "application/x-www-form-urlencoded")],
)  # fmt: skip
def test_a_body_that_is_none(app, body, kind):
    answer = register(app(), body=body, kind=kind)
    assert (answer.status, answer.json) == metadata_error("The body is not a JSON object of client metadata")


def test_the_pool_is_named_by_host_token_or_query(app, oauth_app):
    made = app()
    wanted = {"redirect_uris": [CALLBACK]}
    assert register(made, wanted, on_domain=False).status == 201
    by_token = made.browser().send(
        "POST",
        "/oauth2/register",
        '{"redirect_uris": ["https://app.example/cb"]}',
        {"Content-Type": "application/json", "Authorization": f"Bearer {initial_token(made)}"},
    )
    assert by_token.status == 201
    for path in ["/oauth2/register", "/oauth2/register?user_pool_id=us-east-1_none"]:
        answer = made.browser().send("POST", path, "{}", {"Content-Type": "application/json"})
        assert (answer.status, answer.json) == (400, {"error": "invalid_request"})
    # On a domain the host decides.
    closed = oauth_app()
    browser = closed.browser(on_domain=True)
    answer = browser.send("POST", f"/oauth2/register?user_pool_id={made.pool_id}", "{}", {"Content-Type": "application/json"})
    assert (answer.status, answer.json) == OFF
    nowhere = Browser(made.server, f"nobody.auth.localhost:{made.server.port}")
    path = f"/oauth2/register?user_pool_id={made.pool_id}"
    answer = nowhere.send("POST", path, "{}", {"Content-Type": "application/json"})
    assert (answer.status, answer.json) == (400, {"error": "invalid_request"})
    assert made.browser().get(path).status == 405


def test_discovery_names_the_endpoint_where_there_is_one(app, oauth_app):
    def found(app):
        return app.browser().get(f"/{app.pool_id}/.well-known/openid-configuration").json.get("registration_endpoint")

    made = app()
    base = f"http://localhost:{made.server.port}"
    assert found(made) == f"{base}/oauth2/register?user_pool_id={made.pool_id}"
    assert found(app(EnableStatus="Disabled")) is None
    assert found(oauth_app()) is None
    assert found(oauth_app(domain=False, pool={"DcrConfiguration": {"OpenDcrEnabled": True}})) is None


def test_a_registered_client_keeps_its_secret_and_lacks_the_scope(app):
    made = app()
    client_id = register(made, {"redirect_uris": [CALLBACK]}).json["client_id"]
    key = {"UserPoolId": made.pool_id, "ClientId": client_id}
    text = "The app client was created through dynamic client registration."
    with refused("InvalidParameterException", text):
        made.idp.add_user_pool_client_secret(**key)
    [secret] = made.idp.list_user_pool_client_secrets(**key)["ClientSecrets"]
    with refused("InvalidParameterException", text):
        made.idp.delete_user_pool_client_secret(**key, ClientSecretId=secret["ClientSecretId"])
    text = f"{SCOPE} is not supported by app clients that were created through dynamic client registration."
    with refused("InvalidParameterException", text):
        made.idp.update_user_pool_client(**key, AllowedOAuthScopes=[SCOPE])
    kept = made.idp.update_user_pool_client(**key, ClientName="other")["UserPoolClient"]
    assert (kept["ClientType"], kept["ClientName"]) == ("DCR", "other")


def test_the_configuration_stays_unless_it_is_replaced(app):
    made = app(AllowedScopes=["api/read"])

    def now():
        return made.idp.describe_user_pool(UserPoolId=made.pool_id)["UserPool"].get("DcrConfiguration")

    made.idp.update_user_pool(UserPoolId=made.pool_id)
    assert now() == {"OpenDcrEnabled": True, "AllowedScopes": ["api/read"]}
    with refused("FeatureUnavailableInTierException", LITE):
        made.idp.update_user_pool(UserPoolId=made.pool_id, UserPoolTier="LITE")
    made.idp.update_user_pool(UserPoolId=made.pool_id, UserPoolTier="LITE", DcrConfiguration={"EnableStatus": "Disabled"})
    assert now() == {"EnableStatus": "Disabled"}
    answer = register(made, {"redirect_uris": [CALLBACK]})
    assert (answer.status, answer.json) == OFF


def test_the_journal_shows_a_registration_without_its_secret(app):
    made = app()
    body = register(made, {"redirect_uris": [CALLBACK], "client_name": "journal"}).json
    control = Control(made.server)
    [call] = control.get("requests", operation="Register", userPoolId=made.pool_id)
    assert call["request"] == {"redirect_uris": [CALLBACK], "client_name": "journal"}
    assert call["response"] == body | {"client_secret": "***"}
    assert body["client_secret"] not in repr(call)


def test_a_pool_has_a_thousand_clients(app):
    made = app()
    for _ in range(999):
        assert register(made, {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}).status == 201
    answer = register(made, {"redirect_uris": [CALLBACK]})
    text = "Exceeded maximum number of user pool clients: 1000"
    assert (answer.status, answer.json) == metadata_error(text)
