"""Changing what is there: pools, clients, providers, tags, second factors, resource servers; and searching users."""

import boto3
import pytest

from conftest import aws_client
from expect import body, refused

INVALID = "InvalidParameterException"
LAMBDA = "arn:aws:lambda:us-west-2:000000000000:function:f"
ROLE = "arn:aws:iam::000000000000:role/r"
CERTIFICATE = "arn:aws:ses:us-west-2:000000000000:identity/example.com"

SETTINGS = {
    "PoolName": "every setting",
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 10,
            "RequireUppercase": False,
            "RequireLowercase": True,
            "RequireNumbers": True,
            "RequireSymbols": False,
            "PasswordHistorySize": 3,
            "TemporaryPasswordValidityDays": 2,
        },
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]},
    },
    "DeletionProtection": "ACTIVE",
    "LambdaConfig": {
        "PreSignUp": LAMBDA,
        "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": LAMBDA},
        "CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA},
        "KMSKeyID": "arn:aws:kms:us-west-2:000000000000:key/1",
    },
    "AutoVerifiedAttributes": ["email"],
    "VerificationMessageTemplate": {
        "EmailMessage": "Code {####}",
        "EmailSubject": "Subject",
        "SmsMessage": "Text {####}",
        "EmailSubjectByLink": "Link subject",
        "DefaultEmailOption": "CONFIRM_WITH_CODE",
    },
    "SmsAuthenticationMessage": "Sign in {####}",
    "MfaConfiguration": "OPTIONAL",
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
    "EmailConfiguration": {
        "SourceArn": CERTIFICATE,
        "ReplyToEmailAddress": "reply@example.com",
        "EmailSendingAccount": "DEVELOPER",
        "From": "us@example.com",
        "ConfigurationSet": "set",
    },
    "SmsConfiguration": {"SnsCallerArn": ROLE, "ExternalId": "id", "SnsRegion": "us-west-2"},
    "UserPoolTags": {"team": "a"},
    "AdminCreateUserConfig": {
        "AllowAdminCreateUserOnly": True,
        "UnusedAccountValidityDays": 2,
        "InviteMessageTemplate": {"SMSMessage": "{username} {####}", "EmailMessage": "{username} {####}", "EmailSubject": "s"},
    },
    "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
    "UserPoolTier": "PLUS",
    "KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"},
    "IssuerConfiguration": {"Type": "ORIGINAL"},
    "AcrConfiguration": {"Level1": {"AcrValue": "low"}},
}
# Members that exclude others of the settings above, or that an update reads and a creation too.
VARIANTS = [
    {
        "LambdaConfig": {
            name: LAMBDA
            for name in (
                "PreSignUp",
                "CustomMessage",
                "PostConfirmation",
                "PreAuthentication",
                "PostAuthentication",
                "DefineAuthChallenge",
                "CreateAuthChallenge",
                "VerifyAuthChallengeResponse",
                "PreTokenGeneration",
                "UserMigration",
            )
        }
        | {
            "CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA},
            "InboundFederation": {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA},
            "KMSKeyID": "arn:aws:kms:us-west-2:000000000000:key/1",
        },
        "VerificationMessageTemplate": {
            "EmailMessageByLink": "Follow {##this##}",
            "EmailSubjectByLink": "Link subject",
            "DefaultEmailOption": "CONFIRM_WITH_LINK",
        },
        "SmsVerificationMessage": "Old text {####}",
        "SmsConfiguration": {
            "EumsSms": {
                "CallerArn": ROLE,
                "ExternalId": "id",
                "OriginationIdentity": "us",
                "ConfigurationSetName": "set",
                "InEntityId": "entity",
                "InTemplateId": "template",
                "Region": "us-west-2",
            }
        },
        "DcrConfiguration": {
            "EnableStatus": "Enabled",
            "OpenDcrEnabled": True,
            "AuthenticatedGrantTypes": ["code"],
            "OpenDcrGrantTypes": ["code"],
            "AllowedScopes": ["openid"],
        },
        "UserPoolAddOns": {
            "AdvancedSecurityMode": "ENFORCED",
            "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"},
        },
        "KeyConfiguration": {
            "KeyType": "CUSTOMER_MANAGED_KEY",
            "KmsKeyArn": "arn:aws:kms:us-west-2:000000000000:key/mrk-1",
        },
    },
    {
        "VerificationMessageTemplate": {},
        "EmailVerificationMessage": "Old {####}",
        "EmailVerificationSubject": "Old subject",
    },
]
FIXED = {
    "AliasAttributes": ["email", "preferred_username"],
    "UsernameConfiguration": {"CaseSensitive": False},
    "Schema": [{"Name": "tier", "AttributeDataType": "String", "Mutable": False}],
}
CLIENT = {
    "ClientName": "every setting",
    "RefreshTokenValidity": 5,
    "AccessTokenValidity": 10,
    "IdTokenValidity": 20,
    "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "hours"},
    "ReadAttributes": ["email", "custom:tier"],
    "WriteAttributes": ["email"],
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
    "SupportedIdentityProviders": ["COGNITO"],
    "CallbackURLs": ["https://example.com/a", "https://example.com/b"],
    "LogoutURLs": ["https://example.com/out"],
    "DefaultRedirectURI": "https://example.com/b",
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "api/read"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AnalyticsConfiguration": {"ApplicationId": "abc", "RoleArn": ROLE, "ExternalId": "id"},
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": False,
    "EnablePropagateAdditionalUserContextData": True,
    "AuthSessionValidity": 5,
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
}


CLIENT_VARIANTS = [
    {
        "AnalyticsConfiguration": {
            "ApplicationArn": "arn:aws:mobiletargeting:us-west-2:000000000000:apps/abc",
            "UserDataShared": True,
        }
    }
]
OTHERWISE_FIXED = [
    {"UsernameAttributes": ["email", "phone_number"]},
    {
        "Schema": [
            {
                "Name": "internal",
                "AttributeDataType": "Number",
                "DeveloperOnlyAttribute": True,
                "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"},
            },
            {
                "Name": "name",
                "AttributeDataType": "String",
                "Required": True,
                "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "20"},
            },
        ]
    },
]
idp_model = boto3.session.Session().client("cognito-idp", region_name="us-west-2").meta.service_model


@pytest.fixture
def idp(server, account):
    return aws_client(server, "cognito-idp", account=account)


@pytest.fixture
def pool(idp):
    return idp.create_user_pool(PoolName="updates")["UserPool"]["Id"]


def without(description, *names):
    return {name: value for name, value in description.items() if name not in names}


def test_a_pool_updated_with_what_it_describes_stays_as_it_is(idp):
    created = idp.create_user_pool(**SETTINGS, **FIXED)["UserPool"]
    described = idp.describe_user_pool(UserPoolId=created["Id"])["UserPool"]
    assert described == created
    for name, value in SETTINGS.items():
        if name == "PoolName":
            assert described["Name"] == value
        elif name in ("VerificationMessageTemplate", "AcrConfiguration"):
            assert value.items() <= described[name].items()
        else:
            assert described[name] == value, name
    settable = {name: described[name] for name in members("UpdateUserPool") if name in described}
    assert body(idp.update_user_pool(UserPoolId=created["Id"], **settable)) == {}
    again = idp.describe_user_pool(UserPoolId=created["Id"])["UserPool"]
    assert without(again, "LastModifiedDate") == without(described, "LastModifiedDate")


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_pool_of_other_settings_stays_as_it_is_too(idp, variant):
    created = idp.create_user_pool(**SETTINGS | variant, **FIXED)["UserPool"]
    named = {"UserPoolId": created["Id"]}
    described = idp.describe_user_pool(**named)["UserPool"]
    assert described == created
    for name, value in variant.items():
        assert value == described[name] or value.items() <= described[name].items(), name
    settable = {name: described[name] for name in members("UpdateUserPool") if name in described}
    idp.update_user_pool(**named, **settable)
    again = idp.describe_user_pool(**named)["UserPool"]
    assert without(again, "LastModifiedDate") == without(described, "LastModifiedDate")


def members(operation):
    return idp_model.operation_model(operation).input_shape.members


def unset(shape, values, path=""):
    """The members of a shape that none of these values sets."""
    found = set()
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            given = [value[name] for value in values if isinstance(value, dict) and name in value]
            found |= unset(member, given, f"{path}.{name}") if given else {f"{path}.{name}"[1:]}
    elif shape.type_name == "list":
        found |= unset(shape.member, [item for value in values for item in value], path)
    return found


def test_no_settable_member_is_forgotten_here():
    """What AWS adds to its model is to be added to the settings of these tests."""
    pools = [SETTINGS, *VARIANTS]
    named = {"UserPoolId": "", "ClientId": "", "PoolName": "", "GenerateSecret": True, "ClientSecret": ""}
    for operation, given in (
        ("CreateUserPool", [*pools, FIXED, *OTHERWISE_FIXED]),
        ("UpdateUserPool", pools),
        ("CreateUserPoolClient", [CLIENT, *CLIENT_VARIANTS]),
        ("UpdateUserPoolClient", [CLIENT, *CLIENT_VARIANTS]),
    ):
        assert unset(idp_model.operation_model(operation).input_shape, [*given, named]) == set(), operation


def test_a_pool_keeps_what_is_fixed_at_its_creation(idp):
    for settings in OTHERWISE_FIXED:
        created = idp.create_user_pool(PoolName="fixed", **settings)["UserPool"]
        described = idp.describe_user_pool(UserPoolId=created["Id"])["UserPool"]
        assert described == created
        if "UsernameAttributes" in settings:
            assert described["UsernameAttributes"] == settings["UsernameAttributes"]
        for given in settings.get("Schema", ()):
            [kept] = [it for it in described["SchemaAttributes"] if it["Name"].split(":")[-1] == given["Name"]]
            assert without(given, "Name").items() <= kept.items()


def test_what_an_update_of_a_pool_leaves_out_returns_to_its_default(idp):
    created = idp.create_user_pool(**SETTINGS, **FIXED)["UserPool"]
    bare = idp.create_user_pool(PoolName=SETTINGS["PoolName"], **FIXED)["UserPool"]
    idp.update_user_pool(UserPoolId=created["Id"])
    described = idp.describe_user_pool(UserPoolId=created["Id"])["UserPool"]
    own = ("Id", "Arn", "CreationDate", "LastModifiedDate")
    assert without(described, *own) == without(bare, *own)


def test_an_update_of_a_pool_is_checked_as_its_creation(idp, pool):
    with refused("ResourceNotFoundException", "User pool us-west-2_Nowhere01 does not exist."):
        idp.update_user_pool(UserPoolId="us-west-2_Nowhere01")
    waits = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    with refused(
        INVALID, "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes"
    ):
        idp.update_user_pool(UserPoolId=pool, UserAttributeUpdateSettings=waits)
    with refused(
        INVALID,
        "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.",
    ):
        idp.update_user_pool(UserPoolId=pool, MfaConfiguration="ON")


def test_a_client_updated_with_what_it_describes_stays_as_it_is(idp):
    pool = idp.create_user_pool(PoolName="clients", **FIXED)["UserPool"]["Id"]
    scopes = [{"ScopeName": "read", "ScopeDescription": "reads"}]
    idp.create_resource_server(UserPoolId=pool, Identifier="api", Name="api", Scopes=scopes)
    created = idp.create_user_pool_client(UserPoolId=pool, GenerateSecret=True, **CLIENT)["UserPoolClient"]
    assert CLIENT.items() <= created.items()
    named = {"UserPoolId": pool, "ClientId": created["ClientId"]}
    settable = {name: created[name] for name in members("UpdateUserPoolClient") if name in created}
    assert set(CLIENT) <= set(settable)
    settable = without(settable, *named)
    updated = idp.update_user_pool_client(**named, **settable)["UserPoolClient"]
    assert without(updated, "LastModifiedDate") == without(created, "LastModifiedDate")
    assert idp.describe_user_pool_client(**named)["UserPoolClient"] == updated
    for variant in CLIENT_VARIANTS:
        changed = idp.update_user_pool_client(**named, **settable | variant)["UserPoolClient"]
        assert without(changed, "LastModifiedDate") == without(created, "LastModifiedDate") | variant
    reset = idp.update_user_pool_client(**named)["UserPoolClient"]
    bare = idp.create_user_pool_client(UserPoolId=pool, ClientName=CLIENT["ClientName"])["UserPoolClient"]
    own = ("ClientId", "ClientSecret", "CreationDate", "LastModifiedDate")
    assert without(reset, *own) == without(bare, *own)
    assert reset["ClientSecret"] == created["ClientSecret"]
    with refused(INVALID, "Invalid write attributes specified while updating a client"):
        idp.update_user_pool_client(**named, WriteAttributes=["custom:nowhere"])
    with refused("ScopeDoesNotExistException", "Invalid scope requested: api/write"):
        idp.update_user_pool_client(**named, AllowedOAuthScopes=["api/write"])
    with refused("ResourceNotFoundException", "User pool client nowhere does not exist."):
        idp.update_user_pool_client(UserPoolId=pool, ClientId="nowhere")


def test_custom_attributes_can_be_added_and_not_changed(idp, pool):
    tier = {"Name": "tier", "AttributeDataType": "String"}
    assert body(idp.add_custom_attributes(UserPoolId=pool, CustomAttributes=[tier])) == {}
    schema = idp.describe_user_pool(UserPoolId=pool)["UserPool"]["SchemaAttributes"]
    assert [it["Name"] for it in schema[20:]] == ["custom:tier"]
    with refused(INVALID, "custom:tier: Existing attribute already has name custom:tier."):
        idp.add_custom_attributes(UserPoolId=pool, CustomAttributes=[tier])
    with refused(INVALID, "Required custom attributes are not supported currently."):
        idp.add_custom_attributes(UserPoolId=pool, CustomAttributes=[tier | {"Name": "b", "Required": True}])
    named = {"UserPoolId": pool, "Username": "alice"}
    attributes = [{"Name": "custom:tier", "Value": "gold"}]
    idp.admin_create_user(**named, MessageAction="SUPPRESS", UserAttributes=attributes)
    assert attributes[0] in idp.admin_get_user(**named)["UserAttributes"]


def test_tags_come_and_go(idp, pool):
    arn = idp.describe_user_pool(UserPoolId=pool)["UserPool"]["Arn"]
    assert body(idp.list_tags_for_resource(ResourceArn=arn)) == {"Tags": {}}
    assert body(idp.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})) == {}
    assert body(idp.tag_resource(ResourceArn=arn, Tags={"b": "3"})) == {}
    assert body(idp.untag_resource(ResourceArn=arn, TagKeys=["a", "c"])) == {}
    assert body(idp.list_tags_for_resource(ResourceArn=arn)) == {"Tags": {"b": "3"}}
    assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["UserPoolTags"] == {"b": "3"}
    with refused("LimitExceededException", "Exceeded maximum number of tags: 50"):
        idp.tag_resource(ResourceArn=arn, Tags={str(number): "" for number in range(50)})
    for other in (arn + "x", arn.replace("us-west-2:", "us-east-1:", 1), "arn:aws:s3:us-west-2:000000000000:bucket"):
        with refused("ResourceNotFoundException", f"Resource {other} does not exist."):
            idp.list_tags_for_resource(ResourceArn=other)


def test_second_factors_are_configured_apart(idp, pool):
    assert body(idp.get_user_pool_mfa_config(UserPoolId=pool)) == {"MfaConfiguration": "OFF"}
    settings = {
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
        "EmailMfaConfiguration": {"Message": "Your code is {####}", "Subject": "Code"},
        "MfaConfiguration": "OPTIONAL",
        "WebAuthnConfiguration": {"RelyingPartyId": "example.com", "UserVerification": "required"},
    }
    assert body(idp.set_user_pool_mfa_config(UserPoolId=pool, **settings)) == settings
    assert body(idp.get_user_pool_mfa_config(UserPoolId=pool)) == settings
    idp.update_user_pool(UserPoolId=pool, MfaConfiguration="OPTIONAL")
    assert body(idp.get_user_pool_mfa_config(UserPoolId=pool)) == settings
    assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["MfaConfiguration"] == "OPTIONAL"
    sms = {"SmsAuthenticationMessage": "Code {####}", "SmsConfiguration": {"SnsCallerArn": ROLE}}
    answer = idp.set_user_pool_mfa_config(UserPoolId=pool, MfaConfiguration="ON", SmsMfaConfiguration=sms)
    assert answer["SmsMfaConfiguration"] == sms and answer["MfaConfiguration"] == "ON"
    bare = idp.create_user_pool(PoolName="bare")["UserPool"]["Id"]
    with refused(
        INVALID,
        "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.",
    ):
        idp.set_user_pool_mfa_config(UserPoolId=bare, MfaConfiguration="ON")


def test_resource_servers_from_creation_to_deletion(idp, pool):
    scopes = [{"ScopeName": "read", "ScopeDescription": "reads"}]
    made = {"UserPoolId": pool, "Identifier": "https://api", "Name": "api", "Scopes": scopes}
    assert body(idp.create_resource_server(**made)) == {"ResourceServer": made}
    with refused(INVALID, "https://api already exists in this user pool."):
        idp.create_resource_server(**made)
    with refused(INVALID, "Scope read is specified more than once."):
        idp.create_resource_server(**made | {"Identifier": "b", "Scopes": scopes * 2})
    named = {"UserPoolId": pool, "Identifier": "https://api"}
    assert body(idp.describe_resource_server(**named)) == {"ResourceServer": made}
    changed = named | {"Name": "new", "Scopes": []}
    assert body(idp.update_resource_server(**named, Name="new")) == {"ResourceServer": changed}
    assert idp.list_resource_servers(UserPoolId=pool, MaxResults=50)["ResourceServers"] == [changed]
    assert body(idp.delete_resource_server(**named)) == {}
    gone = ("ResourceNotFoundException", "Resource server https://api does not exist.")
    for call in (idp.describe_resource_server, idp.delete_resource_server):
        with refused(*gone):
            call(**named)
    with refused(*gone):
        idp.update_resource_server(**named, Name="new")


def test_identity_providers_are_updated_and_found_by_identifier(idp, pool):
    details = {"client_id": "a", "client_secret": "b", "authorize_scopes": "openid"}
    named = {"UserPoolId": pool, "ProviderName": "Google"}
    idp.create_identity_provider(**named, ProviderType="Google", ProviderDetails=details, IdpIdentifiers=["g"])
    updated = idp.update_identity_provider(**named, AttributeMapping={"email": "email"})["IdentityProvider"]
    assert updated["AttributeMapping"] == {"email": "email", "username": "sub"}
    with refused(INVALID, "The username of an identity provider's AttributeMapping cannot be changed."):
        idp.update_identity_provider(**named, AttributeMapping={"email": "email", "username": "email"})
    same = {"email": "email", "username": "sub"}
    updated = idp.update_identity_provider(**named, AttributeMapping=same)["IdentityProvider"]
    assert updated["AttributeMapping"] == same
    assert updated["ProviderDetails"]["client_id"] == "a" and updated["IdpIdentifiers"] == ["g"]
    found = idp.get_identity_provider_by_identifier(UserPoolId=pool, IdpIdentifier="g")["IdentityProvider"]
    assert found == updated
    missing = f"Identity provider with identifier h for tenantId {pool} does not exist."
    with refused("ResourceNotFoundException", missing):
        idp.get_identity_provider_by_identifier(UserPoolId=pool, IdpIdentifier="h")
    with refused("ResourceNotFoundException", f"Identity provider Other for tenantId {pool} does not exist."):
        idp.update_identity_provider(UserPoolId=pool, ProviderName="Other")


def test_users_are_searched_by_the_grammar_of_aws(idp, pool):
    people = {
        "alice": {"email": "Alice@Example.com", "name": "Alice", "phone_number": "+15550001"},
        "Albert": {"email": "al@example.com", "name": "alb"},
        "bob": {"email": "alice@example.com", "given_name": "Bob"},
    }
    for username, attributes in people.items():
        pairs = [{"Name": name, "Value": value} for name, value in attributes.items()]
        idp.admin_create_user(UserPoolId=pool, Username=username, MessageAction="SUPPRESS", UserAttributes=pairs)
    idp.admin_disable_user(UserPoolId=pool, Username="bob")
    idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password="Passw0rd!", Permanent=True)

    def found(text, **members):
        return [user["Username"] for user in idp.list_users(UserPoolId=pool, Filter=text, **members)["Users"]]

    assert found("") == list(people)
    assert found('email = "alice@example.com"') == ["alice", "bob"]
    assert found('"email"^="AL"') == list(people)
    assert found('phone_number = "+15550001"') == ["alice"]
    assert found('username = "alice"') == ["alice"] and found('username = "Alice"') == []
    assert found('username ^= "Al"') == ["Albert"]
    assert found('name ^= "al"') == ["alice", "Albert"] and found('given_name="bob"') == ["bob"]
    assert found('status = "Disabled"') == ["bob"] and found('status = "disabled"') == []
    assert found('cognito:user_status = "confirmed"') == ["alice"]
    sub = idp.admin_get_user(UserPoolId=pool, Username="bob")["UserAttributes"][0]["Value"]
    assert found(f'sub = "{sub}"') == ["bob"]
    with refused(INVALID, "Error while parsing filter."):
        found("email = alice")
    with refused(INVALID, "Invalid search attribute: custom:tier"):
        found('custom:tier = "a"')
    first = idp.list_users(UserPoolId=pool, Filter='email = "alice@example.com"', Limit=1)
    rest = {"UserPoolId": pool, "PaginationToken": first["PaginationToken"]}
    second = idp.list_users(**rest, Filter='email = "alice@example.com"')
    assert [user["Username"] for user in second["Users"]] == ["bob"] and "PaginationToken" not in second
    with refused(INVALID, "Paging Marker is Invalid for Request"):
        idp.list_users(**rest, Filter='email = "al@example.com"')


def test_session_tracking_is_configured_for_a_pool_and_its_clients(idp, pool):
    assert body(idp.get_user_pool_session_configuration(UserPoolId=pool)) == {
        "UserPoolId": pool,
        "UserSessionTracking": "DISABLED",
        "TokenSession": {"MaxPerUser": 20},
    }
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    named = {"UserPoolId": pool, "ClientId": client}
    minutes = {"SSOSession": {"MaxValidityMinutes": 5}}
    with refused("OperationNotEnabledException", "Session tracking is not enabled for this user pool."):
        idp.set_user_pool_client_session_configuration(**named, **minutes)
    tracked = {"UserPoolId": pool, "UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 3}}
    assert body(idp.set_user_pool_session_configuration(**tracked)) == tracked
    assert body(idp.get_user_pool_session_configuration(UserPoolId=pool)) == tracked
    default = named | {"SSOSession": {"MaxValidityMinutes": 60}}
    assert body(idp.get_user_pool_client_session_configuration(**named)) == default
    assert body(idp.set_user_pool_client_session_configuration(**named, **minutes)) == named | minutes
    idp.set_user_pool_session_configuration(**tracked | {"UserSessionTracking": "DISABLED"})
    assert body(idp.get_user_pool_client_session_configuration(**named)) == named | minutes
    with refused("ResourceNotFoundException", "User pool client nowhere does not exist."):
        idp.get_user_pool_client_session_configuration(UserPoolId=pool, ClientId="nowhere")
    lite = idp.create_user_pool(PoolName="lite", UserPoolTier="LITE")["UserPool"]["Id"]
    with refused("FeatureUnavailableInTierException", "Session tracking is not available in the LITE tier."):
        idp.set_user_pool_session_configuration(**tracked | {"UserPoolId": lite})


def test_the_header_of_an_import_names_every_column(idp):
    schema = [{"Name": "tier", "AttributeDataType": "String"}]
    pool = idp.create_user_pool(PoolName="import", Schema=schema)["UserPool"]["Id"]
    header = idp.get_csv_header(UserPoolId=pool)["CSVHeader"]
    assert header == (
        "name given_name family_name middle_name nickname preferred_username profile picture website email "
        "email_verified gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at "
        "custom:tier cognito:mfa_enabled cognito:username"
    ).split(" ")
