"""SRP: pycognito and hand-made answers sign in without sending the password."""

import base64
import json
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from botocore.exceptions import ClientError
from pycognito import Cognito
from pycognito.exceptions import (
    ForceChangePasswordException,
    SMSMFAChallengeException,
    SoftwareTokenMFAChallengeException,
)

import sign_ins as names
from expect import UUID, body, refused
from sign_ins import PASSWORD, totp

PARAMETERS = {"SALT", "SECRET_BLOCK", "SRP_B", "USERNAME", "USER_ID_FOR_SRP"}
BLOCK = "PASSWORD_CLAIM_SECRET_BLOCK"
SIGNATURE = "PASSWORD_CLAIM_SIGNATURE"


def cognito(world, **more) -> Cognito:
    """pycognito's own client, which verifies what it is given."""
    return Cognito(
        world.id,
        world.client_id,
        username="alice",
        client_secret=world.secret,
        # The issuer is the server's own address, under this name.
        boto3_client_kwargs={
            "endpoint_url": f"http://localhost:{world.server.port}",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        },
        **more,
    )


@pytest.mark.parametrize("secret", [False, True])
def test_pycognito_signs_in_verifies_and_renews(sign_ins, secret):
    world = sign_ins(secret=secret)
    world.add_user(email="alice@example.com", email_verified="true")
    user = cognito(world)
    user.authenticate(PASSWORD)
    assert user.id_claims["cognito:username"] == user.access_claims["username"] == "alice"
    assert user.get_user().email == "alice@example.com"
    first = user.access_token
    user.renew_access_token()
    assert user.access_token != first and user.access_claims["username"] == "alice"
    user.change_password(PASSWORD, "N3w-password")
    user.logout()
    with refused(*names.INCORRECT):
        cognito(world).authenticate(PASSWORD)
    cognito(world).authenticate("N3w-password")


def test_pycognito_signs_in_by_sub_in_a_pool_of_addresses(sign_ins):
    world = sign_ins(UsernameAttributes=["email"], secret=True)
    world.add_user("alice@example.com", email="alice@example.com")
    answer = world.srp("alice@example.com").authenticate_user()
    assert "AccessToken" in answer["AuthenticationResult"]
    challenge, _ = world.begin_srp("alice@example.com")
    parameters = challenge["ChallengeParameters"]
    assert UUID.fullmatch(parameters["USERNAME"]) and parameters["USERNAME"] == parameters["USER_ID_FOR_SRP"]


def test_pycognito_changes_a_temporary_password(sign_ins):
    world = sign_ins()
    world.add_user(permanent=False)
    with pytest.raises(ForceChangePasswordException):
        cognito(world).authenticate(PASSWORD)
    user = cognito(world)
    user.new_password_challenge(PASSWORD, "N3w-password")
    assert user.access_claims["username"] == "alice"
    cognito(world).authenticate("N3w-password")


@pytest.mark.parametrize("secret", [False, True])
def test_pycognito_answers_with_an_authenticator_app(sign_ins, secret):
    world = sign_ins(mfa="OPTIONAL", secret=secret)
    world.add_user()
    user = cognito(world)
    user.authenticate(PASSWORD)
    app = user.associate_software_token()
    # So that the code stays the same until the clock is moved.
    world.freeze()
    assert user.verify_software_token(totp(app, world.now()), "phone")
    user.set_user_mfa_preference(False, True, preferred="SOFTWARE_TOKEN")
    user = cognito(world)
    with pytest.raises(SoftwareTokenMFAChallengeException):
        user.authenticate(PASSWORD)
    with refused(*names.USED_TOTP):
        user.respond_to_software_token_mfa_challenge(totp(app, world.now()))
    world.move(60)
    user.respond_to_software_token_mfa_challenge(totp(app, world.now()))
    assert user.access_claims["username"] == "alice"


def test_pycognito_answers_with_a_text_message(sign_ins):
    world = sign_ins(mfa="ON")
    world.add_user(phone_number="+15550100")
    user = cognito(world)
    with pytest.raises(SMSMFAChallengeException):
        user.authenticate(PASSWORD)
    user.respond_to_sms_mfa_challenge(world.code(medium="SMS"))
    assert user.access_claims["username"] == "alice"


def test_the_challenge_says_what_awss_says(sign_ins):
    world = sign_ins()
    world.add_user()
    challenge, answer = world.begin_srp()
    found = body(challenge)
    assert set(found) == {"ChallengeName", "ChallengeParameters"}
    assert found["ChallengeName"] == "PASSWORD_VERIFIER"
    parameters = found["ChallengeParameters"]
    assert set(parameters) == PARAMETERS
    assert parameters["USERNAME"] == parameters["USER_ID_FOR_SRP"] == "alice"
    assert int(parameters["SALT"], 16) and parameters["SALT"] == parameters["SALT"].lower()
    base64.b64decode(parameters["SECRET_BLOCK"], validate=True)
    again, _ = world.begin_srp()
    assert again["ChallengeParameters"]["SALT"] == parameters["SALT"]
    assert again["ChallengeParameters"]["SRP_B"] != parameters["SRP_B"]
    result = body(world.respond("PASSWORD_VERIFIER", **answer))
    assert set(result) == {"ChallengeParameters", "AuthenticationResult"} and result["ChallengeParameters"] == {}
    assert set(result["AuthenticationResult"]) == {"AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"}


def test_an_administrator_signs_in_by_srp_through_its_own_operations(sign_ins):
    world = sign_ins()
    world.add_user()
    srp = world.srp()
    parameters = srp.get_auth_params()
    challenge = world.admin_initiate("USER_SRP_AUTH", **parameters)["ChallengeParameters"]
    answer = srp.process_challenge(challenge, parameters)
    with refused(*names.INVALID_SESSION):
        world.respond("PASSWORD_VERIFIER", **answer)
    assert "AccessToken" in world.admin_respond("PASSWORD_VERIFIER", **answer)["AuthenticationResult"]
    _, answer = world.begin_srp()
    with refused(*names.INVALID_SESSION):
        world.admin_respond("PASSWORD_VERIFIER", **answer)


@pytest.mark.parametrize(
    "change",
    [
        {SIGNATURE: base64.b64encode(bytes(32)).decode()},
        {SIGNATURE: "nonsense"},
        {BLOCK: base64.b64encode(bytes(64)).decode()},
        {BLOCK: "nonsense"},
        {"TIMESTAMP": "Tue Mar 05 07:08:09 UTC 2024"},
        {"TIMESTAMP": "Wed Mar 5 07:08:09 UTC 2024"},
        {"TIMESTAMP": "Tue Mar 5 07:08:09 UTC 2024"},
    ],
)
def test_a_wrong_answer_is_a_wrong_password_and_leaves_the_right_one_good(sign_ins, change):
    world = sign_ins()
    world.add_user()
    _, answer = world.begin_srp()
    with refused(*names.INCORRECT):
        world.respond("PASSWORD_VERIFIER", **answer | change)
    assert "AuthenticationResult" in world.respond("PASSWORD_VERIFIER", **answer)


def test_a_wrong_password_is_refused_and_counted(sign_ins):
    world = sign_ins()
    world.add_user()
    for _ in range(5):
        _, answer = world.begin_srp(password="wrong")
        with refused(*names.INCORRECT):
            world.respond("PASSWORD_VERIFIER", **answer)
    _, answer = world.begin_srp()
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        world.respond("PASSWORD_VERIFIER", **answer)
    world.move(1)
    assert "AuthenticationResult" in world.respond("PASSWORD_VERIFIER", **answer)


@pytest.mark.parametrize("name", ["USERNAME", BLOCK, SIGNATURE, "TIMESTAMP"])
def test_what_is_missing_or_blank_is_named(sign_ins, name):
    world = sign_ins()
    world.add_user()
    _, answer = world.begin_srp()
    for wrong in ({k: v for k, v in answer.items() if k != name}, answer | {name: " "}):
        with refused("InvalidParameterException", f"Missing required parameter {name}"):
            world.respond("PASSWORD_VERIFIER", **wrong)


def test_what_is_missing_at_the_beginning_is_named(sign_ins):
    world = sign_ins()
    for parameters, missing in (({}, "USERNAME"), ({"USERNAME": "alice"}, "SRP_A")):
        with refused("InvalidParameterException", f"Missing required parameter {missing}"):
            world.initiate("USER_SRP_AUTH", **parameters)


def test_a_number_that_gives_the_key_away_is_refused(sign_ins):
    world = sign_ins()
    world.add_user()
    prime = world.srp().big_n
    for number in ("0", "00", f"{prime:x}", f"{2 * prime:x}", "xyz", "-1", "f" * 771, "٣"):
        with refused("InvalidParameterException", "SRP_A is not a valid number."):
            world.initiate("USER_SRP_AUTH", USERNAME="alice", SRP_A=number)


def test_an_answer_is_good_once_in_time_for_its_user_and_client(sign_ins):
    world = sign_ins()
    for name in ("alice", "bob"):
        world.add_user(name)
    other, _ = world.add_client()
    _, answer = world.begin_srp()
    with refused(*names.INVALID_SESSION):
        world.respond("PASSWORD_VERIFIER", client_id=other, **answer)
    with refused(*names.INVALID_SESSION):
        world.respond("PASSWORD_VERIFIER", **answer | {"USERNAME": "bob"})
    world.respond("PASSWORD_VERIFIER", **answer)
    with refused(*names.USED_SESSION):
        world.respond("PASSWORD_VERIFIER", **answer)
    _, answer = world.begin_srp()
    world.move(181)
    with refused(*names.EXPIRED_SESSION):
        world.respond("PASSWORD_VERIFIER", **answer)


def test_one_of_a_hundred_uses_of_a_secret_block_wins(sign_ins):
    world = sign_ins()
    world.add_user()
    _, answer = world.begin_srp()

    def use(_):
        try:
            world.respond("PASSWORD_VERIFIER", **answer)
        except ClientError as refusal:
            return refusal.response["Error"]["Message"]
        return "won"

    with ThreadPoolExecutor(20) as threads:
        results = list(threads.map(use, range(100)))
    assert sorted(set(results)) == [names.USED_SESSION[1], "won"] and results.count("won") == 1


def test_an_unknown_user_is_told_where_the_client_lets_it(sign_ins):
    world = sign_ins()
    with refused("UserNotFoundException", "User does not exist."):
        world.begin_srp("nobody")


def test_nobody_is_challenged_like_somebody(sign_ins):
    world = sign_ins(client={"PreventUserExistenceErrors": "ENABLED"})
    world.add_user()
    challenges = {}
    for username in ("alice", "nobody", "noone"):
        first, answer = world.begin_srp(username, "wrong")
        again, _ = world.begin_srp(username, "wrong")
        first, again = body(first), body(again)
        assert set(first) == {"ChallengeName", "ChallengeParameters"}
        challenges[username] = one, two = first["ChallengeParameters"], again["ChallengeParameters"]
        assert set(one) == PARAMETERS
        for stable in ("SALT", "USERNAME", "USER_ID_FOR_SRP"):
            assert one[stable] == two[stable]
        assert one["SRP_B"] != two["SRP_B"]
        for _ in range(2):
            with refused(*names.INCORRECT):
                world.respond("PASSWORD_VERIFIER", **answer)
    salts = [challenges[name][0]["SALT"] for name in challenges]
    assert len(set(salts)) == 3 and {len(salt) > 26 for salt in salts} == {True}
    # Neither is told by how long the secret block is.
    lengths = [len(challenges[name][0]["SECRET_BLOCK"]) for name in challenges]
    assert max(lengths) - min(lengths) <= 16, lengths


def test_nobody_is_named_like_somebody_in_a_pool_of_addresses(sign_ins):
    world = sign_ins(UsernameAttributes=["email"], client={"PreventUserExistenceErrors": "ENABLED"})
    world.add_user("alice@example.com", email="alice@example.com")
    for username in ("alice@example.com", "nobody@example.com"):
        challenge, _ = world.begin_srp(username)
        name = challenge["ChallengeParameters"]["USER_ID_FOR_SRP"]
        assert UUID.fullmatch(name) and name.split("-")[2].startswith("70"), username


def test_the_case_of_a_name_tells_nothing_where_it_does_not_matter(sign_ins):
    world = sign_ins(
        UsernameConfiguration={"CaseSensitive": False}, client={"PreventUserExistenceErrors": "ENABLED"}
    )
    world.add_user()
    for username in ("alice", "nobody"):
        salts = {world.begin_srp(name)[0]["ChallengeParameters"]["SALT"] for name in (username, username.upper())}
        assert len(salts) == 1, username


def test_an_answer_for_another_name_does_not_tell_whether_somebody_has_it(sign_ins):
    world = sign_ins(client={"PreventUserExistenceErrors": "ENABLED"})
    for name in ("alice", "bob"):
        world.add_user(name)
    _, answer = world.begin_srp()
    for name in ("bob", "nobody"):
        with refused(*names.INVALID_SESSION):
            world.respond("PASSWORD_VERIFIER", **answer | {"USERNAME": name})


def test_somebody_without_a_password_is_challenged_and_never_passes(sign_ins):
    world = sign_ins(first=["PASSWORD", "EMAIL_OTP"])
    world.add_user(password=None, email="alice@example.com", email_verified="true")
    salts = set()
    for password in ("", "None", secrets.token_hex(8)):
        challenge, answer = world.begin_srp(password=password)
        salts.add(challenge["ChallengeParameters"]["SALT"])
        with refused(*names.INCORRECT):
            world.respond("PASSWORD_VERIFIER", **answer)
    assert len(salts) == 1


@pytest.mark.parametrize(("replaces", "mfa"), [(False, None), (True, None), (False, "ON"), (True, "ON")])
def test_pycognito_remembers_its_device(sign_ins, monkeypatch, replaces, mfa):
    tracking = {"ChallengeRequiredOnNewDevice": replaces, "DeviceOnlyRememberedOnUserPrompt": False}
    world = sign_ins(mfa=mfa, DeviceConfiguration=tracking)
    world.add_user(phone_number="+15550100")

    def finished(answer):
        """With the second factor, where one is due."""
        while answer.get("ChallengeName") == "SMS_MFA":
            answer = world.respond("SMS_MFA", answer["Session"], USERNAME="alice", SMS_MFA_CODE=world.code())
        return answer

    def authenticate(srp):
        try:
            return srp.authenticate_user()
        except SMSMFAChallengeException as challenge:
            return challenge.get_tokens()

    first = authenticate(world.srp())
    assert ("ChallengeName" in first) == (mfa == "ON")
    first = finished(first)
    # pycognito posts this to AWS's own address.
    post = requests.post
    monkeypatch.setattr(
        requests, "post", lambda url, **more: post(f"{world.server.url}/", **more) if "amazonaws" in url else None
    )
    srp = world.srp()
    response, device_password = srp.confirm_device(first, "laptop")
    assert response.status_code == 200 and response.json() == {"UserConfirmationNecessary": False}
    known = world.srp(
        device_key=srp.device_key, device_group_key=srp.device_group_key, device_password=device_password
    )
    answer = authenticate(known)
    asks_for_second = mfa == "ON" and not replaces
    assert ("ChallengeName" in answer) == asks_for_second
    result = finished(answer)["AuthenticationResult"]
    assert "NewDeviceMetadata" not in result
    renewed = world.refresh(result["RefreshToken"], DEVICE_KEY=srp.device_key)["AccessToken"]
    assert json.loads(base64.urlsafe_b64decode(renewed.split(".")[1] + "=="))["device_key"] == srp.device_key

    stranger = world.srp(device_key=srp.device_key, device_group_key=srp.device_group_key, device_password="wrong")
    with refused(*names.INCORRECT):
        stranger.authenticate_user()
