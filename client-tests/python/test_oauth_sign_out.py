"""userInfo, revocation and logout."""

import pytest

from domain import CALLBACK, LOGOUT, App, basic, login_target

DEAD = "Access token is expired, disabled, or deleted, or the user has globally signed out."


@pytest.fixture
def app(oauth_app):
    schema = [{"Name": "tier", "AttributeDataType": "Number", "Mutable": True}]
    made = oauth_app(
        pool={"Schema": schema},
        ReadAttributes=["email", "email_verified", "phone_number", "phone_number_verified", "name", "custom:tier"],
    )
    attributes = {"email": "alice@example.com", "email_verified": "true", "phone_number": "+15550100"}
    made.sub = made.add_user(**attributes, name="Alice", locale="en", **{"custom:tier": "1"})
    return made


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


# ---- userInfo ----


ALL = {
    "email": "alice@example.com",
    "email_verified": "true",
    "phone_number": "+15550100",
    "name": "Alice",
    "custom:tier": "1",
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("openid", set(ALL)),
        ("openid profile", {"name", "custom:tier"}),
        ("openid profile email", {"name", "custom:tier", "email", "email_verified"}),
        ("openid phone", {"phone_number"}),
    ],
)
def test_user_info_by_scope(app, method, scope, names):
    token = app.tokens(scope=scope)["access_token"]
    answer = app.browser().send(method, "/oauth2/userInfo", headers=bearer(token))
    assert answer.status == 200
    expected = {"sub": app.sub, "username": "alice"} | {name: ALL[name] for name in names}
    assert answer.json == expected
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert answer.headers["cache-control"] == "no-cache, no-store, max-age=0, must-revalidate"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_identities_are_a_text(app):
    app.idp.create_identity_provider(
        UserPoolId=app.pool_id,
        ProviderName="Google",
        ProviderType="Google",
        ProviderDetails={"client_id": "i", "client_secret": "s", "authorize_scopes": "openid"},
    )
    app.idp.admin_link_provider_for_user(
        UserPoolId=app.pool_id,
        DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "alice"},
        SourceUser={
            "ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1",
        },
    )  # fmt: skip
    app.idp.update_user_pool_client(
        UserPoolId=app.pool_id, ClientId=app.client_id, AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"], AllowedOAuthScopes=["openid"], CallbackURLs=[CALLBACK],
    )  # fmt: skip
    token = app.tokens(scope="openid")["access_token"]
    body = app.browser().get("/oauth2/userInfo", headers=bearer(token)).json
    assert body["identities"].startswith('[{"userId":"1","providerName":"Google"')


def refused(answer, status, error, description):
    assert (answer.status, answer.json) == (status, {"error": error, "error_description": description})
    assert answer.headers["www-authenticate"] == f'Bearer error="{error}", error_description="{description}"'


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic YTpi", "token"])
def test_user_info_without_a_token(app, header):
    headers = {} if header is None else {"Authorization": header}
    answer = app.browser().get("/oauth2/userInfo", headers=headers)
    refused(answer, 400, "invalid_request", "Bad OAuth2 request at UserInfo Endpoint")


def test_user_info_with_a_token_that_is_none_of_its_own(app, oauth_app):
    tokens = app.tokens()
    token = tokens["access_token"]
    changed = token[:-5] + ("AAAAA" if token[-5:] != "AAAAA" else "BBBBB")
    for wrong in ("x", "a.b.c", changed, tokens["id_token"], tokens["refresh_token"]):
        refused(app.browser().get("/oauth2/userInfo", headers=bearer(wrong)), 401, "invalid_token", DEAD)
    # On its own domain, and on no other.
    on_domain = app.browser(on_domain=True)
    assert on_domain.get("/oauth2/userInfo", headers=bearer(token)).status == 200
    other = oauth_app().browser(on_domain=True)
    refused(other.get("/oauth2/userInfo", headers=bearer(token)), 401, "invalid_token", DEAD)


def test_user_info_without_the_scope(app):
    token = app.tokens(scope="aws.cognito.signin.user.admin")["access_token"]
    answer = app.browser().get("/oauth2/userInfo", headers=bearer(token))
    refused(answer, 401, "invalid_token", "Access token does not contain openid scope")


def test_user_info_after_the_end(clocked_app, move_clock):
    app = clocked_app()
    app.add_user()
    expired, signed_out = app.tokens(), app.tokens()

    def look(tokens):
        return app.browser().get("/oauth2/userInfo", headers=bearer(tokens["access_token"]))

    revoked = app.tokens()
    app.browser().post("/oauth2/revoke", {"token": revoked["refresh_token"], "client_id": app.client_id})
    refused(look(revoked), 401, "invalid_token", DEAD)
    assert look(signed_out).status == 200
    app.idp.admin_user_global_sign_out(UserPoolId=app.pool_id, Username="alice")
    refused(look(signed_out), 401, "invalid_token", DEAD)
    move_clock(app.server, 3601)
    refused(look(expired), 401, "invalid_token", DEAD)


# ---- revocation ----


def revoke(app, headers=(), **form):
    return app.browser().post("/oauth2/revoke", form, headers)


def test_a_revoked_refresh_token_and_its_access_tokens_end(app):
    tokens, others = app.tokens(), app.tokens()
    answer = revoke(app, token=tokens["refresh_token"], client_id=app.client_id)
    assert (answer.status, answer.text) == (200, "")
    assert answer.headers["access-control-allow-origin"] == "*"
    again = app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert again.json == {"error": "invalid_grant"}
    with pytest.raises(app.idp.exceptions.NotAuthorizedException, match="Access Token has been revoked"):
        app.idp.get_user(AccessToken=tokens["access_token"])
    assert app.idp.get_user(AccessToken=others["access_token"])
    # Once more, and any other that is none.
    for token in (tokens["refresh_token"], "x", "a.b.c.d.e"):
        answer = revoke(app, token=token, client_id=app.client_id)
        assert (answer.status, answer.text) == (200, "")


def test_what_a_revocation_refuses(app, oauth_app):
    tokens = app.tokens()
    for kind in ("access_token", "id_token"):
        answer = revoke(app, token=tokens[kind], client_id=app.client_id)
        assert (answer.status, answer.json) == (400, {"error": "unsupported_token_type"})
    for form in ({"client_id": app.client_id}, {}):
        answer = revoke(app, **form)
        assert (answer.status, answer.json) == (400, {"error": "invalid_request"})
    for form in ({}, {"client_id": "unknown"}):
        answer = revoke(app, token=tokens["refresh_token"], **form)
        assert (answer.status, answer.json) == (401, {"error": "invalid_client"})
    answer = revoke(app, token=tokens["refresh_token"], client_id="unknown")
    assert (answer.status, answer.json) == (401, {"error": "invalid_client"})
    answer = revoke(app, basic(app.client_id, "secret"), token=tokens["refresh_token"])
    assert (answer.status, answer.json) == (401, {"error": "invalid_client"})
    assert app.browser().get("/oauth2/revoke").status == 405
    off = oauth_app(EnableTokenRevocation=False)
    answer = revoke(off, token=tokens["refresh_token"], client_id=off.client_id)
    assert (answer.status, answer.json) == (400, {"error": "invalid_request"})


def test_a_client_with_a_secret_revokes_with_it(oauth_app):
    app = oauth_app(GenerateSecret=True)
    app.add_user()
    token = app.tokens()["refresh_token"]
    for headers in ({}, basic(app.client_id, "wrong")):
        form = {"token": token} if headers else {"token": token, "client_id": app.client_id}
        answer = revoke(app, headers, **form)
        assert (answer.status, answer.json) == (401, {"error": "invalid_client"})
    assert revoke(app, basic(app.client_id, app.secret), token=token).status == 200
    body = app.token(grant_type="refresh_token", refresh_token=token, client_secret=app.secret)
    assert body.json == {"error": "invalid_grant"}


def test_another_clients_token_stays(app, server):
    other = App(app.idp, server, pool_id=app.pool_id)
    token = app.tokens()["refresh_token"]
    assert revoke(other, token=token, client_id=other.client_id).status == 200
    assert app.token(grant_type="refresh_token", refresh_token=token).status == 200


# ---- logout ----


def is_signed_in(app, browser):
    return "code" in browser.get("/oauth2/authorize", **app.query(prompt="none")).query


def test_a_logout_ends_the_session_and_goes_to_the_app(app):
    browser = app.browser(on_domain=True)
    tokens = app.exchange(app.code(browser)).json
    kept = dict(browser.cookies)
    assert is_signed_in(app, browser)
    answer = browser.get("/logout", client_id=app.client_id, logout_uri=LOGOUT, redirect_uri="https://evil.example")
    assert (answer.status, answer.text, answer.location) == (302, "", LOGOUT)
    assert "cognito" not in browser.cookies and not is_signed_in(app, browser)
    # Nor does a copy of the cookie let anybody in. Tokens stay.
    browser.cookies = kept
    assert not is_signed_in(app, browser)
    assert app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status == 200


def test_a_logout_to_sign_in_again(app):
    browser = app.browser()
    app.code(browser)
    query = app.query(state="s", scope="openid")
    answer = browser.get("/logout", **query)
    assert (answer.status, login_target(answer.location)) == (302, (f"{browser.base}/login", query))
    assert not is_signed_in(app, browser)
    # All scopes of the client are named where none is.
    answer = browser.get("/logout", **app.query())
    _, target = login_target(answer.location)
    assert target == app.query(scope="openid email phone profile aws.cognito.signin.user.admin")


def test_what_a_logout_refuses(app, oauth_app):
    browser = app.browser()
    app.code(browser)
    missing = "Required String parameter '{}' is not present"
    for query, name in [
        ({}, "client_id"),
        ({"client_id": app.client_id}, "redirect_uri"),
        ({"client_id": app.client_id, "logout_uri": "https://evil.example"}, "redirect_uri"),
        ({"client_id": app.client_id, "logout_uri": LOGOUT + "/"}, "redirect_uri"),
        ({"client_id": app.client_id, "post_logout_redirect_uri": LOGOUT}, "redirect_uri"),
        ({"client_id": app.client_id, "redirect_uri": CALLBACK}, "response_type"),
    ]:
        answer = browser.get("/logout", **query)
        assert (answer.status, answer.error) == (400, missing.format(name)), query
    answer = browser.get("/logout", **app.query(redirect_uri="https://evil.example"))
    assert login_target(answer.location)[1] == {"error": "redirect_mismatch", "client_id": app.client_id}
    answer = browser.get("/logout", client_id="unknown", logout_uri=LOGOUT)
    assert login_target(answer.location)[1] == {"error": "invalid_request", "client_id": "unknown"}
    # Nobody was signed out by any of it.
    assert is_signed_in(app, browser)


def test_a_logout_of_one_pool_leaves_the_session_of_another(app, oauth_app):
    browser = app.browser(on_domain=True)
    app.code(browser)
    other = oauth_app()
    assert browser.get("/logout", client_id=other.client_id, logout_uri=LOGOUT).status == 302
    assert is_signed_in(app, browser)
