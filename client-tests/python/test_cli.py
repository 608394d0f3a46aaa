"""The AWS CLI lists, describes and signs in, told nothing but the endpoint."""

import json

import demo


def answer(ran) -> dict:
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stderr
    return json.loads(ran.stdout)


def test_the_cli_lists_user_pools(aws_cli):
    pools = answer(aws_cli("cognito-idp", "list-user-pools", "--max-results", "60"))["UserPools"]
    (pool,) = [pool for pool in pools if pool["Id"] == demo.POOL_ID]
    assert set(pool) == {"Id", "Name", "LambdaConfig", "CreationDate", "LastModifiedDate"}
    assert (pool["Name"], pool["LambdaConfig"]) == (demo.POOL_NAME, {})


def test_the_cli_lists_and_describes_the_client(aws_cli):
    listed = answer(aws_cli("cognito-idp", "list-user-pool-clients", "--user-pool-id", demo.POOL_ID))
    row = {"ClientId": demo.CLIENT_ID, "UserPoolId": demo.POOL_ID, "ClientName": demo.CLIENT_NAME}
    assert listed == {"UserPoolClients": [row]}

    named = ("--user-pool-id", demo.POOL_ID, "--client-id", demo.CLIENT_ID)
    client = answer(aws_cli("cognito-idp", "describe-user-pool-client", *named))["UserPoolClient"]
    assert client.pop("CreationDate") == client.pop("LastModifiedDate")
    for name in ("ReadAttributes", "WriteAttributes"):
        client[name] = sorted(client[name])
    client.pop("ClientType", None)
    assert client == demo.CLIENT


def test_the_cli_describes_the_user_pool(aws_cli):
    pool = answer(aws_cli("cognito-idp", "describe-user-pool", "--user-pool-id", demo.POOL_ID))["UserPool"]
    assert (pool["Id"], pool["Name"], pool["EstimatedNumberOfUsers"]) == (demo.POOL_ID, demo.POOL_NAME, 1)
    assert pool["Arn"] == f"arn:aws:cognito-idp:{demo.REGION}:{demo.ACCOUNT}:userpool/{demo.POOL_ID}"


def test_the_cli_shows_awss_words_for_the_provider_cognito(aws_cli):
    assert answer(aws_cli("cognito-idp", "list-identity-providers", "--user-pool-id", demo.POOL_ID)) == {
        "Providers": []
    }
    named = ("--user-pool-id", demo.POOL_ID, "--provider-name", "COGNITO")
    ran = aws_cli("cognito-idp", "describe-identity-provider", *named)
    assert ran.returncode != 0
    assert ran.stderr.strip().endswith(
        "An error occurred (ResourceNotFoundException) when calling the DescribeIdentityProvider operation: "
        f"Identity provider COGNITO for tenantId {demo.POOL_ID} does not exist."
    )


def test_the_cli_lists_users_page_by_page(aws_cli):
    users = answer(aws_cli("cognito-idp", "list-users", "--user-pool-id", demo.POOL_ID, "--page-size", "1"))["Users"]
    assert [user["Username"] for user in users] == [demo.USERNAME]


def test_the_cli_signs_in_and_trades_the_token_for_credentials(aws_cli):
    parameters = f"USERNAME={demo.USERNAME},PASSWORD={demo.PASSWORD}"
    signed_in = answer(
        aws_cli("cognito-idp", "initiate-auth", "--auth-flow", "USER_PASSWORD_AUTH", "--client-id", demo.CLIENT_ID,
                "--auth-parameters", parameters)
    )  # fmt: skip
    logins = ("--logins", f"{demo.PROVIDER}={signed_in['AuthenticationResult']['IdToken']}")
    found = answer(aws_cli("cognito-identity", "get-id", "--identity-pool-id", demo.IDENTITY_POOL_ID, *logins))
    identity_id = found["IdentityId"]
    issued = answer(aws_cli("cognito-identity", "get-credentials-for-identity", "--identity-id", identity_id, *logins))
    assert issued["IdentityId"] == identity_id and issued["Credentials"]["AccessKeyId"].startswith("ASIA")


def test_the_cli_lists_and_describes_the_identity_pool(aws_cli):
    pools = answer(aws_cli("cognito-identity", "list-identity-pools", "--max-results", "60"))["IdentityPools"]
    assert {"IdentityPoolId": demo.IDENTITY_POOL_ID, "IdentityPoolName": demo.IDENTITY_POOL_NAME} in pools
    named = ("--identity-pool-id", demo.IDENTITY_POOL_ID)
    pool = answer(aws_cli("cognito-identity", "describe-identity-pool", *named))
    pool.pop("IdentityPoolTags", None)
    assert pool == {
        "IdentityPoolId": demo.IDENTITY_POOL_ID,
        "IdentityPoolName": demo.IDENTITY_POOL_NAME,
        "AllowUnauthenticatedIdentities": True,
        "CognitoIdentityProviders": [
            {"ProviderName": demo.PROVIDER, "ClientId": demo.CLIENT_ID, "ServerSideTokenCheck": False}
        ],
    }
    roles = answer(aws_cli("cognito-identity", "get-identity-pool-roles", *named))["Roles"]
    assert roles == {"authenticated": demo.AUTHENTICATED_ROLE, "unauthenticated": demo.UNAUTHENTICATED_ROLE}
