"""Authentication levels: USER_AUTH asks for one, and the tokens say which was reached, and by what."""

import jwt
import pytest

from expect import refused
from sign_ins import PASSWORD, totp

EMAIL = {"email": "alice@example.com", "email_verified": "true"}
LOA = "urn:cognito:loa:"


def begin(world, *targets, username="alice", **parameters):
    wanted = {"TARGET_ACR_VALUES": " ".join(targets)} if targets else {}
    return world.initiate("USER_AUTH", USERNAME=username, **wanted, **parameters)


def by_password(world, *targets, **more):
    return begin(world, *targets, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD, **more)


def level(answer):
    """What the access and the ID token say, alike."""
    said = [
        jwt.decode(answer["AuthenticationResult"][name], options={"verify_signature": False})
        for name in ("AccessToken", "IdToken")
    ]
    [first, second] = [(claims.get("acr"), claims.get("amr")) for claims in said]
    assert first == second
    return first


@pytest.fixture
def world(sign_ins):
    world = sign_ins(mfa="OPTIONAL", first=("PASSWORD", "EMAIL_OTP"))
    world.add_user(**EMAIL)
    return world


def test_nobody_asks_nobody_is_told(world):
    assert level(by_password(world)) == (None, None)
    assert level(world.sign_in()) == (None, None)


def test_a_password_is_the_first_level(world):
    answer = by_password(world, f"{LOA}1")
    assert level(answer) == (f"{LOA}1", ["pwd"])
    refreshed = world.refresh(answer["AuthenticationResult"]["RefreshToken"])
    refreshed = refreshed.get("AuthenticationResult", refreshed)
    assert level({"AuthenticationResult": refreshed}) == (f"{LOA}1", ["pwd"])


def test_a_code_is_the_second(world):
    asked = begin(world, f"{LOA}2")
    assert (asked["ChallengeName"], asked["AvailableChallenges"]) == ("SELECT_CHALLENGE", ["EMAIL_OTP"])
    asked = world.respond("SELECT_CHALLENGE", asked["Session"], USERNAME="alice", ANSWER="EMAIL_OTP")
    done = world.respond("EMAIL_OTP", asked["Session"], USERNAME="alice", EMAIL_OTP_CODE=world.code(username="alice"))
    assert level(done) == (f"{LOA}2", ["email_otp"])


def test_a_password_and_a_code_are_the_third(world):
    asked = by_password(world, f"{LOA}3")
    assert asked["ChallengeName"] == "EMAIL_OTP"
    done = world.respond("EMAIL_OTP", asked["Session"], USERNAME="alice", EMAIL_OTP_CODE=world.code(username="alice"))
    assert level(done) == (f"{LOA}3", ["pwd", "email_otp", "mfa"])


def test_an_authenticator_app_is_the_fourth_and_steps_up_from_a_token(world):
    secret = world.enrol(by_password(world)["AuthenticationResult"]["AccessToken"])
    world.move(60)
    # In the order of preference: what the user can reach.
    asked = by_password(world, "urn:of:nobody", f"{LOA}4", f"{LOA}1")
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    code = totp(secret, world.now())
    done = world.respond("SOFTWARE_TOKEN_MFA", asked["Session"], USERNAME="alice", SOFTWARE_TOKEN_MFA_CODE=code)
    assert level(done) == (f"{LOA}4", ["pwd", "otp", "mfa"])
    token = done["AuthenticationResult"]["AccessToken"]
    with refused("InvalidParameterException", "User has already reached the requested authentication level."):
        begin(world, f"{LOA}4", ACCESS_TOKEN=token)
    low = by_password(world, f"{LOA}1")["AuthenticationResult"]["AccessToken"]
    world.move(60)
    asked = begin(world, f"{LOA}4", ACCESS_TOKEN=low)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    code = totp(secret, world.now())
    done = world.respond("SOFTWARE_TOKEN_MFA", asked["Session"], USERNAME="alice", SOFTWARE_TOKEN_MFA_CODE=code)
    assert level(done) == (f"{LOA}4", ["pwd", "otp", "mfa"])
    # Too old, so from the beginning.
    asked = begin(world, f"{LOA}4", ACCESS_TOKEN=low, MAX_AGE="30")
    assert asked["ChallengeName"] == "SELECT_CHALLENGE" and set(asked["AvailableChallenges"]) == {
        "PASSWORD",
        "PASSWORD_SRP",
    }


def test_a_pool_names_its_levels(world):
    world.idp.update_user_pool(
        UserPoolId=world.id,
        MfaConfiguration="OPTIONAL",
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}},
        AcrConfiguration={"Level1": {"AcrValue": "bronze"}},
    )
    assert level(by_password(world, "bronze")) == ("bronze", ["pwd"])
    with refused("InvalidParameterException", "TARGET_ACR_VALUES names no valid authentication level."):
        by_password(world, f"{LOA}1")


def test_what_makes_no_step(world):
    token = by_password(world)["AuthenticationResult"]["AccessToken"]
    for targets, more, message in (
        (("gold",), {}, "TARGET_ACR_VALUES names no valid authentication level."),
        ((), {"ACCESS_TOKEN": token}, "Missing required parameter TARGET_ACR_VALUES"),
        ((), {"MAX_AGE": "30"}, "Missing required parameter TARGET_ACR_VALUES"),
        ((f"{LOA}1",), {"MAX_AGE": "soon"}, "MAX_AGE is not a number of seconds."),
        ((f"{LOA}4",), {}, "User cannot reach any of the requested authentication levels."),
    ):
        with refused("InvalidParameterException", message):
            begin(world, *targets, **more)
    world.add_user("bob")
    with refused("InvalidParameterException", "ACCESS_TOKEN was not issued to this user."):
        begin(world, f"{LOA}1", username="bob", ACCESS_TOKEN=token)
    with refused("NotAuthorizedException", "Invalid Access Token"):
        begin(world, f"{LOA}1", ACCESS_TOKEN="x")


def test_the_lite_tier_has_no_levels(sign_ins):
    world = sign_ins(UserPoolTier="LITE")
    world.add_user()
    with refused("FeatureUnavailableInTierException", "Step-up authentication is not available in the LITE tier."):
        by_password(world, f"{LOA}1")


def test_a_level_takes_no_factor_that_the_user_has_not(sign_ins):
    world = sign_ins(mfa="OPTIONAL")
    world.add_user(email="alice@example.com")
    with refused("InvalidParameterException", "User cannot reach any of the requested authentication levels."):
        by_password(world, f"{LOA}3")
    # Somebody with an authenticator app only is asked for that, however low the level.
    world.idp.admin_update_user_attributes(
        UserPoolId=world.id, Username="alice", UserAttributes=[{"Name": "email_verified", "Value": "true"}]
    )
    world.enrol(by_password(world)["AuthenticationResult"]["AccessToken"])
    world.idp.admin_set_user_mfa_preference(
        UserPoolId=world.id,
        Username="alice",
        SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True},
    )
    with refused("InvalidParameterException", "User cannot reach any of the requested authentication levels."):
        by_password(world, f"{LOA}3")
    assert by_password(world, f"{LOA}1")["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
