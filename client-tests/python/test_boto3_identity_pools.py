"""Identity pools through boto3: pools, roles, identities, credentials, and who STS says the holder is."""

import re
import time
from types import SimpleNamespace

import jwt
import pytest

import demo
from conftest import aws_client
from expect import body, refused
from forgery import forged
from identity_world import make_identity_pool, other_account, role  # noqa: F401

AUTHENTICATED = "arn:aws:iam::{}:role/pool-authenticated"
UNAUTHENTICATED = "arn:aws:iam::{}:role/pool-unauthenticated"
UNKNOWN = "us-west-2:00000000-0000-4000-8000-000000000000"
IDENTIFIER = re.compile(r"us-west-2:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def provider_of(pool) -> str:
    return f"cognito-idp.us-west-2.amazonaws.com/{pool.id}"


@pytest.fixture
def world(identity, pool, account) -> SimpleNamespace:
    """An identity pool that trusts the test's user pool, has both roles and welcomes guests."""
    roles = {"authenticated": AUTHENTICATED.format(account), "unauthenticated": UNAUTHENTICATED.format(account)}
    created = identity.create_identity_pool(
        IdentityPoolName="world",
        AllowUnauthenticatedIdentities=True,
        CognitoIdentityProviders=[{"ProviderName": provider_of(pool), "ClientId": pool.client_id}],
    )
    identity.set_identity_pool_roles(IdentityPoolId=created["IdentityPoolId"], Roles=roles)
    return SimpleNamespace(id=created["IdentityPoolId"], provider=provider_of(pool), roles=roles)


def test_a_bare_identity_pool_has_only_what_it_was_given(identity):
    created = body(identity.create_identity_pool(IdentityPoolName="bare", AllowUnauthenticatedIdentities=False))
    assert IDENTIFIER.fullmatch(created["IdentityPoolId"])
    # Whether AWS shows the empty map of tags is not settled.
    assert created.pop("IdentityPoolTags", {}) == {}
    assert created == {
        "IdentityPoolId": created["IdentityPoolId"],
        "IdentityPoolName": "bare",
        "AllowUnauthenticatedIdentities": False,
    }
    described = body(identity.describe_identity_pool(IdentityPoolId=created["IdentityPoolId"]))
    described.pop("IdentityPoolTags", None)
    assert described == created


def test_an_identity_pool_keeps_the_settings_that_it_was_made_with(identity, pool, account):
    settings = {
        "IdentityPoolName": "set",
        "AllowUnauthenticatedIdentities": True,
        "AllowClassicFlow": True,
        "SupportedLoginProviders": {"graph.facebook.com": "1234567890"},
        "DeveloperProviderName": "login.example.app",
        "OpenIdConnectProviderARNs": [f"arn:aws:iam::{account}:oidc-provider/idp.example"],
        "SamlProviderARNs": [f"arn:aws:iam::{account}:saml-provider/office"],
        "IdentityPoolTags": {"team": "identity"},
    }
    provider = {"ProviderName": provider_of(pool), "ClientId": pool.client_id}
    created = body(identity.create_identity_pool(**settings, CognitoIdentityProviders=[provider]))
    expected = settings | {"CognitoIdentityProviders": [provider | {"ServerSideTokenCheck": False}]}
    assert created == expected | {"IdentityPoolId": created["IdentityPoolId"]}
    assert body(identity.describe_identity_pool(IdentityPoolId=created["IdentityPoolId"])) == created


@pytest.mark.parametrize("provider_name", ["nonsense", "cognito-idp.us-west-2.amazonaws.com/us-west-2_Nowhere01"])
def test_an_identity_pool_refuses_a_user_pool_that_is_none(identity, provider_name):
    with refused("InvalidParameterException", "Invalid Cognito Identity Provider"):
        identity.create_identity_pool(
            IdentityPoolName="bad",
            AllowUnauthenticatedIdentities=False,
            CognitoIdentityProviders=[{"ProviderName": provider_name, "ClientId": "app"}],
        )
    assert identity.list_identity_pools(MaxResults=60)["IdentityPools"] == []


def test_identity_pools_are_listed_page_by_page_with_two_members_each(identity):
    assert body(identity.list_identity_pools(MaxResults=60)) == {"IdentityPools": []}
    made = []
    for n in range(5):
        created = identity.create_identity_pool(IdentityPoolName=f"pool {n}", AllowUnauthenticatedIdentities=False)
        made.append({"IdentityPoolId": created["IdentityPoolId"], "IdentityPoolName": f"pool {n}"})
    pages = list(identity.get_paginator("list_identity_pools").paginate(MaxResults=2))
    assert [page["IdentityPools"] for page in pages] == [made[:2], made[2:4], made[4:]]
    assert "NextToken" not in pages[-1]


def test_a_deleted_identity_pool_is_gone(identity):
    pool_id = identity.create_identity_pool(IdentityPoolName="short-lived", AllowUnauthenticatedIdentities=True)[
        "IdentityPoolId"
    ]
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    assert body(identity.delete_identity_pool(IdentityPoolId=pool_id)) == {}
    calls = (
        identity.describe_identity_pool,
        identity.delete_identity_pool,
        identity.get_identity_pool_roles,
        identity.get_id,
    )
    for call in calls:
        with refused("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found."):
            call(IdentityPoolId=pool_id)
    with refused("ResourceNotFoundException", f"Identity '{guest}' not found."):
        identity.get_credentials_for_identity(IdentityId=guest)


def test_roles_are_replaced_as_a_whole(identity, account):
    pool_id = identity.create_identity_pool(IdentityPoolName="roles", AllowUnauthenticatedIdentities=True)[
        "IdentityPoolId"
    ]
    bare = body(identity.get_identity_pool_roles(IdentityPoolId=pool_id))
    assert bare.pop("Roles", {}) == {}
    assert bare == {"IdentityPoolId": pool_id}

    both = {"authenticated": AUTHENTICATED.format(account), "unauthenticated": UNAUTHENTICATED.format(account)}
    assert body(identity.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=both)) == {}
    assert body(identity.get_identity_pool_roles(IdentityPoolId=pool_id)) == {"IdentityPoolId": pool_id, "Roles": both}
    one = {"authenticated": AUTHENTICATED.format(account)}
    identity.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=one)
    assert identity.get_identity_pool_roles(IdentityPoolId=pool_id)["Roles"] == one


def test_a_role_mapping_needs_a_provider_of_the_pool(identity, pool, world):
    mapping = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    key = f"{world.provider}:{pool.client_id}"
    identity.set_identity_pool_roles(IdentityPoolId=world.id, Roles=world.roles, RoleMappings={key: mapping})
    assert identity.get_identity_pool_roles(IdentityPoolId=world.id)["RoleMappings"] == {key: mapping}
    for wrong in (f"https://{key}", f"{world.provider}:otherclient"):
        with refused(
            "InvalidParameterException",
            f"({wrong}) is not a valid RoleMapping ProviderName or is not a configured provider.",
        ):
            identity.set_identity_pool_roles(IdentityPoolId=world.id, Roles=world.roles, RoleMappings={wrong: mapping})


def test_a_guest_is_a_new_identity_each_time(identity, world):
    answers = [body(identity.get_id(IdentityPoolId=world.id)) for _ in range(2)]
    assert [set(answer) for answer in answers] == [{"IdentityId"}] * 2
    assert all(IDENTIFIER.fullmatch(answer["IdentityId"]) for answer in answers)
    assert answers[0] != answers[1]


def test_a_user_is_the_same_identity_each_time(identity, pool, world):
    found = {
        identity.get_id(IdentityPoolId=world.id, Logins={world.provider: pool.sign_in()["IdToken"]})["IdentityId"]
        for _ in range(3)
    }
    pool.add_user("carol")
    carols = {world.provider: pool.sign_in("carol")["IdToken"]}
    assert len(found) == 1
    assert identity.get_id(IdentityPoolId=world.id, Logins=carols)["IdentityId"] not in found


def test_guests_are_refused_where_the_pool_is_closed_to_them(identity):
    pool_id = identity.create_identity_pool(IdentityPoolName="closed", AllowUnauthenticatedIdentities=False)[
        "IdentityPoolId"
    ]
    with refused("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool."):
        identity.get_id(IdentityPoolId=pool_id)


def test_a_login_of_a_provider_that_the_pool_does_not_know_is_refused(identity, pool, world, demo_tokens):
    logins = [
        {demo.PROVIDER: demo_tokens["IdToken"]},
        {world.provider.replace("us-west-2.", "us-east-1."): pool.sign_in()["IdToken"]},
        {"accounts.google.com": pool.sign_in()["IdToken"]},
    ]
    for login in logins:
        with refused("NotAuthorizedException", "Token is not from a supported provider of this identity pool."):
            identity.get_id(IdentityPoolId=world.id, Logins=login)


def test_a_token_for_a_client_that_the_pool_does_not_know_is_refused(idp, identity, pool, world):
    other = idp.create_user_pool_client(
        UserPoolId=pool.id,
        ClientName="other",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    token = pool.sign_in(client=other)["IdToken"]
    with refused("NotAuthorizedException", "Token is not from a supported provider of this identity pool."):
        identity.get_id(IdentityPoolId=world.id, Logins={world.provider: token})


def test_a_login_token_is_checked_in_full(identity, pool, world):
    tokens = pool.sign_in()
    cases = {
        "Invalid login token. Missing a required claim: aud": tokens["AccessToken"],
        "Invalid login token. Couldn't verify signed token.": forged(tokens["IdToken"]),
        "Invalid login token. Not a valid OpenId Connect identity token.": "garbage",
    }
    identity_id = identity.get_id(IdentityPoolId=world.id, Logins={world.provider: tokens["IdToken"]})["IdentityId"]
    for message, token in cases.items():
        with refused("NotAuthorizedException", message):
            identity.get_id(IdentityPoolId=world.id, Logins={world.provider: token})
        with refused("NotAuthorizedException", message):
            identity.get_credentials_for_identity(IdentityId=identity_id, Logins={world.provider: token})


def test_a_token_of_one_pool_under_the_name_of_another_is_refused(idp, identity, pool):
    other = idp.create_user_pool(PoolName="other")["UserPool"]["Id"]
    other_client = idp.create_user_pool_client(UserPoolId=other, ClientName="app")["UserPoolClient"]["ClientId"]
    other_provider = f"cognito-idp.us-west-2.amazonaws.com/{other}"
    created = identity.create_identity_pool(
        IdentityPoolName="two",
        AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[
            {"ProviderName": provider_of(pool), "ClientId": pool.client_id},
            {"ProviderName": other_provider, "ClientId": other_client},
        ],
    )
    with refused("NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName"):
        identity.get_id(IdentityPoolId=created["IdentityPoolId"], Logins={other_provider: pool.sign_in()["IdToken"]})


def test_an_expired_login_token_is_refused_with_both_times(start_server, move_clock):
    server = start_server("--seed", demo.SEED)
    idp, identity = aws_client(server, "cognito-idp"), aws_client(server, "cognito-identity")
    token = idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=demo.CLIENT_ID,
        AuthParameters={"USERNAME": demo.USERNAME, "PASSWORD": demo.PASSWORD},
    )["AuthenticationResult"]["IdToken"]
    move_clock(server, 3601)
    expires = jwt.decode(token, options={"verify_signature": False})["exp"]
    with refused("NotAuthorizedException", re.compile(rf"Invalid login token\. Token expired: [0-9]+ >= {expires}")):
        identity.get_id(IdentityPoolId=demo.IDENTITY_POOL_ID, Logins={demo.PROVIDER: token})


def assert_credentials(answer, identity_id):
    credentials = answer["Credentials"]
    assert set(answer) == {"IdentityId", "Credentials"} and answer["IdentityId"] == identity_id
    assert set(credentials) == {"AccessKeyId", "SecretKey", "SessionToken", "Expiration"}
    assert re.fullmatch(r"ASIA[A-Z0-9]{16}", credentials["AccessKeyId"])
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", credentials["SecretKey"])
    assert re.fullmatch(r"[A-Za-z0-9+/]{200,}={0,2}", credentials["SessionToken"])
    assert 3600 - 60 < credentials["Expiration"].timestamp() - time.time() <= 3600


def test_credentials_of_a_user_are_a_session_of_the_authenticated_role(connect, identity, pool, world, account):
    logins = {world.provider: pool.sign_in()["IdToken"]}
    identity_id = identity.get_id(IdentityPoolId=world.id, Logins=logins)["IdentityId"]
    answer = body(identity.get_credentials_for_identity(IdentityId=identity_id, Logins=logins))
    assert_credentials(answer, identity_id)

    caller = body(connect("sts", credentials=answer["Credentials"]).get_caller_identity())
    assert re.fullmatch(r"AROA[A-Z0-9]{17}:CognitoIdentityCredentials", caller["UserId"])
    assert caller == {
        "UserId": caller["UserId"],
        "Account": account,
        "Arn": f"arn:aws:sts::{account}:assumed-role/pool-authenticated/CognitoIdentityCredentials",
    }


def test_credentials_of_a_guest_are_a_session_of_the_unauthenticated_role(connect, identity, world, account):
    identity_id = identity.get_id(IdentityPoolId=world.id)["IdentityId"]
    answer = body(identity.get_credentials_for_identity(IdentityId=identity_id))
    assert_credentials(answer, identity_id)
    caller = connect("sts", credentials=answer["Credentials"]).get_caller_identity()
    assert caller["Arn"] == f"arn:aws:sts::{account}:assumed-role/pool-unauthenticated/CognitoIdentityCredentials"


def test_the_demo_seeds_user_becomes_its_authenticated_role(server, demo_identity, demo_tokens):
    logins = {demo.PROVIDER: demo_tokens["IdToken"]}
    identity_id = demo_identity.get_id(IdentityPoolId=demo.IDENTITY_POOL_ID, Logins=logins)["IdentityId"]
    answer = demo_identity.get_credentials_for_identity(IdentityId=identity_id, Logins=logins)
    caller = aws_client(server, "sts", credentials=answer["Credentials"]).get_caller_identity()
    assert caller["Arn"] == "arn:aws:sts::000000000000:assumed-role/test-authenticated/CognitoIdentityCredentials"
    assert caller["Account"] == demo.ACCOUNT


def test_an_authenticated_identity_needs_its_login(identity, pool, world):
    pool.add_user("carol")
    bob, carol = ({world.provider: pool.sign_in(name)["IdToken"]} for name in ("bob", "carol"))
    bobs = identity.get_id(IdentityPoolId=world.id, Logins=bob)["IdentityId"]
    with refused("NotAuthorizedException", f"Access to Identity '{bobs}' is forbidden."):
        identity.get_credentials_for_identity(IdentityId=bobs)
    with refused(
        "NotAuthorizedException",
        "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    ):
        identity.get_credentials_for_identity(IdentityId=bobs, Logins=carol)


def test_a_guest_who_signs_in_keeps_the_identity(identity, pool, world):
    guest = identity.get_id(IdentityPoolId=world.id)["IdentityId"]
    logins = {world.provider: pool.sign_in()["IdToken"]}
    assert identity.get_credentials_for_identity(IdentityId=guest, Logins=logins)["IdentityId"] == guest
    assert identity.get_id(IdentityPoolId=world.id, Logins=logins)["IdentityId"] == guest
    with refused("NotAuthorizedException", f"Access to Identity '{guest}' is forbidden."):
        identity.get_credentials_for_identity(IdentityId=guest)


def test_an_unknown_identity_is_refused(identity):
    with refused("ResourceNotFoundException", f"Identity '{UNKNOWN}' not found."):
        identity.get_credentials_for_identity(IdentityId=UNKNOWN)


def test_calls_on_an_unknown_identity_pool_are_refused(identity):
    message = f"IdentityPool '{UNKNOWN}' not found."
    for call in (identity.describe_identity_pool, identity.delete_identity_pool, identity.get_identity_pool_roles):
        with refused("ResourceNotFoundException", message):
            call(IdentityPoolId=UNKNOWN)
    with refused("ResourceNotFoundException", message):
        identity.set_identity_pool_roles(IdentityPoolId=UNKNOWN, Roles={})
    with refused("ResourceNotFoundException", message):
        identity.get_id(IdentityPoolId=UNKNOWN)


def test_a_pool_without_roles_issues_no_credentials(identity):
    pool_id = identity.create_identity_pool(IdentityPoolName="no roles", AllowUnauthenticatedIdentities=True)[
        "IdentityPoolId"
    ]
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    with refused(
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    ):
        identity.get_credentials_for_identity(IdentityId=guest)


@pytest.mark.parametrize("max_results", [0, 61])
def test_a_page_size_out_of_range_is_refused(identity, max_results):
    with refused("ValidationException"):
        identity.list_identity_pools(MaxResults=max_results)


def test_regions_and_accounts_keep_identity_pools_apart(connect, identity, account):
    mine = identity.create_identity_pool(IdentityPoolName="mine", AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
    for elsewhere in (
        connect("cognito-identity", region="us-east-1"),
        connect("cognito-identity", account=account[::-1] if account != account[::-1] else "333333333333"),
    ):
        assert elsewhere.list_identity_pools(MaxResults=60)["IdentityPools"] == []
        with refused("ResourceNotFoundException", f"IdentityPool '{mine}' not found."):
            elsewhere.describe_identity_pool(IdentityPoolId=mine)


def test_an_unsigned_call_finds_the_identity_pool_by_its_id(connect, world):
    anyone = connect("cognito-identity", region="us-east-1", unsigned=True)
    guest = anyone.get_id(IdentityPoolId=world.id)["IdentityId"]
    assert_credentials(body(anyone.get_credentials_for_identity(IdentityId=guest)), guest)


def test_tags_are_fifty_and_ones_own(identity, account):
    pool_id = make_identity_pool(identity, account, roles=None)
    arn = f"arn:aws:cognito-identity:us-west-2:{account}:identitypool/{pool_id}"
    identity.tag_resource(ResourceArn=arn, Tags={str(n): "" for n in range(50)} | {"_custom_id_": "us-west-2:1"})
    with refused("InvalidParameterException", "An identity pool can have at most 50 tags."):
        identity.tag_resource(ResourceArn=arn, Tags={"one": "more"})
    with refused("InvalidParameterException", "Tag keys cannot start with aws:, as aws:x does."):
        identity.tag_resource(ResourceArn=arn, Tags={"aws:x": "y"})
    tags = identity.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert set(tags) == {str(n) for n in range(50)}


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:s3:::some-bucket-name",
        "arn:aws:iam::nobody:role/any-role",
        "arn::iam:eu-west-1::role/any-role",
        "arn:aws:iam::000000000000:role/a b",
    ],
)
def test_what_is_no_role_is_refused(identity, account, arn):
    pool_id = make_identity_pool(identity, account, roles=None)
    with refused("InvalidParameterException", f"{arn} is not a valid ARN for this parameter."):
        identity.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={"unauthenticated": arn})


def test_a_role_of_another_account_is_not_given(identity, account, other_account):  # noqa: F811
    """Nor what a group of the user pool names instead of a role."""
    pool_id = make_identity_pool(identity, account, roles=None)
    identity.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={"unauthenticated": role(other_account, "admin")})
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    message = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
    with refused("InvalidIdentityPoolConfigurationException", message):
        identity.get_credentials_for_identity(IdentityId=guest)
