"""`/oauth2/authorize`: what is asked for, whom a refusal is told, and when nobody is asked to sign in."""

import pytest

from domain import CALLBACK, UUID, App, Browser, claims, login_target, pkce

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-xss-protection": "1; mode=block",
    "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
    "pragma": "no-cache",
    "expires": "0",
}


@pytest.fixture
def app(oauth_app):
    made = oauth_app(AllowedOAuthFlows=["code", "implicit"])
    made.add_user(email="alice@example.com", email_verified="true")
    return made


def authorize(app, browser=None, **query):
    return (browser or app.browser()).get("/oauth2/authorize", **app.query(**query))


@pytest.mark.parametrize("path", ["/oauth2/authorize", "/authorize"])
def test_without_a_session_it_goes_to_the_login_page_with_the_same_query(app, path):
    browser = app.browser()
    query = app.query(state="a b&c", scope="openid email", nonce="n", login_hint="alice")
    answer = browser.get(path, **query)
    assert (answer.status, answer.text) == (302, "")
    assert login_target(answer.location) == (f"{browser.base}/login", query)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, name
    assert UUID.fullmatch(answer.headers["x-amz-cognito-request-id"])
    assert answer.cookies == [
        'csrf-state=""; Expires=Thu, 01-Jan-1970 00:00:10 GMT; Path=/; HttpOnly; SameSite=None',
        'csrf-state-legacy=""; Expires=Thu, 01-Jan-1970 00:00:10 GMT; Path=/; HttpOnly',
        f"XSRF-TOKEN={browser.cookies['XSRF-TOKEN']}; Path=/; HttpOnly; SameSite=Lax",
    ]
    assert UUID.fullmatch(browser.cookies["XSRF-TOKEN"])
    assert "access-control-allow-origin" not in answer.headers


def test_a_form_asks_like_a_query(app):
    browser = app.browser()
    answer = browser.post("/oauth2/authorize", app.query(state="s"))
    assert login_target(answer.location) == (f"{browser.base}/login", app.query(state="s"))


def test_a_session_answers_with_a_code_at_once(app):
    browser = app.browser()
    app.code(browser)
    answer = authorize(app, browser, state="s/=?")
    assert answer.status == 302 and answer.location.startswith(f"{CALLBACK}?code=")
    assert list(answer.query) == ["code", "state"] and answer.query["state"] == "s/=?"
    assert UUID.fullmatch(answer.query["code"])
    assert app.exchange(answer.query["code"]).status == 200


def test_a_session_is_for_every_client_of_the_pool_and_no_other_pool(app, oauth_app, server):
    browser = app.browser()
    app.code(browser)
    other = App(app.idp, server, pool_id=app.pool_id)
    assert authorize(other, browser).location.startswith(f"{CALLBACK}?code=")
    stranger = oauth_app()
    stranger.add_user()
    assert "/login?" in authorize(stranger, browser).location


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_a_prompt_asks_again(app, prompt):
    browser = app.browser()
    app.code(browser)
    assert "/login?" in authorize(app, browser, prompt=prompt).location


def test_a_prompt_of_consent_changes_nothing(app):
    browser = app.browser()
    app.code(browser)
    assert "code" in authorize(app, browser, prompt="consent").query


def test_a_silent_request_never_shows_a_page(app):
    browser = app.browser()
    answer = authorize(app, browser, prompt="none", state="s")
    assert answer.location == f"{CALLBACK}?state=s&error=login_required"
    app.code(browser)
    assert list(authorize(app, browser, prompt="none", state="s").query) == ["code", "state"]
    answer = authorize(app, browser, prompt="none", response_type="token", state="s")
    assert list(answer.fragment) == ["id_token", "access_token", "expires_in", "token_type", "state"]


def test_a_session_lives_an_hour_and_use_does_not_prolong_it(clocked_app, move_clock):
    app = clocked_app()
    app.add_user()
    browser = app.browser()
    app.code(browser)
    move_clock(app.server, 1800)
    assert "code" in authorize(app, browser).query
    move_clock(app.server, 1790)
    assert "code" in authorize(app, browser).query
    move_clock(app.server, 11)
    assert "/login?" in authorize(app, browser).location


def test_a_session_may_be_too_old(clocked_app, move_clock):
    app = clocked_app()
    app.add_user()
    browser = app.browser()
    app.code(browser)
    move_clock(app.server, 60)
    assert "code" in authorize(app, browser, max_age="100").query
    answer = authorize(app, browser, max_age="30", prompt="none")
    assert answer.location == f"{CALLBACK}?error=login_required"
    assert authorize(app, browser, max_age="-1").location == f"{CALLBACK}?error=invalid_request"
    assert authorize(app, browser, max_age="soon").location == f"{CALLBACK}?error=invalid_request"


def test_the_session_of_a_disabled_or_deleted_user_lets_nobody_in(app):
    browser = app.browser()
    app.code(browser)
    app.idp.admin_disable_user(UserPoolId=app.pool_id, Username="alice")
    assert "/login?" in authorize(app, browser).location
    app.idp.admin_enable_user(UserPoolId=app.pool_id, Username="alice")
    assert "code" in authorize(app, browser).query
    app.idp.admin_delete_user(UserPoolId=app.pool_id, Username="alice")
    app.add_user()
    assert "/login?" in authorize(app, browser).location


def test_a_global_sign_out_leaves_the_browser_its_session(app):
    browser = app.browser()
    app.code(browser)
    app.idp.admin_user_global_sign_out(UserPoolId=app.pool_id, Username="alice")
    assert "code" in authorize(app, browser).query


def test_a_changed_session_is_none(app):
    browser = app.browser()
    app.code(browser)
    own = browser.cookies["cognito"].strip('"')
    for changed in ["", "x", "..3", own[:-1], own[:-2] + ".4", "A" + own[1:], own.replace(".", "", 1), own + "A"]:
        browser.cookies["cognito"] = f'"{changed}"'
        assert "/login?" in authorize(app, browser).location, changed
        assert authorize(app, browser, prompt="none").query == {"error": "login_required"}


# ---- Refusals that the app is told ----


# Description and code.
INVALID_SCOPE = "invalid_scope invalid_request"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "id_token"}, "invalid_request"),
        ({"response_type": "Code"}, "invalid_request"),
        ({"code_challenge": pkce().challenge}, "invalid_request"),
        ({"code_challenge": pkce().challenge, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
        ({"scope": "openid unknown"}, INVALID_SCOPE),
        ({"scope": "email"}, INVALID_SCOPE),
        ({"scope": " "}, INVALID_SCOPE),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "nothing"}, "invalid_request"),
        ({"resource": "api"}, "invalid_target"),
        ({"resource": "http://api.example"}, "invalid_target"),
        ({"resource": "https://api.example/#part"}, "invalid_target"),
        ({"resource": f"https://api.example/{'x' * 240}"}, "invalid_target"),
    ],
)
def test_the_app_is_told_what_is_wrong(app, query, error):
    answer = authorize(app, state="s t", **query)
    description, _, error = error.rpartition(" ")
    description = f"error_description={description}&" if description else ""
    told = f"{CALLBACK}?{description}state=s+t&error={error}"
    assert (answer.status, answer.text, answer.location) == (302, "", told)
    # The page says the same to whoever opens it with such a query.
    assert app.browser().get("/login", **app.query(state="s t", **query)).location == answer.location


def test_the_implicit_flow_is_told_in_the_fragment(app):
    answer = authorize(app, response_type="token", scope="unknown", state="s")
    assert answer.location == f"{CALLBACK}#error_description=invalid_scope&state=s&error=invalid_request"
    answer = authorize(app, response_type="token", scope="unknown")
    assert answer.location == f"{CALLBACK}#error_description=invalid_scope&error=invalid_request"


def test_a_flow_that_the_client_does_not_allow(oauth_app):
    app = oauth_app()
    answer = authorize(app, response_type="token", state="s")
    assert answer.location == f"{CALLBACK}#error_description=unauthorized_client&state=s&error=invalid_request"
    app = oauth_app(AllowedOAuthFlows=["implicit"])
    assert authorize(app).location == f"{CALLBACK}?error_description=unauthorized_client&error=invalid_request"


def test_a_scope_that_exists_and_is_not_the_clients(oauth_app):
    app = oauth_app(AllowedOAuthScopes=["openid"])
    assert authorize(app, scope="openid email").location == f"{CALLBACK}?error_description=invalid_scope&error=invalid_request"


def test_a_scope_of_a_deleted_resource_server(oauth_app, server):
    app = oauth_app()
    app.idp.create_resource_server(
        UserPoolId=app.pool_id,
        Identifier="https://api.example",
        Name="api",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}],
    )
    scopes = ["openid", "https://api.example/read"]
    app = App(app.idp, server, pool_id=app.pool_id, AllowedOAuthScopes=scopes)
    app.add_user()
    assert "/login?" in authorize(app, scope=scopes[1]).location
    tokens = app.tokens(scope=scopes[1], resource="https://api.example")
    assert set(tokens) == {"access_token", "refresh_token", "expires_in", "token_type"}
    app.idp.delete_resource_server(UserPoolId=app.pool_id, Identifier="https://api.example")
    assert authorize(app, scope=scopes[1]).location == f"{CALLBACK}?error_description=invalid_scope&error=invalid_request"


@pytest.mark.parametrize("parameter", ["identity_provider", "idp_identifier"])
def test_a_provider_that_is_none_of_the_client(app, parameter):
    description = "The+identity+provider+Google+does+not+exist+for+this+app+client."
    answer = authorize(app, state="s", **{parameter: "Google"})
    assert answer.location == f"{CALLBACK}?error_description={description}&state=s&error=invalid_request"


def test_another_provider_is_gone_to_at_once(oauth_app, server):
    app = oauth_app()
    app.idp.create_identity_provider(
        UserPoolId=app.pool_id,
        ProviderName="Google",
        ProviderType="Google",
        ProviderDetails={"client_id": "i", "client_secret": "s", "authorize_scopes": "openid"},
        IdpIdentifiers=["example.com"],
    )
    app = App(app.idp, server, pool_id=app.pool_id, SupportedIdentityProviders=["COGNITO", "Google"])
    for query in (
        {"identity_provider": "Google"},
        {"idp_identifier": "example.com"},
        {"idp_identifier": "ann@example.com"},
    ):
        assert "/_cognitwin/idp/Google/" in authorize(app, **query).location, query
    assert "/login?" in authorize(app, identity_provider="COGNITO").location


# ---- Refusals that the browser is shown ----


def test_an_unknown_client_is_shown_the_error_page(app):
    for client_id in ("unknown", "<script>", "a" * 200):
        browser = app.browser()
        answer = authorize(app, browser, client_id=client_id)
        assert (answer.status, answer.text) == (302, "")
        target = login_target(answer.location)
        assert target == (f"{browser.base}/error", {"error": "invalid_request", "client_id": client_id})


def test_the_error_page(app):
    browser = app.browser()
    answer = browser.get("/error", error="redirect_mismatch", client_id=app.client_id)
    assert answer.status == 400
    assert answer.headers["content-type"] == "text/html;charset=UTF-8"
    assert answer.error == "An error was encountered with the requested page."
    assert "redirect_mismatch" in answer.text
    answer = browser.get("/error", error="<script>alert(1)</script>")
    assert "<script>" not in answer.text and answer.status == 400
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, name
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "uri",
    [
        CALLBACK + "/",
        CALLBACK + "?x=1",
        CALLBACK.upper(),
        CALLBACK + "#fragment",
        "https://app.example",
        "https://app.example/cb/../cb",
        "https://evil.example/cb",
        "//evil.example",
        "javascript:alert(1)",
        " " + CALLBACK,
        CALLBACK + "\r\nSet-Cookie: a=b",
    ],
)
def test_an_address_that_is_not_registered_is_never_gone_to(app, uri):
    for path in ("/oauth2/authorize", "/login"):
        browser = app.browser()
        answer = browser.get(path, **app.query(redirect_uri=uri))
        target = login_target(answer.location)
        assert target == (f"{browser.base}/error", {"error": "redirect_mismatch", "client_id": app.client_id})


def test_missing_parameters_are_shown(app):
    for name in ("client_id", "redirect_uri"):
        for path in ("/oauth2/authorize", "/login"):
            answer = app.browser().get(path, **app.query(**{name: None}))
            assert (answer.status, answer.error) == (400, f"Required String parameter '{name}' is not present")


def test_managed_login_says_it_otherwise(oauth_app):
    app = oauth_app(domain=False)
    app.idp.create_user_pool_domain(UserPoolId=app.pool_id, Domain=app.prefix, ManagedLoginVersion=2)
    answer = app.browser(on_domain=True).get("/login", redirect_uri=CALLBACK)
    assert answer.error == "Missing required parameter client_id in request URL"


def test_response_types_that_are_combined(app):
    answer = authorize(app, response_type="token id_token")
    _, query = login_target(answer.location)
    assert query == {"error": "invalid_request", "client_id": app.client_id}


def test_a_client_without_oauth(app, server):
    plain = App(
        app.idp, server, pool_id=app.pool_id, AllowedOAuthFlowsUserPoolClient=False, AllowedOAuthFlows=[]
    )  # fmt: skip
    answer = authorize(plain)
    assert login_target(answer.location)[1] == {"error": "unauthorized_client", "client_id": plain.client_id}


def test_the_default_address_is_used_where_none_is_named(oauth_app, server):
    app = oauth_app(CallbackURLs=["https://other.example", CALLBACK], DefaultRedirectURI=CALLBACK)
    app.add_user()
    answer = app.sign_in(redirect_uri=None)
    assert answer.location.startswith(f"{CALLBACK}?code=")
    app.idp.create_identity_provider(
        UserPoolId=app.pool_id,
        ProviderName="Google",
        ProviderType="Google",
        ProviderDetails={"client_id": "i", "client_secret": "s", "authorize_scopes": "openid"},
    )
    app = App(
        app.idp, server, pool_id=app.pool_id, DefaultRedirectURI=CALLBACK,
        SupportedIdentityProviders=["COGNITO", "Google"],
    )  # fmt: skip
    answer = authorize(app, redirect_uri=None)
    assert (answer.status, answer.error) == (400, "Required String parameter 'redirect_uri' is not present")


def test_other_methods_are_refused(app):
    for method in ("PUT", "DELETE", "PATCH"):
        for path in ("/oauth2/authorize", "/login", "/logout", "/error", "/oauth2/token", "/oauth2/revoke"):
            answer = app.browser().send(method, path)
            assert (answer.status, answer.text) == (405, ""), (method, path)


# ---- Whose domain it is ----


@pytest.mark.parametrize(
    "host", ["{}.auth.localhost:{}", "{}.auth.us-west-2.amazoncognito.com", "{}.AUTH-FIPS.us-west-2.amazoncognito.com"]
)
def test_a_domain_knows_the_clients_of_its_pool_only(app, oauth_app, server, host):
    other = oauth_app()
    browser = Browser(server, host.format(app.prefix, server.port))
    answer = authorize(app, browser)
    assert answer.location.startswith(f"{browser.base}/login?")
    answer = authorize(other, browser)
    assert login_target(answer.location)[1] == {"error": "invalid_request", "client_id": other.client_id}
    form = {"grant_type": "refresh_token", "client_id": other.client_id, "refresh_token": "x"}
    answer = browser.post("/oauth2/token", form)
    assert (answer.status, answer.json) == (400, {"error": "invalid_client"})


@pytest.mark.parametrize("host", ["nobody.auth.localhost", "{}.auth.eu-west-1.amazoncognito.com"])
def test_a_domain_that_nobody_has_knows_no_client(app, server, host):
    browser = Browser(server, host.format(app.prefix))
    assert login_target(authorize(app, browser).location)[1]["error"] == "invalid_request"


def test_a_custom_domain(app, oauth_app, server):
    name = f"auth.{app.prefix}.example"
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"
    app.idp.create_user_pool_domain(
        UserPoolId=app.pool_id, Domain=name, CustomDomainConfig={"CertificateArn": arn}
    )  # fmt: skip
    browser = Browser(server, name)
    assert authorize(app, browser).location.startswith(f"http://{name}/login?")
    app.code(browser)
    other = oauth_app()
    assert login_target(authorize(other, browser).location)[1]["error"] == "invalid_request"


def test_links_and_cookies_follow_the_scheme(app):
    browser = app.browser(on_domain=True, tls=True)
    answer = authorize(app, browser)
    assert answer.location.startswith(f"https://{app.prefix}.auth.localhost:{app.server.port}/login?")
    answer = app.sign_in(browser)
    assert all(" Secure;" in cookie for cookie in answer.cookies), answer.cookies
    plain = app.sign_in(app.browser(on_domain=True))
    assert not any("Secure" in cookie for cookie in plain.cookies), plain.cookies


def test_a_pool_with_a_domain_advertises_addresses_that_answer(app, server):
    document = app.browser().get(f"/{app.pool_id}/.well-known/openid-configuration").json
    base = f"http://localhost:{server.port}"
    assert document == {
        "authorization_endpoint": f"{base}/oauth2/authorize",
        "end_session_endpoint": f"{base}/logout",
        "id_token_signing_alg_values_supported": ["RS256"],
        "issuer": f"{base}/{app.pool_id}",
        "jwks_uri": f"{base}/{app.pool_id}/.well-known/jwks.json",
        "response_types_supported": ["code", "token"],
        "revocation_endpoint": f"{base}/oauth2/revoke",
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint": f"{base}/oauth2/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": f"{base}/oauth2/userInfo",
    }


def test_a_pool_without_a_domain_names_addresses_that_do_not(oauth_app, server):
    app = oauth_app(domain=False)
    browser = app.browser()
    document = browser.get(f"/{app.pool_id}/.well-known/openid-configuration").json
    issuer = f"http://localhost:{server.port}/{app.pool_id}"
    assert document["authorization_endpoint"] == f"{issuer}/authorize"
    assert document["token_endpoint"] == f"{issuer}/token"
    assert document["userinfo_endpoint"] == f"{issuer}/userInfo"
    assert document["revocation_endpoint"] == f"{issuer}/revoke"
    assert document["end_session_endpoint"] == f"{issuer}/logout"
    message = "The server did not understand the operation that was requested."
    for name in ("authorize", "token", "userInfo", "revoke", "logout"):
        for method in ("GET", "POST"):
            answer = browser.send(method, f"/{app.pool_id}/{name}")
            assert answer.status == 400
            assert answer.json == {"code": "BadRequest", "message": message, "type": "client"}


def test_nobody_comes_back_from_a_provider_who_was_not_sent_there(app):
    for method in ("GET", "POST"):
        answer = app.browser().send(method, "/oauth2/idpresponse?code=c&state=s")
        assert (answer.status, answer.error) == (400, "Invalid state")


def test_scripts_of_other_sites_may_call_what_is_for_them(app):
    browser = app.browser()
    headers = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    for path in ("/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo"):
        for method in ("OPTIONS", "POST"):
            answer = browser.send(method, path, headers=headers)
            assert answer.headers["access-control-allow-origin"] == "*", (method, path)
    for path in ("/oauth2/authorize", "/login", "/logout", "/error"):
        for method in ("OPTIONS", "GET"):
            answer = browser.send(method, path, headers=headers)
            assert "access-control-allow-origin" not in answer.headers, (method, path)


def test_a_level_of_authentication_is_reached_or_not(oauth_app):
    app = oauth_app()
    app.add_user()
    level = "urn:cognito:loa:1"
    browser = app.browser()
    tokens = app.exchange(app.code(browser, acr_values=level)).json
    for name in ("access_token", "id_token"):
        found = claims(tokens[name])
        assert (found["acr"], found["amr"]) == (level, ["pwd"])
    again = app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json
    assert claims(again["access_token"])["acr"] == level
    # The session is good for that level, and for no other.
    assert "code" in authorize(app, browser, acr_values=level).query
    assert "/login?" in authorize(app, browser, acr_values="urn:cognito:loa:4").location
    # Where there are no levels, nobody is told.
    app.idp.update_user_pool(UserPoolId=app.pool_id, UserPoolTier="LITE")
    for more in ({"acr_values": "urn:cognito:loa:4"}, {"max_age": "0"}, {"max_age": "soon"}):
        assert "code" in authorize(app, browser, prompt="none", **more).query, more
    app.idp.update_user_pool(UserPoolId=app.pool_id, UserPoolTier="ESSENTIALS")
    # One that nobody could reach is ignored.
    assert "acr" not in claims(app.tokens(acr_values="urn:cognito:loa:4")["access_token"])
    assert "acr" not in claims(app.tokens(acr_values="nonsense")["access_token"])


def test_a_client_says_how_old_a_session_may_be(clocked_app, move_clock):
    app = clocked_app()
    app.add_user()
    app.idp.set_user_pool_session_configuration(
        UserPoolId=app.pool_id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 5}
    )
    app.idp.set_user_pool_client_session_configuration(
        UserPoolId=app.pool_id, ClientId=app.client_id, SSOSession={"MaxValidityMinutes": 10}
    )
    browser = app.browser()
    app.exchange(app.code(browser))
    assert len(app.idp.admin_list_user_sessions(UserPoolId=app.pool_id, Username="alice")["Sessions"]) == 1
    move_clock(app.server, 590)
    assert "code" in authorize(app, browser).query
    move_clock(app.server, 11)
    assert "/login?" in authorize(app, browser).location


def test_the_access_log_names_the_service(start_server):
    server = start_server()
    Browser(server).get("/oauth2/authorize", client_id="unknown", redirect_uri=CALLBACK)
    server.stop()
    assert 'service="oauth" operation="Authorize" status=302 error="invalid_request"' in server.log()
