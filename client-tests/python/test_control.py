"""What a test can ask of the double: a suite as its users write one."""

import threading
import time

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import aws_client
from control_api import Control
from functions import config
from prometheus_client.parser import text_string_to_metric_families
from sign_ins import PASSWORD, SignIns


@pytest.fixture
def control(clocked_server):
    api = Control(clocked_server)
    yield api
    api.call("DELETE", "faults")
    api.call("DELETE", "clock")


@pytest.fixture
def world(sign_ins):
    made = sign_ins()
    made.add_user()
    return made


def retrying(server, mode="standard"):
    """An SDK with the retries that it has by itself."""
    return boto3.client(
        "cognito-idp",
        region_name="us-west-2",
        endpoint_url=server.url,
        config=Config(signature_version=UNSIGNED, retries={"mode": mode, "total_max_attempts": 4}),
    )


def sign_in(client, world):
    return client.initiate_auth(
        ClientId=world.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )


@pytest.mark.parametrize("error", ["ThrottlingException", "TooManyRequestsException"])
def test_the_sdk_retries_what_a_fault_throttles(clocked_server, control, world, error):
    fault = {"operation": "InitiateAuth", "errorType": error, "times": 2, "userPoolId": world.id}
    status, made = control.call("POST", "faults", fault)
    assert (status, made["timesLeft"]) == (201, 2)
    assert "AuthenticationResult" in sign_in(retrying(clocked_server), world)
    calls = control.get("requests", operation="InitiateAuth", userPoolId=world.id)
    assert [(it["status"], it["errorType"]) for it in calls] == [(400, error), (400, error), (200, None)]
    assert control.get("faults") == []


def test_a_fault_of_the_server_is_retried_and_one_of_a_client_is_not(clocked_server, control, world):
    control.call("POST", "faults", {"operation": "*", "errorType": "InternalErrorException", "times": 1})
    assert "AuthenticationResult" in sign_in(retrying(clocked_server), world)
    refused = {"operation": "InitiateAuth", "errorType": "UserNotFoundException", "message": "No.", "times": 1}
    control.call("POST", "faults", refused)
    with pytest.raises(ClientError) as refusal:
        sign_in(retrying(clocked_server), world)
    assert refusal.value.response["Error"] == {"Code": "UserNotFoundException", "Message": "No."}
    assert refusal.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == "UserNotFoundException:"


def test_a_delay_alone_delays_and_goes_on(clocked_server, control, world):
    control.call("POST", "faults", {"operation": "InitiateAuth", "delayMs": 300, "times": 1})
    begin = time.monotonic()
    assert "AuthenticationResult" in sign_in(retrying(clocked_server), world)
    assert time.monotonic() - begin >= 0.3


def test_sts_and_other_accounts_meet_their_own_faults(clocked_server, control, account):
    fault = {"operation": "*", "errorType": "Throttling", "account": account}
    control.call("POST", "faults", fault)
    with pytest.raises(ClientError) as refusal:
        aws_client(clocked_server, "cognito-idp", account=account).list_user_pools(MaxResults=1)
    assert refusal.value.response["Error"] == {"Code": "Throttling", "Message": "A fault that was asked for"}
    aws_client(clocked_server, "cognito-idp", account="000000000001").list_user_pools(MaxResults=1)
    control.call("POST", "faults", {"operation": "sts.*", "errorType": "Throttling", "message": "<Later>"})
    with pytest.raises(ClientError) as refusal:
        aws_client(clocked_server, "sts").get_caller_identity()
    assert refusal.value.response["Error"] == {"Type": "Sender", "Code": "Throttling", "Message": "<Later>"}
    assert control.call("DELETE", "faults", account=account)[0] == 204
    assert [it["operation"] for it in control.get("faults")] == ["sts.*"]


def test_the_journal_says_what_was_called_without_its_secrets(control, world):
    tokens = world.tokens()
    calls = control.get("requests", operation="InitiateAuth", userPoolId=world.id)
    assert calls[-1]["request"]["AuthParameters"]["PASSWORD"] == "***"
    assert calls[-1]["request"]["AuthParameters"]["USERNAME"] == "alice"
    assert calls[-1]["response"]["AuthenticationResult"]["AccessToken"] == "***"
    text = repr(control.get("requests", userPoolId=world.id))
    assert PASSWORD not in text and tokens["RefreshToken"] not in text
    assert control.call("DELETE", "requests", userPoolId=world.id)[0] == 204
    assert control.get("requests", userPoolId=world.id) == []


def test_the_journal_has_the_id_that_the_sdk_was_told(control, world):
    answer = world.idp.describe_user_pool(UserPoolId=world.id)
    [call] = control.get("requests", operation="DescribeUserPool", userPoolId=world.id)
    assert call["id"] == answer["ResponseMetadata"]["RequestId"]
    assert call["response"]["UserPool"]["Id"] == world.id


def test_the_journal_has_triggers(start_server, functions):
    functions.handlers["PreSignUp"] = lambda event: event | {"response": {"autoConfirmUser": True}}
    server = start_server(*functions.flags())
    idp = aws_client(server, "cognito-idp")
    pool = idp.create_user_pool(PoolName="p", LambdaConfig=config("PreSignUp"))["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    idp.sign_up(ClientId=client, Username="alice", Password=PASSWORD, ValidationData=[{"Name": "k", "Value": "v"}])
    asked, signed_up = Control(server).get("requests", userPoolId=pool)[-2:]
    assert (asked["service"], asked["operation"], asked["trigger"]) == ("lambda", "PreSignUp_SignUp", "PreSignUp")
    assert asked["request"]["userName"] == "alice"
    assert asked["response"]["response"] == {"autoConfirmUser": True}
    assert (signed_up["operation"], signed_up["trigger"]) == ("SignUp", None)


def test_a_minted_session_works_like_one_that_was_signed_in(control, world):
    status, minted = control.call(
        "POST",
        "tokens",
        {"userPoolId": world.id, "clientId": world.client_id, "username": "alice", "claims": {"tenant": "t"}},
    )
    assert (status, minted["expiresIn"]) == (200, 3600)
    assert world.idp.get_user(AccessToken=minted["accessToken"])["Username"] == "alice"
    refreshed = world.idp.initiate_auth(
        ClientId=world.client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": minted["refreshToken"]},
    )
    assert "AccessToken" in refreshed["AuthenticationResult"]
    control.call("PUT", "clock", {"advanceSeconds": 3600})
    with pytest.raises(ClientError) as refusal:
        world.idp.get_user(AccessToken=minted["accessToken"])
    assert refusal.value.response["Error"]["Message"] == "Access Token has expired"


def test_metrics_are_what_prometheus_reads(control, world):
    headers, text = control.text("metrics")
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert all(name.startswith("cognitwin_") for name in families)
    assert {"cognitwin_calls", "cognitwin_users", "cognitwin_messages", "cognitwin_build_info"} <= set(families)
    assert families["cognitwin_call_duration_seconds"].type == "histogram"
    assert families["cognitwin_process_resident_memory_bytes"].samples[0].value > 2**20
    created = [it for it in families["cognitwin_calls"].samples if it.labels["operation"] == "CreateUserPool"]
    assert created[0].value >= 1


def test_messages_are_kept_apart_by_account(clocked_server, control):
    accounts = ("111111111111", "222222222222")
    for account in accounts:
        idp = aws_client(clocked_server, "cognito-idp", account=account)
        pool = SignIns(clocked_server, idp, AutoVerifiedAttributes=["email"])
        email = [{"Name": "email", "Value": "a@example.com"}]
        idp.sign_up(ClientId=pool.client_id, Username="bob", Password=PASSWORD, UserAttributes=email)
    first, second = (control.get("messages", account=account) for account in accounts)
    assert len(first) == len(second) == 1 and first != second
    assert control.call("DELETE", "messages", account=accounts[0])[0] == 204
    assert control.get("messages", account=accounts[0]) == []
    assert control.get("messages", account=accounts[1]) == second


def test_waiting_ends_with_a_message_or_after_five_seconds(control, world):
    begin = time.monotonic()
    assert control.get("messages", userPoolId="none", wait=60) == []
    assert 4.9 <= time.monotonic() - begin < 8


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nonsense", None, 404),
        ("POST", "clock", {}, 404),
        ("PUT", "clock", {}, 400),
        ("PUT", "clock", b"\xff\xfe", 400),
        ("POST", "faults", b"[", 400),
        ("POST", "tokens", {}, 400),
        ("GET", "totp", None, 400),
        ("DELETE", "faults/none", None, 404),
        ("GET", "messages?wait=-1", None, 400),
        ("DELETE", "messages?who=me", None, 400),
        ("POST", "faults", b" " * (1024 * 1024 + 1), 413),
    ],
)
def test_bad_calls_are_refused_in_one_shape(control, method, path, body, status):
    answered, told = control.call(method, path, body)
    assert answered == status
    assert list(told) == ["error"] and told["error"]


def test_parity_is_complete_and_told_in_a_header(control, world):
    ledger = control.get("parity")
    assert ledger["totals"]["operations"] == 164 == len(ledger["operations"])
    counted = [status for it in ledger["operations"] for status in it["members"].values()]
    totals = ledger["totals"]["members"]
    assert {name: counted.count(name) for name in ("simulated", "stored", "refused")} == totals
    sms = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "id"}
    answer = world.idp.create_user_pool(PoolName="sms", SmsConfiguration=sms)
    only_stored = answer["ResponseMetadata"]["HTTPHeaders"]["x-cognitwin-stored-only"]
    assert only_stored == "SmsConfiguration.ExternalId,SmsConfiguration.SnsCallerArn"


def test_the_console_is_one_page(control, world):
    headers, page = control.text("")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert world.id in page and "<script" not in page and "http://" not in page


def test_many_may_call_at_once(clocked_server, control, world):
    wrong = []

    def work():
        for _ in range(10):
            if control.call("POST", "faults", {"operation": "ListTerms", "delayMs": 1})[0] not in (201, 400):
                wrong.append("faults")
            if len(control.get("requests")) > 1000:
                wrong.append("requests")
            control.call("DELETE", "faults")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert "AuthenticationResult" in sign_in(retrying(clocked_server), world)
