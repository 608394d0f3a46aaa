"""The functions of a pool that are asked when somebody signs in on its pages, and when the app asks for tokens."""

import pytest

import golden
from conftest import aws_client
from domain import CALLBACK, App, basic, claims
from functions import REGION, answering, arn, config, failing


@pytest.fixture
def make(start_server, functions):
    server = start_server(*functions.flags())

    def make(*triggers, lambdas=None, **client):
        idp = aws_client(server, "cognito-idp", region=REGION)
        app = App(idp, server, pool={"LambdaConfig": lambdas or config(*triggers)}, **client)
        app.add_user(email="alice@example.com", email_verified="true")
        functions.events.clear()
        return app

    return make


def test_the_functions_of_a_sign_in_in_their_order(make, functions):
    app = make("PreAuthentication", "PostAuthentication", "PreTokenGeneration")
    functions.on(PreTokenGeneration=answering(claimsOverrideDetails={"claimsToAddOrOverride": {"tenant": "t"}}))
    browser = app.browser()
    code = app.code(browser)
    asked = [event["triggerSource"] for event in functions.events]
    assert asked == ["PreAuthentication_Authentication", "PostAuthentication_Authentication"]
    tokens = app.exchange(code).json
    golden.matches("TokenGeneration_HostedAuth", functions.events[-1], userPoolId=app.pool_id, clientId=app.client_id)
    assert claims(tokens["id_token"])["tenant"] == "t"
    # The session asks nobody but for new tokens.
    functions.events.clear()
    again = browser.get("/oauth2/authorize", **app.query())
    assert app.exchange(again.query["code"]).status == 200
    app.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    asked = [event["triggerSource"] for event in functions.events]
    assert asked == ["TokenGeneration_HostedAuth", "TokenGeneration_RefreshTokens"]


@pytest.mark.parametrize("trigger", ["PreAuthentication", "PostAuthentication"])
def test_a_function_that_refuses_a_sign_in_is_heard_on_the_page(make, functions, trigger):
    app = make(trigger)
    functions.on(**{trigger: failing("not today")})
    browser = app.browser()
    answer = app.sign_in(browser)
    assert (answer.status, answer.error) == (200, f"{trigger} failed with error not today.")
    assert "cognito" not in browser.cookies


def test_a_function_that_refuses_tokens(make, functions):
    app = make("PreTokenGeneration", AllowedOAuthFlows=["code", "implicit"])
    functions.on(PreTokenGeneration=failing("no"))
    words = "PreTokenGeneration failed with error no."
    answer = app.exchange(app.code())
    assert (answer.status, answer.json) == (400, {"error": "invalid_grant", "error_description": words})
    answer = app.sign_in(response_type="token", state="s")
    encoded = words.replace(" ", "+")
    assert answer.location == f"{CALLBACK}#error_description={encoded}&state=s&error=invalid_request"


def test_a_later_version_is_told_the_scopes_and_may_change_them(make, functions):
    lambdas = {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": arn("PreTokenGeneration")}}
    app = make(lambdas=lambdas)
    functions.on(
        PreTokenGeneration=answering(
            claimsAndScopeOverrideDetails={"accessTokenGeneration": {"scopesToAdd": ["orders/read"]}}
        )
    )
    tokens = app.tokens(scope="openid email")
    assert functions.events[0]["request"]["scopes"] == ["openid", "email"]
    assert claims(tokens["access_token"])["scope"] == "openid email orders/read"


def test_a_user_of_another_directory_signs_in_on_the_page(make, functions):
    app = make("UserMigration")
    functions.on(
        UserMigration=answering(
            userAttributes={"email": "bob@example.com", "email_verified": "true"}, finalUserStatus="CONFIRMED",
            messageAction="SUPPRESS",
        )
    )  # fmt: skip
    answer = app.sign_in(username="bob", password="0ther-Passw0rd")
    assert "code" in answer.query, answer.text
    assert functions.events[0]["triggerSource"] == "UserMigration_Authentication"


def test_metadata_of_a_client_reaches_the_third_version(make, functions):
    lambdas = {"PreTokenGenerationConfig": {"LambdaVersion": "V3_0", "LambdaArn": arn("PreTokenGeneration")}}
    app = make(lambdas=lambdas)
    app.idp.create_resource_server(
        UserPoolId=app.pool_id, Identifier="api", Name="api",
        Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}],
    )  # fmt: skip
    machine = App(
        app.idp, app.server, pool_id=app.pool_id, GenerateSecret=True, CallbackURLs=[], LogoutURLs=[],
        AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["api/read"],
    )  # fmt: skip
    answer = machine.token(
        basic(machine.client_id, machine.secret), grant_type="client_credentials", aws_client_metadata='{"c":"d"}'
    )
    assert answer.status == 200
    (event,) = functions.events
    assert event["triggerSource"] == "TokenGeneration_ClientCredentials"
    assert event["request"]["clientMetadata"] == {"c": "d"} and event["request"]["scopes"] == ["api/read"]
