"""Refresh tokens: renewed, rotated, revoked, and what no longer works after each."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from botocore.exceptions import ClientError

import sign_ins as names
from expect import body, refused
from forgery import altered
from sign_ins import FLOWS, PASSWORD

DAY = 24 * 3600
INVALID = ("NotAuthorizedException", "Invalid Refresh Token.")
REUSED = ("RefreshTokenReuseException", "Refresh token has been invalidated by rotation.")
EXPIRED = ("NotAuthorizedException", "Refresh Token has expired")
UNAUTHORIZED = ("UnauthorizedException", "Unauthorized")
RENEWED = {"AccessToken", "ExpiresIn", "IdToken", "TokenType"}


def rotation(grace=0):
    flows = [flow for flow in FLOWS if flow != "ALLOW_REFRESH_TOKEN_AUTH"]
    setting = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
    return {"ExplicitAuthFlows": flows, "RefreshTokenRotation": setting}


def claims(token):
    return jwt.decode(token, options={"verify_signature": False})


@pytest.fixture
def world(sign_ins):
    world = sign_ins()
    world.add_user()
    return world


@pytest.fixture
def rotating(sign_ins):
    world = sign_ins(client=rotation())
    world.add_user()
    return world


def ways(world):
    """Both ways to renew, each with what it is refused by."""
    return (world.refresh, world.rotate)


def test_both_operations_renew_and_keep_the_refresh_token(world):
    first = world.tokens()
    world.move(60)
    for renew in ways(world):
        result = renew(first["RefreshToken"])
        assert set(result) == RENEWED and (result["ExpiresIn"], result["TokenType"]) == (3600, "Bearer")
        for name in ("AccessToken", "IdToken"):
            before, after = claims(first[name]), claims(result[name])
            for same in ("origin_jti", "auth_time", "sub"):
                assert before[same] == after[same]
            assert before["jti"] != after["jti"] and after["iat"] >= before["iat"] + 60
    # And through an administrator, whichever way the user signed in.
    answer = world.admin_initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=first["RefreshToken"])
    assert set(answer["AuthenticationResult"]) == RENEWED and answer["ChallengeParameters"] == {}


def test_what_is_no_refresh_token_of_this_client_is_refused(world, sign_ins):
    tokens = world.tokens()
    right = tokens["RefreshToken"]
    other, _ = world.add_client()
    elsewhere = sign_ins()
    wrong = ["garbage", "a.b.c.d.e", tokens["AccessToken"], tokens["IdToken"], right + "A", right[:-4]]
    for token in wrong + [altered(right, part) for part in range(5)]:
        for renew in ways(world):
            with refused(*INVALID):
                renew(token)
    for renew in ways(world):
        with refused(*INVALID):
            renew(right, client_id=other)
    for renew in ways(elsewhere):
        with refused(*INVALID):
            renew(right)
    with refused("ResourceNotFoundException", "User pool client nowhere does not exist."):
        world.rotate(right, client_id="nowhere")


def test_a_refresh_token_expires(world):
    token = world.tokens()["RefreshToken"]
    world.move(30 * DAY - 5)
    for renew in ways(world):
        renew(token)
    world.move(6)
    for renew in ways(world):
        with refused(*EXPIRED):
            renew(token)


def test_a_second_factor_is_not_asked_again(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user(phone_number="+15550100")
    token = world.tokens()["RefreshToken"]
    world.prefer(SMSMfa=(True, True))
    world.require("ON")
    for renew in ways(world):
        assert set(renew(token)) == RENEWED


def test_whoever_may_not_sign_in_may_not_refresh(world):
    token, named = world.tokens()["RefreshToken"], {"UserPoolId": world.id, "Username": "alice"}
    world.idp.admin_disable_user(**named)
    for renew in ways(world):
        with refused("NotAuthorizedException", "User is disabled."):
            renew(token)
    world.idp.admin_enable_user(**named)
    world.idp.admin_user_global_sign_out(**named)
    for renew in ways(world):
        with refused(*names.REVOKED_REFRESH):
            renew(token)
    world.idp.admin_delete_user(**named)
    for renew in ways(world):
        with refused("UserNotFoundException", "User does not exist."):
            renew(token)


def test_a_device_that_is_none_is_refused(world):
    token = world.tokens()["RefreshToken"]
    with refused("ResourceNotFoundException", "Device does not exist."):
        world.refresh(token, DEVICE_KEY="us-west-2_abc")
    with refused("ResourceNotFoundException", "Device does not exist."):
        world.rotate(token, DeviceKey="us-west-2_abc")


def test_a_client_with_a_secret_gives_it(sign_ins):
    world = sign_ins(secret=True)
    world.add_user()
    token, client = world.tokens()["RefreshToken"], world.client_id
    with refused(
        "NotAuthorizedException", f"Client {client} is configured with secret but SECRET_HASH was not received"
    ):
        world.refresh(token)
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {client}"):
        world.refresh(token, SECRET_HASH=names.secret_hash(world.secret, "bob", client))
    assert set(world.refresh(token, SECRET_HASH=names.secret_hash(world.secret, "alice", client))) == RENEWED
    with refused("NotAuthorizedException", f"Client {client} is configured for secret but secret was not received"):
        world.rotate(token)
    with refused("NotAuthorizedException", f"Unable to verify secret hash for client {client}"):
        world.rotate(token, ClientSecret="s" * 52)
    assert set(world.rotate(token, ClientSecret=world.secret)) == RENEWED


def test_the_hash_of_a_pool_of_addresses_is_over_the_sub(sign_ins):
    world = sign_ins(secret=True, UsernameAttributes=["email"])
    world.add_user("alice@example.com", email="alice@example.com")
    tokens = world.tokens("alice@example.com")
    sub = claims(tokens["AccessToken"])["sub"]
    for name, right in ((sub, True), ("alice@example.com", False)):
        hashed = names.secret_hash(world.secret, name, world.client_id)
        if right:
            world.refresh(tokens["RefreshToken"], SECRET_HASH=hashed)
        else:
            with refused("NotAuthorizedException", f"Unable to verify secret hash for client {world.client_id}"):
                world.refresh(tokens["RefreshToken"], SECRET_HASH=hashed)


def test_a_rotating_client_gets_a_new_refresh_token_each_time(rotating):
    first = rotating.tokens()
    tokens, renewed = [first["RefreshToken"]], first
    for _ in range(3):
        renewed = rotating.rotate(tokens[-1])
        assert set(renewed) == RENEWED | {"RefreshToken"}
        assert claims(renewed["AccessToken"])["origin_jti"] == claims(first["AccessToken"])["origin_jti"]
        tokens.append(renewed["RefreshToken"])
    assert len(set(tokens)) == 4
    for old in tokens[:-1]:
        with refused(*REUSED):
            rotating.rotate(old)
    # A reuse is no harm to the one that is good.
    rotating.rotate(tokens[-1])


def test_a_rotated_token_lives_as_long_as_the_first_one_would_have(rotating):
    token = rotating.tokens()["RefreshToken"]
    rotating.move(20 * DAY)
    token = rotating.rotate(token)["RefreshToken"]
    rotating.move(9 * DAY)
    token = rotating.rotate(token)["RefreshToken"]
    rotating.move(2 * DAY)
    with refused(*EXPIRED):
        rotating.rotate(token)


def test_a_rotated_token_is_good_for_the_grace_period(sign_ins):
    world = sign_ins(client=rotation(grace=60))
    world.add_user()
    old = world.tokens()["RefreshToken"]
    new = world.rotate(old)["RefreshToken"]
    world.move(50)
    retried = world.rotate(old)["RefreshToken"]
    world.move(11)
    with refused(*REUSED):
        world.rotate(old)
    newer = world.rotate(new)["RefreshToken"]
    world.rotate(retried)
    with refused(*REUSED):
        world.rotate(old)
    world.move(61)
    for token in (new, retried):
        with refused(*REUSED):
            world.rotate(token)
    world.rotate(newer)


def test_the_older_flow_is_not_for_a_rotating_client(rotating):
    token = rotating.tokens()["RefreshToken"]
    with refused("InvalidParameterException"):
        rotating.refresh(token)
    assert "RefreshToken" in rotating.rotate(token)


def test_a_token_that_was_rotated_is_not_good_again_when_rotation_ends(rotating):
    world, old = rotating, rotating.tokens()["RefreshToken"]
    new = world.rotate(old)["RefreshToken"]
    world.idp.update_user_pool_client(UserPoolId=world.id, ClientId=world.client_id, ExplicitAuthFlows=FLOWS)
    with refused(*names.REVOKED_REFRESH):
        world.refresh(old)
    with refused(*REUSED):
        world.rotate(old)
    for renew in ways(world):
        assert set(renew(new)) == RENEWED


def test_one_of_a_hundred_uses_of_a_rotating_token_wins(rotating):
    token = rotating.tokens()["RefreshToken"]

    def use(_):
        try:
            return rotating.rotate(token)["RefreshToken"]
        except ClientError as refusal:
            return refusal.response["Error"]["Code"]

    with ThreadPoolExecutor(20) as threads:
        results = list(threads.map(use, range(100)))
    (winner,) = [result for result in results if result != REUSED[0]]
    rotating.rotate(winner)


def test_a_revoked_token_takes_its_sign_in_with_it_and_no_other(world):
    first, second = world.tokens(), world.tokens()
    renewed = world.refresh(first["RefreshToken"])["AccessToken"]
    revoke = {"Token": first["RefreshToken"], "ClientId": world.client_id}
    assert body(world.idp.revoke_token(**revoke)) == {}
    assert not world.alive(first["AccessToken"]) and not world.alive(renewed)
    for renew in ways(world):
        with refused(*names.REVOKED_REFRESH):
            renew(first["RefreshToken"])
        renew(second["RefreshToken"])
    assert world.alive(second["AccessToken"]) and world.alive(world.tokens()["AccessToken"])
    assert body(world.idp.revoke_token(**revoke)) == {}


def test_a_rotated_token_revokes_the_whole_sign_in(rotating):
    old = rotating.tokens()
    new = rotating.rotate(old["RefreshToken"])
    rotating.idp.revoke_token(Token=old["RefreshToken"], ClientId=rotating.client_id)
    assert not rotating.alive(old["AccessToken"]) and not rotating.alive(new["AccessToken"])
    with refused(*names.REVOKED_REFRESH):
        rotating.rotate(new["RefreshToken"])


def test_a_revocation_is_not_forgotten_while_it_matters(world):
    tokens = world.tokens()
    world.idp.revoke_token(Token=tokens["RefreshToken"], ClientId=world.client_id)
    for _ in range(3):
        world.move(9 * DAY)
        world.idp.revoke_token(Token=world.tokens()["RefreshToken"], ClientId=world.client_id)
        with refused(*names.REVOKED_REFRESH):
            world.refresh(tokens["RefreshToken"])
    world.move(4 * DAY)
    with refused(*EXPIRED):
        world.refresh(tokens["RefreshToken"])


def test_what_cannot_be_revoked_is_refused(world, sign_ins):
    tokens = world.tokens()
    other, _ = world.add_client()
    elsewhere = sign_ins()

    def revoke(token=tokens["RefreshToken"], client_id=world.client_id, **more):
        return world.idp.revoke_token(Token=token, ClientId=client_id, **more)

    for name in ("AccessToken", "IdToken"):
        with refused("UnsupportedTokenTypeException"):
            revoke(tokens[name])
    for token in ("garbage", "a.b.c.d.e", altered(tokens["RefreshToken"], 3)):
        with refused("InvalidParameterException", "Invalid Refresh Token."):
            revoke(token)
    for client_id in (other, elsewhere.client_id, "nowhere"):
        with refused(*UNAUTHORIZED):
            revoke(client_id=client_id)
    with refused(*UNAUTHORIZED):
        revoke(ClientSecret="s" * 52)
    world.idp.update_user_pool_client(
        UserPoolId=world.id, ClientId=world.client_id, ExplicitAuthFlows=FLOWS, EnableTokenRevocation=False
    )
    with refused("UnsupportedOperationException"):
        revoke()
    assert world.alive(tokens["AccessToken"])
    unnamed = claims(world.tokens()["AccessToken"])
    assert not {"jti", "origin_jti"} & set(unnamed)


def test_a_client_with_a_secret_revokes_with_it(sign_ins):
    world = sign_ins(secret=True)
    world.add_user()
    tokens = world.tokens()
    revoke = {"Token": tokens["RefreshToken"], "ClientId": world.client_id}
    for wrong in ({}, {"ClientSecret": secrets.token_hex(26)}):
        with refused(*UNAUTHORIZED):
            world.idp.revoke_token(**revoke, **wrong)
    assert world.alive(tokens["AccessToken"])
    world.idp.revoke_token(**revoke, ClientSecret=world.secret)
    assert not world.alive(tokens["AccessToken"])


def test_a_token_of_somebody_deleted_is_revoked_without_a_word(world):
    token = world.tokens()["RefreshToken"]
    world.idp.admin_delete_user(UserPoolId=world.id, Username="alice")
    assert body(world.idp.revoke_token(Token=token, ClientId=world.client_id)) == {}
    world.add_user()
    with refused("UserNotFoundException", "User does not exist."):
        world.refresh(token)


def test_a_new_password_leaves_tokens_as_they_are(world):
    tokens = world.tokens()
    world.idp.change_password(
        AccessToken=tokens["AccessToken"], PreviousPassword=PASSWORD, ProposedPassword="N3w-password"
    )
    assert world.alive(tokens["AccessToken"])
    world.refresh(tokens["RefreshToken"])
