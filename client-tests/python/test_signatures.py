"""`--verify-signatures`: only who holds a secret signs, and nobody changes what was signed."""

import datetime
import re
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

import demo
from conftest import aws_client
from expect import refused
from server import Server, run
from test_command import assert_one_line_error

KEY, SECRET = "AKIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY="
TEMPORARY = "ASIAEXAMPLEEXAMPLE24"
WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key"
    " and signing method. Consult the service documentation for details."
)
UNKNOWN = "The security token included in the request is invalid."
EXPIRED = "The security token included in the request is expired"
STS = "{https://sts.amazonaws.com/doc/2011-06-15/}"
LIST = b'{"MaxResults": 1}'
TARGET = "AWSCognitoIdentityProviderService.ListUserPools"


def keys(key=KEY, secret=SECRET, token=None):
    return {"AccessKeyId": key, "SecretKey": secret, "SessionToken": token}


@pytest.fixture(scope="module")
def strict():
    pairs = (f"{KEY}={SECRET}", "123456789012=two", f"{TEMPORARY}=three")
    credentials = [it for pair in pairs for it in ("--credentials", pair)]
    running = Server("--seed", demo.SEED, "--verify-signatures", *credentials)
    yield running
    running.stop_cleanly()


def own(strict, service, **which):
    return aws_client(strict, service, credentials=keys(**which))


def test_who_holds_a_secret_is_let_in(strict):
    assert own(strict, "cognito-idp").list_user_pools(MaxResults=1)["UserPools"][0]["Id"] == demo.POOL_ID
    assert own(strict, "cognito-identity").list_identity_pools(MaxResults=1)["IdentityPools"]
    assert own(strict, "sts").get_caller_identity()["Account"] == demo.ACCOUNT
    assert own(strict, "kms").generate_data_key(KeyId="alias/any", KeySpec="AES_256")["Plaintext"]
    # A key that is an account works in that account.
    other = {"key": "123456789012", "secret": "two"}
    assert own(strict, "cognito-idp", **other).list_user_pools(MaxResults=1)["UserPools"] == []
    assert own(strict, "sts", **other).get_caller_identity()["Account"] == "123456789012"
    # Nor does it matter what a key of the command line looks like.
    other = {"key": TEMPORARY, "secret": "three"}
    assert own(strict, "cognito-idp", **other).list_user_pools(MaxResults=1)["UserPools"]
    assert own(strict, "sts", **other).get_caller_identity()["Account"] == demo.ACCOUNT


def test_who_does_not_is_kept_out(strict):
    for client, call in (("cognito-idp", "list_user_pools"), ("cognito-identity", "list_identity_pools")):
        with refused("InvalidSignatureException", WRONG):
            getattr(own(strict, client, secret="guess"), call)(MaxResults=1)
        for unknown in ({"key": "test"}, {"key": demo.ACCOUNT}, {"token": "made up"}, {"key": "ASIAEXAMPLEEXAMPLE23"}):
            with refused("UnrecognizedClientException", UNKNOWN):
                getattr(own(strict, client, **unknown), call)(MaxResults=1)
        with refused("MissingAuthenticationTokenException", "Missing Authentication Token"):
            getattr(aws_client(strict, client, unsigned=True), call)(MaxResults=1)
    with refused("InvalidSignatureException", WRONG):
        own(strict, "kms", secret="guess").generate_data_key(KeyId="alias/any", KeySpec="AES_256")
    with refused("SignatureDoesNotMatch", WRONG, status=403):
        own(strict, "sts", secret="guess").get_caller_identity()
    with refused("InvalidClientTokenId", UNKNOWN, status=403):
        own(strict, "sts", key="test").get_caller_identity()


def test_what_is_public_wants_no_signature(strict):
    anyone = aws_client(strict, "cognito-idp", unsigned=True)
    secret = {"USERNAME": demo.USERNAME, "PASSWORD": demo.PASSWORD}
    anyone.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=demo.CLIENT_ID, AuthParameters=secret)
    # Nor does it look at one.
    own(strict, "cognito-identity", key="test").get_id(IdentityPoolId=demo.IDENTITY_POOL_ID)


def guest(server):
    anyone = aws_client(server, "cognito-identity", unsigned=True)
    guest = anyone.get_id(IdentityPoolId=demo.IDENTITY_POOL_ID)["IdentityId"]
    return anyone.get_credentials_for_identity(IdentityId=guest)["Credentials"]


def test_credentials_that_were_issued_here_sign_with_their_secret(strict):
    mine = guest(strict)
    arn = aws_client(strict, "sts", credentials=mine).get_caller_identity()["Arn"]
    assert arn.endswith(":assumed-role/test-unauthenticated/CognitoIdentityCredentials")
    aws_client(strict, "cognito-idp", credentials=mine).list_user_pools(MaxResults=1)
    for wrong, code in (
        ({"SecretKey": "guess"}, "InvalidSignatureException"),
        ({"SessionToken": mine["SessionToken"][:-8]}, "UnrecognizedClientException"),
        ({"SessionToken": None}, "UnrecognizedClientException"),
        ({"AccessKeyId": guest(strict)["AccessKeyId"]}, "UnrecognizedClientException"),
    ):
        with refused(code):
            aws_client(strict, "cognito-idp", credentials=mine | wrong).list_user_pools(MaxResults=1)


def test_issued_credentials_expire_by_the_servers_clock_and_signatures_do_not(start_server, move_clock):
    server = start_server("--seed", demo.SEED, "--verify-signatures", "--credentials", f"{KEY}={SECRET}")
    mine = guest(server)
    move_clock(server, 3601)
    with refused("ExpiredTokenException", EXPIRED):
        aws_client(server, "cognito-idp", credentials=mine).list_user_pools(MaxResults=1)
    with refused("ExpiredToken", EXPIRED, status=403):
        aws_client(server, "sts", credentials=mine).get_caller_identity()
    # Callers sign by their own clocks.
    own(server, "cognito-idp").list_user_pools(MaxResults=1)


def send(server, request):
    """Status, error code and message."""
    wire = urllib.request.Request(request.url, data=request.body, headers=dict(request.headers), method=request.method)
    try:
        with urllib.request.urlopen(wire, timeout=10) as answer:
            return answer.status, None, None
    except urllib.error.HTTPError as refusal:
        text = refusal.read().decode()
        if text.startswith("<"):
            error = ET.fromstring(text).find(f"{STS}Error")
            return refusal.code, error.find(f"{STS}Code").text, error.find(f"{STS}Message").text
        return refusal.code, refusal.headers["x-amzn-ErrorType"].rstrip(":"), refusal.headers["x-amzn-ErrorMessage"]


def signed(server, data=LIST, url="/", service="cognito-idp", at=None, headers=None, monkeypatch=None):
    given = {"X-Amz-Target": TARGET, "Content-Type": "application/x-amz-json-1.1"} | (headers or {})
    request = AWSRequest("POST", server.url + url, data=data, headers=given)
    if at is not None:
        moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=at)
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: moment)
    SigV4Auth(Credentials(KEY, SECRET), service, demo.REGION).add_auth(request)
    return request.prepare()


def test_whatever_is_changed_is_told(strict):
    assert send(strict, signed(strict)) == (200, None, None)
    assert send(strict, signed(strict, url="/?b=2&a=%2F%20x&a=1"))[0] == 200
    assert send(strict, signed(strict, headers={"X-Amz-Meta": "  a   b  "}))[0] == 200
    wrong = (400, "InvalidSignatureException", WRONG)
    changed = signed(strict)
    changed.headers["X-Amz-Target"] = TARGET.replace("ListUserPools", "DescribeUserPool")
    assert send(strict, changed) == wrong
    # What is added is told as well: an operation that was not signed is none.
    changed = signed(strict)
    changed.headers["X-Amz-Meta"] = "added"
    added = "'x-amz-meta' must be a 'SignedHeader' in the AWS Authorization."
    assert send(strict, changed) == (400, "InvalidSignatureException", added)
    changed = signed(strict)
    changed.headers["X-Amzn-Trace-Id"] = "added by a proxy"
    assert send(strict, changed)[0] == 200
    changed = signed(strict)
    changed.body = b'{"MaxResults": 2}'
    assert send(strict, changed) == wrong
    changed = signed(strict, url="/?a=1")
    changed.url = changed.url.replace("a=1", "a=2")
    assert send(strict, changed) == wrong
    for end in ("0", ""):
        changed = signed(strict)
        authorization = changed.headers["Authorization"]
        changed.headers["Authorization"] = authorization[:-1] + end
        if changed.headers["Authorization"] != authorization:
            assert send(strict, changed) == wrong


def test_the_parts_of_a_signature_are_told_apart(strict):
    other = "Credential should be scoped to correct service: 'cognito-idp'."
    assert send(strict, signed(strict, service="s3")) == (400, "InvalidSignatureException", other)
    broken = signed(strict)
    broken.headers["Authorization"] = broken.headers["Authorization"].split(", Signature")[0]
    assert send(strict, broken) == (
        400,
        "IncompleteSignatureException",
        "Authorization header requires 'Signature' parameter.",
    )
    without = signed(strict)
    without.headers["Authorization"] = without.headers["Authorization"].replace("host;", "")
    message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    assert send(strict, without) == (400, "InvalidSignatureException", message)


@pytest.mark.parametrize(
    ("minutes", "message"),
    [
        (-6, r"Signature expired: [0-9]{8}T[0-9]{6}Z is now earlier than [0-9]{8}T[0-9]{6}Z \([0-9TZ]{16} - 5 min\.\)"),
        (6, r"Signature not yet current: [0-9TZ]{16} is still later than [0-9TZ]{16} \([0-9TZ]{16} \+ 5 min\.\)"),
    ],
)
def test_a_signature_is_good_for_five_minutes(strict, monkeypatch, minutes, message):
    status, code, told = send(strict, signed(strict, at=minutes, monkeypatch=monkeypatch))
    assert (status, code) == (400, "InvalidSignatureException")
    assert re.fullmatch(message, told), told
    within = minutes - 2 if minutes > 0 else minutes + 2
    assert send(strict, signed(strict, at=within, monkeypatch=monkeypatch))[0] == 200


@pytest.mark.parametrize(("secret", "status"), [(SECRET, 200), ("guess", 403)])
def test_a_presigned_address_is_checked(strict, secret, status):
    client = boto3.client(
        "sts",
        endpoint_url=strict.url,
        region_name=demo.REGION,
        aws_access_key_id=KEY,
        aws_secret_access_key=secret,
    )
    address = client.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    try:
        with urllib.request.urlopen(address) as answer:
            assert answer.status == status
    except urllib.error.HTTPError as refusal:
        assert refusal.code == status
        assert ET.fromstring(refusal.read()).find(f"{STS}Error/{STS}Code").text == "SignatureDoesNotMatch"
    if status == 200:
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(address.replace("Expires=60", "Expires=61"))


@pytest.mark.parametrize(
    ("life", "change", "message"),
    [
        (
            8 * 24 * 3600,
            ("", ""),
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than"
            " 604800 seconds",
        ),
        (
            60,
            ("AWS4-HMAC-SHA256", "NONSENSE"),
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        ),
    ],
)
def test_a_presigned_address_is_of_a_kind_that_aws_takes(strict, life, change, message):
    address = own(strict, "sts").generate_presigned_url("get_caller_identity", ExpiresIn=life, HttpMethod="GET")
    request = AWSRequest("GET", address.replace(*change)).prepare()
    assert send(strict, request) == (403, "SignatureDoesNotMatch", message)


def test_credentials_may_come_from_the_environment(start_server):
    given = {"COGNITWIN_VERIFY_SIGNATURES": "true", "COGNITWIN_CREDENTIALS": f"one=first,{KEY}={SECRET}"}
    server = start_server(env=given)
    own(server, "cognito-idp").list_user_pools(MaxResults=1)
    with refused("InvalidSignatureException", WRONG):
        own(server, "cognito-idp", key="one").list_user_pools(MaxResults=1)
    assert SECRET not in server.log() and "first" not in server.log()


@pytest.mark.parametrize("value", ["key", "=secret", "key="])
def test_what_is_no_key_with_its_secret_is_told(value):
    assert_one_line_error(run("--credentials", value), "--credentials")


def test_help_does_not_show_the_secret():
    assert SECRET not in run("--help", env={"COGNITWIN_CREDENTIALS": f"{KEY}={SECRET}"}).stdout
