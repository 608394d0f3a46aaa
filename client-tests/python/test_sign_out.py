"""Signing out everywhere: what it ends, and what is alive right after."""

import pytest

import sign_ins as names
from expect import body, refused

ENDS = ["user", "administrator"]


@pytest.fixture(params=ENDS)
def world(request, sign_ins):
    world = sign_ins()
    world.add_user()
    world.freeze()

    def sign_out(token):
        if request.param == "user":
            return world.idp.global_sign_out(AccessToken=token)
        return world.idp.admin_user_global_sign_out(UserPoolId=world.id, Username="alice")

    world.sign_out = sign_out
    return world


def is_dead(world, tokens):
    for renew in (world.refresh, world.rotate):
        with refused(*names.REVOKED_REFRESH):
            renew(tokens["RefreshToken"])
    return not world.alive(tokens["AccessToken"])


def is_alive(world, tokens):
    renewed = world.refresh(tokens["RefreshToken"])
    return world.alive(tokens["AccessToken"]) and world.alive(renewed["AccessToken"])


def test_all_that_was_issued_ends(world):
    first = world.tokens()
    world.move(100)
    second = world.tokens()
    renewed = world.refresh(first["RefreshToken"])
    assert body(world.sign_out(first["AccessToken"])) == {}
    assert is_dead(world, first) and is_dead(world, second) and not world.alive(renewed["AccessToken"])
    for call in (world.idp.global_sign_out, world.idp.get_user):
        with refused(*names.REVOKED_ACCESS):
            call(AccessToken=first["AccessToken"])


def test_a_sign_in_right_after_stays_alive(world):
    before = world.tokens()
    world.sign_out(before["AccessToken"])
    after = world.tokens()
    assert is_alive(world, after) and is_dead(world, before)
    world.sign_out(after["AccessToken"])
    last = world.tokens()
    assert is_dead(world, after) and is_dead(world, before) and is_alive(world, last)
    world.move(1)
    assert is_alive(world, last) and is_alive(world, world.tokens()) and is_dead(world, after)


def test_another_user_is_not_signed_out(world):
    world.add_user("bob")
    bob, alice = world.tokens("bob"), world.tokens()
    world.sign_out(alice["AccessToken"])
    assert is_alive(world, bob)


def test_a_sign_out_wants_a_token_that_is_good(sign_ins):
    world = sign_ins()
    named = world.add_user()
    tokens = world.tokens()
    for token in ("a.b.c", tokens["IdToken"]):
        with refused("NotAuthorizedException", "Invalid Access Token"):
            world.idp.global_sign_out(AccessToken=token)
    world.idp.admin_disable_user(**named)
    with refused(*names.REVOKED_ACCESS):
        world.idp.global_sign_out(AccessToken=tokens["AccessToken"])
    world.idp.admin_delete_user(**named)
    with refused(*names.REVOKED_ACCESS):
        world.idp.global_sign_out(AccessToken=tokens["AccessToken"])
    with refused("UserNotFoundException", "User does not exist."):
        world.idp.admin_user_global_sign_out(**named)
    with refused("ResourceNotFoundException", "User pool us-west-2_Nowhere12 does not exist."):
        world.idp.admin_user_global_sign_out(UserPoolId="us-west-2_Nowhere12", Username="alice")
    world.add_user()
    token = world.tokens()["AccessToken"]
    world.move(3600)
    with refused("NotAuthorizedException", "Access Token has expired"):
        world.idp.global_sign_out(AccessToken=token)


def test_a_disabled_users_tokens_are_dead_until_it_is_enabled(sign_ins):
    world = sign_ins()
    named = world.add_user()
    tokens = world.tokens()
    world.idp.admin_disable_user(**named)
    assert not world.alive(tokens["AccessToken"])
    with refused("NotAuthorizedException", "User is disabled."):
        world.tokens()


def test_a_reset_password_stops_tokens(sign_ins):
    world = sign_ins()
    named = world.add_user(email="alice@example.com", email_verified="true")
    token = world.tokens()["AccessToken"]
    world.idp.admin_reset_user_password(**named)
    for call in (world.idp.get_user, world.idp.global_sign_out):
        with refused("PasswordResetRequiredException", "Password reset required for the user"):
            call(AccessToken=token)
