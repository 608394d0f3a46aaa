"""Tokens of every flow, verified by two libraries; what nobody signed is believed by nobody."""

import base64
import hashlib
import hmac
import json
import urllib.request

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwk
from joserfc import jwt as jose
from joserfc.errors import JoseError

from expect import refused
from forgery import forged
from sign_ins import PASSWORD, totp

BAD_SIGNATURE = ("NotAuthorizedException", "Could not verify signature for Access Token")
INVALID = ("NotAuthorizedException", "Invalid Access Token")


def keys(world) -> dict:
    url = f"{world.server.url}/{world.id}/.well-known/jwks.json"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def verified(world, result):
    """The claims of both tokens, on which PyJWT and joserfc agree."""
    published = keys(world)
    ours = jwt.PyJWKSet.from_dict(published)
    theirs = jwk.KeySet.import_key_set(published)
    found = []
    for name, audience in (("IdToken", world.client_id), ("AccessToken", None)):
        token = result[name]
        claims = jwt.decode(
            token,
            ours[jwt.get_unverified_header(token)["kid"]],
            algorithms=["RS256"],
            audience=audience,
            issuer=f"http://localhost:{world.server.port}/{world.id}",
            # The server's clock is moved by the tests.
            options={"verify_exp": False, "verify_iat": False},
        )
        decoded = jose.decode(token, theirs, algorithms=["RS256"])
        assert decoded.claims == claims and set(decoded.header) == {"kid", "alg"}
        wanted = {"iss": claims["iss"], "token_use": "id" if audience else "access"}
        registry = jose.JWTClaimsRegistry(
            now=lambda: int(world.now()),
            **{name: {"essential": True, "value": value} for name, value in wanted.items()},
            **({"aud": {"essential": True, "value": audience}} if audience else {}),
        )
        registry.validate(decoded.claims)
        found.append(claims)
    return found


def by_password(world):
    return world.sign_in()


def by_administrator(world):
    return world.admin_initiate(USERNAME="alice", PASSWORD=PASSWORD)


def by_srp(world):
    return world.srp().authenticate_user()


def by_choice(world):
    return world.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)


def by_code(world):
    session = world.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="EMAIL_OTP")["Session"]
    return world.respond("EMAIL_OTP", session, USERNAME="alice", EMAIL_OTP_CODE=world.code())


def by_two_factors(world):
    secret = world.enrol(world.tokens()["AccessToken"])
    world.prefer(SoftwareTokenMfa=(True, True))
    world.move(60)
    session, code = world.sign_in()["Session"], totp(secret, world.now())
    return world.respond("SOFTWARE_TOKEN_MFA", session, USERNAME="alice", SOFTWARE_TOKEN_MFA_CODE=code)


def by_new_password(world):
    world.idp.admin_set_user_password(UserPoolId=world.id, Username="alice", Password="Temp0rary!", Permanent=False)
    session = world.sign_in(password="Temp0rary!")["Session"]
    return world.respond("NEW_PASSWORD_REQUIRED", session, USERNAME="alice", NEW_PASSWORD="N3w-password")


def by_refresh(world):
    return {"AuthenticationResult": world.refresh(world.tokens()["RefreshToken"])}


def by_rotation(world):
    return {"AuthenticationResult": world.rotate(world.tokens()["RefreshToken"])}


@pytest.mark.parametrize(
    "flow",
    [
        by_password,
        by_administrator,
        by_srp,
        by_choice,
        by_code,
        by_two_factors,
        by_new_password,
        by_refresh,
        by_rotation,
    ],
    ids=lambda flow: flow.__name__,
)
def test_tokens_of_every_flow_are_alike(sign_ins, flow):
    world = sign_ins(mfa="OPTIONAL", first=["PASSWORD", "EMAIL_OTP"])
    world.add_user(email="alice@example.com", email_verified="true")
    one, access = verified(world, flow(world)["AuthenticationResult"])
    shared = ("sub", "iss", "origin_jti", "event_id", "auth_time", "iat", "exp")
    assert set(one) == {
        *shared, "aud", "token_use", "jti", "cognito:username", "email", "email_verified",
    }  # fmt: skip
    assert set(access) == {*shared, "client_id", "token_use", "jti", "username", "scope"}
    for name in shared:
        assert one[name] == access[name]
    assert one["cognito:username"] == access["username"] == "alice"
    assert one["email_verified"] is True and access["scope"] == "aws.cognito.signin.user.admin"


def unsigned(token, algorithm="none"):
    head, payload, _ = token.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    header = base64.urlsafe_b64encode(json.dumps(header | {"alg": algorithm}).encode()).rstrip(b"=").decode()
    return f"{header}.{payload}."


def test_a_forged_token_is_believed_by_nobody(sign_ins):
    world, elsewhere = sign_ins(), sign_ins()
    for it in (world, elsewhere):
        it.add_user()
    tokens, others = world.tokens(), elsewhere.tokens()
    token, published = tokens["AccessToken"], keys(world)
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(key for key in published["keys"] if key["kid"] == kid)
    claims = jwt.decode(token, options={"verify_signature": False})
    public = jwt.PyJWK(key).key.public_bytes(
        encoding=Encoding.PEM, format=PublicFormat.SubjectPublicKeyInfo
    )
    # PyJWT itself refuses to sign so.
    head = base64.urlsafe_b64encode(json.dumps({"kid": kid, "alg": "HS256"}).encode()).rstrip(b"=").decode()
    message = f"{head}.{token.split('.')[1]}"
    digest = hmac.new(public, message.encode(), hashlib.sha256).digest()
    symmetric = f"{message}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    other_claims = jwt.decode(others["AccessToken"], options={"verify_signature": False})
    wrong = {
        "another key's": forged(token),
        "longer": forged(token, exp=claims["exp"] + 1000),
        "HS256 with the public key": symmetric,
        "another pool's name": forged(others["AccessToken"], iss=claims["iss"]),
        "another pool's signature": ".".join(token.split(".")[:2] + others["AccessToken"].split(".")[2:]),
        "another pool's claims": ".".join(
            [token.split(".")[0], others["AccessToken"].split(".")[1], token.split(".")[2]]
        ),
    }
    assert other_claims["iss"] != claims["iss"]
    for what, forgery in wrong.items():
        with pytest.raises(world.idp.exceptions.NotAuthorizedException) as caught:
            world.idp.get_user(AccessToken=forgery)
        assert caught.value.response["Error"]["Message"] == BAD_SIGNATURE[1], what
    for algorithm in ("none", "None", "NONE"):
        with refused(*INVALID):
            world.idp.get_user(AccessToken=unsigned(token, algorithm))
    for forgery in (tokens["IdToken"], tokens["RefreshToken"], "", "..", "a.b.c"):
        with refused("NotAuthorizedException" if forgery else "InvalidParameterException"):
            world.idp.get_user(AccessToken=forgery)
    # Nor by whoever verifies with a library.
    with pytest.raises(JoseError):
        jose.decode(unsigned(token), jwk.KeySet.import_key_set(published), algorithms=["RS256"])
    with pytest.raises((JoseError, ValueError)):
        jose.decode(others["AccessToken"], jwk.KeySet.import_key_set(published), algorithms=["RS256"])

