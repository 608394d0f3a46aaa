"""Requests as bytes on a socket, without an AWS client's help, and assertions on whole answers."""

import http.client
import json
from dataclasses import dataclass

import demo
from expect import UUID

IDP = "AWSCognitoIdentityProviderService"
IDENTITY = "AWSCognitoIdentityService"
JSON = "application/x-amz-json-1.1"
EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"

# Headers of HTTP itself, which say nothing of the answer.
TRANSPORT = {"date", "content-length", "connection", "vary"}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def send(server, method="POST", path="/", *, body=b"", headers=None) -> Answer:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        names = [name.lower() for name, _ in response.getheaders()]
        assert len(names) == len(set(names)), f"a header stands twice: {names}"
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())
    finally:
        connection.close()


def signature(service="cognito-idp", region=demo.REGION, account="test") -> dict[str, str]:
    """The header of a signed call: its scope is real, and its signature nobody checks without `--verify-signatures`."""
    scope = f"{account}/20260101/{region}/{service}/aws4_request"
    signed = "SignedHeaders=host;x-amz-date"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, {signed}, Signature={'0' * 64}",
        "X-Amz-Date": "20260101T000000Z",
    }


def call(server, operation, payload, *, service=IDP, signed=True, **scope) -> Answer:
    """One AWS JSON call; a `payload` of bytes goes as it is."""
    headers = {"Content-Type": JSON, "X-Amz-Target": f"{service}.{operation}"}
    if signed:
        headers |= signature("cognito-idp" if service == IDP else "cognito-identity", **scope)
    return send(server, body=payload if isinstance(payload, bytes) else json.dumps(payload).encode(), headers=headers)


def assert_headers(answer, expected=None):
    """The headers of an AWS answer, all of them."""
    found = {name: value for name, value in answer.headers.items() if name not in TRANSPORT}
    assert UUID.fullmatch(found.pop("x-amzn-requestid")), answer.headers
    assert found == {
        "content-type": JSON,
        "access-control-allow-origin": "*",
        "access-control-expose-headers": EXPOSED,
    } | (expected or {})


def assert_answered(answer, body):
    assert (answer.status, answer.json) == (200, body)
    assert_headers(answer)


def assert_refused(answer, code, message, status=400):
    assert (answer.status, answer.json) == (status, {"__type": code, "message": message})
    assert_headers(answer, {"x-amzn-errortype": f"{code}:", "x-amzn-errormessage": message})


def assert_refused_as(answer, code, status=400) -> str:
    """A refusal whose wording no capture gives; answers the wording."""
    assert (answer.status, answer.json["__type"]) == (status, code), answer.body
    assert set(answer.json) <= {"__type", "message"}
    message = answer.json.get("message")
    worded = {} if message is None else {"x-amzn-errormessage": message}
    assert_headers(answer, {"x-amzn-errortype": f"{code}:"} | worded)
    return message or ""


def assert_invalid(answer, *faults, code="InvalidParameterException"):
    """A refusal of the model's constraints: every fault, and nothing else, in any order."""
    count = "1 validation error" if len(faults) == 1 else f"{len(faults)} validation errors"
    head, _, rest = answer.json.get("message", "").partition(" detected: ")
    assert head == count, answer.body
    assert sorted(rest.split("; ")) == sorted(faults)
    assert_refused(answer, code, answer.json["message"])
