"""What every operation says of a pool, a user, a client or a token that is not there, by AWS's own model."""

import boto3
import pytest

from conftest import aws_client
from expect import refused

MODEL = boto3.session.Session().client("cognito-idp", region_name="us-west-2").meta.service_model
NOWHERE = "us-west-2_Nowhere01"
# Members that a pattern, or the order of checks, wants to look like something.
LOOKS = {
    "UserPoolId": NOWHERE,
    "ClientId": "nowhere",
    "Username": "ghost",
    "AccessToken": "e30.e30.e30",
    "ResourceArn": "arn:aws:cognito-idp:us-west-2:000000000000:userpool/" + NOWHERE,
    "CloudWatchLogsRoleArn": "arn:aws:iam::000000000000:role/import",
    "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/a",
    "Password": "Passw0rd!",
    "ProposedPassword": "Passw0rd!",
    "PreviousPassword": "Passw0rd!",
    "Domain": "nowhere",
    "RegionName": "us-east-1",
    "TermsName": "terms-of-use",
    "TermsId": "00000000-0000-4000-8000-000000000000",
    "ManagedLoginBrandingId": "00000000-0000-4000-8000-000000000000",
    "UserCode": "123456",
    "JobId": "import-nobody",
    "AttributeName": "email",
    "AttributeDataType": "String",
    "Name": "name",
    "DeviceKey": "us-west-2_00000000-0000-4000-8000-000000000000",
    "SessionId": "tkn" + "0" * 25,
    "ProviderName": "Provider",
    "ClientSecret": "s" * 24,
    "Secret": "s" * 24,
}


def filled(shape, name=""):
    """The least that the model takes for a shape."""
    match shape.type_name:
        case "structure":
            return {name: filled(shape.members[name], name) for name in shape.required_members}
        case "list":
            return [filled(shape.member)]
        case "map":
            return {"a": filled(shape.value)}
        case "string":
            return shape.enum[0] if shape.enum else LOOKS.get(name, "x1")
        case "integer" | "long":
            return max(shape.metadata.get("min", 1), 1)
        case "boolean":
            return True
    return {}


def operations(*members, without=(), but=()):
    """The operations whose model asks for these members and not for others, but some."""
    found = []
    for operation in set(MODEL.operation_names) - set(but):
        shape = MODEL.operation_model(operation).input_shape
        required = set(shape.required_members) if shape else set()
        if set(members) <= required and not set(without) & required:
            found.append(operation)
    return sorted(found)


def call(client, operation, **members):
    shape = MODEL.operation_model(operation).input_shape
    return client._make_api_call(operation, filled(shape) | members)


@pytest.fixture
def idp(server, account):
    return aws_client(server, "cognito-idp", account=account)


@pytest.fixture
def pool(idp):
    """One in which everything is there that an operation may ask for first."""
    settings = {
        "UserPoolTier": "PLUS",
        "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
        "DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": True},
        "AutoVerifiedAttributes": ["email"],
    }
    pool = idp.create_user_pool(PoolName="all", **settings)["UserPool"]["Id"]
    sessions = {"UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 20}}
    idp.set_user_pool_session_configuration(UserPoolId=pool, **sessions)
    return pool


@pytest.mark.parametrize("operation", operations("UserPoolId"))
def test_a_pool_that_is_not_there(idp, operation):
    with refused("ResourceNotFoundException", f"User pool {NOWHERE} does not exist."):
        call(idp, operation)


# The caller of UpdateAuthEventFeedback signs nothing, and so is of no account.
@pytest.mark.parametrize("operation", operations("UserPoolId", but=["UpdateAuthEventFeedback"]))
def test_a_pool_of_another_account(idp, pool, server, operation):
    stranger = aws_client(server, "cognito-idp", account="999999999999")
    with refused("ResourceNotFoundException", f"User pool {pool} does not exist."):
        call(stranger, operation, UserPoolId=pool)


# The model asks these two for any text.
@pytest.mark.parametrize(
    "operation", operations("UserPoolId", but=["AdminDisableProviderForUser", "AdminLinkProviderForUser"])
)
def test_what_is_no_id_of_a_pool(idp, operation):
    fault = (
        "1 validation error detected: Value 'no pool' at 'userPoolId' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+"
    )
    with refused("InvalidParameterException", fault):
        call(idp, operation, UserPoolId="no pool")


# AdminListDevices declares no such error.
@pytest.mark.parametrize(
    "operation",
    operations(
        "UserPoolId", "Username", without=["GroupName", "DeviceKey"], but=["AdminCreateUser", "AdminListDevices"]
    ),
)
def test_a_user_who_is_not_there(idp, pool, operation):
    with refused("UserNotFoundException", "User does not exist."):
        call(idp, operation, UserPoolId=pool)


# AdminRespondToAuthChallenge looks at its session first.
@pytest.mark.parametrize("operation", operations("UserPoolId", "ClientId", but=["AdminRespondToAuthChallenge"]))
def test_a_client_that_is_not_there(idp, pool, operation):
    with refused("ResourceNotFoundException", "User pool client nowhere does not exist."):
        call(idp, operation, UserPoolId=pool)


@pytest.mark.parametrize("operation", operations("ClientId", without=["UserPoolId"], but=["RevokeToken"]))
def test_a_client_of_no_pool(idp, operation):
    with refused("ResourceNotFoundException", "User pool client nowhere does not exist."):
        call(idp, operation)


@pytest.mark.parametrize("operation", operations("AccessToken"))
def test_what_is_no_access_token(idp, operation):
    with refused("NotAuthorizedException", "Invalid Access Token"):
        call(idp, operation)


@pytest.mark.parametrize("operation", operations("UserPoolId", "GroupName", but=["CreateGroup"]))
def test_a_group_that_is_not_there(idp, pool, operation):
    idp.admin_create_user(UserPoolId=pool, Username="ghost", MessageAction="SUPPRESS")
    with refused("ResourceNotFoundException", "Group not found."):
        call(idp, operation, UserPoolId=pool)


@pytest.mark.parametrize("operation", operations("ResourceArn"))
def test_what_is_not_there_has_no_tags(idp, operation):
    with refused("ResourceNotFoundException", f"Resource {LOOKS['ResourceArn']} does not exist."):
        call(idp, operation)


def test_a_revocation_tells_no_client_of_its_absence(idp):
    with refused("UnauthorizedException", "Unauthorized"):
        call(idp, "RevokeToken")


def test_a_group_has_members_who_are_there(idp, pool):
    group = {"UserPoolId": pool, "GroupName": "group"}
    idp.create_group(**group)
    for operation in operations("UserPoolId", "Username", "GroupName"):
        with refused("UserNotFoundException", "User does not exist."):
            call(idp, operation, **group)


def test_no_device_is_of_a_user_who_is_not_there(idp, pool):
    for operation, error in (
        ("AdminListDevices", "ResourceNotFoundException"),
        ("AdminGetDevice", "ResourceNotFoundException"),
        ("AdminForgetDevice", "UserNotFoundException"),
        ("AdminUpdateDeviceStatus", "UserNotFoundException"),
    ):
        with refused(error, "User does not exist."):
            call(idp, operation, UserPoolId=pool)
