"""The functions of a pool that are asked when somebody comes from another identity provider."""

import pytest

import golden
from conftest import aws_client
from domain import App, claims
from expect import attributes
from functions import REGION, answering, arn, config, failing
from upstream import Upstream, add_provider, come, tokens


@pytest.fixture
def upstream():
    running = Upstream()
    yield running
    running.stop()


@pytest.fixture
def make(start_server, functions, upstream):
    server = start_server(*functions.flags())

    def make(*triggers, inbound=False, pool=None, **provider):
        idp = aws_client(server, "cognito-idp", region=REGION)
        lambdas = config(*triggers)
        if inbound:
            lambdas["InboundFederation"] = {"LambdaVersion": "V1_0", "LambdaArn": arn("InboundFederation")}
        first = App(idp, server, pool={"LambdaConfig": lambdas} | (pool or {}))
        add_provider(first, upstream, **provider)
        return App(idp, server, pool_id=first.pool_id, SupportedIdentityProviders=["COGNITO", "Okta"])

    return make


def known(app, username="Okta_1"):
    return attributes(app.idp.admin_get_user(UserPoolId=app.pool_id, Username=username)["UserAttributes"])


def told(answer):
    assert answer.status == 302 and "code" not in answer.query, answer.text
    return answer.query["error"], answer.query.get("error_description")


def users(app):
    return [user["Username"] for user in app.idp.list_users(UserPoolId=app.pool_id)["Users"]]


ALL = ("PreSignUp", "PostConfirmation", "PreAuthentication", "PostAuthentication", "PreTokenGeneration")


def test_the_functions_in_their_order_and_what_they_are_told(make, upstream, functions):
    app = make(*ALL, inbound=True)
    tokens(app, come(app, upstream, email="ann@example.com"))
    assert functions.sources() == [
        "InboundFederation_ExternalProvider",
        "PreSignUp_ExternalProvider",
        "PostConfirmation_ConfirmSignUp",
        "TokenGeneration_HostedAuth",
    ]
    inbound, sign_up, confirmed, generation = functions.events
    said = inbound["request"]["attributes"]["idToken"]
    assert said.pop("exp") - said.pop("iat") == 600
    known = {"userPoolId": app.pool_id, "clientId": app.client_id}
    golden.matches("InboundFederation_ExternalProvider", inbound, **known)
    golden.matches("PreSignUp_ExternalProvider", sign_up, **known)
    golden.matches("PostConfirmation_ConfirmSignUp.federated", confirmed, **known)
    groups = generation["request"]["groupConfiguration"]["groupsToOverride"]
    assert groups == [f"{app.pool_id}_Okta"]
    assert generation["request"]["userAttributes"]["cognito:user_status"] == "EXTERNAL_PROVIDER"
    functions.events.clear()
    tokens(app, come(app, upstream, email="ann@example.com"))
    assert functions.sources() == [
        "InboundFederation_ExternalProvider",
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
        "TokenGeneration_HostedAuth",
    ]
    golden.matches("PreAuthentication_Authentication.federated", functions.events[1], **known)
    golden.matches("PostAuthentication_Authentication.federated", functions.events[2], **known)


def test_inbound_federation_says_which_claims_count(make, upstream, functions):
    app = make(inbound=True, mapping={"email": "email", "name": "display"})
    functions.on(InboundFederation=answering(userAttributesToMap={"display": "Ann of Okta"}))
    tokens(app, come(app, upstream, email="ann@example.com"))
    now = known(app)
    assert now["name"] == "Ann of Okta" and "email" not in now
    functions.on(InboundFederation=answering(userAttributesToMap={}))
    tokens(app, come(app, upstream, email="ann@example.com"))
    assert known(app)["email"] == "ann@example.com"


@pytest.mark.parametrize("trigger", ["InboundFederation", "PreSignUp", "PreAuthentication", "PostAuthentication"])
def test_a_function_that_refuses_leaves_no_trace(make, upstream, functions, trigger):
    inbound = trigger == "InboundFederation"
    app = make(*([] if inbound else [trigger]), inbound=inbound)
    is_later = trigger.endswith("Authentication")
    if is_later:
        come(app, upstream, email="ann@example.com")
    functions.on(**{trigger: failing("not today.")})
    answer = come(app, upstream, email="new@example.com")
    # With the space at its end that AWS has.
    assert told(answer) == ("invalid_request", f"{trigger} failed with error not today.. ")
    assert users(app) == (["Okta_1"] if is_later else [])
    if is_later:
        assert known(app)["email"] == "ann@example.com"


def test_a_function_after_the_sign_up_takes_nothing_back(make, upstream, functions):
    app = make("PostConfirmation")
    functions.on(PostConfirmation=failing("no"))
    assert told(come(app, upstream)) == ("invalid_request", "PostConfirmation failed with error no. ")
    assert users(app) == ["Okta_1"]
    tokens(app, come(app, upstream))


def test_pre_sign_up_may_verify_and_never_confirms(make, upstream, functions):
    app = make("PreSignUp")
    functions.on(PreSignUp=answering(autoConfirmUser=True, autoVerifyEmail=True))
    tokens(app, come(app, upstream, email="ann@example.com"))
    assert known(app)["email_verified"] == "true"
    found = app.idp.admin_get_user(UserPoolId=app.pool_id, Username="Okta_1")
    assert found["UserStatus"] == "EXTERNAL_PROVIDER"


def test_an_answer_of_the_wrong_shape(make, upstream, functions):
    app = make(inbound=True)
    functions.on(InboundFederation=answering(userAttributesToMap=[1]))
    assert told(come(app, upstream)) == ("invalid_request", "Unrecognizable lambda output")


def test_pre_sign_up_links_the_user_in_the_very_first_sign_in(make, upstream, functions):
    app = make("PreSignUp")
    functions.on(PreSignUp=lambda event: event)
    app.add_user("alice", email="ann@example.com", email_verified="true")

    def link(event):
        provider, subject = event["userName"].split("_", 1)
        app.idp.admin_link_provider_for_user(
            UserPoolId=app.pool_id,
            DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "alice"},
            SourceUser={
                "ProviderName": provider,
                "ProviderAttributeName": "Cognito_Subject",
                "ProviderAttributeValue": subject,
            },
        )
        return event

    functions.on(PreSignUp=link)
    granted = tokens(app, come(app, upstream, email="ann@example.com"))
    assert claims(granted["id_token"])["cognito:username"] == "alice"
    assert users(app) == ["alice"]
    # From then on nobody signs up.
    functions.events.clear()
    granted = tokens(app, come(app, upstream, email="ann@example.com"))
    assert claims(granted["id_token"])["cognito:username"] == "alice" and functions.events == []
