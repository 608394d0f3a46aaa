"""Authlib as its users write it: discovery, code + PKCE, refresh, revocation, and a client that acts for itself."""

import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from domain import CALLBACK, App, Browser


@pytest.fixture
def metadata(oauth_app):
    app = oauth_app(GenerateSecret=True)
    app.add_user(email="alice@example.com")
    document = app.browser().get(f"/{app.pool_id}/.well-known/openid-configuration").json
    return app, document


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_user_signs_in(metadata, server, method):
    app, document = metadata
    session = OAuth2Session(
        app.client_id, app.secret, token_endpoint_auth_method=method, scope="openid email", redirect_uri=CALLBACK,
        code_challenge_method="S256", token_endpoint=document["token_endpoint"],
        revocation_endpoint_auth_method=method,
    )  # fmt: skip
    verifier = "v" * 64
    url, state = session.create_authorization_url(
        document["authorization_endpoint"], code_verifier=verifier, nonce="n-1"
    )
    browser = Browser(server, f"localhost:{server.port}")
    page = browser.get(browser.get(url.removeprefix(browser.base)).location.removeprefix(browser.base))
    answer = browser.submit(page, username="alice", password="Passw0rd!")
    token = session.fetch_token(
        document["token_endpoint"], authorization_response=answer.location, code_verifier=verifier, state=state
    )
    keys = KeySet.import_key_set(browser.get(f"/{app.pool_id}/.well-known/jwks.json").json)
    identity = jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": document["issuer"]},
        aud={"essential": True, "value": app.client_id},
        nonce={"essential": True, "value": "n-1"},
    ).validate(identity)
    info = session.get(document["userinfo_endpoint"]).json()
    assert info == {"sub": identity["sub"], "email": "alice@example.com", "username": "alice"}
    refreshed = session.refresh_token(document["token_endpoint"], refresh_token=token["refresh_token"])
    assert refreshed["access_token"] != token["access_token"]
    revoked = session.revoke_token(document["revocation_endpoint"], token["refresh_token"])
    assert (revoked.status_code, revoked.text) == (200, "")
    with pytest.raises(OAuthError, match="invalid_grant"):
        session.refresh_token(document["token_endpoint"], refresh_token=token["refresh_token"])


def test_a_client_acts_for_itself(metadata, server):
    app, document = metadata
    app.idp.create_resource_server(
        UserPoolId=app.pool_id, Identifier="api", Name="api",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}],
    )  # fmt: skip
    machine = App(
        app.idp, server, pool_id=app.pool_id, GenerateSecret=True, CallbackURLs=[], LogoutURLs=[],
        AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["api/read"],
    )  # fmt: skip
    session = OAuth2Session(machine.client_id, machine.secret, scope="api/read")
    token = session.fetch_token(document["token_endpoint"], grant_type="client_credentials")
    assert set(token) == {"access_token", "expires_in", "token_type", "expires_at"}
