"""What `fixtures/demo.yaml` holds, as the tests name it."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SEED = REPOSITORY / "fixtures" / "demo.yaml"

REGION = "us-west-2"
ACCOUNT = "000000000000"
POOL_ID = "us-west-2_Demo12345"
POOL_NAME = "test"
CLIENT_ID = "1example23456789localclient"
CLIENT_NAME = "test-app"
USERNAME = "alice"
PASSWORD = "Passw0rd!"
EMAIL = "alice@example.com"
IDENTITY_POOL_ID = "us-west-2:11111111-2222-4333-8444-555555555555"
IDENTITY_POOL_NAME = "test"
PROVIDER = f"cognito-idp.{REGION}.amazonaws.com/{POOL_ID}"
AUTHENTICATED_ROLE = "arn:aws:iam::000000000000:role/test-authenticated"
UNAUTHENTICATED_ROLE = "arn:aws:iam::000000000000:role/test-unauthenticated"

WRITE_ATTRIBUTES = [
    "address", "birthdate", "email", "family_name", "gender", "given_name", "locale", "middle_name", "name", "nickname",
    "phone_number", "picture", "preferred_username", "profile", "updated_at", "website", "zoneinfo",
]  # fmt: skip
READ_ATTRIBUTES = sorted([*WRITE_ATTRIBUTES, "email_verified", "phone_number_verified"])

# DescribeUserPoolClient of the client, but for its two dates.
CLIENT = {
    "UserPoolId": POOL_ID,
    "ClientName": CLIENT_NAME,
    "ClientId": CLIENT_ID,
    "RefreshTokenValidity": 30,
    "AccessTokenValidity": 60,
    "IdTokenValidity": 60,
    "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
    "ReadAttributes": READ_ATTRIBUTES,
    "WriteAttributes": WRITE_ATTRIBUTES,
    "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
    "SupportedIdentityProviders": ["COGNITO"],
    "CallbackURLs": ["https://localhost"],
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["email", "openid"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": True,
    "EnablePropagateAdditionalUserContextData": False,
    "AuthSessionValidity": 3,
}
