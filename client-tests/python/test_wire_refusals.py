"""Access tokens that are refused (facts of the token-authorised operations), and things that are not found."""

import pytest

import demo
from conftest import aws_client
from expect import skip_if_not_written
from forgery import altered, forged
from wire import assert_invalid, assert_refused, assert_refused_as, call

NO_POOL = "us-west-2_Nowhere01"


def get_user(server, token):
    return call(server, "GetUser", {"AccessToken": token}, signed=False)


def sign_in(server) -> dict:
    return call(
        server,
        "InitiateAuth",
        {
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": demo.CLIENT_ID,
            "AuthParameters": {"USERNAME": demo.USERNAME, "PASSWORD": demo.PASSWORD},
        },
    ).json["AuthenticationResult"]


def test_what_is_no_access_token_is_refused(server, demo_tokens):
    for token in ("garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", demo_tokens["IdToken"]):
        assert_refused(get_user(server, token), "NotAuthorizedException", "Invalid Access Token")


def test_an_access_token_signed_by_somebody_else_is_refused(server, demo_tokens):
    for token in (forged(demo_tokens["AccessToken"]), altered(demo_tokens["AccessToken"], 2)):
        message = "Could not verify signature for Access Token"
        assert_refused(get_user(server, token), "NotAuthorizedException", message)


def test_an_expired_access_token_is_refused(start_server, move_clock):
    server = start_server("--seed", demo.SEED)
    token = sign_in(server)["AccessToken"]
    assert get_user(server, token).status == 200
    move_clock(server, 3601)
    assert_refused(get_user(server, token), "NotAuthorizedException", "Access Token has expired")


@pytest.mark.parametrize(
    ("operation", "signed"),
    [("GlobalSignOut", False), ("RevokeToken", False), ("AdminUserGlobalSignOut", True), ("AdminDisableUser", True)],
)
def test_a_revoked_access_token_is_refused(server, account, pool, operation, signed):
    tokens = pool.sign_in()
    payload = {
        "GlobalSignOut": {"AccessToken": tokens["AccessToken"]},
        "RevokeToken": {"Token": tokens["RefreshToken"], "ClientId": pool.client_id},
    }.get(operation, {"UserPoolId": pool.id, "Username": "bob"})
    answer = call(server, operation, payload, signed=signed, account=account)
    if answer.status != 200:
        skip_if_not_written(answer.json["__type"], operation)
    assert answer.status == 200, answer.body
    assert_refused(get_user(server, tokens["AccessToken"]), "NotAuthorizedException", "Access Token has been revoked")


def test_an_access_token_of_a_deleted_user_is_refused(server, idp, pool):
    token = pool.sign_in()["AccessToken"]
    idp.admin_delete_user(UserPoolId=pool.id, Username="bob")
    assert_refused_as(get_user(server, token), "UserNotFoundException")


def test_a_missing_access_token_is_refused_without_its_value(server):
    answer = call(server, "GetUser", {}, signed=False)
    assert_invalid(answer, "Value at 'accessToken' failed to satisfy constraint: Member must not be null")


def test_an_unknown_client_is_named(server):
    payload = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": "nosuchclient",
        "AuthParameters": {"USERNAME": "a", "PASSWORD": "b"},
    }
    answer = call(server, "InitiateAuth", payload, signed=False)
    assert_refused(answer, "ResourceNotFoundException", "User pool client nosuchclient does not exist.")


@pytest.mark.parametrize(
    ("operation", "payload"),
    [
        ("DescribeUserPool", {}),
        ("DeleteUserPool", {}),
        ("CreateUserPoolClient", {"ClientName": "c"}),
        ("DescribeUserPoolClient", {"ClientId": "c"}),
        ("ListUserPoolClients", {}),
        ("DeleteUserPoolClient", {"ClientId": "c"}),
        ("ListIdentityProviders", {}),
        ("DescribeIdentityProvider", {"ProviderName": "COGNITO"}),
        ("DeleteIdentityProvider", {"ProviderName": "COGNITO"}),
        ("AdminCreateUser", {"Username": "u"}),
        ("AdminGetUser", {"Username": "u"}),
        ("AdminSetUserPassword", {"Username": "u", "Password": "Passw0rd!"}),
        ("AdminDeleteUser", {"Username": "u"}),
        ("ListUsers", {}),
    ],
)
def test_an_unknown_user_pool_is_named(server, operation, payload):
    answer = call(server, operation, {"UserPoolId": NO_POOL} | payload)
    assert_refused(answer, "ResourceNotFoundException", f"User pool {NO_POOL} does not exist.")


def test_a_pool_of_another_region_is_not_found(server):
    answer = call(server, "DescribeUserPool", {"UserPoolId": demo.POOL_ID}, region="eu-west-1")
    assert_refused(answer, "ResourceNotFoundException", f"User pool {demo.POOL_ID} does not exist.")


@pytest.mark.parametrize("operation", ["AdminGetUser", "AdminDeleteUser", "AdminSetUserPassword"])
def test_an_unknown_user_is_refused_to_an_administrator(server, operation):
    password = {"Password": "Passw0rd!"} if operation == "AdminSetUserPassword" else {}
    answer = call(server, operation, {"UserPoolId": demo.POOL_ID, "Username": "nobody"} | password)
    assert_refused(answer, "UserNotFoundException", "User does not exist.")


@pytest.mark.parametrize(
    ("operation", "payload"),
    [
        ("ForgotPassword", {}),
        ("ConfirmForgotPassword", {"ConfirmationCode": "123456", "Password": "Passw0rd!"}),
        ("ConfirmSignUp", {"ConfirmationCode": "123456"}),
        ("ResendConfirmationCode", {}),
    ],
)
def test_an_unknown_user_is_refused_to_the_public_where_the_client_does_not_hide_who_exists(
    server, pool, operation, payload
):
    answer = call(server, operation, {"ClientId": pool.client_id, "Username": "nobody"} | payload, signed=False)
    skip_if_not_written(answer.json.get("__type"), operation)
    assert_refused(answer, "UserNotFoundException", "Username/client id combination not found.")


def test_a_protected_pool_is_not_deleted(server, account):
    idp = aws_client(server, "cognito-idp", account=account)
    pool_id = idp.create_user_pool(PoolName="kept", DeletionProtection="ACTIVE")["UserPool"]["Id"]
    assert_refused(
        call(server, "DeleteUserPool", {"UserPoolId": pool_id}, account=account),
        "InvalidParameterException",
        "The user pool cannot be deleted because deletion protection is activated. "
        "Deletion protection must be inactivated first.",
    )
