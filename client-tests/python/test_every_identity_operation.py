"""What every operation of identity pools says of a pool, an identity or an ARN that is not there, by AWS's own model."""

import boto3
import pytest

from conftest import aws_client
from expect import refused
from identity_world import make_identity_pool
from test_every_operation import filled

MODEL = boto3.session.Session().client("cognito-identity", region_name="us-west-2").meta.service_model
NOWHERE = "us-west-2:00000000-0000-4000-8000-000000000000"
ARN = f"arn:aws:cognito-identity:us-west-2:000000000000:identitypool/{NOWHERE}"
LOOKS = {
    "IdentityPoolId": NOWHERE,
    "IdentityId": NOWHERE,
    "IdentityIdsToDelete": [NOWHERE],
    "ResourceArn": ARN,
    "Roles": {},
}
PUBLIC = {"GetId", "GetOpenIdToken", "GetCredentialsForIdentity", "UnlinkIdentity"}


def operations(member, without=()):
    found = []
    for operation in MODEL.operation_names:
        required = set(MODEL.operation_model(operation).input_shape.required_members)
        if member in required and not set(without) & required:
            found.append(operation)
    return sorted(found)


def call(client, operation, **members):
    shape = MODEL.operation_model(operation).input_shape
    wanted = filled(shape)
    wanted |= {name: LOOKS[name] for name in wanted if name in LOOKS}
    return client._make_api_call(operation, wanted | members)


@pytest.fixture
def pool_id(identity, account):
    return make_identity_pool(identity, account)


def test_the_model_has_twenty_three_operations():
    assert len(MODEL.operation_names) == 23


@pytest.mark.parametrize("operation", MODEL.operation_names)
def test_every_operation_is_there(identity, operation):
    try:
        call(identity, operation)
    except identity.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] in ("ResourceNotFoundException",), error


@pytest.mark.parametrize("operation", operations("IdentityPoolId"))
def test_a_pool_that_is_not_there(identity, operation):
    with refused("ResourceNotFoundException", f"IdentityPool '{NOWHERE}' not found."):
        call(identity, operation)


@pytest.mark.parametrize("operation", sorted(set(operations("IdentityPoolId")) - PUBLIC))
def test_a_pool_of_another_account_or_region(identity, server, pool_id, account, operation):
    for elsewhere in ({"account": "999999999999"}, {"account": account, "region": "eu-west-1"}):
        with refused("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found."):
            call(aws_client(server, "cognito-identity", **elsewhere), operation, IdentityPoolId=pool_id)


@pytest.mark.parametrize("operation", operations("IdentityId", without=["IdentityPoolId"]))
def test_an_identity_that_is_not_there(identity, operation):
    with refused("ResourceNotFoundException", f"Identity '{NOWHERE}' not found."):
        call(identity, operation)


def test_an_identity_of_another_account_is_not_described(identity, server, pool_id):
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    stranger = aws_client(server, "cognito-identity", account="999999999999")
    with refused("ResourceNotFoundException", f"Identity '{guest}' not found."):
        stranger.describe_identity(IdentityId=guest)


@pytest.mark.parametrize(
    ("member", "shown"), [("IdentityPoolId", "identityPoolId"), ("IdentityId", "identityId")]
)
def test_what_is_no_id(identity, member, shown):
    for operation in operations(member):
        fault = (
            f"1 validation error detected: Value 'no id' at '{shown}' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w-]+:[0-9a-f-]+"
        )
        with refused("ValidationException", fault):
            call(identity, operation, **{member: "no id"})


@pytest.mark.parametrize("operation", operations("ResourceArn"))
def test_what_is_not_there_has_no_tags(identity, operation):
    with refused("ResourceNotFoundException", f"IdentityPool '{NOWHERE}' not found."):
        call(identity, operation)
    for arn in ("arn:aws:cognito-idp:us-west-2:000000000000:userpool/us-west-2_a", "no arn, but long enough for one"):
        with refused("InvalidParameterException", f"{arn} is not a valid ARN for this parameter."):
            call(identity, operation, ResourceArn=arn)


@pytest.mark.parametrize("operation", sorted(set(MODEL.operation_names) - PUBLIC))
def test_who_does_not_sign_is_refused(server, operation):
    nobody = aws_client(server, "cognito-identity", unsigned=True)
    with refused("MissingAuthenticationTokenException", "Missing Authentication Token"):
        call(nobody, operation)


@pytest.mark.parametrize("operation", ["ListIdentities", "ListIdentityPools", "LookupDeveloperIdentity"])
def test_a_page_that_is_none(identity, pool_id, operation):
    guest = identity.get_id(IdentityPoolId=pool_id)["IdentityId"]
    known = MODEL.operation_model(operation).input_shape.members
    members = {"IdentityPoolId": pool_id, "IdentityId": guest}
    members = {name: value for name, value in members.items() if name in known}
    with refused("InvalidParameterException", "Invalid pagination token."):
        call(identity, operation, **members, NextToken="nonsense")
    for size in (0, 61):
        with refused("ValidationException"):
            call(identity, operation, **members, MaxResults=size)
