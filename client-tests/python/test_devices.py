"""Devices: remembered ones prove themselves at a sign-in; owners and administrators see and forget them."""

import base64
import os

import jwt
import pytest
from pycognito.aws_srp import generate_hash_device

import sign_ins as names
from expect import UUID, attributes, body, refused

NOT_FOUND = ("ResourceNotFoundException", "Device does not exist.")
NOT_TRACKED = ("InvalidUserPoolConfigurationException", "User pool is not configured to track devices.")


def tracking(on_prompt=False, challenge=False):
    setting = {"DeviceOnlyRememberedOnUserPrompt": on_prompt, "ChallengeRequiredOnNewDevice": challenge}
    return {"DeviceConfiguration": setting}


class Device:
    """A device of alice, confirmed with the tokens of a sign-in."""

    def __init__(self, world, tokens=None, name="laptop"):
        self.world, self.tokens = world, tokens or world.tokens()
        self.key = self.tokens["NewDeviceMetadata"]["DeviceKey"]
        self.group = self.tokens["NewDeviceMetadata"]["DeviceGroupKey"]
        self.password, self.verifier = generate_hash_device(self.group, self.key)
        self.name = name

    def confirm(self, **changes):
        request = {
            "AccessToken": self.tokens["AccessToken"],
            "DeviceKey": self.key,
            "DeviceName": self.name,
            "DeviceSecretVerifierConfig": self.verifier,
        }
        return body(self.world.idp.confirm_device(**request | changes))

    def srp(self, password=None):
        return self.world.srp(
            device_key=self.key, device_group_key=self.group, device_password=password or self.password
        )

    def ask(self, session, srp):
        """DEVICE_SRP_AUTH, and what answers the challenge that follows."""
        number = {"SRP_A": srp.get_auth_params()["SRP_A"]}
        posed = self.world.respond(
            "DEVICE_SRP_AUTH", session, USERNAME="alice", DEVICE_KEY=self.key, **number
        )
        return posed, srp.process_device_challenge(posed["ChallengeParameters"])

    def sign_in(self):
        answer = self.world.sign_in(DEVICE_KEY=self.key)
        assert answer["ChallengeName"] == "DEVICE_SRP_AUTH"
        posed, right = self.ask(answer["Session"], self.srp())
        return self.world.respond("DEVICE_PASSWORD_VERIFIER", posed["Session"], **right)


@pytest.fixture
def world(sign_ins):
    world = sign_ins(**tracking())
    world.add_user()
    return world


@pytest.fixture
def device(world):
    device = Device(world)
    device.confirm()
    return device


def claim(token):
    return jwt.decode(token, options={"verify_signature": False}).get("device_key")


def test_a_pool_that_tracks_none_names_none(sign_ins):
    world = sign_ins()
    world.add_user()
    tokens = world.tokens()
    assert "NewDeviceMetadata" not in tokens and claim(tokens["AccessToken"]) is None
    key = f"us-west-2_{os.urandom(16).hex()}"
    own, listed = {"AccessToken": tokens["AccessToken"]}, {"UserPoolId": world.id, "Username": "alice"}
    with refused(*NOT_TRACKED):
        world.idp.confirm_device(**own, DeviceKey=key, DeviceSecretVerifierConfig={})
    for call in (world.idp.get_device, world.idp.forget_device, world.idp.update_device_status):
        with refused(*NOT_TRACKED):
            call(**own, DeviceKey=key)
    for call in (world.idp.admin_get_device, world.idp.admin_forget_device, world.idp.admin_update_device_status):
        with refused(*NOT_TRACKED):
            call(**listed, DeviceKey=key)
    with refused(*NOT_TRACKED):
        world.idp.list_devices(**own)
    with refused(*NOT_TRACKED):
        world.idp.admin_list_devices(**listed)


def test_a_sign_in_names_a_new_device(world):
    one, two = world.tokens(), world.tokens()
    metadata = one["NewDeviceMetadata"]
    region, uuid = metadata["DeviceKey"].split("_")
    assert region == "us-west-2" and UUID.fullmatch(uuid)
    assert len(metadata["DeviceGroupKey"]) == 9 and metadata["DeviceGroupKey"][0] == "-"
    assert metadata["DeviceGroupKey"] == two["NewDeviceMetadata"]["DeviceGroupKey"]
    assert metadata["DeviceKey"] != two["NewDeviceMetadata"]["DeviceKey"]
    assert claim(one["AccessToken"]) == metadata["DeviceKey"] and claim(one["IdToken"]) is None


@pytest.mark.parametrize("on_prompt", [False, True])
def test_a_confirmation_says_whether_the_user_is_to_be_asked(sign_ins, on_prompt):
    world = sign_ins(**tracking(on_prompt))
    world.add_user()
    device = Device(world)
    assert device.confirm() == {"UserConfirmationNecessary": on_prompt}
    with refused("DeviceKeyExistsException", "Device key already exists."):
        device.confirm()
    if on_prompt:
        assert "NewDeviceMetadata" in world.tokens(DEVICE_KEY=device.key)
        own = {"AccessToken": device.tokens["AccessToken"], "DeviceKey": device.key}
        assert body(world.idp.update_device_status(**own, DeviceRememberedStatus="remembered")) == {}
    assert "AuthenticationResult" in device.sign_in()


def test_a_device_is_confirmed_with_its_own_tokens_and_a_secret(world):
    device, other = Device(world), Device(world)
    with refused("InvalidParameterException", "Invalid device key given."):
        device.confirm(DeviceKey=other.key)
    with refused("InvalidParameterException", "Missing required parameter DeviceSecretVerifierConfig"):
        world.idp.confirm_device(AccessToken=device.tokens["AccessToken"], DeviceKey=device.key)
    long = base64.b64encode(bytes(600)).decode()
    too_long = {"Salt": "AA==", "PasswordVerifier": long}
    for secret in ({}, {"Salt": "AAAA"}, {"Salt": "?", "PasswordVerifier": "?"}, too_long):
        with refused("InvalidParameterException", "Invalid device secret verifier given."):
            device.confirm(DeviceSecretVerifierConfig=secret)
    with refused("NotAuthorizedException", "Invalid Access Token"):
        device.confirm(AccessToken="a.b.c")
    device.confirm()


def test_a_remembered_device_proves_itself(world, device):
    answer = world.sign_in(DEVICE_KEY=device.key)
    assert answer["ChallengeName"] == "DEVICE_SRP_AUTH" and len(answer["Session"]) > 20
    posed, right = device.ask(answer["Session"], device.srp())
    assert posed["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
    assert set(posed["ChallengeParameters"]) == {"SALT", "SECRET_BLOCK", "SRP_B", "USERNAME", "DEVICE_KEY"}
    result = world.respond("DEVICE_PASSWORD_VERIFIER", posed["Session"], **right)["AuthenticationResult"]
    assert "NewDeviceMetadata" not in result and claim(result["AccessToken"]) == device.key
    with refused(*names.USED_SESSION):
        world.respond("DEVICE_PASSWORD_VERIFIER", posed["Session"], **right)
    with refused(*names.USED_SESSION):
        device.ask(answer["Session"], device.srp())


def test_a_wrong_secret_is_refused_and_the_right_one_still_good(world, device):
    answer = world.sign_in(DEVICE_KEY=device.key)
    posed, right = device.ask(answer["Session"], device.srp())
    wrong = device.srp("wrong").process_device_challenge(posed["ChallengeParameters"])
    with refused(*names.INCORRECT):
        world.respond("DEVICE_PASSWORD_VERIFIER", posed["Session"], **wrong)
    assert "AuthenticationResult" in world.respond("DEVICE_PASSWORD_VERIFIER", posed["Session"], **right)


def test_challenges_of_a_device_are_bound_like_all(world, device):
    world.add_user("bob")
    other, _ = world.add_client()
    session = world.sign_in(DEVICE_KEY=device.key)["Session"]
    second = Device(world)
    second.confirm()
    asked = {"USERNAME": "alice", "DEVICE_KEY": device.key, "SRP_A": "abcdef"}
    for missing in ("USERNAME", "DEVICE_KEY", "SRP_A"):
        with refused("InvalidParameterException", f"Missing required parameter {missing}"):
            world.respond("DEVICE_SRP_AUTH", session, **{k: v for k, v in asked.items() if k != missing})
    with refused("InvalidParameterException", "SRP_A is not a valid number."):
        world.respond("DEVICE_SRP_AUTH", session, **asked | {"SRP_A": "0"})
    for change in ({"USERNAME": "bob"}, {"DEVICE_KEY": second.key}):
        with refused(*names.INVALID_SESSION):
            world.respond("DEVICE_SRP_AUTH", session, **asked | change)
    with refused(*NOT_FOUND):
        world.respond("DEVICE_SRP_AUTH", session, **asked | {"DEVICE_KEY": "us-west-2_abc"})
    with refused(*names.INVALID_SESSION):
        world.respond("DEVICE_SRP_AUTH", session, client_id=other, **asked)
    with refused(*names.INVALID_SESSION):
        world.admin_respond("DEVICE_SRP_AUTH", session, **asked)
    posed, right = device.ask(session, device.srp())
    for change in ({"USERNAME": "bob"},):
        with refused(*names.INVALID_SESSION):
            world.respond("DEVICE_PASSWORD_VERIFIER", posed["Session"], **right | change)
    with refused(*names.INCORRECT):
        world.respond("DEVICE_PASSWORD_VERIFIER", posed["Session"], **right | {"DEVICE_KEY": second.key})
    with refused(*names.INVALID_SESSION):
        world.respond("PASSWORD_VERIFIER", posed["Session"], **right)
    world.move(181)
    with refused(*names.EXPIRED_SESSION):
        world.respond("DEVICE_PASSWORD_VERIFIER", posed["Session"], **right)


def test_without_a_proved_password_no_device_is_asked(world, device):
    asked = {"USERNAME": "alice", "DEVICE_KEY": device.key, "SRP_A": "abcdef"}
    with refused("InvalidParameterException", "Missing required parameter Session"):
        world.respond("DEVICE_SRP_AUTH", **asked)
    world.sign_in(DEVICE_KEY=device.key)
    world.move(181)
    with refused("InvalidParameterException", "Missing required parameter Session"):
        world.respond("DEVICE_SRP_AUTH", **asked)
    world.sign_in(DEVICE_KEY=device.key)
    world.respond("DEVICE_SRP_AUTH", **asked)
    with refused("InvalidParameterException", "Missing required parameter Session"):
        world.respond("DEVICE_SRP_AUTH", **asked)


def test_an_unknown_device_is_refused_once_the_password_is_right(world):
    unknown = "us-west-2_11111111-2222-3333-4444-555555555555"
    with refused(*names.INCORRECT):
        world.sign_in(password="wrong", DEVICE_KEY=unknown)
    for key in (unknown, "nonsense", "us-west-2_" + "a" * 100_000):
        with refused(*NOT_FOUND):
            world.sign_in(DEVICE_KEY=key)
        challenge, right = world.begin_srp(DEVICE_KEY=key)
        assert len(challenge["ChallengeParameters"]["SECRET_BLOCK"]) < 10_000
        with refused(*NOT_FOUND):
            world.respond("PASSWORD_VERIFIER", **right)
        _, right = world.begin_srp()
        with refused(*NOT_FOUND):
            world.respond("PASSWORD_VERIFIER", **right, DEVICE_KEY=key)
    world.add_user("bob")
    own = Device(world)
    own.confirm()
    with refused(*NOT_FOUND):
        world.sign_in("bob", DEVICE_KEY=own.key)


@pytest.mark.parametrize(("challenge", "asked"), [(False, True), (True, False)])
def test_a_device_stands_for_the_second_factor_where_the_pool_says_so(sign_ins, challenge, asked):
    world = sign_ins(mfa="OPTIONAL", **tracking(challenge=challenge))
    world.add_user(phone_number="+15550100")
    device = Device(world)
    device.confirm()
    world.prefer(SMSMfa=(True, True))
    assert world.sign_in()["ChallengeName"] == "SMS_MFA"
    assert ("ChallengeName" in device.sign_in()) == asked


def test_tokens_of_a_device_are_refreshed_by_it(world, device):
    for tokens, key in ((world.tokens(), None), (device.sign_in()["AuthenticationResult"], device.key)):
        key = key or tokens["NewDeviceMetadata"]["DeviceKey"]
        token = tokens["RefreshToken"]
        assert claim(world.refresh(token, DEVICE_KEY=key)["AccessToken"]) == key
        assert claim(world.rotate(token, DeviceKey=key)["AccessToken"]) == key
        for wrong in ({}, {"DEVICE_KEY": "us-west-2_other"}):
            with refused("NotAuthorizedException", "Invalid Refresh Token."):
                world.refresh(token, **wrong)
        for wrong in ({}, {"DeviceKey": "us-west-2_abc"}):
            with refused("NotAuthorizedException", "Invalid Refresh Token."):
                world.rotate(token, **wrong)


def test_owners_see_their_devices(world, device):
    token = {"AccessToken": device.tokens["AccessToken"]}
    shown = world.idp.get_device(**token, DeviceKey=device.key)["Device"]
    assert shown["DeviceKey"] == device.key
    assert attributes(shown["DeviceAttributes"]) == {
        "device_status": "valid",
        "device_name": "laptop",
        "last_ip_used": "127.0.0.1",
    }
    dates = {"DeviceCreateDate", "DeviceLastModifiedDate", "DeviceLastAuthenticatedDate"}
    assert set(shown) == {"DeviceKey", "DeviceAttributes"} | dates
    second = Device(world, name="phone")
    second.confirm()
    listed = world.idp.list_devices(**token)
    assert [it["DeviceKey"] for it in listed["Devices"]] == [device.key, second.key]
    page = world.idp.list_devices(**token, Limit=1)
    rest = world.idp.list_devices(**token, Limit=1, PaginationToken=page["PaginationToken"])
    assert [it["DeviceKey"] for it in page["Devices"] + rest["Devices"]] == [device.key, second.key]
    assert "PaginationToken" not in rest
    assert body(world.idp.forget_device(**token, DeviceKey=device.key)) == {}
    for call in (world.idp.get_device, world.idp.forget_device, world.idp.update_device_status):
        with refused(*NOT_FOUND):
            call(**token, DeviceKey=device.key)
    with refused(*NOT_FOUND):
        world.sign_in(DEVICE_KEY=device.key)


def test_administrators_see_more(world, device):
    named = {"UserPoolId": world.id, "Username": "alice"}
    one = {**named, "DeviceKey": device.key}
    shown = world.idp.admin_get_device(**one)["Device"]
    found = attributes(shown["DeviceAttributes"])
    assert found.pop("dev:device_arn").endswith(f":userpool/{world.id}/owner/alice.{world.id}/device/{device.key}")
    assert found == {
        "device_status": "valid",
        "device_name": "laptop",
        "dev:device_owner": f"alice.{world.id}",
        "last_ip_used": "127.0.0.1",
        "dev:device_remembered_status": "remembered",
        "dev:device_sdk": "aws-sdk",
    }
    assert body(world.idp.admin_update_device_status(**one, DeviceRememberedStatus="not_remembered")) == {}
    (listed,) = world.idp.admin_list_devices(**named)["Devices"]
    assert attributes(listed["DeviceAttributes"])["dev:device_remembered_status"] == "not_remembered"
    assert "NewDeviceMetadata" in world.tokens(DEVICE_KEY=device.key)
    assert body(world.idp.admin_forget_device(**one)) == {}
    assert world.idp.admin_list_devices(**named)["Devices"] == []
    for call in (world.idp.admin_get_device, world.idp.admin_forget_device, world.idp.admin_update_device_status):
        with refused(*NOT_FOUND):
            call(**one)
    unknown = {"UserPoolId": world.id, "Username": "nobody"}
    for call in (world.idp.admin_forget_device, world.idp.admin_update_device_status):
        with refused("UserNotFoundException", "User does not exist."):
            call(**unknown, DeviceKey=device.key)
    for call, more in ((world.idp.admin_get_device, {"DeviceKey": device.key}), (world.idp.admin_list_devices, {})):
        with refused("ResourceNotFoundException", "User does not exist."):
            call(**unknown, **more)


def test_a_user_has_a_hundred_devices_at_most(world):
    for _ in range(100):
        device = Device(world)
        device.confirm()
    with refused("LimitExceededException", "Exceeded maximum number of devices of a user: 100"):
        Device(world).confirm()
