"""Sessions of a pool that tracks them: listed, limited, revoked."""

import re

import pytest

import sign_ins as names
from expect import body, refused

OFF = ("OperationNotEnabledException", "Session tracking is not enabled for the user pool.")
NOT_FOUND = ("ResourceNotFoundException", "Session does not exist.")


def track(world, most=3, tracking="ENABLED"):
    world.idp.set_user_pool_session_configuration(
        UserPoolId=world.id, UserSessionTracking=tracking, TokenSession={"MaxPerUser": most}
    )


@pytest.fixture
def world(sign_ins):
    world = sign_ins()
    world.add_user()
    track(world)
    return world


def own(world, tokens):
    return world.idp.list_user_sessions(AccessToken=tokens["AccessToken"])["Sessions"]


def listed(world):
    return world.idp.admin_list_user_sessions(UserPoolId=world.id, Username="alice")["Sessions"]


def test_sign_ins_are_listed_and_the_callers_own_is_marked(world):
    first, second = world.tokens(), world.tokens()
    shown = own(world, second)
    assert [session["IsCurrentSession"] for session in shown] == [False, True]
    for session in shown:
        assert re.fullmatch(r"tkn[a-z0-9]{25}", session["SessionId"])
        assert (session["SessionType"], session["ClientId"]) == ("TOKEN", world.client_id)
        assert session["CreateDate"] == session["LastActiveDate"]
    assert [session["IsCurrentSession"] for session in own(world, first)] == [True, False]
    by_administrator = listed(world)
    assert [session["SessionId"] for session in by_administrator] == [session["SessionId"] for session in shown]
    assert not any(session["IsCurrentSession"] for session in by_administrator)


def test_a_refresh_is_activity_of_the_same_session(world):
    tokens = world.tokens()
    world.move(100)
    world.refresh(tokens["RefreshToken"])
    (session,) = own(world, tokens)
    assert (session["LastActiveDate"] - session["CreateDate"]).total_seconds() >= 100
    world.rotate(tokens["RefreshToken"])
    assert len(listed(world)) == 1


def test_the_least_recently_active_of_too_many_ends(world):
    first, second, third = (world.tokens() for _ in range(3))
    world.move(10)
    world.refresh(first["RefreshToken"])
    fourth = world.tokens()
    assert len(listed(world)) == 3
    assert not world.alive(second["AccessToken"])
    with refused(*names.REVOKED_REFRESH):
        world.refresh(second["RefreshToken"])
    for tokens in (first, third, fourth):
        assert world.alive(tokens["AccessToken"])
        world.refresh(tokens["RefreshToken"])


def test_a_lower_limit_counts_from_the_next_sign_in(world):
    tokens = [world.tokens() for _ in range(3)]
    track(world, most=1)
    assert len(listed(world)) == 3
    last = world.tokens()
    assert len(listed(world)) == 1
    assert world.alive(last["AccessToken"]) and not any(world.alive(it["AccessToken"]) for it in tokens)


def test_another_session_is_revoked_and_ones_own_is_not(world):
    first, second = world.tokens(), world.tokens()
    other, current = (session["SessionId"] for session in own(world, second))
    token = {"AccessToken": second["AccessToken"]}
    with refused("InvalidParameterException", "The current session cannot be revoked."):
        world.idp.revoke_user_session(**token, SessionId=current)
    assert body(world.idp.revoke_user_session(**token, SessionId=other)) == {}
    assert not world.alive(first["AccessToken"]) and world.alive(second["AccessToken"])
    with refused(*names.REVOKED_REFRESH):
        world.refresh(first["RefreshToken"])
    for session in (other, "tkn" + "a" * 25):
        with refused(*NOT_FOUND):
            world.idp.revoke_user_session(**token, SessionId=session)
    with refused("NotAuthorizedException", "Access Token has been revoked"):
        world.idp.list_user_sessions(AccessToken=first["AccessToken"])


def test_an_administrator_revokes_any(world):
    tokens = world.tokens()
    (session,) = listed(world)
    named = {"UserPoolId": world.id, "SessionId": session["SessionId"]}
    world.add_user("bob")
    with refused(*NOT_FOUND):
        world.idp.admin_revoke_user_session(**named, Username="bob")
    with refused("UserNotFoundException", "User does not exist."):
        world.idp.admin_revoke_user_session(**named, Username="nobody")
    assert body(world.idp.admin_revoke_user_session(**named, Username="alice")) == {}
    assert not world.alive(tokens["AccessToken"]) and listed(world) == []


def test_a_user_does_not_revoke_anothers(world):
    world.tokens()
    world.add_user("bob")
    (session,) = listed(world)
    with refused(*NOT_FOUND):
        world.idp.revoke_user_session(
            AccessToken=world.tokens("bob")["AccessToken"], SessionId=session["SessionId"]
        )
    assert len(listed(world)) == 1


def test_sign_outs_and_revocations_end_sessions(world):
    tokens = world.tokens()
    world.idp.revoke_token(Token=tokens["RefreshToken"], ClientId=world.client_id)
    assert listed(world) == []
    world.tokens()
    world.idp.admin_user_global_sign_out(UserPoolId=world.id, Username="alice")
    assert listed(world) == []


def test_a_session_ends_with_its_refresh_token(world):
    world.tokens()
    world.move(30 * 24 * 3600)
    assert listed(world) == []


def test_a_pool_that_tracks_none_lists_none(world):
    tokens = world.tokens()
    (session,) = listed(world)
    track(world, tracking="DISABLED")
    named = {"UserPoolId": world.id, "Username": "alice"}
    with refused(*OFF):
        own(world, tokens)
    with refused(*OFF):
        listed(world)
    with refused(*OFF):
        world.idp.admin_revoke_user_session(**named, SessionId=session["SessionId"])
    with refused(*OFF):
        world.idp.revoke_user_session(AccessToken=tokens["AccessToken"], SessionId=session["SessionId"])
    assert world.alive(tokens["AccessToken"])
    later = world.tokens()
    track(world)
    assert len(own(world, later)) == 1


def test_what_is_wrong_with_a_request_is_told(world):
    tokens = world.tokens()
    unknown = {"SessionId": "tkn" + "a" * 25}
    for call, more in ((world.idp.list_user_sessions, {}), (world.idp.revoke_user_session, unknown)):
        with refused("NotAuthorizedException", "Invalid Access Token"):
            call(AccessToken="a.b.c", **more)
    with refused("UserNotFoundException", "User does not exist."):
        world.idp.admin_list_user_sessions(UserPoolId=world.id, Username="nobody")
    with refused("InvalidParameterException"):
        world.idp.list_user_sessions(AccessToken=tokens["AccessToken"], NextToken="nonsense")
    with refused("InvalidParameterException"):
        world.idp.revoke_user_session(AccessToken=tokens["AccessToken"], SessionId="nonsense")
