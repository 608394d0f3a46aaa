"""App clients and identity providers through boto3."""

import re

import pytest

from expect import body, refused, undated

GOOGLE = {"client_id": "google-app", "client_secret": "google-secret", "authorize_scopes": "openid email"}


@pytest.fixture
def pool_id(idp) -> str:
    return idp.create_user_pool(PoolName="pool")["UserPool"]["Id"]


def test_a_bare_client_has_all_of_awss_defaults_and_nothing_else(idp, pool_id):
    client = body(idp.create_user_pool_client(UserPoolId=pool_id, ClientName="bare"))["UserPoolClient"]
    assert client["CreationDate"] == client["LastModifiedDate"]
    assert re.fullmatch(r"[0-9a-z]{25,26}", client["ClientId"])
    described = body(idp.describe_user_pool_client(UserPoolId=pool_id, ClientId=client["ClientId"]))
    for answer in (client, described["UserPoolClient"]):
        # A member of the newest model that AWS shows in a description, and no capture settles.
        answer.pop("ClientType", None)
    assert described == {"UserPoolClient": client}
    assert undated(client) == {
        "UserPoolId": pool_id,
        "ClientName": "bare",
        "ClientId": client["ClientId"],
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
        "AllowedOAuthFlowsUserPoolClient": False,
        "EnableTokenRevocation": True,
        "EnablePropagateAdditionalUserContextData": False,
        "AuthSessionValidity": 3,
    }


def test_a_client_keeps_the_settings_that_it_was_made_with(idp, pool_id):
    settings = {
        "RefreshTokenValidity": 12,
        "AccessTokenValidity": 30,
        "IdTokenValidity": 45,
        "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "hours"},
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": ["https://localhost/back"],
        "LogoutURLs": ["https://localhost/out"],
        "DefaultRedirectURI": "https://localhost/back",
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": False,
        "AuthSessionValidity": 10,
    }
    lists = {"ReadAttributes": ["email", "name"], "WriteAttributes": ["name"]}
    client_id = idp.create_user_pool_client(UserPoolId=pool_id, ClientName="set", **settings, **lists)[
        "UserPoolClient"
    ]["ClientId"]
    client = idp.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)["UserPoolClient"]
    assert {name: client[name] for name in settings} == settings
    assert {name: sorted(client[name]) for name in lists} == lists


def test_a_client_gets_a_secret_only_when_it_asks_for_one(idp, pool_id):
    client = idp.create_user_pool_client(UserPoolId=pool_id, ClientName="secret", GenerateSecret=True)["UserPoolClient"]
    assert re.fullmatch(r"[0-9a-z]{51,52}", client["ClientSecret"])
    described = idp.describe_user_pool_client(UserPoolId=pool_id, ClientId=client["ClientId"])["UserPoolClient"]
    assert described["ClientSecret"] == client["ClientSecret"]


def test_a_client_may_bring_its_secret(idp, pool_id):
    client = idp.create_user_pool_client(UserPoolId=pool_id, ClientName="own", ClientSecret="s" * 24)["UserPoolClient"]
    assert client["ClientSecret"] == "s" * 24


def test_a_client_named_by_its_custom_id_gets_that_id_and_name(idp, pool_id):
    client = idp.create_user_pool_client(UserPoolId=pool_id, ClientName="_custom_id_:abcforthistest")["UserPoolClient"]
    assert (client["ClientId"], client["ClientName"]) == ("abcforthistest", "abcforthistest")


def test_a_row_of_list_user_pool_clients_has_three_members(idp, pool_id):
    assert body(idp.list_user_pool_clients(UserPoolId=pool_id)) == {"UserPoolClients": []}
    client_id = idp.create_user_pool_client(UserPoolId=pool_id, ClientName="row")["UserPoolClient"]["ClientId"]
    row = {"ClientId": client_id, "UserPoolId": pool_id, "ClientName": "row"}
    assert body(idp.list_user_pool_clients(UserPoolId=pool_id)) == {"UserPoolClients": [row]}


def test_clients_are_listed_page_by_page(idp, pool_id):
    made = [
        idp.create_user_pool_client(UserPoolId=pool_id, ClientName=f"app {n}")["UserPoolClient"]["ClientId"]
        for n in range(5)
    ]
    pages = list(idp.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool_id, MaxResults=2))
    assert [[c["ClientId"] for c in page["UserPoolClients"]] for page in pages] == [made[:2], made[2:4], made[4:]]
    assert "NextToken" not in pages[-1]


def test_a_deleted_client_is_gone(idp, pool_id):
    client_id = idp.create_user_pool_client(UserPoolId=pool_id, ClientName="app")["UserPoolClient"]["ClientId"]
    assert body(idp.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)) == {}
    for call in (idp.describe_user_pool_client, idp.delete_user_pool_client):
        with refused("ResourceNotFoundException", f"User pool client {client_id} does not exist."):
            call(UserPoolId=pool_id, ClientId=client_id)
    with refused("ResourceNotFoundException", f"User pool client {client_id} does not exist."):
        idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH", ClientId=client_id, AuthParameters={"USERNAME": "a", "PASSWORD": "b"}
        )


def test_a_client_of_another_pool_is_not_found(idp, pool_id):
    other = idp.create_user_pool(PoolName="other")["UserPool"]["Id"]
    client_id = idp.create_user_pool_client(UserPoolId=other, ClientName="app")["UserPoolClient"]["ClientId"]
    with refused("ResourceNotFoundException", f"User pool client {client_id} does not exist."):
        idp.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)


def test_a_client_needs_a_pool_that_exists(idp):
    with refused("ResourceNotFoundException", "User pool us-west-2_Nowhere01 does not exist."):
        idp.create_user_pool_client(UserPoolId="us-west-2_Nowhere01", ClientName="app")


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        ({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"]}, "InvalidParameterException", None),
        ({"GenerateSecret": True, "ClientSecret": "s" * 24}, "InvalidParameterException", None),
        ({"WriteAttributes": ["no_such_attribute"]}, "InvalidParameterException", None),
        ({"ReadAttributes": ["no_such_attribute"]}, "InvalidParameterException", None),
        (
            {"AccessTokenValidity": 4, "TokenValidityUnits": {"AccessToken": "minutes"}},
            "InvalidParameterException",
            None,
        ),
        ({"IdTokenValidity": 2, "TokenValidityUnits": {"IdToken": "days"}}, "InvalidParameterException", None),
        (
            {"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}},
            "InvalidParameterException",
            None,
        ),
        (
            {
                "AllowedOAuthFlows": ["client_credentials"],
                "AllowedOAuthScopes": ["openid"],
                "AllowedOAuthFlowsUserPoolClient": True,
                "GenerateSecret": True,
            },
            "InvalidOAuthFlowException",
            "openid is not supported with client_credentials flow",
        ),
        (
            {"AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"], "AllowedOAuthFlowsUserPoolClient": True},
            "InvalidOAuthFlowException",
            "CallbackUrls can not be empty when code flow or implicit flow is selected",
        ),
        (
            {
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["Cognito"],
                "AllowedOAuthFlowsUserPoolClient": True,
                "CallbackURLs": ["https://localhost"],
            },
            "ScopeDoesNotExistException",
            "Invalid scope requested: Cognito",
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_a_client_that_aws_refuses_is_refused(idp, pool_id, settings, code, message):
    with refused(code, message):
        idp.create_user_pool_client(UserPoolId=pool_id, ClientName="bad", **settings)
    assert idp.list_user_pool_clients(UserPoolId=pool_id)["UserPoolClients"] == []


def test_a_pool_without_identity_providers_lists_none(idp, pool_id):
    assert body(idp.list_identity_providers(UserPoolId=pool_id)) == {"Providers": []}


def test_describing_the_provider_cognito_is_refused_in_awss_words(idp, pool_id):
    message = f"Identity provider COGNITO for tenantId {pool_id} does not exist."
    with refused("ResourceNotFoundException", message):
        idp.describe_identity_provider(UserPoolId=pool_id, ProviderName="COGNITO")
    with refused("ResourceNotFoundException", message):
        idp.delete_identity_provider(UserPoolId=pool_id, ProviderName="COGNITO")


def test_an_identity_provider_is_listed_described_and_deleted(idp, pool_id):
    created = body(
        idp.create_identity_provider(
            UserPoolId=pool_id,
            ProviderName="Google",
            ProviderType="Google",
            ProviderDetails=GOOGLE,
            AttributeMapping={"email": "email"},
            IdpIdentifiers=["google.example"],
        )
    )["IdentityProvider"]
    details = created.pop("ProviderDetails")
    # AWS adds Google's own addresses to what was given.
    assert GOOGLE.items() <= details.items()
    assert undated(created) == {
        "UserPoolId": pool_id,
        "ProviderName": "Google",
        "ProviderType": "Google",
        "AttributeMapping": {"email": "email"} | created["AttributeMapping"],
        "IdpIdentifiers": ["google.example"],
    }
    described = body(idp.describe_identity_provider(UserPoolId=pool_id, ProviderName="Google"))
    assert described == {"IdentityProvider": created | {"ProviderDetails": details}}

    rows = body(idp.list_identity_providers(UserPoolId=pool_id))["Providers"]
    assert [undated(row) for row in rows] == [{"ProviderName": "Google", "ProviderType": "Google"}]
    assert set(rows[0]) == {"ProviderName", "ProviderType", "CreationDate", "LastModifiedDate"}

    assert body(idp.delete_identity_provider(UserPoolId=pool_id, ProviderName="Google")) == {}
    with refused("ResourceNotFoundException", f"Identity provider Google for tenantId {pool_id} does not exist."):
        idp.describe_identity_provider(UserPoolId=pool_id, ProviderName="Google")
    assert body(idp.list_identity_providers(UserPoolId=pool_id)) == {"Providers": []}


def test_an_identity_provider_stands_once_in_a_pool(idp, pool_id):
    google = {"UserPoolId": pool_id, "ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": GOOGLE}
    idp.create_identity_provider(**google)
    with refused("DuplicateProviderException", f"Google already exists in user pool {pool_id}"):
        idp.create_identity_provider(**google)


def test_identity_providers_are_listed_page_by_page(idp, pool_id):
    oidc = {
        "client_id": "app",
        "client_secret": "secret",
        "attributes_request_method": "GET",
        "oidc_issuer": "https://idp.example",
        "authorize_scopes": "openid",
        "authorize_url": "https://idp.example/authorize",
        "token_url": "https://idp.example/token",
        "attributes_url": "https://idp.example/userinfo",
        "jwks_uri": "https://idp.example/jwks",
    }
    for n in range(5):
        idp.create_identity_provider(
            UserPoolId=pool_id, ProviderName=f"Partner{n}", ProviderType="OIDC", ProviderDetails=oidc
        )
    pages = list(idp.get_paginator("list_identity_providers").paginate(UserPoolId=pool_id, MaxResults=2))
    assert [len(page["Providers"]) for page in pages] == [2, 2, 1]
    names = [provider["ProviderName"] for page in pages for provider in page["Providers"]]
    assert sorted(names) == [f"Partner{n}" for n in range(5)]
    assert "NextToken" not in pages[-1]


INVALID, FLOW = "InvalidParameterException", "InvalidOAuthFlowException"
OAUTH = {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"]}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (
            {
                "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"],
                "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 1},
            },
            INVALID,
            "ALLOW_REFRESH_TOKEN_AUTH cannot be enabled when refresh token rotation is enabled.",
        ),
        (
            {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"]},
            INVALID,
            "ExplicitAuthFlows cannot contain both legacy values and values that begin with ALLOW_.",
        ),
        (
            {
                "RefreshTokenValidity": 1,
                "AccessTokenValidity": 2,
                "TokenValidityUnits": {"RefreshToken": "hours", "AccessToken": "hours"},
            },
            INVALID,
            "Refresh token validity must be greater than or equal to the validity of the access and ID tokens.",
        ),
        (
            {"AllowedOAuthFlowsUserPoolClient": True},
            FLOW,
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
        ),
        (
            OAUTH | {"AllowedOAuthFlows": ["code", "client_credentials"]},
            FLOW,
            "client_credentials flow can not be selected along with code flow or implicit flow.",
        ),
        (
            OAUTH | {"AllowedOAuthFlows": ["client_credentials"]},
            FLOW,
            "openid is not supported with client_credentials flow",
        ),
        (
            OAUTH | {"AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["api/read"]},
            FLOW,
            "client_credentials flow is not supported for clients without a client secret.",
        ),
        (OAUTH, FLOW, "CallbackUrls can not be empty when code flow or implicit flow is selected"),
        (
            OAUTH | {"CallbackURLs": ["https://a.example/"], "DefaultRedirectURI": "https://b.example/"},
            INVALID,
            "Default redirect URI should be in CallbackURLs list.",
        ),
        (
            OAUTH | {"CallbackURLs": ["http://a.example/"]},
            INVALID,
            "http://a.example/ is not a valid redirect URI.",
        ),
        (
            OAUTH | {"CallbackURLs": ["https://a.example/"], "AllowedOAuthScopes": ["nowhere/read"]},
            "ScopeDoesNotExistException",
            "Invalid scope requested: nowhere/read",
        ),
        (
            {"SupportedIdentityProviders": ["Google"]},
            INVALID,
            "The provider Google does not exist for User Pool {pool_id}.",
        ),
        (
            {"EnablePropagateAdditionalUserContextData": True},
            INVALID,
            "EnablePropagateAdditionalUserContextData can only be enabled for clients with a client secret.",
        ),
        (
            {"AnalyticsConfiguration": {"RoleArn": "arn:aws:iam::000000000000:role/r"}},
            INVALID,
            "Invalid analytics configuration, either ApplicationId or ApplicationArn is required.",
        ),
        (
            {"ReadAttributes": ["custom:nowhere"]},
            INVALID,
            "Invalid read attributes specified while creating a client",
        ),
        (
            {"GenerateSecret": True, "ClientSecret": "s" * 24},
            INVALID,
            "ClientSecret cannot be specified when GenerateSecret is true.",
        ),
    ],
)
def test_settings_of_a_client_that_contradict_one_another_are_refused(idp, pool_id, settings, error, message):
    scopes = [{"ScopeName": "read", "ScopeDescription": "reads"}]
    idp.create_resource_server(UserPoolId=pool_id, Identifier="api", Name="api", Scopes=scopes)
    with refused(error, message.replace("{pool_id}", pool_id)):
        idp.create_user_pool_client(UserPoolId=pool_id, ClientName="refused", **settings)
    assert idp.list_user_pool_clients(UserPoolId=pool_id)["UserPoolClients"] == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ProviderName": "COGNITO"}, "COGNITO is a reserved provider name."),
        ({"ProviderName": "Other"}, "Provider Other cannot be of type Google."),
        (
            {"ProviderDetails": {"client_id": "a", "client_secret": "b"}},
            "Missing required attribute authorize_scopes in ProviderDetails.",
        ),
        ({"ProviderDetails": GOOGLE | {"color": "red"}}, "Unrecognized attribute color in ProviderDetails."),
        (
            {"AttributeMapping": {"custom:nowhere": "sub"}},
            "Invalid AttributeMapping: attribute custom:nowhere does not exist in the schema.",
        ),
        ({"IdpIdentifiers": ["taken"]}, "The identifier taken is already in use by another provider."),
        (
            {"AcrMapping": {"Level1": "a"}},
            "AcrMapping is supported for OIDC identity providers only.",
        ),
    ],
)
def test_settings_of_a_provider_that_contradict_one_another_are_refused(idp, pool_id, changed, message):
    saml = {"MetadataURL": "https://idp.example/metadata"}
    idp.create_identity_provider(
        UserPoolId=pool_id,
        ProviderName="Saml",
        ProviderType="SAML",
        ProviderDetails=saml,
        IdpIdentifiers=["taken"],
    )
    google = {"ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": GOOGLE}
    with refused(INVALID, message):
        idp.create_identity_provider(UserPoolId=pool_id, **google | changed)
    with refused("ResourceNotFoundException", f"Identity provider Google for tenantId {pool_id} does not exist."):
        idp.describe_identity_provider(UserPoolId=pool_id, ProviderName="Google")
