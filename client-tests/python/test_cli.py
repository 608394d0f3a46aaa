"""The AWS CLI lists, describes and signs in, told nothing but the endpoint."""

import json
import urllib.request

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


def refusal(ran) -> str:
    assert ran.returncode != 0
    return ran.stderr.strip().splitlines()[-1].removeprefix("aws: [ERROR]: ")


def test_the_cli_signs_up_confirms_and_signs_out(aws_cli, server, idp, pool):
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = idp.create_user_pool_client(UserPoolId=pool.id, ClientName="cli", ExplicitAuthFlows=flows)
    client = ("--client-id", made["UserPoolClient"]["ClientId"])
    idp.update_user_pool(UserPoolId=pool.id, AutoVerifiedAttributes=["email"])
    signed_up = answer(
        aws_cli("cognito-idp", "sign-up", *client, "--username", "cleo", "--password", demo.PASSWORD,
                "--user-attributes", "Name=email,Value=cleo@example.com")
    )  # fmt: skip
    assert (signed_up["UserConfirmed"], signed_up["CodeDeliveryDetails"]["Destination"]) == (False, "c***@e***")
    with urllib.request.urlopen(f"{server.url}/_cognitwin/messages?userPoolId={pool.id}", timeout=10) as sent:
        code = json.load(sent)[-1]["code"]
    confirm = ("cognito-idp", "confirm-sign-up", *client, "--username", "cleo", "--confirmation-code", code)
    confirmed = answer(aws_cli(*confirm, "--session", signed_up["Session"]))

    # The code that was confirmed signs in, too.
    first = ("--auth-flow", "USER_AUTH", "--auth-parameters", "USERNAME=cleo", "--session", confirmed["Session"])
    tokens = answer(aws_cli("cognito-idp", "initiate-auth", *client, *first))["AuthenticationResult"]
    user = answer(aws_cli("cognito-idp", "get-user", "--access-token", tokens["AccessToken"]))
    assert user["Username"] == "cleo"
    assert aws_cli("cognito-idp", "global-sign-out", "--access-token", tokens["AccessToken"]).returncode == 0
    assert refusal(aws_cli("cognito-idp", "get-user", "--access-token", tokens["AccessToken"])).startswith(
        "An error occurred (NotAuthorizedException) when calling the GetUser operation: Access Token has been revoked"
    )


def test_the_cli_answers_a_challenge_refreshes_and_revokes(aws_cli, account, idp, pool):
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    made = idp.create_user_pool_client(
        UserPoolId=pool.id,
        ClientName="cli",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation=rotation,
    )
    client = ("--client-id", made["UserPoolClient"]["ClientId"])
    named = ("--user-pool-id", pool.id, "--username", "dan")
    created = aws_cli(
        "cognito-idp", "admin-create-user", *named, "--temporary-password", "Temp0rary!",
        "--message-action", "SUPPRESS", keys=(account, "test"),
    )  # fmt: skip
    assert answer(created)["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    parameters = ("--auth-parameters", "USERNAME=dan,PASSWORD=Temp0rary!")
    asked = answer(aws_cli("cognito-idp", "initiate-auth", *client, "--auth-flow", "USER_PASSWORD_AUTH", *parameters))
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    respond = ("cognito-idp", "respond-to-auth-challenge", *client, "--challenge-name", "NEW_PASSWORD_REQUIRED",
               "--session", asked["Session"], "--challenge-responses")  # fmt: skip
    assert refusal(aws_cli(*respond, "USERNAME=dan,NEW_PASSWORD=weak")).startswith(
        "An error occurred (InvalidPasswordException) when calling the RespondToAuthChallenge operation: "
        "Password does not conform to policy: Password not long enough"
    )
    tokens = answer(aws_cli(*respond, "USERNAME=dan,NEW_PASSWORD=N3w-password"))["AuthenticationResult"]

    refresh = ("cognito-idp", "get-tokens-from-refresh-token", *client, "--refresh-token")
    refreshed = answer(aws_cli(*refresh, tokens["RefreshToken"]))["AuthenticationResult"]
    assert refreshed["RefreshToken"] != tokens["RefreshToken"]
    assert "(RefreshTokenReuseException)" in refusal(aws_cli(*refresh, tokens["RefreshToken"]))
    revoke = ("cognito-idp", "revoke-token", *client, "--token", refreshed["RefreshToken"])
    assert aws_cli(*revoke).returncode == 0
    assert refusal(aws_cli(*refresh, refreshed["RefreshToken"])).endswith("Refresh Token has been revoked")


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
