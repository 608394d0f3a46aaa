"""Logins of providers other than user pools: an OpenID Connect provider on this machine, and those that are not asked."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conftest import aws_client
from expect import body, refused
from identity_world import DEVELOPER, claims, make_identity_pool, role
from openid_provider import OpenIdProvider

UNSIGNED = "Invalid login token. Couldn't verify signed token."
NO_TOKEN = "Invalid login token. Not a valid OpenId Connect identity token."
OTHER_ISSUER = "Invalid login token. Issuer doesn't match providerName"
UNSUPPORTED = "Token is not from a supported provider of this identity pool."


def not_reached(name):
    return f"{name} could not be reached to verify the login token."


@pytest.fixture
def provider():
    running = OpenIdProvider("/realms/demo")
    yield running
    running.stop()


@pytest.fixture
def pool_id(identity, account, provider):
    arns = [provider.arn(account)]
    return make_identity_pool(identity, account, OpenIdConnectProviderARNs=arns, DeveloperProviderName=DEVELOPER)


@pytest.fixture
def get_id(identity, pool_id, provider):
    return lambda token: identity.get_id(IdentityPoolId=pool_id, Logins={provider.name: token})["IdentityId"]


def test_a_user_of_the_provider_is_an_identity(connect, identity, get_id, provider, account, pool_id):
    token = provider.token()
    anns = get_id(token)
    assert get_id(provider.token()) == anns != get_id(provider.token("ben"))
    logins = {provider.name: token}
    answer = identity.get_credentials_for_identity(IdentityId=anns, Logins=logins)
    caller = connect("sts", credentials=answer["Credentials"]).get_caller_identity()
    assert caller["Arn"] == f"arn:aws:sts::{account}:assumed-role/authenticated/CognitoIdentityCredentials"
    said = claims(identity.get_open_id_token(IdentityId=anns, Logins=logins)["Token"])
    assert said["amr"] == ["authenticated", provider.name, f"{provider.arn(account)}:OIDC:ann"]
    assert identity.describe_identity(IdentityId=anns)["Logins"] == [provider.name]
    vouched = identity.get_open_id_token_for_developer_identity(
        IdentityPoolId=pool_id, Logins=logins | {DEVELOPER: "ann"}
    )
    assert vouched["IdentityId"] == anns
    identity.unlink_identity(IdentityId=anns, Logins=logins, LoginsToRemove=[provider.name])
    assert identity.lookup_developer_identity(IdentityPoolId=pool_id, DeveloperUserIdentifier="ann")["IdentityId"] == anns


def test_claims_of_the_provider_choose_the_role_and_become_tags(connect, identity, get_id, provider, account, pool_id):
    rule = {"Claim": "teams", "MatchType": "Contains", "Value": "blue", "RoleARN": role(account, "blue")}
    mapping = {
        "Type": "Rules",
        "AmbiguousRoleResolution": "Deny",
        "RulesConfiguration": {"Rules": [rule]},
    }
    roles = {"authenticated": role(account, "authenticated")}
    identity.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=roles, RoleMappings={provider.name: mapping})
    tags = {"IdentityPoolId": pool_id, "IdentityProviderName": provider.name, "PrincipalTags": {"team": "team"}}
    assert body(identity.set_principal_tag_attribute_map(**tags))["PrincipalTags"] == {"team": "team"}
    token = provider.token(teams=["red", "blue"])
    answer = identity.get_credentials_for_identity(IdentityId=get_id(token), Logins={provider.name: token})
    caller = connect("sts", credentials=answer["Credentials"]).get_caller_identity()
    assert caller["Arn"].endswith(":assumed-role/blue/CognitoIdentityCredentials")
    token = provider.token("ben", teams=["red"])
    message = f"The ambiguous role mapping rules for: {provider.name} denied this request."
    with refused("NotAuthorizedException", message):
        identity.get_credentials_for_identity(IdentityId=get_id(token), Logins={provider.name: token})


def test_a_token_is_checked_in_full(get_id, provider):
    now = int(time.time())
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    cases = [
        ("garbage", NO_TOKEN),
        (provider.token(aud=None), "Invalid login token. Missing a required claim: aud"),
        (provider.token(aud=[]), "Invalid login token. Missing a required claim: aud"),
        (provider.token(iss="http://elsewhere.example"), OTHER_ISSUER),
        (provider.token(iss=None), OTHER_ISSUER),
        (provider.token(iss=f"{provider.issuer}/more"), OTHER_ISSUER),
        (provider.token(key=stranger), UNSIGNED),
        (jwt.encode(claims(provider.token()), "secret" * 10, algorithm="HS256", headers={"kid": "first"}), UNSIGNED),
        (provider.token(sub=None), NO_TOKEN),
        (provider.token(sub=""), NO_TOKEN),
        (provider.token(exp=None), NO_TOKEN),
    ]
    for token, message in cases:
        with refused("NotAuthorizedException", message):
            get_id(token)
    with refused("NotAuthorizedException"):
        get_id(jwt.encode(claims(provider.token()), "", algorithm="none"))
    with refused("NotAuthorizedException", re.compile(rf"Invalid login token\. Token expired: [0-9]+ >= {now}")):
        get_id(provider.token(exp=now))
    early = re.compile(rf"Invalid login token\. Token is not yet valid: [0-9]+ < {now + 500}")
    with refused("NotAuthorizedException", early):
        get_id(provider.token(nbf=now + 500))
    get_id(provider.token(nbf=now, exp=now + 500.5))
    get_id(provider.token(aud=["app", "other"]))
    get_id(provider.token(iss=provider.issuer + "/"))


def test_an_elliptic_key_signs_as_well(get_id, provider):
    provider.keys["curve"] = ec.generate_private_key(ec.SECP256R1())
    get_id(provider.token(kid="curve", algorithm="ES256"))
    # A key is for its own kind of signature.
    with refused("NotAuthorizedException", UNSIGNED):
        get_id(provider.token(kid="curve", algorithm="RS256", key=provider.keys["first"]))


def test_keys_are_remembered_and_read_again_when_a_new_one_signs(start_server, move_clock, provider):
    server = start_server()
    identity = aws_client(server, "cognito-identity")
    pool_id = make_identity_pool(identity, "000000000000", OpenIdConnectProviderARNs=[provider.arn("000000000000")])

    def get_id(token):
        return identity.get_id(IdentityPoolId=pool_id, Logins={provider.name: token})

    for _ in range(3):
        get_id(provider.token())
    assert len(provider.asked) == 2
    provider.keys["second"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    fresh = provider.token(kid="second", exp=int(time.time()) + 99999)
    # A key that nobody knows is no reason to ask at every token.
    for _ in range(3):
        with refused("NotAuthorizedException", UNSIGNED):
            get_id(fresh)
    assert len(provider.asked) == 2
    move_clock(server, 11)
    get_id(fresh)
    assert len(provider.asked) == 4
    move_clock(server, 3600)
    get_id(fresh)
    assert len(provider.asked) == 6


def test_a_token_that_names_no_key_is_of_any(get_id, provider):
    provider.keys["second"] = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    said = claims(provider.token())
    get_id(jwt.encode(said, provider.keys["second"], algorithm="RS256"))
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with refused("NotAuthorizedException", UNSIGNED):
        get_id(jwt.encode(said, stranger, algorithm="RS256"))


def test_known_keys_outlive_a_provider_that_fails(start_server, move_clock, provider):
    server = start_server()
    identity = aws_client(server, "cognito-identity")
    pool_id = make_identity_pool(identity, "000000000000", OpenIdConnectProviderARNs=[provider.arn("000000000000")])
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    good, strange = (
        provider.token(exp=int(time.time()) + 99999, **more) for more in ({}, {"kid": "nope", "key": stranger})
    )

    def get_id(token):
        return identity.get_id(IdentityPoolId=pool_id, Logins={provider.name: token})

    get_id(good)
    provider.answers["openid-configuration"] = (500, {}, b"")
    for seconds in (11, 3600):
        move_clock(server, seconds)
        with refused("ExternalServiceException", not_reached(provider.name)):
            get_id(strange)
        get_id(good)
    # Nor does a login whose key is known wait for one whose key is not.
    move_clock(server, 11)
    get_id(good)
    del provider.answers["openid-configuration"]
    move_clock(server, 11)
    get_id(good)
    move_clock(server, 11)
    provider.delay = 2
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(get_id, strange)
        time.sleep(0.3)
        watch = time.monotonic()
        get_id(good)
        assert time.monotonic() - watch < 1
        with refused("NotAuthorizedException", UNSIGNED):
            waiting.result()


def test_all_providers_of_a_call_are_waited_for_together(identity, account):
    slow = [OpenIdProvider() for _ in range(3)]
    for provider in slow:
        provider.delay = 2.2
    pool_id = make_identity_pool(identity, account, OpenIdConnectProviderARNs=[it.arn(account) for it in slow])
    watch = time.monotonic()
    with refused("ExternalServiceException"):
        identity.get_id(IdentityPoolId=pool_id, Logins={it.name: it.token() for it in slow})
    assert time.monotonic() - watch < 5.9
    for provider in slow:
        provider.stop()


def test_a_provider_that_was_removed_meanwhile_is_none(identity, get_id, provider, pool_id):
    provider.delay = 0.5
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(get_id, provider.token())
        time.sleep(0.3)
        identity.update_identity_pool(
            IdentityPoolId=pool_id, IdentityPoolName="world", AllowUnauthenticatedIdentities=True
        )
        with refused("NotAuthorizedException", UNSUPPORTED):
            waiting.result()


@pytest.mark.parametrize("name", ["a.example?x=", "a.example/#", "user@a.example", "a example", "a.example/\t"])
def test_a_provider_is_a_host_and_a_path(identity, account, name):
    arn = f"arn:aws:iam::{account}:oidc-provider/{name}"
    with refused("InvalidParameterException", f"{arn} is not a valid ARN for this parameter."):
        make_identity_pool(identity, account, OpenIdConnectProviderARNs=[arn])


def test_a_login_with_a_mapping_decides(connect, identity, account):
    """Whichever provider's name comes first."""
    providers = sorted((OpenIdProvider() for _ in range(2)), key=lambda it: it.name)
    arns = [it.arn(account) for it in providers]
    pool_id = make_identity_pool(identity, account, OpenIdConnectProviderARNs=arns)
    logins = {it.name: it.token() for it in providers}
    both = identity.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    for provider in providers:
        rule = {"Claim": "sub", "MatchType": "Equals", "Value": "nobody", "RoleARN": role(account, "nobody")}
        mapping = {"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": [rule]}}
        roles = {"authenticated": role(account, "authenticated")}
        mappings = {provider.name: mapping}
        identity.set_identity_pool_roles(IdentityPoolId=pool_id, Roles=roles, RoleMappings=mappings)
        message = f"The ambiguous role mapping rules for: {provider.name} denied this request."
        with refused("NotAuthorizedException", message):
            identity.get_credentials_for_identity(IdentityId=both, Logins=logins)
        provider.stop()


def test_many_at_once_ask_the_provider_once(server, pool_id, provider):
    provider.delay = 0.2
    token = provider.token()

    def get_id(_):
        anyone = aws_client(server, "cognito-identity", unsigned=True)
        return anyone.get_id(IdentityPoolId=pool_id, Logins={provider.name: token})["IdentityId"]

    with ThreadPoolExecutor(20) as callers:
        assert len(set(callers.map(get_id, range(20)))) == 1
    assert len(provider.asked) == 2


@pytest.mark.parametrize(
    ("document", "answer"),
    [
        ("openid-configuration", (500, {}, b"")),
        ("openid-configuration", (200, {}, b"not json")),
        ("openid-configuration", (200, {}, b"[]")),
        ("openid-configuration", (200, {}, b'{"issuer": "http://elsewhere.example", "jwks_uri": "x"}')),
        ("openid-configuration", (302, {"Location": "http://127.0.0.1:1/"}, b"")),
        ("openid-configuration", (200, {}, b" " * 300_000)),
        ("keys", (404, {}, b"")),
        ("keys", (200, {}, b'{"keys": 1}')),
        ("keys", (302, {"Location": "file:///etc/passwd"}, b"")),
    ],
)
def test_a_provider_that_answers_as_none_is_not_trusted(get_id, provider, document, answer):
    provider.answers[document] = answer
    with refused("ExternalServiceException", not_reached(provider.name)):
        get_id(provider.token())


@pytest.mark.parametrize("place", ["file:///etc/passwd", "http://idp.example/keys", "ftp://127.0.0.1/", "/keys", ""])
def test_keys_are_at_an_address_that_may_be_asked(get_id, provider, place):
    document = f'{{"issuer": "{provider.issuer}", "jwks_uri": "{place}"}}'.encode()
    provider.answers["openid-configuration"] = (200, {}, document)
    with refused("ExternalServiceException", not_reached(provider.name)):
        get_id(provider.token())


def test_a_provider_that_is_gone_is_not_reached(identity, get_id, provider, pool_id):
    token = provider.token()
    provider.stop()
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    logins = {provider.name: token}
    with refused("ExternalServiceException", not_reached(provider.name)):
        get_id(token)
    for call in (identity.get_credentials_for_identity, identity.get_open_id_token):
        with refused("ExternalServiceException", not_reached(provider.name)):
            call(IdentityId=guest, Logins=logins)
    with refused("ExternalServiceException", not_reached(provider.name)):
        identity.unlink_identity(IdentityId=guest, Logins=logins, LoginsToRemove=[provider.name])
    # AWS declares no such error here.
    with refused("NotAuthorizedException", UNSIGNED):
        identity.get_open_id_token_for_developer_identity(
            IdentityPoolId=pool_id, Logins=logins | {DEVELOPER: "ann"}
        )


def test_a_provider_that_does_not_answer_is_not_waited_for(get_id, provider):
    provider.delay = 6
    watch = time.monotonic()
    with refused("ExternalServiceException", not_reached(provider.name)):
        get_id(provider.token())
    assert 4 < time.monotonic() - watch < 5.9


def test_a_provider_may_have_no_path(identity, account):
    provider = OpenIdProvider()
    pool_id = make_identity_pool(identity, account, OpenIdConnectProviderARNs=[provider.arn(account)])
    identity.get_id(IdentityPoolId=pool_id, Logins={provider.name: provider.token()})
    provider.stop()


def test_a_provider_of_another_pool_is_none(identity, account, provider):
    without = make_identity_pool(identity, account)
    with refused("NotAuthorizedException", UNSUPPORTED):
        identity.get_id(IdentityPoolId=without, Logins={provider.name: provider.token()})
    assert provider.asked == []


@pytest.mark.parametrize(
    ("name", "app"),
    [
        ("graph.facebook.com", "1234567890"),
        ("www.amazon.com", "amzn1.application.123"),
        ("api.twitter.com", "key;secret"),
        ("www.digits.com", "key;secret"),
    ],
)
def test_opaque_tokens_are_for_their_own_service_to_read(identity, account, name, app):
    pool_id = make_identity_pool(identity, account, SupportedLoginProviders={name: app})
    with refused("ExternalServiceException", not_reached(name)):
        identity.get_id(IdentityPoolId=pool_id, Logins={name: "opaque"})


@pytest.mark.parametrize("name", ["accounts.google.com", "appleid.apple.com"])
def test_tokens_of_google_and_apple_are_read_before_anybody_is_asked(identity, account, provider, name):
    pool_id = make_identity_pool(identity, account, SupportedLoginProviders={name: "own-app"})
    cases = [
        ("opaque", NO_TOKEN),
        (provider.token(), OTHER_ISSUER),
        (provider.token(iss=f"https://{name}"), UNSUPPORTED),
        (provider.token(iss=f"https://{name}", aud=None), "Invalid login token. Missing a required claim: aud"),
        (provider.token(iss=f"https://{name}.example", aud="own-app"), OTHER_ISSUER),
    ]
    for token, message in cases:
        with refused("NotAuthorizedException", message):
            identity.get_id(IdentityPoolId=pool_id, Logins={name: token})


def test_assertions_cannot_be_checked_yet(identity, account):
    arn = f"arn:aws:iam::{account}:saml-provider/office"
    pool_id = make_identity_pool(identity, account, SamlProviderARNs=[arn])
    message = f"Signing in to an identity pool with {arn} is not implemented by Cognitwin yet"
    with refused("NotImplementedException", message, status=501):
        identity.get_id(IdentityPoolId=pool_id, Logins={arn: "PHNhbWw+"})
