"""`/oauth2/token`: whole bodies and headers of each grant and each refusal."""

import json
import threading
from urllib.parse import quote

import pytest

from domain import CALLBACK, PASSWORD, UUID, App, at_hash, basic, claims, pkce

BAD = 400


def refused(answer, error, description=None, status=BAD):
    body = {"error": error} | ({"error_description": description} if description else {})
    assert (answer.status, answer.json) == (status, body)
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    return True


@pytest.fixture
def app(oauth_app):
    made = oauth_app()
    made.sub = made.add_user(
        email="alice@example.com", email_verified="true", phone_number="+15550100", name="Alice", locale="en"
    )
    return made


@pytest.fixture
def secret_app(oauth_app):
    made = oauth_app(GenerateSecret=True)
    made.add_user()
    return made


# ---- authorization_code ----


def test_a_code_is_exchanged_for_three_tokens(app):
    answer = app.exchange(app.code(scope="openid email", nonce="n&o"))
    assert answer.status == 200
    body = answer.json
    assert set(body) == {"id_token", "access_token", "refresh_token", "expires_in", "token_type"}
    assert (body["expires_in"], body["token_type"]) == (3600, "Bearer")
    for name, value in {
        "content-type": "application/json;charset=UTF-8",
        "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
        "pragma": "no-cache",
        "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
    }.items():
        assert answer.headers[name] == value
    assert answer.cookies[0].startswith("XSRF-TOKEN=")
    access, identity = claims(body["access_token"]), claims(body["id_token"])
    shared = {name: access[name] for name in ("sub", "iss", "event_id", "auth_time", "iat", "exp", "origin_jti")}
    assert access == shared | {
        "token_use": "access",
        "scope": "openid email",
        "version": 2,
        "client_id": app.client_id,
        "username": "alice",
        "jti": access["jti"],
    }
    assert identity == shared | {
        "token_use": "id",
        "aud": app.client_id,
        "cognito:username": "alice",
        "nonce": "n&o",
        "at_hash": at_hash(body["access_token"]),
        "email": "alice@example.com",
        "email_verified": True,
        "jti": identity["jti"],
    }
    assert access["sub"] == app.sub and access["jti"] != identity["jti"]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("openid", {"email", "email_verified", "phone_number", "name", "locale"}),
        ("openid email", {"email", "email_verified"}),
        ("openid phone", {"phone_number"}),
        ("openid profile", {"name", "locale"}),
        ("openid profile email", {"name", "locale", "email", "email_verified"}),
        (None, {"email", "email_verified", "phone_number", "name", "locale"}),
    ],
)
def test_scopes_say_which_attributes_are_in_an_id_token(app, scope, expected):
    body = app.tokens(scope=scope)
    shown = {"email", "email_verified", "phone_number", "phone_number_verified", "name", "locale"}
    assert set(claims(body["id_token"])) & shown == expected
    granted = scope or "openid email phone profile aws.cognito.signin.user.admin"
    assert claims(body["access_token"])["scope"] == granted


def test_without_openid_there_is_no_id_token(app):
    body = app.tokens(scope="aws.cognito.signin.user.admin")
    assert set(body) == {"access_token", "refresh_token", "expires_in", "token_type"}
    # The scope is what the API asks for.
    assert app.idp.get_user(AccessToken=body["access_token"])["Username"] == "alice"
    other = app.tokens(scope="openid")
    with pytest.raises(app.idp.exceptions.NotAuthorizedException, match="Access Token does not have required scopes"):
        app.idp.get_user(AccessToken=other["access_token"])


def test_a_resource_is_the_audience_and_stays_it(app, server):
    body = app.tokens(resource="https://api.example")
    assert claims(body["access_token"])["aud"] == "https://api.example"
    for other in ("http://localhost:8000/mcp", "myapp://api"):
        assert claims(app.tokens(resource=other)["access_token"])["aud"] == other
    again = app.token(grant_type="refresh_token", refresh_token=body["refresh_token"]).json
    assert claims(again["access_token"])["aud"] == "https://api.example"


def test_a_code_is_good_once(app):
    code = app.code()
    first = app.exchange(code)
    assert first.status == 200
    refused(app.exchange(code), "invalid_grant")
    # What it gave before stays.
    again = app.token(grant_type="refresh_token", refresh_token=first.json["refresh_token"])
    assert again.status == 200


def test_of_many_exchanges_of_one_code_one_wins(app):
    code, answers = app.code(), []
    threads = [threading.Thread(target=lambda: answers.append(app.exchange(code).status)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [400] * 19


def test_a_code_lives_five_minutes(clocked_app, move_clock):
    app = clocked_app()
    app.add_user()
    browser = app.browser()
    early, late = app.code(browser), app.code(browser)
    move_clock(app.server, 298)
    assert app.exchange(early).status == 200
    move_clock(app.server, 3)
    refused(app.exchange(late), "invalid_grant")


def test_what_a_code_needs(app):
    code = app.code()
    refused(app.exchange(None), "invalid_grant")
    refused(app.exchange(""), "invalid_request")
    refused(app.exchange(code, redirect_uri=""), "invalid_request")
    for wrong in ("x", "00000000-0000-4000-8000-000000000000", code + "0"):
        refused(app.exchange(wrong), "invalid_grant")
    assert app.exchange(code).status == 200


def test_another_redirect_address_is_refused(app):
    refused(app.exchange(app.code(), redirect_uri=CALLBACK + "/"), "unauthorized_client", "invalid_redirect")


def test_a_code_is_for_its_client_and_stays_so(app, server):
    other = App(app.idp, server, pool_id=app.pool_id)
    code = app.code()
    refused(other.exchange(code), "invalid_grant")
    assert app.exchange(code).status == 200


def test_pkce(app):
    pair = pkce()
    asked = {"code_challenge": pair.challenge, "code_challenge_method": "S256"}
    assert app.exchange(app.code(**asked), code_verifier=pair.verifier).status == 200
    for wrong in ("", pkce().verifier, pair.challenge, pair.verifier + "x"):
        refused(app.exchange(app.code(**asked), code_verifier=wrong), "invalid_grant")
    # One that nobody announced: somebody took the challenge away.
    refused(app.exchange(app.code(), code_verifier=pair.verifier), "invalid_grant")


def test_a_user_who_is_gone_or_disabled_gets_no_tokens(app):
    browser = app.browser()
    first, second = app.code(browser), app.code(browser)
    app.idp.admin_disable_user(UserPoolId=app.pool_id, Username="alice")
    refused(app.exchange(first), "invalid_grant")
    app.idp.admin_delete_user(UserPoolId=app.pool_id, Username="alice")
    refused(app.exchange(second), "invalid_grant")


def test_a_scope_needs_the_right_to_read(oauth_app):
    app = oauth_app(ReadAttributes=["email", "name"])
    app.add_user(email="alice@example.com")
    refused(app.exchange(app.code(scope="openid email")), "invalid_grant")
    assert app.exchange(app.code(scope="openid profile")).status == 200


def test_tokens_of_the_domain_are_shorter_or_longer_like_those_of_the_api(oauth_app):
    app = oauth_app(AccessTokenValidity=10, TokenValidityUnits={"AccessToken": "minutes"})
    app.add_user()
    body = app.tokens()
    access = claims(body["access_token"])
    assert body["expires_in"] == 600 == access["exp"] - access["iat"]


def test_the_implicit_flow_gives_tokens_at_once(oauth_app):
    app = oauth_app(AllowedOAuthFlows=["implicit"])
    app.add_user()
    answer = app.sign_in(response_type="token", state="s", nonce="n")
    assert answer.status == 302 and answer.location.startswith(f"{CALLBACK}#id_token=")
    assert list(answer.fragment) == ["id_token", "access_token", "expires_in", "token_type", "state"]
    fragment = answer.fragment
    assert (fragment["expires_in"], fragment["token_type"], fragment["state"]) == ("3600", "Bearer", "s")
    identity = claims(fragment["id_token"])
    assert (identity["nonce"], identity["at_hash"]) == ("n", at_hash(fragment["access_token"]))
    answer = app.sign_in(response_type="token", scope="aws.cognito.signin.user.admin")
    assert list(answer.fragment) == ["access_token", "expires_in", "token_type"]
    # Nobody has a code of such a client.
    refused(app.exchange("00000000-0000-4000-8000-000000000000"), "unauthorized_client")


def test_a_client_without_oauth(app, server):
    plain = App(app.idp, server, pool_id=app.pool_id, AllowedOAuthFlowsUserPoolClient=False, AllowedOAuthFlows=[])
    refused(plain.exchange("00000000-0000-4000-8000-000000000000"), "invalid_grant")


# ---- Who calls ----


def test_a_secret_is_shown_in_the_header_or_in_the_body(secret_app):
    app = secret_app
    browser = app.browser()
    for shown in ({"client_secret": app.secret}, {}):
        headers = {} if shown else basic(app.client_id, app.secret)
        answer = app.exchange(app.code(browser), headers=headers, **shown)
        assert answer.status == 200
    form = {"grant_type": "authorization_code", "code": app.code(browser), "redirect_uri": CALLBACK}
    assert browser.post("/oauth2/token", form, basic(app.client_id, app.secret)).status == 200


def test_a_wrong_secret_is_refused_and_spends_nothing(secret_app):
    app = secret_app
    code = app.code()
    for headers, form in [
        ({}, {}),
        ({}, {"client_secret": "wrong"}),
        ({}, {"client_secret": app.secret + "x"}),
        (basic(app.client_id, "wrong"), {}),
        (basic(app.client_id, ""), {}),
    ]:
        refused(app.exchange(code, headers=headers, **form), "invalid_client", "invalid_client_secret")
    assert app.exchange(code, client_secret=app.secret).status == 200


def test_each_of_two_secrets_is_right(secret_app):
    app = secret_app
    second = "another+secret+of+24+characters"
    app.idp.add_user_pool_client_secret(UserPoolId=app.pool_id, ClientId=app.client_id, ClientSecret=second)
    browser = app.browser()
    for secret in (app.secret, second):
        assert app.exchange(app.code(browser), client_secret=secret).status == 200
        # A plus sign in the header stays one, encoded or not.
        for written in (secret, quote(secret, safe="")):
            assert app.exchange(app.code(browser), headers=basic(app.client_id, written)).status == 200


def test_a_public_client_shows_nothing(app):
    code = app.code()
    for headers in (basic(app.client_id, "secret"), basic(app.client_id, "")):
        refused(app.exchange(code, headers=headers), "invalid_client")
    refused(app.exchange(code, client_secret="secret"), "invalid_client")
    assert app.exchange(code).status == 200


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !", "Basic YQ==", "Bearer x", "Digest a=b", "", "Basic /w==", "Basic " + "A" * 9000]
)
def test_a_header_that_is_none(app, header):
    refused(app.exchange("x", headers={"Authorization": header}), "invalid_client")


def test_two_ways_at_once_or_two_names_are_refused(secret_app):
    app = secret_app
    headers = basic(app.client_id, app.secret)
    refused(app.exchange("x", headers=headers, client_secret=app.secret), "invalid_request")
    refused(app.exchange("x", headers=headers, client_id="other"), "invalid_request")


def test_an_unknown_client_and_a_missing_one(app):
    refused(app.exchange("x", client_id="unknown"), "invalid_client")
    refused(app.exchange("x", client_id=""), "invalid_request")


def test_the_kind_of_grant(app):
    refused(app.token(), "invalid_request")
    for other in ("password", "Authorization_Code", "implicit", "urn:ietf:params:oauth:grant-type:device_code"):
        refused(app.token(grant_type=other), "unsupported_grant_type")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", None])
def test_another_content_type_is_no_method(app, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    answer = app.browser().send("POST", "/oauth2/token", json.dumps({"grant_type": "x"}), headers)
    assert (answer.status, answer.text) == (405, "")
    name, value = answer.cookies[0].split(";")[0].split("=")
    assert name == "XSRF-TOKEN" and UUID.fullmatch(value)
    assert app.browser().get("/oauth2/token").status == 405


def test_a_content_type_may_have_parameters(app):
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    refused(app.exchange("x", headers=headers), "invalid_grant")


# ---- refresh_token ----


def test_a_refresh_keeps_what_was_granted(app):
    first = app.tokens(scope="openid email", nonce="n")
    answer = app.token(grant_type="refresh_token", refresh_token=first["refresh_token"], scope="openid phone")
    assert answer.status == 200
    body = answer.json
    assert set(body) == {"id_token", "access_token", "expires_in", "token_type"}
    before, access, identity = (claims(it) for it in (first["access_token"], body["access_token"], body["id_token"]))
    for name in ("scope", "auth_time", "origin_jti", "sub", "client_id", "version"):
        assert access[name] == before[name], name
    assert access["jti"] != before["jti"]
    assert identity["at_hash"] == at_hash(body["access_token"])
    assert "nonce" not in identity and identity["email"] == "alice@example.com" and "phone_number" not in identity


def test_a_refresh_token_of_the_api_is_refreshed_here(oauth_app):
    app = oauth_app(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    app.add_user()
    own = app.idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH", ClientId=app.client_id,
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]  # fmt: skip
    body = app.token(grant_type="refresh_token", refresh_token=own["RefreshToken"]).json
    access = claims(body["access_token"])
    assert access["scope"] == "aws.cognito.signin.user.admin" and "version" not in access
    # And one of the domain by the API.
    tokens = app.tokens(scope="openid")
    result = app.idp.initiate_auth(
        AuthFlow="REFRESH_TOKEN_AUTH", ClientId=app.client_id,
        AuthParameters={"REFRESH_TOKEN": tokens["refresh_token"]},
    )["AuthenticationResult"]  # fmt: skip
    assert claims(result["AccessToken"])["scope"] == "openid"


def test_refresh_tokens_that_are_none(app, server):
    refused(app.token(grant_type="refresh_token"), "invalid_request")
    body = app.tokens()
    for wrong in ("x", body["access_token"], body["refresh_token"][:-2], "a.b.c.d.e"):
        refused(app.token(grant_type="refresh_token", refresh_token=wrong), "invalid_grant")
    other = App(app.idp, server, pool_id=app.pool_id)
    refused(other.token(grant_type="refresh_token", refresh_token=body["refresh_token"]), "invalid_grant")
    app.idp.admin_user_global_sign_out(UserPoolId=app.pool_id, Username="alice")
    refused(app.token(grant_type="refresh_token", refresh_token=body["refresh_token"]), "invalid_grant")


def test_rotation(clocked_app, move_clock):
    app = clocked_app(
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 20},
    )
    app.add_user()
    first = app.tokens()["refresh_token"]

    def refresh(token):
        return app.token(grant_type="refresh_token", refresh_token=token)

    answer = refresh(first)
    assert set(answer.json) == {"id_token", "access_token", "refresh_token", "expires_in", "token_type"}
    second = answer.json["refresh_token"]
    assert second != first and refresh(first).status == 200
    move_clock(app.server, 21)
    refused(refresh(first), "invalid_grant")
    assert refresh(second).status == 200


def test_a_tracked_device_cannot_be_named_here(oauth_app):
    app = oauth_app(
        pool={"DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": False}},
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    app.add_user()
    own = app.idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH", ClientId=app.client_id,
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]  # fmt: skip
    refused(app.token(grant_type="refresh_token", refresh_token=own["RefreshToken"]), "invalid_grant")


# ---- client_credentials ----


@pytest.fixture
def machine(oauth_app, server):
    app = oauth_app()
    app.idp.create_resource_server(
        UserPoolId=app.pool_id,
        Identifier="api",
        Name="api",
        Scopes=[{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write", "admin")],
    )
    return App(
        app.idp, server, pool_id=app.pool_id, GenerateSecret=True, CallbackURLs=[], LogoutURLs=[],
        AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["api/read", "api/write"],
    )  # fmt: skip


def credentials(app, **form):
    return app.token(basic(app.client_id, app.secret), grant_type="client_credentials", **form)


def test_a_client_gets_a_token_for_itself(machine):
    answer = credentials(machine)
    assert answer.status == 200
    body = answer.json
    assert set(body) == {"access_token", "expires_in", "token_type"}
    assert (body["expires_in"], body["token_type"]) == (3600, "Bearer")
    access = claims(body["access_token"])
    assert access == {
        "sub": machine.client_id,
        "token_use": "access",
        "scope": "api/read api/write",
        "auth_time": access["iat"],
        "iss": access["iss"],
        "exp": access["iat"] + 3600,
        "iat": access["iat"],
        "version": 2,
        "jti": access["jti"],
        "client_id": machine.client_id,
    }
    body = credentials(machine, scope="api/write", client_secret="").json
    assert claims(body["access_token"])["scope"] == "api/write"


def test_scopes_of_a_client(machine):
    refused(credentials(machine, scope="api/nothing"), "invalid_scope")
    refused(credentials(machine, scope="unknown/read"), "invalid_scope")
    refused(credentials(machine, scope="api/read api/nothing"), "invalid_scope")
    refused(credentials(machine, scope="api/admin"), "invalid_grant")
    refused(credentials(machine, scope="openid"), "invalid_grant")
    refused(credentials(machine, scope=" "), "invalid_scope")
    machine.idp.delete_resource_server(UserPoolId=machine.pool_id, Identifier="api")
    refused(credentials(machine, scope="api/read"), "invalid_scope")
    # Of what the client may have nothing is left.
    refused(credentials(machine), "invalid_scope")


def test_metadata_of_a_client_is_a_map_of_texts(machine):
    assert credentials(machine, aws_client_metadata='{"a":"b"}').status == 200
    for wrong in ("x", "[]", '{"a":1}', '"a"', '{"a":{"b":"c"}}'):
        refused(credentials(machine, aws_client_metadata=wrong), "invalid_request")


def test_who_may_not_act_for_itself(app, secret_app, machine):
    refused(app.token(grant_type="client_credentials"), "unauthorized_client")
    refused(credentials(secret_app), "unauthorized_client")
    refused(machine.token(grant_type="client_credentials"), "invalid_client", "invalid_client_secret")
    answer = machine.token(basic(machine.client_id, machine.secret), grant_type="authorization_code", code="x",
                           redirect_uri=CALLBACK)  # fmt: skip
    refused(answer, "unauthorized_client")


# ---- token exchange ----


def test_a_token_is_exchanged_for_one_of_less(oauth_app, server):
    kind = "urn:ietf:params:oauth:token-type:access_token"
    app = oauth_app(ExplicitAuthFlows=["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"])
    app.add_user()
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": app.tokens(scope="openid email")["access_token"],
        "subject_token_type": kind,
    }
    answer = app.token(**form, scope="openid", audience="service")
    assert answer.status == 200
    body = answer.json
    assert {name: value for name, value in body.items() if name != "access_token"} == {
        "issued_token_type": kind, "token_type": "Bearer", "expires_in": body["expires_in"], "scope": "openid",
    }  # fmt: skip
    access = claims(body["access_token"])
    assert (access["scope"], access["aud"], access["username"]) == ("openid", "service", "alice")
    refused(app.token(**form | {"subject_token": "x"}), "invalid_grant")
    refused(app.token(**form | {"subject_token_type": "x"}), "invalid_request")
    refused(app.token(**form | {"subject_token": ""}), "invalid_request")
    other = App(app.idp, server, pool_id=app.pool_id)
    refused(other.token(**form), "invalid_grant")
