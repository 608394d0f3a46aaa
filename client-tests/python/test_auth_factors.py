"""GetUserAuthFactors and AdminGetUserAuthFactors: what a user can sign in with."""

import pytest

from expect import body, refused

VERIFIED = {
    "email": "alice@example.com",
    "email_verified": "true",
    "phone_number": "+15550100",
    "phone_number_verified": "true",
}


def both(world):
    own = body(world.idp.get_user_auth_factors(AccessToken=world.tokens()["AccessToken"]))
    assert body(world.idp.admin_get_user_auth_factors(UserPoolId=world.id, Username="alice")) == own
    return own


@pytest.mark.parametrize(
    ("first", "user", "factors"),
    [
        (("PASSWORD",), {}, ["PASSWORD"]),
        (("PASSWORD",), VERIFIED, ["PASSWORD"]),
        (("PASSWORD", "EMAIL_OTP", "SMS_OTP"), VERIFIED, ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]),
        (("PASSWORD", "EMAIL_OTP", "WEB_AUTHN"), {"email": "alice@example.com"}, ["PASSWORD"]),
    ],
)
def test_the_first_factors_are_those_of_the_pool_that_the_user_has(sign_ins, first, user, factors):
    world = sign_ins(first=first)
    world.add_user(**user)
    assert both(world) == {"Username": "alice", "ConfiguredUserAuthFactors": factors}


def test_second_factors_come_with_their_preference(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user(**VERIFIED)
    token = world.tokens()["AccessToken"]
    world.enrol(token)
    world.prefer(SMSMfa=(True, False), SoftwareTokenMfa=(True, True))
    own = body(world.idp.get_user_auth_factors(AccessToken=token))
    assert own == {
        "Username": "alice",
        "PreferredMfaSetting": "SOFTWARE_TOKEN_MFA",
        "UserMFASettingList": ["SMS_MFA", "SOFTWARE_TOKEN_MFA"],
        "ConfiguredUserAuthFactors": ["PASSWORD", "SOFTWARE_TOKEN"],
    }
    assert body(world.idp.admin_get_user_auth_factors(UserPoolId=world.id, Username="alice")) == own


def test_who_is_not_there_has_none(sign_ins):
    world = sign_ins()
    named = world.add_user()
    tokens = world.tokens()
    for token in ("a.b.c", tokens["IdToken"]):
        with refused("NotAuthorizedException", "Invalid Access Token"):
            world.idp.get_user_auth_factors(AccessToken=token)
    with refused("UserNotFoundException", "User does not exist."):
        world.idp.admin_get_user_auth_factors(UserPoolId=world.id, Username="nobody")
    with refused("ResourceNotFoundException", "User pool us-west-2_Nowhere12 does not exist."):
        world.idp.admin_get_user_auth_factors(UserPoolId="us-west-2_Nowhere12", Username="alice")
    world.idp.admin_delete_user(**named)
    with refused("UserNotFoundException", "User does not exist."):
        world.idp.get_user_auth_factors(AccessToken=tokens["AccessToken"])
