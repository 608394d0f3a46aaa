"""What is in the tokens, judged by a JWT library that fetches the keys where the issuer says they are."""

import base64
import json
import re
import urllib.error
import urllib.request

import jwt
import pytest

import demo
from conftest import aws_client
from expect import UUID, attributes, refused

FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
TIMES = {"auth_time", "iat", "exp"}


def fetch(url) -> tuple[dict, dict]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer), {name.lower(): value for name, value in answer.headers.items()}


def unverified(token) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def verified(token, **checks) -> dict:
    """The token's claims, its signature, issuer and expiry checked with the keys that its issuer publishes."""
    issuer = unverified(token)["iss"]
    key = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json").get_signing_key_from_jwt(token)
    return jwt.decode(token, key, algorithms=["RS256"], issuer=issuer, **checks)


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def refresh(idp, client_id, token) -> dict:
    return idp.initiate_auth(
        AuthFlow="REFRESH_TOKEN_AUTH", ClientId=client_id, AuthParameters={"REFRESH_TOKEN": token}
    )["AuthenticationResult"]


@pytest.fixture
def issuer(server) -> str:
    return f"http://localhost:{server.port}/{demo.POOL_ID}"


def test_the_id_token_holds_exactly_what_aws_says(demo_idp, demo_tokens, issuer):
    claims = verified(demo_tokens["IdToken"], audience=demo.CLIENT_ID)
    sub = attributes(demo_idp.get_user(AccessToken=demo_tokens["AccessToken"])["UserAttributes"])["sub"]
    for name in ("jti", "origin_jti", "event_id"):
        assert UUID.fullmatch(claims[name]), name
    assert all(type(claims[name]) is int for name in TIMES)
    assert claims["auth_time"] == claims["iat"] and claims["exp"] - claims["iat"] == 3600
    own = {name: claims[name] for name in TIMES | {"jti", "origin_jti", "event_id"}}
    assert claims == own | {
        "sub": sub,
        "iss": issuer,
        "aud": demo.CLIENT_ID,
        "token_use": "id",
        "cognito:username": demo.USERNAME,
        "email": demo.EMAIL,
        "email_verified": True,
    }


def test_the_access_token_holds_exactly_what_aws_says(demo_tokens, issuer):
    id_claims = verified(demo_tokens["IdToken"], audience=demo.CLIENT_ID)
    claims = verified(demo_tokens["AccessToken"])
    assert UUID.fullmatch(claims["jti"]) and claims["jti"] != id_claims["jti"]
    # One sign-in made both.
    shared = {name: id_claims[name] for name in ("sub", "origin_jti", "event_id", "auth_time", "iat", "exp")}
    assert claims == shared | {
        "jti": claims["jti"],
        "iss": issuer,
        "client_id": demo.CLIENT_ID,
        "username": demo.USERNAME,
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
    }


def test_the_headers_hold_a_key_id_and_the_algorithm_and_each_token_has_a_key_of_its_own(demo_tokens):
    headers = [json.loads(decoded(demo_tokens[name].split(".")[0])) for name in ("IdToken", "AccessToken")]
    for header in headers:
        assert list(header) == ["kid", "alg"] and header["alg"] == "RS256"
        assert len(header["kid"]) == 44 and len(base64.b64decode(header["kid"], validate=True)) == 32
    assert headers[0]["kid"] != headers[1]["kid"]


def test_a_pool_publishes_its_two_keys(demo_tokens, issuer):
    document, headers = fetch(f"{issuer}/.well-known/jwks.json")
    assert list(document) == ["keys"] and len(document["keys"]) == 2
    for key in document["keys"]:
        assert key == {"alg": "RS256", "e": "AQAB", "kid": key["kid"], "kty": "RSA", "n": key["n"], "use": "sig"}
        assert len(decoded(key["n"])) == 256 and "=" not in key["n"]
    signed_with = {jwt.get_unverified_header(demo_tokens[name])["kid"] for name in ("IdToken", "AccessToken")}
    assert {key["kid"] for key in document["keys"]} == signed_with
    assert headers["content-type"].split(";")[0] == "application/json"
    assert headers["access-control-allow-origin"] == "*"


def test_a_pools_keys_are_its_own(server, idp, pool):
    keys = [
        {key["kid"] for key in fetch(f"{server.url}/{pool_id}/.well-known/jwks.json")[0]["keys"]}
        for pool_id in (demo.POOL_ID, pool.id)
    ]
    assert not keys[0] & keys[1]


def test_the_discovery_document_names_the_issuer_and_its_keys(issuer):
    document, headers = fetch(f"{issuer}/.well-known/openid-configuration")
    # Where the endpoints of a pool without a domain are is not settled.
    endpoints = {
        "authorization_endpoint",
        "end_session_endpoint",
        "revocation_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
    }
    for name in endpoints & set(document):
        assert document[name].startswith("http"), name
    assert {name: value for name, value in document.items() if name not in endpoints} == {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }
    assert headers["content-type"].split(";")[0] == "application/json"
    assert headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("document", ["jwks.json", "openid-configuration"])
def test_the_documents_of_an_unknown_pool_are_refused(server, document):
    with pytest.raises(urllib.error.HTTPError) as caught:
        fetch(f"{server.url}/us-west-2_Nowhere01/.well-known/{document}")
    assert caught.value.code in (400, 404)
    assert json.load(caught.value) == {"message": "User pool us-west-2_Nowhere01 does not exist."}


def test_the_refresh_token_is_encrypted_for_nobody_else(demo_tokens):
    parts = demo_tokens["RefreshToken"].split(".")
    assert decoded(parts[0]) == b'{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}'
    assert len(parts) == 5
    # A key wrapped by RSA-2048, AES-GCM's nonce, and its tag.
    assert [len(decoded(parts[n])) for n in (1, 2, 4)] == [256, 12, 16]
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", demo_tokens["RefreshToken"])


def test_a_refresh_keeps_the_sign_in_and_makes_new_tokens(demo_idp, demo_tokens):
    refreshed = refresh(demo_idp, demo.CLIENT_ID, demo_tokens["RefreshToken"])
    assert set(refreshed) == {"AccessToken", "IdToken", "ExpiresIn", "TokenType"}
    for name in ("AccessToken", "IdToken"):
        audience = {"audience": demo.CLIENT_ID} if name == "IdToken" else {}
        before, after = (verified(tokens[name], **audience) for tokens in (demo_tokens, refreshed))
        assert set(before) == set(after)
        assert before["jti"] != after["jti"] and before["iat"] <= after["iat"]
        renewed = {"jti", "iat", "exp", "event_id"}
        assert {k: v for k, v in before.items() if k not in renewed} == {
            k: v for k, v in after.items() if k not in renewed
        }


def test_each_sign_in_has_an_origin_of_its_own(pool):
    first, second = (unverified(pool.sign_in()["AccessToken"]) for _ in range(2))
    assert first["origin_jti"] != second["origin_jti"] and first["jti"] != second["jti"]


def test_tokens_last_as_long_as_the_client_says(idp, pool):
    client_id = idp.create_user_pool_client(
        UserPoolId=pool.id,
        ClientName="brief",
        ExplicitAuthFlows=FLOWS,
        AccessTokenValidity=5,
        IdTokenValidity=10,
        TokenValidityUnits={"AccessToken": "minutes", "IdToken": "minutes"},
    )["UserPoolClient"]["ClientId"]
    tokens = pool.sign_in(client=client_id)
    lifetimes = [
        claims["exp"] - claims["iat"] for claims in (unverified(tokens["AccessToken"]), unverified(tokens["IdToken"]))
    ]
    assert (tokens["ExpiresIn"], lifetimes) == (300, [300, 600])


def test_a_client_without_token_revocation_gets_tokens_without_their_ids(idp, pool):
    client_id = idp.create_user_pool_client(
        UserPoolId=pool.id, ClientName="plain", ExplicitAuthFlows=FLOWS, EnableTokenRevocation=False
    )["UserPoolClient"]["ClientId"]
    tokens = pool.sign_in(client=client_id)
    for name in ("IdToken", "AccessToken"):
        assert not {"jti", "origin_jti"} & set(unverified(tokens[name]))


def test_attributes_have_their_own_types_in_the_id_token(idp):
    pool_id = idp.create_user_pool(
        PoolName="rich", Schema=[{"Name": "level", "AttributeDataType": "Number", "Mutable": True}]
    )["UserPool"]["Id"]
    given = {
        "name": "Bob Builder",
        "birthdate": "1990-01-31",
        "phone_number": "+15555550100",
        "phone_number_verified": "true",
        "email": "bob@example.com",
        "email_verified": "false",
        "custom:level": "3",
    }
    client_id = idp.create_user_pool_client(
        UserPoolId=pool_id, ClientName="app", ExplicitAuthFlows=FLOWS, ReadAttributes=sorted(given)
    )["UserPoolClient"]["ClientId"]
    idp.admin_create_user(
        UserPoolId=pool_id,
        Username="bob",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": name, "Value": value} for name, value in given.items()],
    )
    idp.admin_set_user_password(UserPoolId=pool_id, Username="bob", Password="Passw0rd!", Permanent=True)
    tokens = idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=client_id,
        AuthParameters={"USERNAME": "bob", "PASSWORD": "Passw0rd!"},
    )["AuthenticationResult"]
    claims = unverified(tokens["IdToken"])
    assert {name: claims[name] for name in given} == given | {"phone_number_verified": True, "email_verified": False}
    assert not set(given) & set(unverified(tokens["AccessToken"]))


def test_the_id_token_leaves_out_what_the_client_may_not_read(idp, pool):
    client_id = idp.create_user_pool_client(
        UserPoolId=pool.id, ClientName="narrow", ExplicitAuthFlows=FLOWS, ReadAttributes=["name"]
    )["UserPoolClient"]["ClientId"]
    assert not {"email", "email_verified"} & set(unverified(pool.sign_in(client=client_id)["IdToken"]))


def test_a_pool_of_email_usernames_names_its_users_by_their_sub_in_the_tokens(idp):
    pool_id = idp.create_user_pool(PoolName="mail", UsernameAttributes=["email"])["UserPool"]["Id"]
    client_id = idp.create_user_pool_client(UserPoolId=pool_id, ClientName="app", ExplicitAuthFlows=FLOWS)[
        "UserPoolClient"
    ]["ClientId"]
    idp.admin_create_user(UserPoolId=pool_id, Username="bob@example.com", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool_id, Username="bob@example.com", Password="Passw0rd!", Permanent=True)
    tokens = idp.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=client_id,
        AuthParameters={"USERNAME": "bob@example.com", "PASSWORD": "Passw0rd!"},
    )["AuthenticationResult"]
    id_claims, access_claims = unverified(tokens["IdToken"]), unverified(tokens["AccessToken"])
    assert id_claims["cognito:username"] == access_claims["username"] == id_claims["sub"] == access_claims["sub"]


def sign_in_alice(server) -> dict:
    return aws_client(server, "cognito-idp").initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=demo.CLIENT_ID,
        AuthParameters={"USERNAME": demo.USERNAME, "PASSWORD": demo.PASSWORD},
    )["AuthenticationResult"]


def test_the_issuer_is_the_public_url_the_host_of_the_call_or_awss_own(start_server):
    cases = {
        ("--public-url", "https://login.example"): "https://login.example",
        ("--issuer", "aws"): "https://cognito-idp.us-west-2.amazonaws.com",
    }
    for flags, base in cases.items():
        server = start_server("--seed", demo.SEED, *flags)
        assert unverified(sign_in_alice(server)["IdToken"])["iss"] == f"{base}/{demo.POOL_ID}"
        document, _ = fetch(f"{server.url}/{demo.POOL_ID}/.well-known/openid-configuration")
        assert document["issuer"] == f"{base}/{demo.POOL_ID}"

    server = start_server("--seed", demo.SEED, "--issuer", "host")
    assert unverified(sign_in_alice(server)["IdToken"])["iss"] == f"{server.url}/{demo.POOL_ID}"


def test_an_expired_refresh_token_is_refused(start_server, move_clock):
    server = start_server("--seed", demo.SEED)
    tokens = sign_in_alice(server)
    move_clock(server, 30 * 24 * 3600 + 1)
    with refused("NotAuthorizedException", "Refresh Token has expired"):
        refresh(aws_client(server, "cognito-idp"), demo.CLIENT_ID, tokens["RefreshToken"])
