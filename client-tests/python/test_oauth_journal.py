"""The domain as a test sees it: in the journal without its secrets, in the metrics, and with faults."""

import pytest
from control_api import Control
from domain import CALLBACK, PASSWORD, UUID, basic, pkce
from prometheus_client.parser import text_string_to_metric_families

ENDPOINTS = {
    "Authorize": "/oauth2/authorize",
    "Login": "/login",
    "Logout": "/logout",
    "Error": "/error",
    "Token": "/oauth2/token",
    "UserInfo": "/oauth2/userInfo",
    "Revoke": "/oauth2/revoke",
    "Register": "/oauth2/register",
    "AddPasskey": "/passkeys/add",
    "IdpResponse": "/oauth2/idpresponse",
    "SamlResponse": "/saml2/idpresponse",
    "SamlLogout": "/saml2/logout",
    "Signup": "/signup",
    "Confirm": "/confirm",
    "ConfirmUser": "/confirmUser",
    "ResendCode": "/resendcode",
    "ForgotPassword": "/forgotPassword",
    "ConfirmForgotPassword": "/confirmForgotPassword",
}


@pytest.fixture
def control(server):
    api = Control(server)
    added = []

    def fault(app, **wanted):
        status, made = api.call("POST", "faults", {"userPoolId": app.pool_id} | wanted)
        assert status < 300, made
        added.append(made["id"])

    api.fault = fault
    yield api
    for name in added:
        api.call("DELETE", f"faults/{name}")


@pytest.fixture
def app(oauth_app):
    made = oauth_app(GenerateSecret=True)
    made.add_user(email="alice@example.com")
    return made


def calls(control, app, operation):
    found = control.get("requests", operation=operation, userPoolId=app.pool_id)
    assert all(UUID.fullmatch(it["id"]) and it["service"] == "oauth" for it in found)
    return found


def test_the_journal_shows_a_sign_in_without_its_secrets(app, control, account):
    proof = pkce()
    query = app.query(
        scope="openid email", state="s1", code_challenge=proof.challenge, code_challenge_method="S256"
    )
    browser = app.browser()
    page = browser.get("/login", **query)
    back = browser.submit(page, username="alice", password=PASSWORD)
    code = back.query["code"]
    secret = basic(app.client_id, app.secret)
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    tokens = app.token(secret, code_verifier=proof.verifier, **asked).json
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert app.browser().get("/oauth2/userInfo", bearer).json["email"] == "alice@example.com"
    ended = app.browser().post(
        "/oauth2/revoke",
        {"token": tokens["refresh_token"], "client_id": app.client_id, "client_secret": app.secret},
    )
    assert ended.status == 200

    shown, submitted = calls(control, app, "Login")
    assert (shown["status"], shown["request"], shown["account"]) == (200, query, account)
    assert shown["response"] == {"unreadable": True, "bytes": len(page.text.encode())}
    hidden = dict.fromkeys(("password", "_csrf", "cognitoAsfData"), "***")
    sent = page.form.fields | {"username": "alice"} | hidden
    assert submitted["request"] == query | sent
    assert (submitted["status"], submitted["response"], submitted["errorType"]) == (302, None, None)
    [token] = calls(control, app, "Token")
    assert token["request"] == asked | {"client_id": app.client_id, "code": "***", "code_verifier": "***"}
    assert token["response"] == {
        "id_token": "***",
        "access_token": "***",
        "refresh_token": "***",
        "expires_in": 3600,
        "token_type": "Bearer",
    }
    [user] = calls(control, app, "UserInfo")
    assert user["request"] is None
    assert user["response"] == {"sub": "***", "email": "***", "username": "alice"}
    [revoked] = calls(control, app, "Revoke")
    assert revoked["request"] == {"token": "***", "client_id": app.client_id, "client_secret": "***"}

    text = repr(control.get("requests", userPoolId=app.pool_id))
    secrets = [PASSWORD, code, proof.verifier, app.secret, "alice@example.com", page.form.fields["_csrf"]]
    secrets += [tokens[name] for name in ("id_token", "access_token", "refresh_token")]
    assert [it for it in secrets if it in text] == []


def test_the_journal_has_refusals_and_what_is_no_form(app, control):
    refused = app.token(grant_type="authorization_code", code="none", client_secret="wrong")
    assert refused.status == 400
    [call] = calls(control, app, "Token")
    assert (call["status"], call["errorType"], call["response"]) == (400, refused.json["error"], refused.json)
    assert call["request"]["client_secret"] == "***"
    path = f"/oauth2/token?client_id={app.client_id}"
    for body, kind, seen in [
        (b'{"password": "geheim", "client_id": "a"}', "application/json", {"password": "***", "client_id": "a"}),
        (b"password=geheim", "text/plain", {"unreadable": True, "bytes": 15}),
        (b"\xff\xfe%zz=%ff&password=geheim", "application/x-www-form-urlencoded", None),
    ]:
        app.browser().send("POST", path, body, {"Content-Type": kind})
        last = calls(control, app, "Token")[-1]
        assert "geheim" not in repr(last)
        assert last["request"] == seen or seen is None and last["request"]["password"] == "***"
    # What scripts ask before they call is no call.
    app.browser().send("OPTIONS", path)
    assert len(calls(control, app, "Token")) == 4


@pytest.mark.parametrize("operation", ENDPOINTS)
def test_every_endpoint_meets_its_fault_once(app, control, operation):
    control.fault(app, operation=f"oauth.{operation}", errorType="server_error", message="<Later>", status=503, times=1)
    other = app.browser().get(ENDPOINTS[operation])
    assert other.status != 503
    path = f"{ENDPOINTS[operation]}?client_id={app.client_id}"
    struck = app.browser().get(path)
    assert (struck.status, struck.json) == (503, {"error": "server_error", "error_description": "<Later>"})
    assert struck.headers["content-type"] == "application/json;charset=UTF-8"
    assert app.browser().get(path).status != 503
    [call] = [it for it in calls(control, app, operation) if it["status"] == 503]
    assert (call["errorType"], call["response"]) == ("server_error", struck.json)


def test_a_domain_names_the_pool_of_a_fault(app, control):
    control.fault(app, operation="oauth.*", errorType="TooManyRequestsException", status=429)
    struck = app.browser(on_domain=True).get("/oauth2/userInfo")
    assert (struck.status, struck.json) == (
        429,
        {"error": "TooManyRequestsException", "error_description": "Rate exceeded"},
    )
    # A service of its own: the API goes on.
    assert app.idp.describe_user_pool(UserPoolId=app.pool_id)["UserPool"]["Id"] == app.pool_id


def test_an_unknown_endpoint_has_no_fault(app, control):
    wanted = {"operation": "oauth.token", "errorType": "server_error"}
    assert control.call("POST", "faults", wanted) == (400, {"error": 'operation: "oauth.token" is not an operation'})


def test_metrics_count_endpoints_and_never_what_was_sent(app, control):
    def count():
        _, text = control.text("metrics")
        [family] = [it for it in text_string_to_metric_families(text) if it.name == "cognitwin_calls"]
        return {
            (it.labels["operation"], it.labels["error"]): it.value
            for it in family.samples
            if it.labels["service"] == "oauth"
        }

    before = count()
    app.token(grant_type="nonsense")
    app.browser().get("/oauth2/nonsense")
    after = count()
    key = ("Token", "unsupported_grant_type")
    assert after[key] == before.get(key, 0) + 1
    assert {operation for operation, _ in after} <= set(ENDPOINTS)
