"""Passkeys at a sign-in: asked for, proved, bound to their challenge, and when they are enough."""

import json

import pytest
from fido2 import cose
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import CollectedClientData

import sign_ins as names
from authenticator import FLAG, Passkey, bare, cut
from expect import body, refused
from sign_ins import PASSWORD

RP, ORIGIN = "example.com", "https://app.example.com"
INVALID = ("InvalidParameterException", "Credential data is not valid")
UNVERIFIED = FLAG.UP


def configure(world, **more):
    configuration = {"RelyingPartyId": RP} | more
    mfa = world.idp.get_user_pool_mfa_config(UserPoolId=world.id)
    kept = {k: v for k, v in mfa.items() if k in ("MfaConfiguration", "SmsMfaConfiguration")}
    world.idp.set_user_pool_mfa_config(UserPoolId=world.id, WebAuthnConfiguration=configuration, **kept)


def register(world, username="alice", passkey=None):
    passkey = passkey or Passkey()
    token = world.tokens(username)["AccessToken"]
    options = world.idp.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    credential = passkey.register(options, ORIGIN)
    world.idp.complete_web_authn_registration(AccessToken=token, Credential=credential)
    return passkey


def begin(world, username="alice"):
    """The challenge, and what the browser is to be asked."""
    answer = world.initiate("USER_AUTH", USERNAME=username, PREFERRED_CHALLENGE="WEB_AUTHN")
    return answer, json.loads(answer["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])


def respond(world, session, credential, username="alice", **more):
    text = credential if isinstance(credential, str) else json.dumps(credential)
    return world.respond("WEB_AUTHN", session, USERNAME=username, CREDENTIAL=text, **more)


def sign_in(world, passkey, **lies):
    answer, options = begin(world)
    return respond(world, answer["Session"], passkey.sign_in(options, ORIGIN, **lies))


@pytest.fixture
def world(sign_ins):
    world = sign_ins(first=["PASSWORD", "WEB_AUTHN"])
    configure(world)
    world.add_user()
    return world


@pytest.fixture
def passkey(world):
    return register(world)


def test_the_browser_is_asked_for_what_the_user_has(world, passkey):
    other = register(world)
    answer, options = begin(world)
    answer = body(answer)
    assert set(answer) == {"ChallengeName", "ChallengeParameters", "Session", "AvailableChallenges"}
    assert answer["ChallengeName"] == "WEB_AUTHN"
    assert set(answer["ChallengeParameters"]) == {"CREDENTIAL_REQUEST_OPTIONS"}
    assert set(answer["AvailableChallenges"]) == {"PASSWORD", "PASSWORD_SRP", "WEB_AUTHN"}
    assert len(websafe_decode(options.pop("challenge"))) == 16
    assert options == {
        "hints": [],
        "attestation": "none",
        "attestationFormats": [],
        "timeout": 180000,
        "rpId": RP,
        "allowCredentials": [{"id": it.name, "type": "public-key"} for it in (passkey, other)],
        "userVerification": "preferred",
    }
    assert begin(world)[1]["challenge"] != begin(world)[1]["challenge"]


@pytest.mark.parametrize("algorithm", [cose.ES256, cose.RS256], ids=["ES256", "RS256"])
def test_a_passkey_signs_in_once_by_each_challenge(world, algorithm):
    passkey = register(world, passkey=Passkey(algorithm))
    sub = world.idp.admin_get_user(UserPoolId=world.id, Username="alice")["UserAttributes"][0]["Value"]
    for user in (None, sub):
        answer, options = begin(world)
        credential = passkey.sign_in(options, ORIGIN, user=user)
        result = body(respond(world, answer["Session"], credential))
        assert set(result["AuthenticationResult"]) == {
            "AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType",
        }  # fmt: skip
        with refused(*names.USED_SESSION):
            respond(world, answer["Session"], credential)
    # Chosen from the list.
    answer = world.initiate("USER_AUTH", USERNAME="alice")
    chosen = world.respond("SELECT_CHALLENGE", answer["Session"], USERNAME="alice", ANSWER="WEB_AUTHN")
    assert chosen["ChallengeName"] == "WEB_AUTHN" and "AvailableChallenges" not in chosen
    options = json.loads(chosen["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    assert "AuthenticationResult" in respond(world, chosen["Session"], passkey.sign_in(options, ORIGIN))


def test_an_answer_that_is_not_right_is_refused_and_leaves_the_session(world, passkey):
    world.add_user("bob")
    strange, of_bob = Passkey(), register(world, "bob")
    answer, options = begin(world)
    right = passkey.sign_in(options, ORIGIN)
    _, of_another = begin(world)
    wrong = [
        passkey.sign_in(options, ORIGIN, challenge=websafe_decode(of_another["challenge"])),
        passkey.sign_in(options, "https://example.org"),
        passkey.sign_in(options, "https://badexample.com"),
        passkey.sign_in(options, "http://app.example.com"),
        passkey.sign_in(options, ORIGIN, rp="example.org"),
        passkey.sign_in(options, ORIGIN, flags=FLAG(0)),
        passkey.sign_in(options, ORIGIN, user="somebody else"),
        passkey.sign_in(options, ORIGIN, kind=CollectedClientData.TYPE.CREATE),
        passkey.sign_in(options, ORIGIN, forge=lambda signature: signature[:-1] + bytes([signature[-1] ^ 1])),
        passkey.sign_in(options, ORIGIN, forge=lambda signature: b""),
        strange.sign_in(options, ORIGIN),
        of_bob.sign_in(options, ORIGIN),
        of_bob.sign_in(options, ORIGIN) | {"id": passkey.name, "rawId": passkey.name},
        cut(right, "authenticatorData", 36),
        cut(right, "authenticatorData", 0),
        cut(right, "clientDataJSON", 10),
        right | {"response": {}},
        right | {"response": right["response"] | {"clientDataJSON": bare(websafe_encode(b"[" * 40_000))}},
        {}, [], "nonsense", "null", "[" * 50_000,
    ]  # fmt: skip
    for credential in wrong:
        with refused(*INVALID):
            respond(world, answer["Session"], credential)
    with refused("InvalidParameterException", "Missing required parameter CREDENTIAL"):
        world.respond("WEB_AUTHN", answer["Session"], USERNAME="alice")
    assert "AuthenticationResult" in respond(world, answer["Session"], right)


def test_a_challenge_is_bound_like_all(world, passkey):
    world.add_user("bob")
    other, _ = world.add_client()
    answer, options = begin(world)
    right = passkey.sign_in(options, ORIGIN)
    with refused(*names.INVALID_SESSION):
        respond(world, answer["Session"], right, "bob")
    with refused(*names.INVALID_SESSION):
        respond(world, answer["Session"], right, client_id=other)
    text = json.dumps(right)
    with refused(*names.INVALID_SESSION):
        world.admin_respond("WEB_AUTHN", answer["Session"], USERNAME="alice", CREDENTIAL=text)
    with refused("InvalidParameterException", "Missing required parameter Session"):
        respond(world, None, right)
    world.move(181)
    with refused(*names.EXPIRED_SESSION):
        respond(world, answer["Session"], right)


def test_a_passkey_that_counts_only_counts_up(world, passkey):
    sign_in(world, passkey, counter=5)
    for counter in (5, 4, 0):
        with refused(*INVALID):
            sign_in(world, passkey, counter=counter)
    sign_in(world, passkey, counter=6)


def test_a_user_has_to_be_verified_where_the_pool_wants_it(world, passkey):
    assert "AuthenticationResult" in sign_in(world, passkey, flags=UNVERIFIED)
    configure(world, UserVerification="required")
    assert begin(world)[1]["userVerification"] == "required"
    with refused(*INVALID):
        sign_in(world, passkey, flags=UNVERIFIED)
    assert "AuthenticationResult" in sign_in(world, passkey)


def test_a_deleted_passkey_signs_nobody_in(world, passkey):
    answer, options = begin(world)
    token = world.tokens()["AccessToken"]
    world.idp.delete_web_authn_credential(AccessToken=token, CredentialId=passkey.name)
    with refused(*INVALID):
        respond(world, answer["Session"], passkey.sign_in(options, ORIGIN))
    answer = world.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="WEB_AUTHN")
    assert answer["ChallengeName"] == "SELECT_CHALLENGE"
    assert set(answer["AvailableChallenges"]) == {"PASSWORD", "PASSWORD_SRP"}


def test_a_passkey_of_another_party_is_of_no_use(world, passkey):
    configure(world, RelyingPartyId="example.org")
    answer = world.initiate("USER_AUTH", USERNAME="alice")
    assert "WEB_AUTHN" not in answer["AvailableChallenges"]


def test_who_may_not_sign_in_does_not_with_a_passkey(world, passkey):
    answer, options = begin(world)
    world.idp.admin_disable_user(UserPoolId=world.id, Username="alice")
    with refused("NotAuthorizedException", "User is disabled."):
        respond(world, answer["Session"], passkey.sign_in(options, ORIGIN))
    with refused("NotAuthorizedException", "User is disabled."):
        begin(world)


def test_who_has_to_reset_the_password_still_signs_in_without_one(world, passkey):
    attributes = [{"Name": "email", "Value": "a@example.com"}, {"Name": "email_verified", "Value": "true"}]
    named = {"UserPoolId": world.id, "Username": "alice"}
    world.idp.admin_update_user_attributes(**named, UserAttributes=attributes)
    world.idp.admin_reset_user_password(**named)
    answer, options = begin(world)
    assert answer["AvailableChallenges"] == ["WEB_AUTHN"]
    assert "AuthenticationResult" in respond(world, answer["Session"], passkey.sign_in(options, ORIGIN))


@pytest.mark.parametrize(
    ("factors", "is_set", "flags", "enough"),
    [
        ("MULTI_FACTOR_WITH_USER_VERIFICATION", True, FLAG.UP | FLAG.UV, True),
        ("MULTI_FACTOR_WITH_USER_VERIFICATION", True, UNVERIFIED, False),
        ("MULTI_FACTOR_WITH_USER_VERIFICATION", False, FLAG.UP | FLAG.UV, False),
        ("SINGLE_FACTOR", True, FLAG.UP | FLAG.UV, False),
    ],
)
def test_when_a_passkey_stands_for_both_factors(sign_ins, factors, is_set, flags, enough):
    world = sign_ins(first=["PASSWORD", "WEB_AUTHN"], mfa="OPTIONAL", factors=("sms",))
    configure(world, FactorConfiguration=factors)
    world.add_user(phone_number="+15550100")
    passkey = register(world)
    world.prefer(SMSMfa=(True, True))
    world.idp.admin_set_user_mfa_preference(
        UserPoolId=world.id, Username="alice", WebAuthnMfaSettings={"Enabled": is_set}
    )
    answer = sign_in(world, passkey, flags=flags)
    assert ("AuthenticationResult" in answer) == enough
    if not enough:
        assert answer["ChallengeName"] == "SMS_MFA"
        right = {"USERNAME": "alice", "SMS_MFA_CODE": world.code()}
        assert "AuthenticationResult" in world.respond("SMS_MFA", answer["Session"], **right)
    assert world.sign_in()["ChallengeName"] == "SMS_MFA"


def test_a_passkey_alone_is_not_offered_where_two_factors_are_required(sign_ins):
    world = sign_ins(first=["PASSWORD", "WEB_AUTHN"], mfa="OPTIONAL", factors=("sms",))
    configure(world)
    world.add_user(phone_number="+15550100")
    passkey = register(world)
    answer, options = begin(world)
    world.require("ON", ("sms",))
    again = world.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="WEB_AUTHN")
    assert "WEB_AUTHN" not in again["AvailableChallenges"]
    late = respond(world, answer["Session"], passkey.sign_in(options, ORIGIN))
    assert late["ChallengeName"] == "SMS_MFA"


def test_a_password_stays_possible(world, passkey):
    answer = world.initiate("USER_AUTH", USERNAME="alice", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    assert "AuthenticationResult" in answer
