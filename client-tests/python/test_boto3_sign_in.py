"""Sign-in, refresh and GetUser through boto3. What is in the tokens is for test_tokens.py."""

import base64
import hashlib
import hmac
import json

import pytest

import demo
from expect import attributes, body, refused
from forgery import altered


def secret_hash(secret, username, client_id) -> str:
    digest = hmac.new(secret.encode(), (username + client_id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def initiate(idp, client_id, flow="USER_PASSWORD_AUTH", **parameters):
    return idp.initiate_auth(AuthFlow=flow, ClientId=client_id, AuthParameters=parameters)


def test_a_password_sign_in_answers_three_tokens(demo_idp):
    answer = body(initiate(demo_idp, demo.CLIENT_ID, USERNAME=demo.USERNAME, PASSWORD=demo.PASSWORD))
    result = answer["AuthenticationResult"]
    assert answer == {
        "ChallengeParameters": {},
        "AuthenticationResult": {
            "AccessToken": result["AccessToken"],
            "ExpiresIn": 3600,
            "TokenType": "Bearer",
            "RefreshToken": result["RefreshToken"],
            "IdToken": result["IdToken"],
        },
    }
    assert [result[name].count(".") for name in ("AccessToken", "IdToken", "RefreshToken")] == [2, 2, 4]


def test_a_wrong_password_and_an_unknown_user_are_refused_alike_where_the_client_hides_who_exists(demo_idp):
    for name, password in ((demo.USERNAME, "wrong"), ("nobody", demo.PASSWORD)):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            initiate(demo_idp, demo.CLIENT_ID, USERNAME=name, PASSWORD=password)


def test_a_client_that_does_not_hide_who_exists_says_that_a_user_does_not(idp, pool):
    with refused("UserNotFoundException", "User does not exist."):
        initiate(idp, pool.client_id, USERNAME="nobody", PASSWORD="Passw0rd!")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        initiate(idp, pool.client_id, USERNAME="bob", PASSWORD="wrong")


@pytest.mark.parametrize(
    ("parameters", "missing"),
    [
        ({}, "USERNAME"),
        ({"PASSWORD": "Passw0rd!"}, "USERNAME"),
        ({"USERNAME": "", "PASSWORD": "Passw0rd!"}, "USERNAME"),
        ({"USERNAME": "alice"}, "PASSWORD"),
        ({"USERNAME": "alice", "PASSWORD": ""}, "PASSWORD"),
    ],
)
def test_a_missing_or_blank_parameter_is_named(demo_idp, parameters, missing):
    with refused("InvalidParameterException", f"Missing required parameter {missing}"):
        initiate(demo_idp, demo.CLIENT_ID, **parameters)


def test_a_refresh_without_a_token_names_the_parameter(demo_idp):
    with refused("InvalidParameterException", "Missing required parameter REFRESH_TOKEN"):
        initiate(demo_idp, demo.CLIENT_ID, "REFRESH_TOKEN_AUTH")


def test_over_long_parameters_reach_the_password_check(demo_idp):
    for username, password in (("u" * 65, "p" * 129), ("u" * 129, "p" * 257)):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            initiate(demo_idp, demo.CLIENT_ID, USERNAME=username, PASSWORD=password)


def test_an_unknown_client_is_refused(demo_idp):
    with refused("ResourceNotFoundException", "User pool client nosuchclient does not exist."):
        initiate(demo_idp, "nosuchclient", USERNAME=demo.USERNAME, PASSWORD=demo.PASSWORD)


def test_a_flow_that_the_client_does_not_allow_is_refused(idp, pool):
    client_id = idp.create_user_pool_client(UserPoolId=pool.id, ClientName="srp")["UserPoolClient"]["ClientId"]
    with refused("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client"):
        initiate(idp, client_id, USERNAME="bob", PASSWORD="Passw0rd!")


def test_an_admin_flow_is_refused_to_the_public(demo_idp):
    for flow in ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"):
        with refused("InvalidParameterException", "Initiate Auth method not supported."):
            initiate(demo_idp, demo.CLIENT_ID, flow, USERNAME=demo.USERNAME, PASSWORD=demo.PASSWORD)


def test_the_legacy_name_of_the_password_flow_allows_it_and_the_refresh(idp, pool):
    client_id = idp.create_user_pool_client(
        UserPoolId=pool.id, ClientName="legacy", ExplicitAuthFlows=["USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    result = pool.sign_in(client=client_id)
    for flow in ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"):
        assert (
            "AccessToken"
            in initiate(idp, client_id, flow, REFRESH_TOKEN=result["RefreshToken"])["AuthenticationResult"]
        )


def test_a_client_with_a_secret_wants_its_hash(idp, pool):
    client = idp.create_user_pool_client(
        UserPoolId=pool.id,
        ClientName="confidential",
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]
    client_id, right = client["ClientId"], secret_hash(client["ClientSecret"], "bob", client["ClientId"])

    missing = f"Client {client_id} is configured with secret but SECRET_HASH was not received"
    with refused("NotAuthorizedException", missing):
        initiate(idp, client_id, USERNAME="bob", PASSWORD="Passw0rd!")
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {client_id}"):
        initiate(idp, client_id, USERNAME="bob", PASSWORD="Passw0rd!", SECRET_HASH="d3Jvbmc=")
    result = pool.sign_in(client=client_id, SECRET_HASH=right)

    with refused("NotAuthorizedException", missing):
        initiate(idp, client_id, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=result["RefreshToken"])
    refreshed = initiate(idp, client_id, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=result["RefreshToken"], SECRET_HASH=right)
    assert "IdToken" in refreshed["AuthenticationResult"]


def test_the_secret_hash_is_awss(idp, pool):
    """The worked example: the hash of a known secret, user and client."""
    assert (
        secret_hash("secretsecretsecretsecret", "alice", "1example23456789")
        == "Frcgik1I5BO69D5/Ross3o24gt8azq0ruP8sN9b3zg8="
    )


def test_a_temporary_password_must_be_changed(idp, pool):
    idp.admin_create_user(
        UserPoolId=pool.id,
        Username="carol",
        TemporaryPassword="Temp0rary!",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "carol@example.com"}],
    )
    answer = body(initiate(idp, pool.client_id, USERNAME="carol", PASSWORD="Temp0rary!"))
    assert set(answer) == {"ChallengeName", "ChallengeParameters", "Session"}
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert 20 <= len(answer["Session"]) <= 4096
    parameters = answer["ChallengeParameters"]
    assert json.loads(parameters["userAttributes"])["email"] == "carol@example.com"
    assert json.loads(parameters["requiredAttributes"]) == []
    with refused("NotAuthorizedException", "Incorrect username or password."):
        initiate(idp, pool.client_id, USERNAME="carol", PASSWORD="wrong")


def test_an_alias_signs_in_once_it_is_verified(idp):
    pool_id = idp.create_user_pool(PoolName="alias", AliasAttributes=["email"])["UserPool"]["Id"]
    client_id = idp.create_user_pool_client(
        UserPoolId=pool_id, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    for username, verified in (("carol", "true"), ("dave", "false")):
        email = [{"Name": "email", "Value": f"{username}@example.com"}, {"Name": "email_verified", "Value": verified}]
        idp.admin_create_user(UserPoolId=pool_id, Username=username, MessageAction="SUPPRESS", UserAttributes=email)
        idp.admin_set_user_password(UserPoolId=pool_id, Username=username, Password="Passw0rd!", Permanent=True)
    assert "AuthenticationResult" in initiate(idp, client_id, USERNAME="carol@example.com", PASSWORD="Passw0rd!")
    with refused("UserNotFoundException", "User does not exist."):
        initiate(idp, client_id, USERNAME="dave@example.com", PASSWORD="Passw0rd!")


def test_a_refresh_answers_new_tokens_and_no_refresh_token(idp, pool):
    first = pool.sign_in()
    for flow in ("REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"):
        answer = body(initiate(idp, pool.client_id, flow, REFRESH_TOKEN=first["RefreshToken"]))
        result = answer["AuthenticationResult"]
        assert answer == {
            "ChallengeParameters": {},
            "AuthenticationResult": {
                "AccessToken": result["AccessToken"],
                "ExpiresIn": 3600,
                "TokenType": "Bearer",
                "IdToken": result["IdToken"],
            },
        }
        assert result["AccessToken"] != first["AccessToken"] and result["IdToken"] != first["IdToken"]
        assert idp.get_user(AccessToken=result["AccessToken"])["Username"] == "bob"


def test_a_token_that_is_no_refresh_token_of_this_client_is_refused(idp, pool):
    tokens = pool.sign_in()
    other = idp.create_user_pool_client(
        UserPoolId=pool.id,
        ClientName="other",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    right = tokens["RefreshToken"]
    wrong = ["garbage", "a.b.c.d.e", tokens["AccessToken"], *(altered(right, part) for part in range(5))]
    for token in wrong:
        with refused("NotAuthorizedException", "Invalid Refresh Token."):
            initiate(idp, pool.client_id, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token)
    with refused("NotAuthorizedException", "Invalid Refresh Token."):
        initiate(idp, other, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=right)


def test_a_refresh_token_of_another_pool_is_refused(demo_tokens, idp, pool):
    with refused("NotAuthorizedException", "Invalid Refresh Token."):
        initiate(idp, pool.client_id, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=demo_tokens["RefreshToken"])


def test_get_user_shows_what_the_client_may_read(demo_idp, demo_tokens):
    user = body(demo_idp.get_user(AccessToken=demo_tokens["AccessToken"]))
    found = attributes(user["UserAttributes"])
    assert user == {"Username": demo.USERNAME, "UserAttributes": user["UserAttributes"]}
    assert found == {"sub": found["sub"], "email": demo.EMAIL, "email_verified": "true"}


def test_get_user_hides_what_the_client_may_not_read(idp, pool):
    client_id = idp.create_user_pool_client(
        UserPoolId=pool.id,
        ClientName="narrow",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        ReadAttributes=["name"],
    )["UserPoolClient"]["ClientId"]
    user = idp.get_user(AccessToken=pool.sign_in(client=client_id)["AccessToken"])
    assert set(attributes(user["UserAttributes"])) <= {"sub", "name"}


def test_get_user_after_the_user_is_deleted_is_refused(idp, pool):
    tokens = pool.sign_in()
    idp.admin_delete_user(UserPoolId=pool.id, Username="bob")
    with refused("UserNotFoundException", "User does not exist."):
        idp.get_user(AccessToken=tokens["AccessToken"])


def test_a_password_set_anew_is_the_one_that_signs_in(idp, pool):
    idp.admin_set_user_password(UserPoolId=pool.id, Username="bob", Password="N3w-password", Permanent=True)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        pool.sign_in()
    assert "IdToken" in pool.sign_in(password="N3w-password")
