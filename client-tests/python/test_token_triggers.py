"""PreTokenGeneration: what the function is told of tokens, and what it may make of them."""

import jwt
import pytest

import golden
from conftest import aws_client
from expect import refused
from functions import REGION, answering, arn, config, failing
from sign_ins import FLOWS, SignIns

EMAIL = {"email": "alice@example.com", "email_verified": "true"}
ROLE = "arn:aws:iam::123456789012:role/admin"
SCOPE = "aws.cognito.signin.user.admin"
VOLATILE = {"auth_time", "event_id", "exp", "iat", "iss", "jti", "origin_jti"}
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")


def version(version):
    return {"PreTokenGenerationConfig": {"LambdaVersion": version, "LambdaArn": arn("PreTokenGeneration")}}


@pytest.fixture
def world(start_server, functions):
    """Makes a pool that asks about tokens, with alice in it, who is in two groups."""
    server = start_server(*functions.flags(["PreTokenGeneration"]))

    def make(lambdas=None, **options):
        idp = aws_client(server, "cognito-idp", region=REGION)
        it = SignIns(server, idp, LambdaConfig=lambdas or config("PreTokenGeneration"), **options)
        it.add_user(**EMAIL)
        for name, more in (("users", {"Precedence": 5}), ("admins", {"Precedence": 1, "RoleArn": ROLE})):
            it.idp.create_group(UserPoolId=it.id, GroupName=name, **more)
            it.idp.admin_add_user_to_group(UserPoolId=it.id, Username="alice", GroupName=name)
        return it

    return make


def said(tokens):
    """The claims of the ID token and of the access token, but for what changes each time."""

    def claims(token):
        all_claims = jwt.decode(token, options={"verify_signature": False})
        assert set(all_claims) >= VOLATILE
        return {name: value for name, value in all_claims.items() if name not in VOLATILE}

    return claims(tokens["IdToken"]), claims(tokens["AccessToken"])


def bare(it):
    """What both say where the function changes nothing."""
    sub = it.idp.admin_get_user(UserPoolId=it.id, Username="alice")["UserAttributes"]
    sub = next(one["Value"] for one in sub if one["Name"] == "sub")
    groups = {"sub": sub, "cognito:groups": ["admins", "users"]}
    roles = {"cognito:roles": [ROLE], "cognito:preferred_role": ROLE}
    own = {"token_use": "id", "aud": it.client_id, "cognito:username": "alice"}
    access = {"token_use": "access", "client_id": it.client_id, "username": "alice", "scope": SCOPE}
    return groups | roles | own | EMAIL | {"email_verified": True}, groups | access


@pytest.mark.parametrize("lambdas", [None, version("V1_0"), version("V2_0"), version("V3_0")])
def test_a_function_that_says_nothing_changes_nothing(world, functions, lambdas):
    it = world(lambdas)
    assert said(it.tokens()) == bare(it)
    name = "TokenGeneration_Authentication"
    if lambdas and lambdas["PreTokenGenerationConfig"]["LambdaVersion"] != "V1_0":
        name = f"{name}.{lambdas['PreTokenGenerationConfig']['LambdaVersion']}"
    golden.matches(name, functions.events[0], userPoolId=it.id, clientId=it.client_id)
    assert len(functions.events) == 1


def test_claims_of_the_first_version_go_to_the_id_token(world, functions):
    it = world()
    fixed = ("sub", "aud", "iss", "token_use", "cognito:username", "exp", "iat", "jti", "origin_jti", "auth_time")
    functions.on(
        PreTokenGeneration=answering(
            claimsOverrideDetails={
                "claimsToAddOrOverride": {"tenant": "t1", "email": "other@example.com", "gone": "x"}
                | dict.fromkeys(fixed, "forged"),
                "claimsToSuppress": ["email_verified", "gone", *fixed],
            }
        )
    )
    id_token, access_token = bare(it)
    del id_token["email_verified"]
    tokens = it.tokens()
    assert said(tokens) == (id_token | {"tenant": "t1", "email": "other@example.com"}, access_token)
    # Such tokens are as good as any.
    assert it.idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"
    # What was added is for this time only.
    functions.on(PreTokenGeneration=lambda event: event)
    assert said(it.refresh(tokens["RefreshToken"])) == bare(it)


@pytest.mark.parametrize("lambdas", [None, version("V2_0")])
@pytest.mark.parametrize(
    ("details", "groups", "roles", "preferred"),
    [
        ({"groupsToOverride": ["g"], "iamRolesToOverride": ["r", "s"], "preferredRole": "s"}, ["g"], ["r", "s"], "s"),
        ({"groupsToOverride": ["g"]}, ["g"], None, None),
        ({"groupsToOverride": None, "iamRolesToOverride": [], "preferredRole": None}, None, None, None),
        ({}, None, None, None),
        (None, None, None, None),
    ],
)
def test_groups_and_roles_are_replaced_as_a_whole(world, functions, lambdas, details, groups, roles, preferred):
    it = world(lambdas)
    name = "claimsAndScopeOverrideDetails" if lambdas else "claimsOverrideDetails"
    functions.on(PreTokenGeneration=answering(**{name: {"groupOverrideDetails": details}}))
    id_token, access_token = bare(it)
    given = {"cognito:groups": groups, "cognito:roles": roles, "cognito:preferred_role": preferred}
    for claims in (id_token, access_token):
        for claim in given:
            claims.pop(claim, None)
    id_token |= {claim: value for claim, value in given.items() if value}
    access_token |= {"cognito:groups": groups} if groups else {}
    assert said(it.tokens()) == (id_token, access_token)


def test_suppressed_groups_take_their_roles_along(world, functions):
    it = world()
    functions.on(PreTokenGeneration=answering(claimsOverrideDetails={"claimsToSuppress": ["cognito:groups"]}))
    id_token, access_token = bare(it)
    for claim in ("cognito:groups", "cognito:roles", "cognito:preferred_role"):
        del id_token[claim]
    assert said(it.tokens()) == (id_token, access_token)


def test_later_versions_change_both_tokens(world, functions):
    it = world(version("V2_0"))
    tree = {"a": [1, 2.5, True, None, {"b": "c"}]}
    functions.on(
        PreTokenGeneration=answering(
            claimsAndScopeOverrideDetails={
                "idTokenGeneration": {
                    "claimsToAddOrOverride": {"tree": tree, "age": 42, "aud": "forged", "cognito:groups": ["root"]},
                    "claimsToSuppress": ["email"],
                },
                "accessTokenGeneration": {
                    "claimsToAddOrOverride": {
                        "tree": tree, "email": "alice@example.com", "aud": it.client_id, "scope": "root",
                        "username": "root", "client_id": "forged", "device_key": "forged", "amr": ["mfa"],
                    },
                    "claimsToSuppress": ["cognito:groups", "client_id"],
                    "scopesToAdd": ["orders/read", SCOPE],
                    "scopesToSuppress": ["nothing"],
                },
            }
        )
    )  # fmt: skip
    id_token, access_token = bare(it)
    del id_token["email"], access_token["cognito:groups"]
    tokens = it.tokens()
    assert said(tokens) == (
        id_token | {"tree": tree, "age": 42},
        access_token
        | {"tree": tree, "email": "alice@example.com", "aud": it.client_id, "scope": f"{SCOPE} orders/read"},
    )
    assert it.idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "alice"


def test_an_access_token_without_the_scope_of_the_api_does_not_call_it(world, functions):
    it = world(version("V2_0"))
    functions.on(
        PreTokenGeneration=answering(
            claimsAndScopeOverrideDetails={
                "accessTokenGeneration": {
                    "claimsToAddOrOverride": {"aud": "another"},
                    "scopesToAdd": ["a"],
                    "scopesToSuppress": [SCOPE],
                }
            }
        )
    )
    tokens = it.tokens()
    assert said(tokens)[1] == bare(it)[1] | {"scope": "a"}
    with refused("NotAuthorizedException", "Access Token does not have required scopes"):
        it.idp.get_user(AccessToken=tokens["AccessToken"])


FIRST = "claimsOverrideDetails"
LATER = "claimsAndScopeOverrideDetails"


@pytest.mark.parametrize(
    ("lambdas", "answer"),
    [
        (None, {FIRST: "text"}),
        (None, {FIRST: []}),
        (None, {FIRST: {"claimsToAddOrOverride": {"age": 42}}}),
        (None, {FIRST: {"claimsToAddOrOverride": {"list": ["a"]}}}),
        (None, {FIRST: {"claimsToAddOrOverride": [1]}}),
        (None, {FIRST: {"claimsToSuppress": "email"}}),
        (None, {FIRST: {"groupOverrideDetails": {"groupsToOverride": "g"}}}),
        (version("V2_0"), {LATER: 1}),
        (version("V2_0"), {LATER: {"idTokenGeneration": []}}),
        (version("V2_0"), {LATER: {"idTokenGeneration": {"claimsToAddOrOverride": {"email_verified": {}}}}}),
        (version("V2_0"), {LATER: {"idTokenGeneration": {"claimsToAddOrOverride": {"address": {"formatted": "x"}}}}}),
        (version("V2_0"), {LATER: {"accessTokenGeneration": {"scopesToAdd": ["a b"]}}}),
        (version("V2_0"), {LATER: {"accessTokenGeneration": {"scopesToAdd": "a"}}}),
        (version("V3_0"), {LATER: {"groupOverrideDetails": []}}),
    ],
)
def test_an_answer_of_another_shape_makes_no_tokens(world, functions, lambdas, answer):
    it = world(lambdas)
    functions.on(PreTokenGeneration=answering(**answer))
    with refused(*UNRECOGNIZABLE):
        it.sign_in()


def test_the_answer_to_another_version_is_no_answer(world, functions):
    it = world()
    functions.on(PreTokenGeneration=answering(claimsAndScopeOverrideDetails="ignored"))
    assert said(it.tokens()) == bare(it)


def test_a_new_password_has_a_source_of_its_own(world, functions):
    it = world()
    it.idp.admin_delete_user(UserPoolId=it.id, Username="alice")
    it.add_user(permanent=False, **EMAIL)
    challenge = it.sign_in()
    assert functions.events == []
    it.idp.respond_to_auth_challenge(
        ClientId=it.client_id,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "alice", "NEW_PASSWORD": "An0therPassw0rd!"},
        ClientMetadata={"c": "d"},
    )
    assert len(functions.events) == 1
    golden.matches("TokenGeneration_NewPasswordChallenge", functions.events[0])


def test_a_refresh_asks_again(world, functions):
    it = world()
    tokens = it.tokens()
    functions.events.clear()
    it.idp.initiate_auth(
        ClientId=it.client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        ClientMetadata={"a": "b"},
    )
    golden.matches("TokenGeneration_RefreshTokens", functions.events[0], clientId=it.client_id)
    functions.events.clear()
    it.rotate(tokens["RefreshToken"], ClientMetadata={"c": "d"})
    event = functions.events[0]
    assert event["request"].pop("clientMetadata") == {"c": "d"}
    golden.matches("TokenGeneration_RefreshTokens", event)
    functions.on(PreTokenGeneration=failing("no"))
    with refused("UserLambdaValidationException", "PreTokenGeneration failed with error no."):
        it.refresh(tokens["RefreshToken"])


def test_a_rotation_that_fails_is_none(world, functions):
    rotating = {
        "ExplicitAuthFlows": [flow for flow in FLOWS if flow != "ALLOW_REFRESH_TOKEN_AUTH"],
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    }
    it = world(client=rotating)
    first = it.tokens()["RefreshToken"]
    functions.on(PreTokenGeneration=failing("no"))
    with refused("UserLambdaValidationException", "PreTokenGeneration failed with error no."):
        it.rotate(first)
    functions.on(PreTokenGeneration=lambda event: event)
    assert it.rotate(first)["RefreshToken"]
    functions.events.clear()
    with refused("RefreshTokenReuseException"):
        it.rotate(first)
    assert functions.events == []


def machine(it):
    scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")]
    it.idp.create_resource_server(UserPoolId=it.id, Identifier="orders", Name="orders", Scopes=scopes)
    client_id, secret = it.add_client(
        ExplicitAuthFlows=[],
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["orders/read", "orders/write"],
    )
    return {"ClientId": client_id, "Secret": secret}


def test_the_third_version_is_asked_about_clients(world, functions):
    it = world(version("V3_0"))
    client = machine(it)
    functions.on(
        PreTokenGeneration=answering(
            claimsAndScopeOverrideDetails={
                "idTokenGeneration": {"claimsToAddOrOverride": {"nowhere": "x"}},
                "accessTokenGeneration": {
                    "claimsToAddOrOverride": {"tenant": {"id": 1}, "sub": "forged"},
                    "scopesToAdd": ["orders/all"],
                    "scopesToSuppress": ["orders/write"],
                },
                "groupOverrideDetails": {"groupsToOverride": ["root"]},
            }
        )
    )
    result = it.idp.get_client_token(**client, ClientMetadata={"c": "d"})["ClientAuthenticationResult"]
    golden.matches("TokenGeneration_ClientCredentials", functions.events[0], clientId=client["ClientId"])
    claims = jwt.decode(result["AccessToken"], options={"verify_signature": False})
    for name in ("auth_time", "exp", "iat", "iss", "jti"):
        del claims[name]
    assert claims == {
        "sub": client["ClientId"],
        "client_id": client["ClientId"],
        "token_use": "access",
        "version": 2,
        "scope": "orders/read orders/all",
        "tenant": {"id": 1},
    }
    # The operation declares no error of a trigger.
    functions.on(PreTokenGeneration=failing("no"))
    with refused("InvalidParameterException", "PreTokenGeneration failed with error no."):
        it.idp.get_client_token(**client)
    functions.on(PreTokenGeneration=answering(claimsAndScopeOverrideDetails=1))
    with refused("InvalidParameterException", "Unrecognizable lambda output"):
        it.idp.get_client_token(**client)


@pytest.mark.parametrize("lambdas", [None, version("V2_0")])
def test_earlier_versions_know_nothing_of_clients(world, functions, lambdas):
    it = world(lambdas)
    assert it.idp.get_client_token(**machine(it))["ClientAuthenticationResult"]["AccessToken"]
    assert functions.events == []


def test_a_derived_token_is_refused_where_a_function_would_be_asked(world):
    it = world()
    exchanging, _ = it.add_client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
        AllowedOAuthFlowsUserPoolClient=False,
    )
    with refused(
        "UnexpectedLambdaException",
        "PreTokenGeneration invocation failed due to configuration. This trigger is not implemented by Cognitwin yet, "
        f"and this pool names {arn('PreTokenGeneration')}.",
    ):
        it.idp.get_derived_token(
            ClientId=exchanging, SubjectToken=it.tokens()["AccessToken"], SubjectTokenType="ACCESS_TOKEN"
        )
