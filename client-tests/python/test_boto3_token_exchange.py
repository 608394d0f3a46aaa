"""Tokens that nobody signs in for: GetClientToken and GetDerivedToken."""

import jwt
import pytest

from conftest import aws_client
from expect import body, refused

PASSWORD = "Passw0rd!"
DELEGATE = "ALLOW_TOKEN_EXCHANGE_DELEGATION"
IMPERSONATE = "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"
SCOPES = ["orders/read", "orders/write"]


@pytest.fixture
def idp(server, account):
    return aws_client(server, "cognito-idp", account=account)


@pytest.fixture
def public(server):
    """Signed by somebody of another account: these calls find their pool by the client."""
    return aws_client(server, "cognito-idp")


@pytest.fixture
def pool(idp):
    pool = idp.create_user_pool(PoolName="exchange")["UserPool"]["Id"]
    scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")]
    idp.create_resource_server(UserPoolId=pool, Identifier="orders", Name="orders", Scopes=scopes)
    idp.admin_create_user(UserPoolId=pool, Username="alice", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password=PASSWORD, Permanent=True)
    return pool


def client(idp, pool, *, machine=False, flows=("ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"), secret=None):
    oauth = {"AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": SCOPES} if machine else {}
    made = idp.create_user_pool_client(
        UserPoolId=pool,
        ClientName="c",
        ExplicitAuthFlows=list(flows),
        GenerateSecret=machine if secret is None else secret,
        AllowedOAuthFlowsUserPoolClient=machine,
        **oauth,
    )["UserPoolClient"]
    return made["ClientId"], made.get("ClientSecret")


def said(token):
    return jwt.decode(token, options={"verify_signature": False})


def sign_in(public, client_id):
    given = {"USERNAME": "alice", "PASSWORD": PASSWORD}
    answer = public.initiate_auth(ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)
    return answer["AuthenticationResult"]


def test_a_client_with_a_secret_gets_a_token_of_its_own(idp, public, pool):
    client_id, secret = client(idp, pool, machine=True)
    answer = body(public.get_client_token(ClientId=client_id, Secret=secret))["ClientAuthenticationResult"]
    assert (answer["ExpiresIn"], answer["TokenType"]) == (3600, "Bearer")
    claims = said(answer["AccessToken"])
    assert claims["scope"] == "orders/read orders/write"
    assert (claims["sub"], claims["client_id"], claims["token_use"], claims["version"]) == (
        client_id,
        client_id,
        "access",
        2,
    )
    assert claims["exp"] - claims["iat"] == 3600 and not {"username", "origin_jti", "aud"} & set(claims)
    one = public.get_client_token(ClientId=client_id, Secret=secret, Scopes=["orders/read"])
    assert said(one["ClientAuthenticationResult"]["AccessToken"])["scope"] == "orders/read"
    with refused("InvalidParameterException", "Invalid scope requested: orders/delete"):
        public.get_client_token(ClientId=client_id, Secret=secret, Scopes=["orders/delete"])
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {client_id}"):
        public.get_client_token(ClientId=client_id, Secret=secret[::-1])
    with refused("ResourceNotFoundException", "User pool client nobody does not exist."):
        public.get_client_token(ClientId="nobody", Secret=secret)
    # Such a token is of nobody who could be asked for.
    with refused("NotAuthorizedException", "Access Token does not have required scopes"):
        public.get_user(AccessToken=answer["AccessToken"])


def test_a_client_for_users_gets_no_token_of_its_own(idp, public, pool):
    client_id, secret = client(idp, pool, secret=True)
    with refused("InvalidParameterException", "ALLOW_CLIENT_TOKEN_AUTH flow not enabled for this client"):
        public.get_client_token(ClientId=client_id, Secret=secret)
    client_id, _ = client(idp, pool)
    with refused("InvalidParameterException", "The client has no secret to get a token with."):
        public.get_client_token(ClientId=client_id, Secret="x" * 32)


def test_a_derived_token_says_no_more_than_its_subject(idp, public, pool):
    tokens = sign_in(public, client(idp, pool)[0])
    service, secret = client(idp, pool, machine=True, flows=[IMPERSONATE])
    asked = {"ClientId": service, "ClientSecret": secret, "SubjectTokenType": "ID_TOKEN"}
    answer = body(public.get_derived_token(**asked, SubjectToken=tokens["IdToken"], Audiences=["billing"]))
    assert (answer["IssuedTokenType"], answer["TokenType"], answer["Scopes"]) == ("ACCESS_TOKEN", "Bearer", SCOPES)
    claims, own = said(answer["IssuedToken"]), said(tokens["IdToken"])
    assert claims["aud"] == "billing" and claims["client_id"] == service and claims["username"] == "alice"
    assert "act" not in claims and claims["scope"] == "orders/read orders/write"
    for name in ("sub", "auth_time", "origin_jti", "event_id", "iss"):
        assert claims[name] == own[name], name
    assert 0 < answer["ExpiresIn"] <= 3600 and claims["exp"] <= own["exp"]
    identity = public.get_derived_token(
        **asked, SubjectToken=tokens["IdToken"], RequestedTokenType="ID_TOKEN", Resources=["orders"]
    )
    assert (identity["IssuedTokenType"], identity["TokenType"]) == ("ID_TOKEN", "N_A")
    claims = said(identity["IssuedToken"])
    assert (claims["token_use"], claims["aud"], claims["cognito:username"]) == ("id", "orders", "alice")


def test_the_scopes_of_a_subject_limit_those_of_a_derived_token(idp, public, pool):
    machine, secret = client(idp, pool, machine=True)
    subject = public.get_client_token(ClientId=machine, Secret=secret, Scopes=["orders/read"])
    subject = subject["ClientAuthenticationResult"]["AccessToken"]
    service, secret = client(idp, pool, machine=True, flows=[IMPERSONATE])
    asked = {"ClientId": service, "ClientSecret": secret, "SubjectToken": subject, "SubjectTokenType": "ACCESS_TOKEN"}
    assert public.get_derived_token(**asked)["Scopes"] == ["orders/read"]
    assert public.get_derived_token(**asked, Scopes=SCOPES)["Scopes"] == ["orders/read"]
    with refused("InvalidParameterException", "Invalid scope requested: orders/write"):
        public.get_derived_token(**asked, Scopes=["orders/write"])


def test_an_actor_is_named(idp, public, pool):
    tokens = sign_in(public, client(idp, pool)[0])
    machine, machine_secret = client(idp, pool, machine=True)
    actor = public.get_client_token(ClientId=machine, Secret=machine_secret)["ClientAuthenticationResult"]
    service, secret = client(idp, pool, machine=True, flows=[DELEGATE])
    asked = {
        "ClientId": service,
        "ClientSecret": secret,
        "SubjectToken": tokens["IdToken"],
        "SubjectTokenType": "ID_TOKEN",
    }
    acting = {"ActorToken": actor["AccessToken"], "ActorTokenType": "ACCESS_TOKEN"}
    first = public.get_derived_token(**asked, **acting)
    assert said(first["IssuedToken"])["act"] == {"sub": machine, "client_id": machine}
    with refused("InvalidParameterException", f"{IMPERSONATE} flow not enabled for this client"):
        public.get_derived_token(**asked)
    with refused("InvalidParameterException", "Missing required parameter ActorTokenType"):
        public.get_derived_token(**asked, ActorToken=actor["AccessToken"])
    with refused("InvalidParameterException", "Missing required parameter ActorToken"):
        public.get_derived_token(**asked, ActorTokenType="ACCESS_TOKEN")


def test_what_is_no_token_for_the_exchange(idp, public, pool, server, account):
    tokens = sign_in(public, client(idp, pool)[0])
    service, secret = client(idp, pool, machine=True, flows=[IMPERSONATE])
    asked = {"ClientId": service, "ClientSecret": secret, "SubjectTokenType": "ID_TOKEN"}
    for token in ("x", tokens["AccessToken"], tokens["IdToken"][:-8] + "AAAAAAAA", tokens["RefreshToken"]):
        with refused("NotAuthorizedException", "Invalid token."):
            public.get_derived_token(**asked, SubjectToken=token)
    asked["SubjectToken"] = tokens["IdToken"]
    with refused("InvalidParameterException", "Only one of Audiences and Resources can be provided."):
        public.get_derived_token(**asked, Audiences=["a"], Resources=["orders"])
    with refused("ResourceNotFoundException", "Resource server nothing does not exist."):
        public.get_derived_token(**asked, Resources=["nothing"])
    with refused("ResourceNotFoundException", f"Identity provider Google for tenantId {pool} does not exist."):
        public.get_derived_token(**asked, SubjectTokenProviderName="Google")
    with refused("NotImplementedException", status=501):
        public.get_derived_token(**asked | {"SubjectTokenType": "SAML2"})
    # Whoever signs the request needs no secret, but a wrong one is none.
    assert public.get_derived_token(**{k: v for k, v in asked.items() if k != "ClientSecret"})["IssuedToken"]
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {service}"):
        public.get_derived_token(**{**asked, "ClientSecret": secret[::-1]})
    other = idp.create_user_pool(PoolName="other")["UserPool"]["Id"]
    foreign, foreign_secret = client_of_other(idp, other)
    with refused("NotAuthorizedException", "Invalid token."):
        public.get_derived_token(**{**asked, "ClientId": foreign, "ClientSecret": foreign_secret})
    idp.admin_user_global_sign_out(UserPoolId=pool, Username="alice")
    with refused("NotAuthorizedException", "Token has been revoked."):
        public.get_derived_token(**asked)
    idp.admin_disable_user(UserPoolId=pool, Username="alice")
    with refused("NotAuthorizedException", "User is disabled."):
        public.get_derived_token(**asked)
    idp.admin_delete_user(UserPoolId=pool, Username="alice")
    with refused("UserNotFoundException", "User does not exist."):
        public.get_derived_token(**asked)


def client_of_other(idp, pool):
    made = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=[IMPERSONATE], GenerateSecret=True
    )["UserPoolClient"]
    return made["ClientId"], made["ClientSecret"]
