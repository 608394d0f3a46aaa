"""Who runs a pool's functions: runtime clients, commands, addresses and Lambda's API, and how each of them fails."""

import http.client
import json
import os
import re
import ssl
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from moto.server import ThreadedMotoServer

from conftest import SESSION
from expect import UUID, refused
from invokers import (
    FUNCTIONS,
    REGION,
    a_client,
    as_lambda,
    as_webhook,
    assert_signed,
    attached,
    begin,
    runner,
    runtime_address,
    signs_in_by_code,
    stock_client,
)
from server import environment, run

TOO_LONG = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
VERSION = "2018-06-01/runtime"
TIMED_OUT = "DefineAuthChallenge invocation failed due to error Socket timeout while invoking Lambda function."


class Runtime:
    """A plain client of the runtime API."""

    def __init__(self, server, name="custom"):
        self.server, self.path = server, f"/_cognitwin/lambda/{name}/{VERSION}/"

    def open_poll(self, body=None):
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=20)
        connection.request("GET", f"{self.path}invocation/next", body)
        return connection

    @staticmethod
    def event(connection):
        """What a poll answers: the headers, and the event."""
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        event = json.load(answer)
        connection.close()
        return answer.headers, event

    def next(self):
        return self.event(self.open_poll())

    def call(self, method, path, body=b""):
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=20)
        connection.request(method, self.path + path, body)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text.startswith(b"{") else text.decode()

    def respond(self, request_id, event):
        return self.call("POST", f"invocation/{request_id}/response", json.dumps(event).encode())


ACCEPTED = (202, {"status": "OK"})
UNKNOWN = (400, {"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"})


def answered(event, **response):
    return event | {"response": event["response"] | response}


@pytest.fixture
def caller():
    """Calls in threads, so that the test can be the function."""
    with ThreadPoolExecutor(8) as pool:
        yield pool.submit


def polled(poll):
    """The server has the poll once it answers what came after it."""
    time.sleep(0.1)
    return poll


def test_a_stock_runtime_client_runs_functions(start_server, processes, tmp_path):
    sent = tmp_path / "sent"
    server = start_server()
    stock_client(processes, server, SENT=str(sent))
    attached(server)
    signs_in_by_code(server, sent)
    line = 'trigger="VerifyAuthChallengeResponse_Authentication" function="custom" invoker="runtime" duration_ms='
    assert line in server.log()


def test_a_node_process_runs_functions(start_server, processes, tmp_path):
    sent = tmp_path / "sent"
    server = start_server()
    settings = environment({"AWS_LAMBDA_RUNTIME_API": runtime_address(server), "SENT": str(sent)})
    processes(["node", FUNCTIONS / "run.js", FUNCTIONS / "custom_challenge.handler"], env=settings)
    attached(server)
    signs_in_by_code(server, sent)


@pytest.mark.parametrize("language", ["python", "node"])
def test_commands_run_functions(start_server, tmp_path, language):
    sent = tmp_path / "sent"
    server = start_server("--lambda", f"custom=exec:{runner(language)}", env={"SENT": str(sent)})
    signs_in_by_code(server, sent)
    assert 'invoker="exec"' in server.log()


@pytest.mark.parametrize("language", ["python", "node"])
def test_addresses_run_functions(start_server, posts, tmp_path, language):
    sent = tmp_path / "sent"
    webhook = posts(as_webhook(language, sent))
    server = start_server("--lambda", f"custom={webhook.url}/run?it=1")
    signs_in_by_code(server, sent)
    assert {it.path for it in webhook.requests} == {"/run?it=1"} and 'invoker="http"' in server.log()


@pytest.mark.parametrize("language", ["python", "node"])
def test_lambda_s_api_runs_functions(start_server, posts, tmp_path, language):
    sent = tmp_path / "sent"
    api = posts(as_lambda(language, sent))
    server = start_server("--lambda-endpoint", api.url)
    signs_in_by_code(server, sent)
    request = api.requests[0]
    arn = f"arn%3Aaws%3Alambda%3A{REGION}%3A000000000000%3Afunction%3Acustom"
    assert request.path == f"/2015-03-31/functions/{arn}/invocations"
    assert request.headers["X-Amz-Invocation-Type"] == "RequestResponse"
    assert request.headers["X-Amz-Log-Type"] == "None"
    assert 'invoker="lambda"' in server.log()


def test_lambda_s_api_is_found_and_signed_for_as_aws_s_clients_do_it(start_server, posts):
    def answer(request):
        assert_signed(request, "AKIAEXAMPLE", "hidden/secret", "hidden-token")
        return 200, {}, json.dumps(answered(json.loads(request.payload), issueTokens=True)).encode()

    api = posts(answer)
    keys = {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "hidden/secret",
        "AWS_SESSION_TOKEN": "hidden-token",
    }
    arn = f"arn:aws:lambda:{REGION}:000000000000:function:custom:live"
    for variables in (
        {"AWS_ENDPOINT_URL": f"{api.url}/base/"},
        {"AWS_ENDPOINT_URL_LAMBDA": f"{api.url}/base", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
    ):
        server = start_server(env=keys | variables)
        idp, _, client = a_client(server, function=arn)
        # Lambda knows no other time than its own.
        clock = urllib.request.Request(f"{server.url}/_cognitwin/clock", b'{"advanceSeconds": 90000}', method="PUT")
        urllib.request.urlopen(clock, timeout=10).close()
        assert begin(idp, client)["AuthenticationResult"]["AccessToken"]
        address = urlsplit(api.requests[-1].path)
        assert unquote(address.path) == f"/base/2015-03-31/functions/{arn.removesuffix(':live')}/invocations"
        assert address.query == "Qualifier=live"
        assert "hidden" not in server.log()


def test_an_endpoint_that_is_the_server_itself_is_none(start_server):
    address = "http://cognito.example:9229"
    server = start_server(env={"AWS_ENDPOINT_URL": f"{address}/", "COGNITWIN_PUBLIC_URL": address})
    idp, _, client = a_client(server)
    with refused(
        "UnexpectedLambdaException",
        "DefineAuthChallenge invocation failed due to configuration. Start Cognitwin with --lambda custom=http://… "
        "or --lambda custom=exec:COMMAND or --lambda-endpoint URL, or run the function with "
        "AWS_LAMBDA_RUNTIME_API=cognito.example:9229/_cognitwin/lambda/custom.",
    ):
        begin(idp, client)


def a_certificate(folder):
    """Of 127.0.0.1, by itself: the file, and what a server shows it with."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lambda")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    both = folder / "both.pem"
    both.write_bytes(made.public_bytes(Encoding.PEM) + private)
    certificate = folder / "certificate.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(both)
    return certificate, tls


def test_https_is_spoken_with_whom_the_system_trusts(start_server, posts, tmp_path):
    def answer(request):
        return 200, {}, json.dumps(answered(json.loads(request.payload), issueTokens=True)).encode()

    certificate, tls = a_certificate(tmp_path)
    api = posts(answer, tls=tls)
    flags = ("--lambda-endpoint", api.url, "--lambda", f"webhook={api.url}/webhook")
    trusting = start_server(*flags, env={"SSL_CERT_FILE": str(certificate)})
    for function in ("custom", "webhook"):
        idp, _, client = a_client(trusting, function=function)
        assert begin(idp, client)["AuthenticationResult"]["AccessToken"]
    idp, _, client = a_client(start_server(*flags))
    told = re.compile(r"DefineAuthChallenge invocation failed due to error invalid peer certificate: .*\.")
    with refused("UnexpectedLambdaException", told):
        begin(idp, client)


@pytest.mark.parametrize("url", ["localhost:4566", "ftp://a", "http://", "http://u:hidden@a", "http://a?b=c"])
def test_a_bad_endpoint_is_a_one_line_error(url):
    for ran in (run("--port", "0", "--lambda-endpoint", url), run("--port", "0", env={"AWS_ENDPOINT_URL": url})):
        assert (ran.returncode, ran.stdout) == (2, "")
        [line] = ran.stderr.strip().splitlines()
        assert "http://HOST[:PORT] or https://HOST[:PORT] is wanted" in line, line


def test_an_emulator_that_knows_names_only_is_asked_by_name(start_server, posts):
    def answer(request):
        assert_signed(request)
        if "arn%3A" in request.path:
            return 404, {}, b'{"Type": "User", "Message": "Function not found"}'
        return 200, {}, json.dumps(answered(json.loads(request.payload), issueTokens=True)).encode()

    api = posts(answer)
    idp, _, client = a_client(start_server("--lambda-endpoint", api.url))
    assert begin(idp, client)["AuthenticationResult"]["AccessToken"]
    assert api.requests[-1].path == "/2015-03-31/functions/custom/invocations" and len(api.requests) == 2


@pytest.mark.parametrize(
    ("status", "headers", "body", "told"),
    [
        (403, {"x-amzn-ErrorType": "AccessDeniedException:http://internal.amazon.com/"}, b"", "AccessDeniedException"),
        (404, {}, b'{"Type":"User","Message":"Function not found: f"}', "ResourceNotFoundException"),
        (429, {}, b'{"__type": "com.amazonaws.lambda#TooManyRequestsException"}', "TooManyRequestsException"),
        (502, {}, b"<html>", "ServiceException"),
        (400, {"x-amzn-ErrorType": "InvalidRequestContentException"}, b"{}", "InvalidRequestContentException"),
    ],
)
def test_lambda_s_refusals(start_server, posts, status, headers, body, told):
    api = posts(lambda _: (status, headers, body))
    idp, _, client = a_client(start_server("--lambda-endpoint", api.url))
    with refused(
        "UnexpectedLambdaException", f"DefineAuthChallenge invocation failed due to error {told}."
    ):
        begin(idp, client)
    assert len(api.requests) == (2 if status == 404 else 1)


def test_moto_s_lambda_runs_functions(start_server):
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    try:
        _, port = moto.get_host_and_port()
        url = f"http://127.0.0.1:{port}"
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}

        def configure(path, settings):
            request = urllib.request.Request(
                f"{url}/moto-api/{path}", json.dumps(settings).encode(), {"Content-Type": "application/json"}
            )
            urllib.request.urlopen(request, timeout=10).close()

        configure("config", {"lambda": {"use_docker": False}})
        role = SESSION.client("iam", endpoint_url=url, **keys).create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        made = SESSION.client("lambda", endpoint_url=url, **keys).create_function(
            FunctionName="custom",
            Runtime="python3.12",
            Role=role["Role"]["Arn"],
            Handler="a.handler",
            Code={"ZipFile": b"none"},
        )
        result = json.dumps({"response": {"issueTokens": True, "failAuthentication": False}})
        configure("static/lambda-simple/response", {"results": [result], "region": REGION})
        server = start_server("--lambda-endpoint", url)
        idp, _, client = a_client(server, function=made["FunctionArn"])
        assert begin(idp, client)["AuthenticationResult"]["AccessToken"]
    finally:
        moto.stop()


FAILING = {
    "py": "def handler(event, context):\n    raise ValueError('boom')\n",
    "js": "exports.handler = async () => { throw new Error('boom'); };\n",
}


def test_a_function_that_fails_tells_its_error_through_every_invoker(start_server, posts, processes, tmp_path):
    for suffix, text in FAILING.items():
        (tmp_path / f"failing.{suffix}").write_text(text)
    boom = json.dumps({"errorMessage": "boom", "errorType": "Error"}).encode()
    api = posts(lambda _: (200, {"X-Amz-Function-Error": "Unhandled"}, boom))
    # AWS's runtime interface emulator has no such header.
    emulator = posts(lambda _: (200, {}, boom))
    webhook = posts(lambda _: (500, {}, boom))
    python, node = (f"{FUNCTIONS}/run.{suffix} {tmp_path}/failing.handler" for suffix in FAILING)
    answer = tmp_path / "answer.json"
    answer.write_bytes(boom)
    server = start_server(
        "--lambda", f"calm=exec:cat {answer}",
        "--lambda", "silent=exec:exit 3",
        "--lambda", f"python=exec:{sys.executable} {python}",
        "--lambda", f"node=exec:node {node}",
        "--lambda", f"webhook={webhook.url}",
        "--lambda", f"emulator={emulator.url}",
        "--lambda-endpoint", api.url,
    )  # fmt: skip
    env = {"AWS_LAMBDA_RUNTIME_API": runtime_address(server, "runtime")}
    stock_client(processes, server, "failing.handler", tmp_path, **env)
    deadline = time.monotonic() + 15
    while 'invoker="runtime"' not in server.log():
        idp, _, client = a_client(server, function="runtime")
        with refused("UserLambdaValidationException", "DefineAuthChallenge failed with error boom."):
            begin(idp, client)
        assert time.monotonic() < deadline
    for function in ("python", "node", "webhook", "emulator", "api", "calm", "silent"):
        told = "Unhandled" if function == "silent" else "boom"
        idp, _, client = a_client(server, function=function)
        with refused("UserLambdaValidationException", f"DefineAuthChallenge failed with error {told}."):
            begin(idp, client)
    # The emulator in a container, where Lambda's API is looked for.
    idp, _, client = a_client(start_server("--lambda-endpoint", emulator.url))
    with refused("UserLambdaValidationException", "DefineAuthChallenge failed with error boom."):
        begin(idp, client)


def test_functions_that_never_answer_end_after_five_seconds(start_server, posts, caller):
    api, webhook = (posts(lambda _: time.sleep(9) or (200, {}, b"{}")) for _ in range(2))
    marker = f"60.{os.getpid()}"
    server = start_server(
        "--lambda", f"command=exec:sleep {marker} & sleep {marker}; echo",
        "--lambda", f"webhook={webhook.url}",
        "--lambda-endpoint", api.url,
    )  # fmt: skip
    runtime = Runtime(server, "runtime")
    taken = caller(runtime.next)
    polled(None)

    def fail(function):
        idp, _, client = a_client(server, function=function)
        started = time.monotonic()
        with refused("UnexpectedLambdaException", TIMED_OUT):
            begin(idp, client)
        return time.monotonic() - started

    took = [caller(fail, function) for function in ("runtime", "command", "webhook", "api")]
    assert all(4.9 < it.result() < 6.5 for it in took)
    # What comes too late is refused, and the function is as usable as before.
    headers, event = taken.result()
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    late = answered(event, issueTokens=True)
    assert runtime.respond(request_id, late) == UNKNOWN
    idp, _, client = a_client(server, function="runtime")
    poll = polled(runtime.open_poll())
    again = caller(begin, idp, client)
    headers, event = runtime.event(poll)
    assert headers["Lambda-Runtime-Aws-Request-Id"] != request_id
    assert runtime.respond(headers["Lambda-Runtime-Aws-Request-Id"], answered(event, issueTokens=True)) == ACCEPTED
    assert again.result()["AuthenticationResult"]["AccessToken"]
    deadline = time.monotonic() + 5
    while subprocess.run(["pgrep", "-f", f"^sleep {marker}"], capture_output=True).stdout:
        assert time.monotonic() < deadline, "the command's processes outlive it"
        time.sleep(0.05)


def test_what_a_process_is_told_of_an_event(start_server, caller):
    server = start_server()
    runtime = Runtime(server)
    poll = polled(runtime.open_poll())
    idp, pool, client = a_client(server)
    called = caller(begin, idp, client)
    headers, event = runtime.event(poll)
    assert event["userPoolId"] == pool and event["triggerSource"] == "DefineAuthChallenge_Authentication"
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    assert UUID.fullmatch(request_id) and headers["Content-Type"] == "application/json"
    assert headers["Lambda-Runtime-Invoked-Function-Arn"] == f"arn:aws:lambda:{REGION}:000000000000:function:custom"
    assert 3000 < int(headers["Lambda-Runtime-Deadline-Ms"]) - time.time() * 1000 < 5100
    root, parent, sampled = headers["Lambda-Runtime-Trace-Id"].split(";")
    assert root.startswith("Root=1-") and len(root) == 40 and len(parent) == 23 and sampled == "Sampled=0"
    # Only who has the event may answer it, and once.
    assert Runtime(server, "other").respond(request_id, event) == UNKNOWN
    assert runtime.respond("8476a536-e9f4-11e8-9739-2dfe598c3fcd", event) == UNKNOWN
    assert runtime.respond("nonsense", event) == UNKNOWN
    assert runtime.respond(request_id, answered(event, issueTokens=True)) == ACCEPTED
    assert runtime.respond(request_id, event) == UNKNOWN
    assert runtime.call("POST", f"invocation/{request_id}/error", b"{}") == UNKNOWN
    assert called.result()["AuthenticationResult"]["AccessToken"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"errorMessage": "no entry", "errorType": "Error", "stackTrace": []}', "no entry"),
        (b'{"errorType": "Error"}', "Unhandled"),
        (b"no json", "Unhandled"),
    ],
)
def test_a_process_tells_of_a_function_s_error(start_server, caller, body, told):
    server = start_server()
    runtime = Runtime(server)
    poll = polled(runtime.open_poll())
    idp, _, client = a_client(server)
    called = caller(begin, idp, client)
    headers, _ = runtime.event(poll)
    assert runtime.call("POST", f"invocation/{headers['Lambda-Runtime-Aws-Request-Id']}/error", body) == ACCEPTED
    with refused("UserLambdaValidationException", f"DefineAuthChallenge failed with error {told}."):
        called.result()


def test_a_process_that_does_not_begin_fails_what_waits_and_what_comes(start_server, caller):
    server = start_server()
    runtime = Runtime(server)
    idp, _, client = a_client(server)
    error = b'{"errorMessage": "Unable to import module", "errorType": "Runtime.ImportModuleError"}'
    assert runtime.call("POST", "init/error", error) == ACCEPTED
    for _ in range(2):
        with refused(
            "UserLambdaValidationException", "DefineAuthChallenge failed with error Unable to import module."
        ):
            begin(idp, client)
    # The next one begins.
    poll = polled(runtime.open_poll())
    called = caller(begin, idp, client)
    headers, event = runtime.event(poll)
    # While a process runs the function, it is not the function's error that another could not.
    assert runtime.call("POST", "init/error", error) == ACCEPTED
    assert runtime.respond(headers["Lambda-Runtime-Aws-Request-Id"], answered(event, issueTokens=True)) == ACCEPTED
    assert called.result()["AuthenticationResult"]["AccessToken"]


def test_a_process_that_does_not_begin_disables_nobody(start_server, tmp_path):
    answer = tmp_path / "answer.json"
    answer.write_text('{"response": {"issueTokens": true, "failAuthentication": false}}')
    server = start_server("--lambda", f"custom=exec:cat {answer}")
    error = b'{"errorMessage": "stray", "errorType": "E"}'
    assert Runtime(server).call("POST", "init/error", error) == ACCEPTED
    idp, _, client = a_client(server, triggers=("DefineAuthChallenge",))
    assert begin(idp, client)["AuthenticationResult"]["AccessToken"]


def test_wrong_calls_of_the_runtime_api(server):
    runtime = Runtime(server, "wrong")
    assert runtime.call("POST", "invocation/next") == (405, "")
    assert runtime.call("DELETE", "invocation/next") == (405, "")
    assert runtime.call("GET", "invocation/a/response") == (405, "")
    assert runtime.call("PUT", "invocation/a/error") == (405, "")
    assert runtime.call("GET", "init/error") == (405, "")
    for path in ("", "invocation", "invocation/a", "invocation/a/b", "exit/error", "invocation/next/", "restore/next"):
        assert runtime.call("GET", path) == (404, "404 page not found\n"), path
    for name in ("", "a%20b", "a/b", "x" * 141):
        assert Runtime(server, name).call("GET", "invocation/next")[0] == 404, name


def test_answers_that_are_too_long(start_server, caller, posts):
    def long(length):
        return b'{"response": {}, "x": "' + b"x" * (length - 25) + b'"}'

    most = 6 * 1024 * 1024 + 100
    webhook = posts(lambda request: (200, {}, long(most + 1)))
    api = posts(lambda request: (200, {}, long(most)))
    server = start_server("--lambda", f"webhook={webhook.url}", "--lambda-endpoint", api.url)
    runtime = Runtime(server)
    idp, _, client = a_client(server)
    for length, answer, refusal in (
        (most, ACCEPTED, ("InvalidLambdaResponseException", "Unrecognizable lambda output")),
        (
            most + 1,
            (
                413,
                {
                    "errorMessage": "Exceeded maximum allowed payload size (6291556 bytes).",
                    "errorType": "RequestEntityTooLarge",
                },
            ),
            ("UserLambdaValidationException", f"DefineAuthChallenge failed with error {TOO_LONG}."),
        ),
    ):
        poll = polled(runtime.open_poll())
        called = caller(begin, idp, client)
        headers, _ = runtime.event(poll)
        path = f"invocation/{headers['Lambda-Runtime-Aws-Request-Id']}/response"
        assert runtime.call("POST", path, long(length)) == answer
        with refused(*refusal):
            called.result()
    idp, _, client = a_client(server, function="webhook")
    with refused("UserLambdaValidationException", f"DefineAuthChallenge failed with error {TOO_LONG}."):
        begin(idp, client)
    idp, _, client = a_client(server, function="api")
    with refused("InvalidLambdaResponseException", "Unrecognizable lambda output"):
        begin(idp, client)


def test_each_event_goes_to_one_process(start_server, caller):
    server = start_server()
    runtime = Runtime(server)
    idp, _, client = a_client(server, triggers=("DefineAuthChallenge",))
    taken = []

    def work():
        headers, event = runtime.next()
        taken.append(headers["Lambda-Runtime-Aws-Request-Id"])
        return runtime.respond(taken[-1], answered(event, issueTokens=True))

    with ThreadPoolExecutor(8) as workers:
        work_done = [workers.submit(work) for _ in range(8)]
        polled(None)
        calls = [caller(begin, idp, client) for _ in range(8)]
        assert all(it.result()["AuthenticationResult"] for it in calls)
        assert [it.result() for it in work_done] == [ACCEPTED] * 8
    assert len(set(taken)) == 8


def test_processes_that_wait_keep_nobody_out(start_server):
    server = start_server()
    runtime = Runtime(server)
    # A body is of no use there, and takes no room.
    polls = [runtime.open_poll(b"x" * 1000 * 1000 if number % 2 else None) for number in range(300)]
    idp, _, client = a_client(server, function="other")
    with refused("UnexpectedLambdaException", re.compile(".* failed due to configuration. .*")):
        begin(idp, client)
    for poll in polls:
        poll.close()


def test_a_process_that_goes_away_takes_no_event_with_it(start_server, caller):
    server = start_server()
    runtime = Runtime(server)
    idp, _, client = a_client(server, triggers=("DefineAuthChallenge",))
    gone = [polled(runtime.open_poll()) for _ in range(3)]
    poll = polled(runtime.open_poll())
    for connection in gone:
        connection.close()
    called = caller(begin, idp, client)
    headers, event = runtime.event(poll)
    assert runtime.respond(headers["Lambda-Runtime-Aws-Request-Id"], answered(event, issueTokens=True)) == ACCEPTED
    assert called.result()["AuthenticationResult"]["AccessToken"]


def test_an_event_waits_for_a_process_that_begins_again(start_server, caller):
    server = start_server()
    runtime = Runtime(server)
    idp, _, client = a_client(server, triggers=("DefineAuthChallenge",))
    polled(runtime.open_poll()).close()
    called = caller(begin, idp, client)
    time.sleep(0.3)
    headers, event = runtime.next()
    assert runtime.respond(headers["Lambda-Runtime-Aws-Request-Id"], answered(event, issueTokens=True)) == ACCEPTED
    assert called.result()["AuthenticationResult"]["AccessToken"]


def test_an_attached_process_wins_over_the_command_line_until_it_is_gone(start_server, posts, caller):
    def answer(request):
        return 200, {}, json.dumps(answered(json.loads(request.payload), issueTokens=True)).encode()

    webhook, api = posts(answer), posts(answer)
    server = start_server("--lambda", f"custom={webhook.url}", "--lambda-endpoint", api.url)
    runtime = Runtime(server)
    idp, _, client = a_client(server, triggers=("DefineAuthChallenge",))
    assert begin(idp, client)["AuthenticationResult"]
    assert (len(webhook.requests), len(api.requests)) == (1, 0)
    poll = polled(runtime.open_poll())
    called = caller(begin, idp, client)
    headers, event = runtime.event(poll)
    polled(runtime.open_poll()).close()
    assert runtime.respond(headers["Lambda-Runtime-Aws-Request-Id"], answered(event, issueTokens=True)) == ACCEPTED
    assert called.result()["AuthenticationResult"] and len(webhook.requests) == 1
    polled(runtime.open_poll()).close()
    time.sleep(1.2)
    assert begin(idp, client)["AuthenticationResult"] and len(webhook.requests) == 2
    other, _, client = a_client(server, function="other", triggers=("DefineAuthChallenge",))
    assert begin(other, client)["AuthenticationResult"] and len(api.requests) == 1


def test_a_poll_ends_with_the_server(start_server):
    server = start_server()
    poll = polled(Runtime(server).open_poll())
    started = time.monotonic()
    assert server.stop() == 0 and time.monotonic() - started < 3
    answer = poll.getresponse()
    told = {"errorMessage": "Internal Server Error", "errorType": "InternalServerError"}
    assert (answer.status, json.load(answer)) == (500, told)


def test_a_function_may_call_back(start_server, posts):
    def answer(request):
        event = json.loads(request.payload)
        if event["triggerSource"] == "CreateAuthChallenge_Authentication":
            idp.admin_update_user_attributes(
                UserPoolId=event["userPoolId"],
                Username=event["userName"],
                UserAttributes=[{"Name": "nickname", "Value": "asked"}],
            )
            event["response"] |= {"publicChallengeParameters": {}, "privateChallengeParameters": {"code": "1"}}
        else:
            event["response"] |= {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": False}
            event["response"] |= {"failAuthentication": False}
        return 200, {}, json.dumps(event).encode()

    server = start_server("--lambda", f"custom={posts(answer).url}")
    idp, pool, client = a_client(server)
    started = time.monotonic()
    assert begin(idp, client)["ChallengeName"] == "CUSTOM_CHALLENGE" and time.monotonic() - started < 4
    user = idp.admin_get_user(UserPoolId=pool, Username="alice")
    assert {"Name": "nickname", "Value": "asked"} in user["UserAttributes"]


def test_many_commands_at_a_time_each_get_their_turn(start_server, caller, tmp_path):
    answer = tmp_path / "answer.json"
    answer.write_text('{"response": {"issueTokens": true, "failAuthentication": false}}')
    server = start_server("--lambda", f"custom=exec:sleep 0.05; cat {answer}")
    idp, _, client = a_client(server, triggers=("DefineAuthChallenge",))
    calls = [caller(begin, idp, client) for _ in range(40)]
    assert all(it.result()["AuthenticationResult"]["AccessToken"] for it in calls)


THROTTLED = "DefineAuthChallenge invocation failed due to error TooManyRequestsException."


@pytest.mark.parametrize(("kind", "most"), [("command", 16), ("post", 128)])
def test_a_function_that_hangs_keeps_no_other_from_its_place(start_server, posts, tmp_path, kind, most):
    answer = tmp_path / "answer.json"
    answer.write_text('{"response": {"issueTokens": true, "failAuthentication": false}}')
    if kind == "command":
        hanging, quick = "exec:sleep 60", f"exec:cat {answer}"
    else:
        hanging = posts(lambda _: time.sleep(12) or (200, {}, b"{}")).url
        quick = posts(lambda _: (200, {}, answer.read_bytes())).url
    server = start_server("--lambda", f"hangs={hanging}", "--lambda", f"quick={quick}")
    idp, _, client = a_client(server, function="hangs", triggers=("DefineAuthChallenge",))
    other, _, others = a_client(server, function="quick", triggers=("DefineAuthChallenge",))

    def fail():
        try:
            begin(idp, client)
        except idp.exceptions.UnexpectedLambdaException as refusal:
            return refusal.response["Error"]["Message"]

    callers = most + 20
    with ThreadPoolExecutor(callers) as threads:
        hang = [threads.submit(fail) for _ in range(callers)]
        time.sleep(2)
        started = time.monotonic()
        assert begin(other, others)["AuthenticationResult"]["AccessToken"]
        assert time.monotonic() - started < 3
        ended = [it.result() for it in hang]
    # Who waited either got a place in the end, and five seconds of its own, or was told that there is none.
    timed_out = ended.count(TIMED_OUT)
    assert timed_out >= most and timed_out + ended.count(THROTTLED) == callers, set(ended)


def test_commas_separate_in_the_variable_alone_and_only_before_a_name(start_server, tmp_path):
    answer = tmp_path / "answer.json"
    answer.write_text('{"response": {"issueTokens": true, "failAuthentication": false}}')
    first = f"first=exec:A=1,B=2; cat {answer}"
    second = f"second=exec:echo a,second=http >&2; cat {answer}"
    for server, functions in (
        (start_server("--lambda", first, "--lambda", second), ("first", "second")),
        (start_server(env={"COGNITWIN_LAMBDA": f"{first},other=exec:cat {answer}"}), ("first", "other")),
    ):
        for function in functions:
            idp, _, client = a_client(server, function=function, triggers=("DefineAuthChallenge",))
            assert begin(idp, client)["AuthenticationResult"]["AccessToken"]
    ran = run("--port", "0", env={"COGNITWIN_LAMBDA": "nothing"})
    assert (ran.returncode, ran.stdout) == (2, "")
    [line] = ran.stderr.strip().splitlines()
    assert "COGNITWIN_LAMBDA: nothing: NAME=http://HOST[:PORT][/PATH] or NAME=exec:COMMAND is wanted" in line
