"""OpenID tokens of identity pools, attributes for access control, and the classic flow to the end: STS."""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

import boto3
import jwt
import pytest
from botocore.config import Config

import demo
from conftest import aws_client
from expect import UUID, body, refused
from forgery import altered, forged
from identity_world import DEVELOPER, claims, make_identity_pool, provider_of, role

STS = "{https://sts.amazonaws.com/doc/2011-06-15/}"
TAGS = "https://aws.amazon.com/tags"
NO_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
NO_KEY = (
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity"
    " documentation for requirements"
)


@pytest.fixture
def pool_id(identity, pool, account):
    return make_identity_pool(identity, account, pool, DeveloperProviderName=DEVELOPER)


@pytest.fixture
def logins(pool):
    return {provider_of(pool): pool.sign_in()["IdToken"]}


@pytest.fixture
def token(identity, pool_id, logins):
    own = identity.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    return identity.get_open_id_token(IdentityId=own, Logins=logins)["Token"]


@pytest.fixture
def sts(server):
    """Signs nothing, as the operation wants it."""
    return aws_client(server, "sts", unsigned=True)


def assume(sts, account, token, **members):
    wanted = {"RoleArn": role(account, "any"), "RoleSessionName": "web-identity", "WebIdentityToken": token}
    return sts.assume_role_with_web_identity(**wanted | members)


def test_a_token_says_whose_identity_it_is(server, identity, pool, pool_id, logins, account):
    own = identity.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    answer = body(identity.get_open_id_token(IdentityId=own, Logins=logins))
    assert set(answer) == {"IdentityId", "Token"} and answer["IdentityId"] == own
    said = claims(answer["Token"])
    sub = claims(logins[provider_of(pool)])["sub"]
    assert said == {
        "sub": own,
        "aud": pool_id,
        "amr": ["authenticated", provider_of(pool), f"{provider_of(pool)}:CognitoSignIn:{sub}"],
        "iss": f"http://localhost:{server.port}/cognito-identity",
        "https://cognito-identity.amazonaws.com/identity-pool-arn": (
            f"arn:aws:cognito-identity:us-west-2:{account}:identitypool/{pool_id}"
        ),
        "iat": said["iat"],
        "exp": said["iat"] + 600,
    }
    header = jwt.get_unverified_header(answer["Token"])
    assert header == {"kid": header["kid"], "typ": "JWS", "alg": "RS512"}
    assert re.fullmatch(r"[a-z]+-[a-z]+-[0-9]+", header["kid"])


def test_a_guest_s_token_says_so(identity, pool_id):
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    said = claims(identity.get_open_id_token(IdentityId=guest)["Token"])
    assert (said["amr"], said["sub"]) == (["unauthenticated"], guest)


def test_tokens_are_verified_by_the_published_key(server, token, pool_id):
    base = f"http://localhost:{server.port}/cognito-identity"
    with urllib.request.urlopen(f"{base}/.well-known/openid-configuration") as answer:
        document = json.load(answer)
    assert (document["issuer"], document["jwks_uri"]) == (base, f"{base}/.well-known/jwks_uri")
    assert document["id_token_signing_alg_values_supported"] == ["RS512"]
    key = jwt.PyJWKClient(document["jwks_uri"]).get_signing_key_from_jwt(token)
    assert jwt.decode(token, key, algorithms=["RS512"], audience=pool_id, issuer=base)["aud"] == pool_id


@pytest.mark.parametrize(
    ("mode", "issuer"),
    [
        ("aws", "https://cognito-identity.amazonaws.com"),
        ("host", "http://127.0.0.1:{}/cognito-identity"),
        ("public", "https://cognito.test/cognito-identity"),
    ],
)
def test_the_issuer_is_the_one_that_the_server_is_told_to_be(start_server, mode, issuer):
    server = start_server("--seed", demo.SEED, "--issuer", mode, "--public-url", "https://cognito.test")
    identity = aws_client(server, "cognito-identity")
    guest = identity.get_id(IdentityPoolId=demo.IDENTITY_POOL_ID)["IdentityId"]
    token = identity.get_open_id_token(IdentityId=guest)["Token"]
    with urllib.request.urlopen(f"{server.url}/cognito-identity/.well-known/openid-configuration") as answer:
        document = json.load(answer)
    assert claims(token)["iss"] == document["issuer"] == issuer.format(server.port)
    sts = aws_client(server, "sts", unsigned=True)
    answer = assume(sts, demo.ACCOUNT, token, RoleArn=demo.UNAUTHENTICATED_ROLE)
    assert answer["Provider"] == "cognito-identity.amazonaws.com"


def test_the_classic_flow_can_be_turned_off(identity, pool, account):
    off = make_identity_pool(identity, account, pool, AllowClassicFlow=False)
    guest = identity.get_id(IdentityPoolId=off)["IdentityId"]
    with refused("InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow."):
        identity.get_open_id_token(IdentityId=guest)
    identity.get_credentials_for_identity(IdentityId=guest)
    on = make_identity_pool(identity, account, pool, AllowClassicFlow=True)
    identity.get_open_id_token(IdentityId=identity.get_id(IdentityPoolId=on)["IdentityId"])


def test_the_classic_flow_knows_no_role_mappings(identity, pool, pool_id, account):
    mapping = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    key = f"{provider_of(pool)}:{pool.client_id}"
    identity.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={}, RoleMappings={key: mapping})
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    message = "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow."
    with refused("InvalidParameterException", message):
        identity.get_open_id_token(IdentityId=guest)


def test_a_token_is_given_to_whom_credentials_are(identity, pool, pool_id, logins, account):
    own = identity.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]
    with refused("NotAuthorizedException", f"Access to Identity '{own}' is forbidden."):
        identity.get_open_id_token(IdentityId=own)
    pool.add_user("carol")
    carol = {provider_of(pool): pool.sign_in("carol")["IdToken"]}
    message = "Logins don't match. Please include at least one valid login for this identity or identity pool."
    with refused("NotAuthorizedException", message):
        identity.get_open_id_token(IdentityId=own, Logins=carol)
    with refused("NotAuthorizedException", "Invalid login token. Couldn't verify signed token."):
        identity.get_open_id_token(IdentityId=own, Logins={provider_of(pool): forged(logins[provider_of(pool)])})
    # The guest who signs in as somebody known is that one from then on.
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    assert identity.get_open_id_token(IdentityId=guest, Logins=logins)["IdentityId"] == own
    closed = make_identity_pool(identity, account, pool)
    guest = identity.get_id(IdentityPoolId=closed)["IdentityId"]
    least = {"IdentityPoolId": closed, "IdentityPoolName": "closed", "AllowUnauthenticatedIdentities": False}
    identity.update_identity_pool(**least)
    for call in (identity.get_open_id_token, identity.get_credentials_for_identity):
        with refused("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool."):
            call(IdentityId=guest)


def test_claims_become_tags(identity, pool, pool_id, logins):
    name = {"IdentityPoolId": pool_id, "IdentityProviderName": provider_of(pool)}
    unset = name | {"UseDefaults": False, "PrincipalTags": {}}
    assert body(identity.get_principal_tag_attribute_map(**name)) == unset
    own = identity.get_id(IdentityPoolId=pool_id, Logins=logins)["IdentityId"]

    def tags():
        said = claims(identity.get_open_id_token(IdentityId=own, Logins=logins)["Token"])
        return said.get(TAGS)

    assert tags() is None
    defaults = name | {"UseDefaults": True, "PrincipalTags": {}}
    assert body(identity.set_principal_tag_attribute_map(**name, UseDefaults=True)) == defaults
    assert body(identity.get_principal_tag_attribute_map(**name)) == defaults
    sub = claims(logins[provider_of(pool)])["sub"]
    assert tags() == {"principal_tags": {"client": [pool.client_id], "username": [sub]}}
    own_map = {"UseDefaults": False, "PrincipalTags": {"mail": "email", "nothing": "no-claim"}}
    assert body(identity.set_principal_tag_attribute_map(**name, **own_map)) == name | own_map
    assert tags() == {"principal_tags": {"mail": ["bob@example.com"]}}
    for wrong in ("graph.facebook.com", f"{provider_of(pool)}:{pool.client_id}"):
        wrong_name = {"IdentityPoolId": pool_id, "IdentityProviderName": wrong}
        for call in (identity.get_principal_tag_attribute_map, identity.set_principal_tag_attribute_map):
            with refused("InvalidParameterException", f"{wrong} is not a provider of this identity pool."):
                call(**wrong_name)
    with refused("ValidationException"):
        identity.set_principal_tag_attribute_map(**name, PrincipalTags={str(n): "sub" for n in range(51)})


def test_a_token_is_worth_a_role_of_ones_choice(connect, sts, s3, token, pool_id, account):
    before = time.time()
    answer = body(assume(sts, account, token, DurationSeconds=900))
    credentials = answer["Credentials"]
    assert 900 - 5 < credentials["Expiration"].timestamp() - before < 900 + 60
    role_id = answer["AssumedRoleUser"]["AssumedRoleId"]
    assert re.fullmatch(r"AROA[A-Z0-9]{17}:web-identity", role_id)
    assert answer == {
        "SubjectFromWebIdentityToken": claims(token)["sub"],
        "Audience": pool_id,
        "Provider": "cognito-identity.amazonaws.com",
        "AssumedRoleUser": {
            "AssumedRoleId": role_id,
            "Arn": f"arn:aws:sts::{account}:assumed-role/any/web-identity",
        },
        "Credentials": credentials,
    }
    assert re.fullmatch(r"ASIA[A-Z0-9]{16}", credentials["AccessKeyId"])
    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", credentials["SecretAccessKey"])
    keys = credentials | {"SecretKey": credentials["SecretAccessKey"]}
    caller = body(connect("sts", credentials=keys).get_caller_identity())
    assert caller == {
        "UserId": role_id,
        "Account": account,
        "Arn": f"arn:aws:sts::{account}:assumed-role/any/web-identity",
    }
    # To another service they are credentials like any other.
    bucket = boto3.client(
        "s3",
        endpoint_url=s3.url,
        region_name=demo.REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    assert [it["Name"] for it in bucket.list_buckets()["Buckets"]] == [s3.bucket]


def test_the_roles_of_the_pool_trust_whom_they_are_for(identity, sts, token, pool_id, account):
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    guests = identity.get_open_id_token(IdentityId=guest)["Token"]
    assume(sts, account, token, RoleArn=role(account, "authenticated"))
    assume(sts, account, guests, RoleArn=role(account, "unauthenticated"))
    for wrong, name in ((guests, "authenticated"), (token, "unauthenticated")):
        with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", status=403):
            assume(sts, account, wrong, RoleArn=role(account, name))


def test_a_token_that_is_none_of_ours_is_refused(sts, pool, token, account):
    issuer = "https://" + claims(pool.sign_in()["IdToken"])["iss"].removeprefix("http://")
    bare = {"iss": "accounts.google.com", "sub": "a", "aud": "b"}
    nowhere = "No OpenIDConnect provider found in your account for https://accounts.google.com"
    cases = [
        ("garbage", NO_JWT),
        ("a.b.c", NO_JWT),
        (pool.sign_in()["IdToken"], f"No OpenIDConnect provider found in your account for {issuer}"),
        (jwt.encode(bare, "secret" * 10, algorithm="HS256"), nowhere),
        (forged(token), NO_KEY),
        (altered(token, 2), NO_KEY),
        (jwt.encode(claims(token), "secret" * 10, algorithm="HS512"), NO_KEY),
    ]
    for wrong, message in cases:
        with refused("InvalidIdentityToken", message):
            assume(sts, account, wrong)


def test_an_expired_token_is_refused_with_both_times(start_server, move_clock):
    server = start_server("--seed", demo.SEED)
    identity, sts = aws_client(server, "cognito-identity"), aws_client(server, "sts", unsigned=True)
    guest = identity.get_id(IdentityPoolId=demo.IDENTITY_POOL_ID)["IdentityId"]
    token = identity.get_open_id_token(IdentityId=guest)["Token"]
    answer = assume(sts, demo.ACCOUNT, token, DurationSeconds=900)
    move_clock(server, 601)
    expiry = claims(token)["exp"]
    message = rf"Token expired: current date/time [0-9]+ must be before the expiration date/time {expiry}"
    with refused("ExpiredTokenException", re.compile(message)):
        assume(sts, demo.ACCOUNT, token)
    logins = {"cognito-identity.amazonaws.com": token}
    with refused("NotAuthorizedException", re.compile(rf"Invalid login token\. Token expired: [0-9]+ >= {expiry}")):
        identity.get_credentials_for_identity(IdentityId=guest, Logins=logins)
    keys = answer["Credentials"] | {"SecretKey": answer["Credentials"]["SecretAccessKey"]}
    mine = aws_client(server, "sts", credentials=keys)
    mine.get_caller_identity()
    move_clock(server, 300)
    with refused("ExpiredToken", "The security token included in the request is expired", status=403):
        mine.get_caller_identity()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"RoleArn": None}, "Value null at 'roleArn' failed to satisfy constraint: Member must not be null"),
        (
            {"RoleSessionName": "no name"},
            "Value 'no name' at 'roleSessionName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
        ),
        (
            {"RoleSessionName": "x"},
            "Value 'x' at 'roleSessionName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 2",
        ),
        (
            {"RoleSessionName": "x" * 65},
            f"Value '{'x' * 65}' at 'roleSessionName' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
        ),
        (
            {"DurationSeconds": 899},
            "Value '899' at 'durationSeconds' failed to satisfy constraint: "
            "Member must have value greater than or equal to 900",
        ),
        (
            {"DurationSeconds": 43201},
            "Value '43201' at 'durationSeconds' failed to satisfy constraint: "
            "Member must have value less than or equal to 43200",
        ),
        (
            {"WebIdentityToken": "x" * 20001},
            "Value at 'webIdentityToken' failed to satisfy constraint: "
            "Member must have length less than or equal to 20000",
        ),
        (
            {"PolicyArns": [{"arn": f"arn:aws:iam::aws:policy/p{n}"} for n in range(11)]},
            "Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10",
        ),
        (
            {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/p"}, {"arn": "x"}]},
            "Value 'x' at 'policyArns.2.member.arn' failed to satisfy constraint: "
            "Member must have length greater than or equal to 20",
        ),
        (
            {"RoleSessionName": "web\ufffe\uffff"},
            "Value 'web  ' at 'roleSessionName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w+=,.@-]*",
        ),
    ],
)
def test_what_sts_does_not_take_is_told(sts, token, account, members, message):
    wanted = {"RoleArn": role(account, "any"), "RoleSessionName": "web", "WebIdentityToken": token} | members
    wanted = {name: value for name, value in wanted.items() if value is not None}
    with refused("ValidationError", f"1 validation error detected: {message}"):
        sts.assume_role_with_web_identity(**wanted)


def test_sts_tells_all_that_is_missing_at_once(server):
    status, root = post(server, {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15"})
    assert status == 400
    assert root.find(f"{STS}Error/{STS}Message").text == "3 validation errors detected: " + "; ".join(
        f"Value null at '{name}' failed to satisfy constraint: Member must not be null"
        for name in ("roleArn", "roleSessionName", "webIdentityToken")
    )


def test_other_parameters_are_refused_by_what_they_are(sts, token, account):
    cases = [
        ({"RoleArn": "this is no ARN of a role"}, "ValidationError", "this is no ARN of a role is invalid"),
        *(
            ({"RoleArn": arn}, "ValidationError", f"{arn} is invalid")
            for arn in (
                "arn:aws:iam::1:role/any-role",
                f"arn:aws:iam::{account}:role/",
                "arn:aws:iam:::role/any-role",
                f"arn:aws:iam::{account}:role/a b<x>",
                f"arn:aws:iam:us-west-2:{account}:role/any",
            )
        ),
        (
            {"PolicyArns": [{"arn": "this is no ARN of a policy"}]},
            "ValidationError",
            "this is no ARN of a policy is invalid",
        ),
        ({"Policy": "{}"}, "MalformedPolicyDocument", "Syntax errors in policy."),
        ({"Policy": "{"}, "MalformedPolicyDocument", "Syntax errors in policy."),
        ({"Policy": "[]"}, "MalformedPolicyDocument", "Syntax errors in policy."),
        (
            {"ProviderId": "graph.facebook.com"},
            "IDPCommunicationError",
            "graph.facebook.com could not be reached to verify the token",
        ),
        ({"ProviderId": "other.example"}, "ValidationError", "Unsupported ProviderId: other.example"),
    ]
    for members, code, message in cases:
        with refused(code, message):
            assume(sts, account, token, **members)
    answer = assume(sts, account, token, Policy='{"Version": "2012-10-17", "Statement": []}')
    assert 0 < answer["PackedPolicySize"] <= 100


def post(server, form, method="POST"):
    query = urllib.parse.urlencode(form)
    address = server.url + ("/?" + query if method == "GET" else "/")
    request = urllib.request.Request(address, data=query.encode() if method == "POST" else None, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.headers["Content-Type"] == "text/xml"
            return answer.status, ET.fromstring(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, ET.fromstring(refusal.read())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_answer_is_awss_xml(server, token, account, method):
    form = {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": role(account, "any"),
        "RoleSessionName": "a+b=c,d.e@f-g_h",
        "WebIdentityToken": token,
    }
    status, root = post(server, form, method)
    assert (status, root.tag) == (200, f"{STS}AssumeRoleWithWebIdentityResponse")
    result = root.find(f"{STS}AssumeRoleWithWebIdentityResult")
    user = result.find(f"{STS}AssumedRoleUser")
    assert user.find(f"{STS}Arn").text == f"arn:aws:sts::{account}:assumed-role/any/a+b=c,d.e@f-g_h"
    expiration = result.find(f"{STS}Credentials/{STS}Expiration").text
    assert re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z", expiration)
    assert UUID.fullmatch(root.find(f"{STS}ResponseMetadata/{STS}RequestId").text)
    status, root = post(server, form | {"RoleSessionName": "<script>"}, method)
    assert (status, root.tag) == (400, f"{STS}ErrorResponse")
    error = root.find(f"{STS}Error")
    assert [error.find(STS + name).text for name in ("Type", "Code")] == ["Sender", "ValidationError"]
    assert "'<script>'" in error.find(f"{STS}Message").text


def test_a_presigned_address_tells_its_maker(server, account):
    """As programs prove to others who they are: whoever has the address asks STS."""
    client = boto3.client(
        "sts",
        endpoint_url=server.url,
        region_name=demo.REGION,
        aws_access_key_id=account,
        aws_secret_access_key="test",
        config=Config(signature_version="v4"),
    )
    address = client.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urllib.request.urlopen(address) as answer:
        root = ET.fromstring(answer.read())
    assert root.find(f"{STS}GetCallerIdentityResult/{STS}Account").text == account


def test_the_log_says_which_role_was_taken_and_why(start_server):
    server = start_server("--seed", demo.SEED, "--log", "debug")
    identity = aws_client(server, "cognito-identity")
    guest = identity.get_id(IdentityPoolId=demo.IDENTITY_POOL_ID)["IdentityId"]
    secret = identity.get_credentials_for_identity(IdentityId=guest)["Credentials"]["SecretKey"]
    token = identity.get_open_id_token(IdentityId=guest)["Token"]
    assume(aws_client(server, "sts", unsigned=True), demo.ACCOUNT, token)
    lines = [line for line in server.log().splitlines() if guest in line]
    assert [demo.UNAUTHENTICATED_ROLE in line for line in lines] == [True, False], lines
    assert "the pool's role of guests" in lines[0] and "asked for with an OpenID token" in lines[1]
    assert secret not in server.log() and token not in server.log()
