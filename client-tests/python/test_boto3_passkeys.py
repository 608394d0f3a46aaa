"""Passkeys: a software authenticator registers them, the user lists and deletes them."""

import re
from types import SimpleNamespace
from uuid import UUID

import pytest
from fido2 import cose
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import CollectedClientData

from authenticator import FLAG, Passkey, bare, cut
from conftest import aws_client
from expect import body, refused

RP = "example.com"
ORIGIN = "https://app.example.com"
FACTORS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}

INVALID = ("InvalidParameterException", "Credential data is not valid")
NOT_ENABLED = ("WebAuthnNotEnabledException", "WebAuthn is not enabled for this user pool.")
NOT_CONFIGURED = (
    "WebAuthnConfigurationMissingException",
    "User pool has neither a relying party id nor a domain configured.",
)
NO_CHALLENGE = ("WebAuthnChallengeNotFoundException", "WebAuthn challenge not found or expired.")
OTHER_CLIENT = (
    "WebAuthnClientMismatchException",
    "Access token is for another client than the one that started the registration.",
)
WRONG_ORIGIN = (
    "WebAuthnOriginNotAllowedException",
    "Credential origin is not allowed for the relying party id.",
)
OTHER_PARTY = ("WebAuthnRelyingPartyMismatchException", "Credential is for another relying party id.")
NOT_SUPPORTED = ("WebAuthnCredentialNotSupportedException", "Credential is not supported.")
REVOKED = ("NotAuthorizedException", "Access Token has been revoked")


def pool_with_passkeys(idp, configuration=None):
    """A pool that takes passkeys, and alice with an access token."""
    pool = idp.create_user_pool(PoolName="passkeys", Policies=FACTORS)["UserPool"]["Id"]
    if configuration is not None:
        idp.set_user_pool_mfa_config(UserPoolId=pool, WebAuthnConfiguration=configuration)

    def client():
        flows = ["ALLOW_USER_PASSWORD_AUTH"]
        made = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)
        return made["UserPoolClient"]["ClientId"]

    def sign_in(client_id):
        answer = idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=client_id,
            AuthParameters={"USERNAME": "alice", "PASSWORD": "Passw0rd!"},
        )
        return answer["AuthenticationResult"]["AccessToken"]

    user = idp.admin_create_user(UserPoolId=pool, Username="alice", MessageAction="SUPPRESS")["User"]
    idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password="Passw0rd!", Permanent=True)
    token = sign_in(client())

    def start(token=token):
        return idp.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]

    def complete(credential, token=token):
        return body(idp.complete_web_authn_registration(AccessToken=token, Credential=credential))

    def register(passkey, **lies):
        origin = lies.pop("origin", ORIGIN)
        return complete(passkey.register(start(), origin, **lies))

    def listed(**page):
        return idp.list_web_authn_credentials(AccessToken=token, **page)

    return SimpleNamespace(
        id=pool,
        sub=next(a["Value"] for a in user["Attributes"] if a["Name"] == "sub"),
        token=token,
        another_token=lambda: sign_in(client()),
        start=start,
        complete=complete,
        register=register,
        listed=listed,
        names=lambda: [it["CredentialId"] for it in listed()["Credentials"]],
    )


@pytest.fixture
def world(idp):
    return pool_with_passkeys(idp, {"RelyingPartyId": RP})


def test_a_registration_asks_for_a_discoverable_passkey(idp, world):
    options = world.start()
    assert re.fullmatch(r"[\w-]{22}", options.pop("challenge"))
    expected = {
        "authenticatorSelection": {
            "requireResidentKey": True,
            "residentKey": "required",
            "userVerification": "preferred",
        },
        "excludeCredentials": [],
        "pubKeyCredParams": [{"alg": -7, "type": "public-key"}, {"alg": -257, "type": "public-key"}],
        "rp": {"id": RP, "name": RP},
        "timeout": 60000,
        "user": {"displayName": "alice", "id": bare(websafe_encode(world.sub.encode())), "name": "alice"},
    }
    assert options == expected
    passkey = Passkey()
    assert world.register(passkey) == {}
    idp.set_user_pool_mfa_config(
        UserPoolId=world.id, WebAuthnConfiguration={"RelyingPartyId": RP, "UserVerification": "required"}
    )
    options = world.start()
    assert options["excludeCredentials"] == [{"id": passkey.name, "type": "public-key"}]
    assert options["authenticatorSelection"]["userVerification"] == "required"


def test_user_verification_is_preferred_where_nothing_is_said(idp, world):
    configuration = idp.get_user_pool_mfa_config(UserPoolId=world.id)["WebAuthnConfiguration"]
    assert configuration == {"RelyingPartyId": RP, "UserVerification": "preferred"}
    assert world.register(Passkey(), flags=FLAG.UP) == {}


@pytest.mark.parametrize("algorithm", [cose.ES256, cose.RS256])
@pytest.mark.parametrize("attestation", ["none", "packed"])
def test_a_passkey_lives_from_registration_to_deletion(idp, world, algorithm, attestation):
    passkey = Passkey(algorithm)
    answer = world.register(
        passkey, attestation=attestation, attachment="cross-platform", transports=["usb", "nfc", "telepathy"]
    )
    assert answer == {}
    (listed,) = body(world.listed())["Credentials"]
    assert listed.pop("CreatedAt").timestamp() > 0
    assert listed == {
        "CredentialId": passkey.name,
        "FriendlyCredentialName": "Roaming passkey",
        "RelyingPartyId": RP,
        "AuthenticatorAttachment": "cross-platform",
        "AuthenticatorTransports": ["usb", "nfc"],
    }
    named = {"AccessToken": world.token, "CredentialId": passkey.name}
    assert body(idp.delete_web_authn_credential(**named)) == {}
    assert body(world.listed()) == {"Credentials": []}
    with refused("ResourceNotFoundException", "WebAuthn credential does not exist."):
        idp.delete_web_authn_credential(**named)


@pytest.mark.parametrize(
    ("aaguid", "attachment", "name"),
    [
        ("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "platform", "Google Password Manager"),
        ("00000000-0000-0000-0000-000000000000", "platform", "Platform passkey"),
        ("00000000-0000-0000-0000-000000000000", None, "Passkey"),
    ],
)
def test_a_passkey_gets_a_name(world, aaguid, attachment, name):
    world.register(Passkey(aaguid=UUID(aaguid).bytes), attachment=attachment)
    (listed,) = world.listed()["Credentials"]
    assert listed["FriendlyCredentialName"] == name
    assert listed.get("AuthenticatorAttachment") == attachment


def test_passkeys_are_listed_page_by_page_and_are_twenty(idp, world):
    passkeys = [Passkey() for _ in range(20)]
    for passkey in passkeys:
        world.register(passkey)
    names = [passkey.name for passkey in passkeys]
    assert world.names() == names
    with refused("LimitExceededException", "Exceeded maximum number of passkeys of a user: 20"):
        world.start()
    first = world.listed(MaxResults=3)
    assert [it["CredentialId"] for it in first["Credentials"]] == names[:3]
    # What is deleted meanwhile moves nothing.
    idp.delete_web_authn_credential(AccessToken=world.token, CredentialId=names[2])
    second = world.listed(MaxResults=17, NextToken=first["NextToken"])
    assert [it["CredentialId"] for it in second["Credentials"]] == names[3:]
    assert "NextToken" not in second
    with refused("InvalidParameterException", "Invalid pagination token."):
        world.listed(NextToken="x")
    world.start()


def test_a_pool_has_to_take_passkeys_and_to_have_a_name(idp, account):
    world = pool_with_passkeys(idp)
    with refused(*NOT_CONFIGURED):
        world.start()
    with refused(*OTHER_PARTY):
        world.complete({})
    prefix = f"keys-{account}"
    idp.create_user_pool_domain(UserPoolId=world.id, Domain=prefix)
    assert world.start()["rp"]["id"] == f"{prefix}.auth.us-west-2.amazoncognito.com"
    custom = f"auth.{account}.example.com"
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1"}
    idp.create_user_pool_domain(UserPoolId=world.id, Domain=custom, CustomDomainConfig=certificate)
    assert world.start()["rp"]["id"] == custom
    idp.set_user_pool_mfa_config(UserPoolId=world.id, WebAuthnConfiguration={"RelyingPartyId": RP})
    passkey = Passkey()
    assert world.register(passkey) == {}
    idp.update_user_pool(
        UserPoolId=world.id, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}}
    )
    with refused(*NOT_ENABLED):
        world.start()
    with refused(*NOT_ENABLED):
        world.complete({})
    assert world.names() == [passkey.name]
    idp.delete_web_authn_credential(AccessToken=world.token, CredentialId=passkey.name)


@pytest.mark.parametrize(
    "origin",
    [f"https://{RP}", f"https://{RP}:8443", "https://a.b.example.com", "android:apk-key-hash:Zm9v"],
)
def test_a_passkey_is_made_on_pages_of_its_relying_party(world, origin):
    assert world.register(Passkey(), origin=origin) == {}


@pytest.mark.parametrize(
    "origin", ["http://example.com", "https://example.org", "https://notexample.com", "http://localhost:3000"]
)
def test_another_origin_is_not_allowed(world, origin):
    with refused(*WRONG_ORIGIN):
        world.register(Passkey(), origin=origin)
    assert world.names() == []


def test_at_home_plain_http_is_fine(idp):
    world = pool_with_passkeys(idp, {"RelyingPartyId": "localhost"})
    for origin in ("http://localhost:5173", "https://localhost"):
        assert world.register(Passkey(), origin=origin) == {}
    with refused(*WRONG_ORIGIN):
        world.register(Passkey(), origin="http://example.com")


@pytest.mark.parametrize(
    ("lie", "refusal"),
    [
        ({"rp": "example.org"}, OTHER_PARTY),
        ({"challenge": b"another sixteen."}, NO_CHALLENGE),
        ({"cross_origin": True}, WRONG_ORIGIN),
        ({"kind": CollectedClientData.TYPE.GET}, INVALID),
        ({"flags": FLAG.UV}, INVALID),
        ({"attestation": "packed", "forge": lambda signature: signature[:-1] + bytes([signature[-1] ^ 1])}, INVALID),
        ({"attestation": "packed", "forge": lambda _: b""}, INVALID),
        ({"attestation": "apple"}, NOT_SUPPORTED),
        ({"attachment": "glued"}, INVALID),
    ],
)
def test_a_lie_is_refused_and_the_truth_may_follow(world, lie, refusal):
    options, passkey = world.start(), Passkey()
    with refused(*refusal):
        world.complete(passkey.register(options, ORIGIN, **lie))
    assert world.names() == []
    assert world.complete(passkey.register(options, ORIGIN)) == {}


def test_an_algorithm_that_was_not_offered_is_not_supported(world):
    with refused(*NOT_SUPPORTED):
        world.register(Passkey(cose.EdDSA))


def test_where_verification_is_required_a_passkey_without_it_is_not_supported(idp):
    world = pool_with_passkeys(idp, {"RelyingPartyId": RP, "UserVerification": "required"})
    with refused(*NOT_SUPPORTED):
        world.register(Passkey(), flags=FLAG.UP)
    assert world.register(Passkey()) == {}


def test_a_challenge_is_answered_once(world):
    passkey, options = Passkey(), world.start()
    credential = passkey.register(options, ORIGIN)
    assert world.complete(credential) == {}
    for again in (credential, Passkey().register(options, ORIGIN)):
        with refused(*NO_CHALLENGE):
            world.complete(again)
    # The same passkey is not registered twice.
    with refused(*INVALID):
        world.register(passkey)
    # The newest challenge counts.
    older, newer = world.start(), world.start()
    with refused(*NO_CHALLENGE):
        world.complete(Passkey().register(older, ORIGIN))
    assert world.complete(Passkey().register(newer, ORIGIN)) == {}


def test_without_a_start_there_is_no_challenge(world):
    with refused(*NO_CHALLENGE):
        world.complete({})


def test_a_registration_takes_three_minutes_at_most(start_server, account, move_clock):
    server = start_server()
    world = pool_with_passkeys(aws_client(server, "cognito-idp", account=account), {"RelyingPartyId": RP})
    options = world.start()
    move_clock(server, 175)
    assert world.complete(Passkey().register(options, ORIGIN)) == {}
    options = world.start()
    move_clock(server, 181)
    with refused(*NO_CHALLENGE):
        world.complete(Passkey().register(options, ORIGIN))


def test_a_registration_belongs_to_the_client_that_began_it(world):
    credential = Passkey().register(world.start(), ORIGIN)
    with refused(*OTHER_CLIENT):
        world.complete(credential, token=world.another_token())
    assert world.complete(credential) == {}


def test_what_is_cut_off_is_not_valid(world):
    credential = Passkey().register(world.start(), ORIGIN, attestation="packed")
    for member in ("attestationObject", "clientDataJSON"):
        whole = len(websafe_decode(credential["response"][member]))
        for length in (0, 1, 2, whole // 3, whole // 2, whole - 1):
            with refused(*INVALID):
                world.complete(cut(credential, member, length))
    assert world.complete(credential) == {}


def test_what_is_no_credential_is_not_valid(world):
    credential = Passkey().register(world.start(), ORIGIN)
    response = credential["response"]
    deep = bare(websafe_encode(b"\x81" * 40_000))
    many = bare(websafe_encode(b"\x9a\xff\xff\xff\xff" + b"\x80" * 40_000))
    for wrong in (
        {},
        [],
        "text",
        7,
        {"id": credential["id"]},
        credential | {"rawId": Passkey().name},
        credential | {"rawId": "*"},
        credential | {"response": {}},
        credential | {"response": response | {"attestationObject": deep}},
        credential | {"response": response | {"attestationObject": many}},
        credential | {"response": response | {"attestationObject": "A" * 900_000}},
        credential | {"response": response | {"clientDataJSON": "A" * 900_000}},
        credential | {"response": response | {"clientDataJSON": bare(websafe_encode(b"[" * 40_000))}},
    ):
        with refused(*INVALID):
            world.complete(wrong)
    assert world.complete(credential) == {}


def test_whoever_may_not_act_any_more_has_no_passkeys(idp, world):
    credential = Passkey().register(world.start(), ORIGIN)

    def every_call_is_refused(code, message):
        calls = (
            lambda: world.start(),
            lambda: world.complete(credential),
            lambda: world.listed(),
            lambda: idp.delete_web_authn_credential(AccessToken=world.token, CredentialId="x"),
        )
        for call in calls:
            with refused(code, message):
                call()

    named = {"UserPoolId": world.id, "Username": "alice"}
    idp.admin_disable_user(**named)
    every_call_is_refused(*REVOKED)
    idp.admin_enable_user(**named)
    idp.admin_delete_user(**named)
    every_call_is_refused(*REVOKED)


def test_the_token_is_checked_first(idp, world):
    refusal = ("NotAuthorizedException", "Invalid Access Token")
    for call, more in (
        (idp.start_web_authn_registration, {}),
        (idp.complete_web_authn_registration, {"Credential": {}}),
        (idp.list_web_authn_credentials, {}),
        (idp.delete_web_authn_credential, {"CredentialId": "x"}),
    ):
        with refused(*refusal):
            call(AccessToken="a.b.c", **more)
    with refused("InvalidParameterException", re.compile(r"1 validation error detected: .*'maxResults'.*")):
        world.listed(MaxResults=21)
