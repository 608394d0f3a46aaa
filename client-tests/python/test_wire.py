"""The envelope: what an answer and a refusal look like on the wire, and who has to sign."""

import json
import re

import boto3
import pytest
from botocore import xform_name

import demo
from wire import (
    IDENTITY,
    IDP,
    JSON,
    assert_answered,
    assert_headers,
    assert_refused,
    assert_refused_as,
    call,
    send,
    signature,
)

MODELS = {
    service: boto3.session.Session()._session.get_service_model(name)
    for service, name in ((IDP, "cognito-idp"), (IDENTITY, "cognito-identity"))
}
OPERATIONS = [(service, operation) for service, model in MODELS.items() for operation in model.operation_names]


def is_public(service, operation) -> bool:
    return MODELS[service].operation_model(operation).auth_type == "none"


PUBLIC = [pair for pair in OPERATIONS if is_public(*pair)]
# The documentation lets a client's secret authorise GetDerivedToken, and the model says that it is signed.
SIGNED = [pair for pair in OPERATIONS if not is_public(*pair) and pair[1] != "GetDerivedToken"]

SIGN_IN = {
    "AuthFlow": "USER_PASSWORD_AUTH",
    "ClientId": demo.CLIENT_ID,
    "AuthParameters": {"USERNAME": demo.USERNAME, "PASSWORD": demo.PASSWORD},
}


def test_the_model_has_all_operations():
    assert {service: len(model.operation_names) for service, model in MODELS.items()} == {IDP: 141, IDENTITY: 23}
    assert len(PUBLIC) == 34 + 4


def test_a_signed_call_is_answered_whole(server):
    answer = call(server, "ListIdentityProviders", {"UserPoolId": demo.POOL_ID})
    assert_answered(answer, {"Providers": []})


def test_an_unsigned_public_call_is_answered_whole(server):
    answer = call(server, "InitiateAuth", SIGN_IN, signed=False)
    result = answer.json["AuthenticationResult"]
    assert set(result) == {"AccessToken", "ExpiresIn", "TokenType", "RefreshToken", "IdToken"}
    assert_answered(answer, {"ChallengeParameters": {}, "AuthenticationResult": result})


def test_a_public_call_may_be_signed(server):
    answer = call(server, "InitiateAuth", SIGN_IN, signed=True, region="eu-west-1")
    assert answer.status == 200


def test_a_refusal_is_answered_whole(server):
    wrong = SIGN_IN | {"AuthParameters": {"USERNAME": demo.USERNAME, "PASSWORD": "wrong"}}
    answer = call(server, "InitiateAuth", wrong, signed=False)
    assert_refused(answer, "NotAuthorizedException", "Incorrect username or password.")


def test_a_refusal_of_identity_pools_is_answered_whole(server):
    unknown = "us-west-2:00000000-0000-4000-8000-000000000000"
    answer = call(server, "GetId", {"IdentityPoolId": unknown}, service=IDENTITY, signed=False)
    assert_refused(answer, "ResourceNotFoundException", f"IdentityPool '{unknown}' not found.")


def test_every_answer_has_a_request_id_of_its_own(server):
    ids = {call(server, "ListUserPools", {"MaxResults": 1}).headers["x-amzn-requestid"] for _ in range(5)}
    assert len(ids) == 5


def test_an_operation_whose_output_has_no_members_answers_an_empty_object(server, pool, account):
    payload = {"UserPoolId": pool.id, "Username": "bob", "Password": "Passw0rd?", "Permanent": True}
    assert_answered(call(server, "AdminSetUserPassword", payload, account=account), {})


def test_an_operation_without_output_answers_an_empty_body(server, pool, identity, account):
    created = identity.create_identity_pool(IdentityPoolName="brief", AllowUnauthenticatedIdentities=False)
    brief = {"IdentityPoolId": created["IdentityPoolId"]}
    calls = [
        (IDENTITY, "SetIdentityPoolRoles", brief | {"Roles": {}}),
        (IDENTITY, "DeleteIdentityPool", brief),
        (IDP, "AdminDeleteUser", {"UserPoolId": pool.id, "Username": "bob"}),
        (IDP, "DeleteUserPoolClient", {"UserPoolId": pool.id, "ClientId": pool.client_id}),
        (IDP, "DeleteUserPool", {"UserPoolId": pool.id}),
    ]
    for service, operation, payload in calls:
        answer = call(server, operation, payload, service=service, account=account)
        assert (answer.status, answer.body) == (200, b""), operation
        assert_headers(answer)


def test_timestamps_are_epoch_seconds_with_milliseconds(server):
    text = call(server, "DescribeUserPool", {"UserPoolId": demo.POOL_ID}).body.decode()
    dates = re.findall(r'"(?:CreationDate|LastModifiedDate)":([^,}]+)', text)
    assert len(dates) == 2
    assert all(re.fullmatch(r"1[0-9]{9}(\.[0-9]{1,3})?", date) for date in dates), dates


def test_nothing_is_null(server):
    for operation in ("DescribeUserPool", "ListUsers"):
        assert "null" not in call(server, operation, {"UserPoolId": demo.POOL_ID}).body.decode()


def test_unknown_members_of_a_request_are_ignored(server):
    payload = {"UserPoolId": demo.POOL_ID, "NoSuchMember": {"deep": [1, None]}}
    assert call(server, "ListIdentityProviders", payload).status == 200


def test_header_names_may_be_of_any_case(server):
    headers = {"content-type": JSON, "X-AMZ-TARGET": f"{IDP}.InitiateAuth"}
    assert send(server, body=json.dumps(SIGN_IN).encode(), headers=headers).status == 200


@pytest.mark.parametrize(("service", "operation"), SIGNED)
def test_an_operation_under_iam_wants_a_signature(server, service, operation):
    answer = call(server, operation, {}, service=service, signed=False)
    assert_refused(answer, "MissingAuthenticationTokenException", "Missing Authentication Token")


@pytest.mark.parametrize(("service", "operation"), PUBLIC)
def test_a_public_operation_wants_none(server, service, operation):
    answer = call(server, operation, {}, service=service, signed=False)
    required = MODELS[service].operation_model(operation).input_shape.required_members
    if required:
        code = "InvalidParameterException" if service == IDP else "ValidationException"
        assert "Member must not be null" in assert_refused_as(answer, code)
    else:
        assert answer.json["__type"] != "MissingAuthenticationTokenException"


NO_IDENTITY = "us-west-2:00000000-0000-4000-8000-000000000000"

# One valid value of each shape that has a pattern or an enumeration of its own.
VALUES = {
    "UserPoolIdType": "us-west-2_Nowhere01",
    "ArnType": "arn:aws:iam::000000000000:role/nobody",
    "ARNString": f"arn:aws:cognito-identity:us-west-2:000000000000:identitypool/{NO_IDENTITY}",
    "ARNStringType": "arn:aws:iam::000000000000:role/nobody",
    "DeviceKeyType": "us-west-2_00000000-0000-4000-8000-000000000000",
    "UserImportJobIdType": "import-0000000001",
    "SessionIdType": "tkn" + "a" * 25,
    "IdentityId": NO_IDENTITY,
    "IdentityPoolId": NO_IDENTITY,
    "SoftwareTokenMFAUserCodeType": "123456",
    "EmailAddressType": "a@example.com",
    "TermsNameType": "privacy-policy",
    "TermsIdType": "00000000-0000-4000-8000-000000000000",
    "ManagedLoginBrandingIdType": "00000000-0000-4000-8000-000000000000",
    "RoleType": "authenticated",
}


def valid(shape):
    """The smallest value of a shape that its constraints accept."""
    if shape.name in VALUES:
        return VALUES[shape.name]
    match shape.type_name:
        case "structure":
            return {member: valid(shape.members[member]) for member in shape.required_members}
        case "list":
            return [valid(shape.member)] * max(1, shape.metadata.get("min", 0))
        case "map":
            return {valid(shape.key): valid(shape.value)}
        case "string":
            return shape.enum[0] if shape.enum else "a" * max(3, shape.metadata.get("min", 0))
        case "boolean":
            return False
        case "integer" | "long":
            return max(1, shape.metadata.get("min", 0))
    raise NotImplementedError(shape.type_name)


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
def test_every_operation_answers_a_valid_call_or_names_itself_as_not_written(server, account, service, operation):
    model = MODELS[service].operation_model(operation)
    answer = call(server, operation, valid(model.input_shape), service=service, account=account)
    if answer.status == 501:
        assert operation in assert_refused_as(answer, "NotImplementedException", status=501)
        return
    assert answer.status in (200, 400), answer.body
    if answer.status == 400:
        code = answer.json["__type"]
        declared = {shape.name for shape in model.error_shapes}
        assert code in declared, f"{xform_name(operation)} does not declare {code}: {answer.body}"
        assert "validation error" not in answer.json["message"], answer.body


def test_an_unknown_operation_is_refused(server):
    for service in (IDP, IDENTITY):
        assert_refused_as(call(server, "NoSuchOperation", {}, service=service), "UnknownOperationException")


@pytest.mark.parametrize("target", ["NoSuchService.ListUserPools", "ListUserPools", "", "."])
def test_an_unknown_target_is_refused(server, target):
    headers = {"Content-Type": JSON, "X-Amz-Target": target} | signature()
    assert_refused_as(send(server, body=b"{}", headers=headers), "UnknownOperationException")


@pytest.mark.parametrize(
    "payload", [b"{", b"", b"nonsense", b"[]", b'"text"', b"null", b'{"MaxResults":1}x', b'{"MaxResults":\xff}']
)
def test_a_body_that_is_no_json_object_is_refused(server, payload):
    answer = call(server, "InitiateAuth", payload, signed=False)
    # AWS reads an empty body, and a null, as an object without members.
    if payload in (b"", b"null") and answer.json["__type"] == "InvalidParameterException":
        return
    assert_refused_as(answer, "SerializationException")


@pytest.mark.parametrize(
    ("operation", "payload"),
    [
        ("ListUserPools", {"MaxResults": "ten"}),
        ("ListUserPools", {"MaxResults": {}}),
        ("DescribeUserPool", {"UserPoolId": 1}),
        ("DescribeUserPool", {"UserPoolId": ["us-west-2_Demo12345"]}),
        ("InitiateAuth", {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "c", "AuthParameters": "alice"}),
        ("InitiateAuth", {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "c", "AuthParameters": {"USERNAME": {}}}),
        ("CreateUserPool", {"PoolName": "p", "Schema": {}}),
        ("CreateUserPool", {"PoolName": "p", "Policies": []}),
        ("CreateUserPoolClient", {"UserPoolId": demo.POOL_ID, "ClientName": "c", "GenerateSecret": "maybe"}),
    ],
)
def test_a_member_of_another_json_type_is_refused(server, operation, payload):
    assert_refused_as(call(server, operation, payload), "SerializationException")


def test_browsers_may_call_everything(server):
    wanted = "content-type,x-amz-target,x-amz-user-agent,cache-control,authorization,x-amz-date,x-amz-security-token"
    preflight = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": wanted,
    }
    answer = send(server, "OPTIONS", headers=preflight)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in re.split(r"\s*,\s*", answer.headers["access-control-allow-methods"])
    allowed = re.split(r"\s*,\s*", answer.headers["access-control-allow-headers"].lower())
    # A star would not do: browsers never let it stand for `authorization`.
    assert set(wanted.split(",")) <= set(allowed)


def test_a_refusal_at_the_door_may_be_read_by_browsers_too(server):
    for answer in (
        call(server, "ListUserPools", {}, signed=False),
        call(server, "NoSuchOperation", {}),
        call(server, "InitiateAuth", b"{"),
        send(server, "GET", "/no/such/page"),
    ):
        assert answer.status >= 400
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-expose-headers"].startswith("x-amzn-RequestId,x-amzn-ErrorType")


def test_the_sts_answers_in_xml_and_refuses_the_unsigned(server):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = send(server, body=b"Action=GetCallerIdentity&Version=2011-06-15", headers=form)
    assert answer.status == 403
    assert answer.headers["content-type"].split(";")[0] == "text/xml"
    assert '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">' in answer.body.decode()
    assert "<Code>MissingAuthenticationToken</Code>" in answer.body.decode()
