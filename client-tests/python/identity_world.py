"""Identity pools of a test's own account, and what a test reads of their tokens."""

import jwt
import pytest

ROLES = ("authenticated", "unauthenticated")
DEVELOPER = "login.example.app"


def role(account, name) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def provider_of(pool) -> str:
    return f"cognito-idp.us-west-2.amazonaws.com/{pool.id}"


def make_identity_pool(identity, account, *pools, roles=ROLES, **settings) -> str:
    """The id of an identity pool that takes the users of these user pools, with roles named after who takes them."""
    providers = [{"ProviderName": provider_of(pool), "ClientId": pool.client_id} for pool in pools]
    wanted = {"IdentityPoolName": "world", "AllowUnauthenticatedIdentities": True} | settings
    if providers:
        wanted.setdefault("CognitoIdentityProviders", providers)
    pool_id = identity.create_identity_pool(**wanted)["IdentityPoolId"]
    if roles:
        identity.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={name: role(account, name) for name in roles})
    return pool_id


def claims(token) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


@pytest.fixture
def other_account(account) -> str:
    return account[::-1] if account != account[::-1] else "333333333333"
