"""User pools through boto3: defaults, listings, deletion, and what keeps accounts and regions apart."""

import re

import pytest

from expect import attributes, body, refused, undated

STRING = ["name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
          "website", "email", "gender", "zoneinfo", "locale", "phone_number", "address"]  # fmt: skip
SCHEMA_ORDER = ["sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile",
                "picture", "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale",
                "phone_number", "phone_number_verified", "address", "updated_at"]  # fmt: skip

# Members that AWS shows on some new pools and that no capture settles for a bare one.
UNSETTLED = {"AccountRecoverySetting", "KeyConfiguration", "IssuerConfiguration"}


def schema_attribute(name, kind="String", *, mutable=True, required=False, **constraints) -> dict:
    return {
        "Name": name,
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": False,
        "Mutable": mutable,
        "Required": required,
    } | constraints


def string_lengths(minimum, maximum) -> dict:
    return {"StringAttributeConstraints": {"MinLength": minimum, "MaxLength": maximum}}


STANDARD_SCHEMA = {
    "sub": schema_attribute("sub", mutable=False, required=True, **string_lengths("1", "2048")),
    "birthdate": schema_attribute("birthdate", **string_lengths("10", "10")),
    "email_verified": schema_attribute("email_verified", "Boolean"),
    "phone_number_verified": schema_attribute("phone_number_verified", "Boolean"),
    "updated_at": schema_attribute("updated_at", "Number", NumberAttributeConstraints={"MinValue": "0"}),
} | {name: schema_attribute(name, **string_lengths("0", "2048")) for name in STRING}


def test_a_bare_user_pool_has_all_of_awss_defaults(idp, account):
    created = body(idp.create_user_pool(PoolName="bare"))
    assert list(created) == ["UserPool"]
    pool = created["UserPool"]

    assert pool["CreationDate"] == pool["LastModifiedDate"]
    assert re.fullmatch(r"us-west-2_[0-9A-Za-z]{9}", pool["Id"])
    schema = pool["SchemaAttributes"]
    assert [attribute["Name"] for attribute in schema] == SCHEMA_ORDER
    assert {attribute["Name"]: attribute for attribute in schema} == STANDARD_SCHEMA
    settled = {k: v for k, v in undated(pool).items() if k not in UNSETTLED | {"SchemaAttributes"}}
    assert settled == {
        "Id": pool["Id"],
        "Name": "bare",
        "Arn": f"arn:aws:cognito-idp:us-west-2:{account}:userpool/{pool['Id']}",
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 8,
                "RequireUppercase": True,
                "RequireLowercase": True,
                "RequireNumbers": True,
                "RequireSymbols": True,
                "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
        },
        "DeletionProtection": "INACTIVE",
        "LambdaConfig": {},
        "MfaConfiguration": "OFF",
        "EstimatedNumberOfUsers": 0,
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
        "UserPoolTags": {},
        "UserPoolTier": "ESSENTIALS",
        "AcrConfiguration": {f"Level{n}": {"AcrValue": f"urn:cognito:loa:{n}"} for n in range(1, 5)},
    }


def test_describing_a_pool_shows_what_creating_it_answered(idp):
    created = idp.create_user_pool(PoolName="bare")["UserPool"]
    assert body(idp.describe_user_pool(UserPoolId=created["Id"])) == {"UserPool": created}


def test_a_pool_keeps_the_settings_that_it_was_made_with(idp):
    settings = {
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 12,
                "RequireUppercase": False,
                "RequireLowercase": True,
                "RequireNumbers": True,
                "RequireSymbols": False,
                "TemporaryPasswordValidityDays": 3,
            },
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
        },
        "DeletionProtection": "INACTIVE",
        "AutoVerifiedAttributes": ["email"],
        "UsernameAttributes": ["email"],
        "UsernameConfiguration": {"CaseSensitive": False},
        "VerificationMessageTemplate": {
            "DefaultEmailOption": "CONFIRM_WITH_CODE",
            "EmailMessage": "Your code is {####}",
            "EmailSubject": "Code",
        },
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
        "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
        "UserPoolTags": {"team": "identity"},
        "UserPoolTier": "PLUS",
    }
    schema = [
        {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True},
        {
            "Name": "plan",
            "AttributeDataType": "String",
            "Mutable": True,
            "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "20"},
        },
        {
            "Name": "level",
            "AttributeDataType": "Number",
            "Mutable": True,
            "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "5"},
        },
        {"Name": "mydev", "AttributeDataType": "String", "Mutable": True, "DeveloperOnlyAttribute": True},
    ]
    pool_id = idp.create_user_pool(PoolName="set", Schema=schema, **settings)["UserPool"]["Id"]
    pool = idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert {name: pool[name] for name in settings} == settings
    assert pool["AdminCreateUserConfig"]["UnusedAccountValidityDays"] == 3

    described = {attribute["Name"]: attribute for attribute in pool["SchemaAttributes"]}
    assert described["email"]["Required"] is True
    assert described["custom:plan"] == schema_attribute("custom:plan", **string_lengths("1", "20"))
    assert described["custom:level"] == schema_attribute(
        "custom:level", "Number", NumberAttributeConstraints={"MinValue": "1", "MaxValue": "5"}
    )
    assert described["dev:custom:mydev"]["DeveloperOnlyAttribute"] is True


def test_the_tag_custom_id_fixes_the_id_and_is_not_kept(idp):
    pool = idp.create_user_pool(PoolName="fixed", UserPoolTags={"_custom_id_": "us-west-2_Fixed0001", "team": "a"})[
        "UserPool"
    ]
    try:
        assert (pool["Id"], pool["UserPoolTags"]) == ("us-west-2_Fixed0001", {"team": "a"})
    finally:
        idp.delete_user_pool(UserPoolId=pool["Id"])


def test_a_row_of_list_user_pools_has_five_members_and_equal_dates(idp):
    assert body(idp.list_user_pools(MaxResults=60)) == {"UserPools": []}
    created = idp.create_user_pool(PoolName="row")["UserPool"]
    listed = body(idp.list_user_pools(MaxResults=60))
    row = {"Id": created["Id"], "Name": "row", "LambdaConfig": {}}
    row |= {"CreationDate": created["CreationDate"], "LastModifiedDate": created["CreationDate"]}
    assert listed == {"UserPools": [row]}


def test_user_pools_are_listed_page_by_page_in_the_order_of_their_creation(idp):
    made = [idp.create_user_pool(PoolName=f"pool {n}")["UserPool"]["Id"] for n in range(5)]
    pages = list(idp.get_paginator("list_user_pools").paginate(MaxResults=2))
    assert [[pool["Id"] for pool in page["UserPools"]] for page in pages] == [made[:2], made[2:4], made[4:]]
    assert "NextToken" not in pages[-1]

    exactly = idp.list_user_pools(MaxResults=5)
    assert len(exactly["UserPools"]) == 5 and "NextToken" not in exactly


def test_a_listing_refuses_a_page_token_that_nobody_gave_out(idp):
    idp.create_user_pool(PoolName="one")
    with refused("InvalidParameterException", "Invalid pagination token."):
        idp.list_user_pools(MaxResults=1, NextToken="invented")


def test_a_deleted_pool_is_gone(idp):
    pool_id = idp.create_user_pool(PoolName="short-lived")["UserPool"]["Id"]
    assert body(idp.delete_user_pool(UserPoolId=pool_id)) == {}
    for call in (idp.describe_user_pool, idp.delete_user_pool, idp.list_user_pool_clients, idp.list_users):
        with refused("ResourceNotFoundException", f"User pool {pool_id} does not exist."):
            call(UserPoolId=pool_id)
    assert body(idp.list_user_pools(MaxResults=60)) == {"UserPools": []}


def test_a_protected_pool_cannot_be_deleted(idp):
    pool_id = idp.create_user_pool(PoolName="kept", DeletionProtection="ACTIVE")["UserPool"]["Id"]
    with refused(
        "InvalidParameterException",
        "The user pool cannot be deleted because deletion protection is activated. "
        "Deletion protection must be inactivated first.",
    ):
        idp.delete_user_pool(UserPoolId=pool_id)
    assert idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]["DeletionProtection"] == "ACTIVE"


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        (
            {"Name": "plan", "AttributeDataType": "String", "Required": True},
            "Required custom attributes are not supported currently.",
        ),
        (
            {"Name": "family_name", "AttributeDataType": "Number"},
            "You can not change AttributeDataType or set developerOnlyAttribute "
            "for standard schema attribute family_name",
        ),
        ({"Name": "plan"}, "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."),
    ],
)
def test_a_schema_that_aws_refuses_is_refused_in_its_words(idp, attribute, message):
    with refused("InvalidParameterException", message):
        idp.create_user_pool(PoolName="bad", Schema=[attribute])
    assert idp.list_user_pools(MaxResults=60)["UserPools"] == []


def test_a_feature_above_the_pools_tier_is_refused(idp):
    with refused("FeatureUnavailableInTierException", "Passwordless sign-in is not available in the LITE tier."):
        idp.create_user_pool(
            PoolName="lite",
            UserPoolTier="LITE",
            Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
        )


def test_regions_keep_their_resources_apart(connect):
    oregon, virginia = (connect(service, region=region) for service, region in (
        ("cognito-idp", "us-west-2"), ("cognito-idp", "us-east-1")))  # fmt: skip
    west = oregon.create_user_pool(PoolName="west")["UserPool"]["Id"]
    east = virginia.create_user_pool(PoolName="east")["UserPool"]["Id"]
    assert (west.split("_")[0], east.split("_")[0]) == ("us-west-2", "us-east-1")
    assert [pool["Id"] for pool in oregon.list_user_pools(MaxResults=60)["UserPools"]] == [west]
    assert [pool["Id"] for pool in virginia.list_user_pools(MaxResults=60)["UserPools"]] == [east]
    with refused("ResourceNotFoundException", f"User pool {west} does not exist."):
        virginia.describe_user_pool(UserPoolId=west)


def test_accounts_keep_their_resources_apart(connect):
    first, second = connect("cognito-idp", account="111111111111"), connect("cognito-idp", account="222222222222")
    mine = first.create_user_pool(PoolName="mine")["UserPool"]
    yours = second.create_user_pool(PoolName="yours")["UserPool"]
    try:
        assert (mine["Arn"].split(":")[4], yours["Arn"].split(":")[4]) == ("111111111111", "222222222222")
        assert [pool["Id"] for pool in first.list_user_pools(MaxResults=60)["UserPools"]] == [mine["Id"]]
        assert [pool["Id"] for pool in second.list_user_pools(MaxResults=60)["UserPools"]] == [yours["Id"]]
        with refused("ResourceNotFoundException", f"User pool {mine['Id']} does not exist."):
            second.describe_user_pool(UserPoolId=mine["Id"])
    finally:
        first.delete_user_pool(UserPoolId=mine["Id"])
        second.delete_user_pool(UserPoolId=yours["Id"])


def test_an_unsigned_sign_in_finds_its_pool_by_the_client_id_in_any_account_and_region(connect, account):
    frankfurt = connect("cognito-idp", region="eu-central-1")
    pool_id = frankfurt.create_user_pool(PoolName="far")["UserPool"]["Id"]
    client_id = frankfurt.create_user_pool_client(
        UserPoolId=pool_id, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    frankfurt.admin_create_user(UserPoolId=pool_id, Username="bob", MessageAction="SUPPRESS")
    frankfurt.admin_set_user_password(UserPoolId=pool_id, Username="bob", Password="Passw0rd!", Permanent=True)

    anywhere = connect("cognito-idp", region="us-east-1", unsigned=True)
    tokens = anywhere.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=client_id,
        AuthParameters={"USERNAME": "bob", "PASSWORD": "Passw0rd!"},
    )["AuthenticationResult"]
    user = anywhere.get_user(AccessToken=tokens["AccessToken"])
    assert user["Username"] == "bob" and set(attributes(user["UserAttributes"])) == {"sub"}


LAMBDA = "arn:aws:lambda:us-west-2:000000000000:function:f"


def attribute(**members):
    return {"Schema": [{"Name": "tier", "AttributeDataType": "String"} | members]}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"AliasAttributes": ["email"], "UsernameAttributes": ["email"]},
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
        ),
        (
            {"MfaConfiguration": "ON"},
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
        ),
        (attribute(Required=True), "Required custom attributes are not supported currently."),
        (
            {"Schema": [{"Name": "tier"}]},
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        ),
        (
            {"Schema": [{"Name": "family_name", "AttributeDataType": "Number"}]},
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute "
            "family_name",
        ),
        (
            attribute(StringAttributeConstraints={"MinLength": "few"}),
            "Invalid StringAttributeConstraints for schema attribute tier",
        ),
        (
            attribute(AttributeDataType="Number", NumberAttributeConstraints={"MaxValue": "many"}),
            "Invalid NumberAttributeConstraints for schema attribute tier",
        ),
        (
            attribute(StringAttributeConstraints={"MaxLength": "2049"}),
            "user.tier: String attributes cannot have a length of more than 2048",
        ),
        (
            attribute(StringAttributeConstraints={"MinLength": "2", "MaxLength": "1"}),
            "user.tier: Max length cannot be less than min length.",
        ),
        (
            attribute(AttributeDataType="Number", NumberAttributeConstraints={"MinValue": "2", "MaxValue": "1"}),
            "user.tier: Max value cannot be less than min value.",
        ),
        (
            {"VerificationMessageTemplate": {"EmailMessage": "{####}", "EmailMessageByLink": "{##a##}"}},
            "Please use only one of EmailMessage and EmailMessageByLink.",
        ),
        (
            {
                "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 1}},
                "AdminCreateUserConfig": {"UnusedAccountValidityDays": 2},
            },
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
        ),
        (
            {"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}},
            "SourceArn is required when EmailSendingAccount is DEVELOPER.",
        ),
        (
            {
                "AccountRecoverySetting": {
                    "RecoveryMechanisms": [
                        {"Priority": 1, "Name": "admin_only"},
                        {"Priority": 2, "Name": "verified_email"},
                    ]
                }
            },
            "Invalid account recovery setting.",
        ),
        (
            {"AcrConfiguration": {"Level1": {"AcrValue": "a"}, "Level2": {"AcrValue": "a"}}},
            "AcrConfiguration values must be unique across all levels.",
        ),
        (
            {"LambdaConfig": {"CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA}}},
            "KMSKeyID is required for CustomEmailSender and CustomSMSSender.",
        ),
        *(
            ({"LambdaConfig": {"KMSKeyID": key}}, f"Invalid KMSKeyID: {key}")
            for key in (
                LAMBDA,
                "arn:aws:kms:us-west-2:000000000000:alias/a",
                "arn:aws:kms:us-west-2:000000000000:key/",
                "arn:aws:kms:us-west-2:0:key/a",
                "arn:aws:kms:eu-west-1:000000000000:key/a",
            )
        ),
        (
            {
                "LambdaConfig": {
                    "PreTokenGeneration": LAMBDA,
                    "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": f"{LAMBDA}2"},
                }
            },
            "PreTokenGeneration and PreTokenGenerationConfig.LambdaArn must have the same value.",
        ),
    ],
)
def test_settings_that_contradict_one_another_are_refused(idp, settings, message):
    with refused("InvalidParameterException", message):
        idp.create_user_pool(PoolName="refused", **settings)
    assert idp.list_user_pools(MaxResults=1)["UserPools"] == []


def test_an_update_refuses_contradictions_of_functions_too(idp):
    pool = idp.create_user_pool(PoolName="updated", LambdaConfig={"PreSignUp": LAMBDA})["UserPool"]["Id"]
    with refused("InvalidParameterException", f"Invalid KMSKeyID: {LAMBDA}"):
        idp.update_user_pool(UserPoolId=pool, LambdaConfig={"KMSKeyID": LAMBDA})
    versioned = {"LambdaVersion": "V1_0", "LambdaArn": LAMBDA}
    with refused(
        "InvalidParameterException",
        "PreTokenGeneration and PreTokenGenerationConfig.LambdaArn must have the same value.",
    ):
        lambdas = {"PreTokenGeneration": f"{LAMBDA}2", "PreTokenGenerationConfig": versioned}
        idp.update_user_pool(UserPoolId=pool, LambdaConfig=lambdas)
    assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["LambdaConfig"] == {"PreSignUp": LAMBDA}
    lambdas = {"PreTokenGeneration": LAMBDA, "PreTokenGenerationConfig": versioned}
    idp.update_user_pool(UserPoolId=pool, LambdaConfig=lambdas)
    assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["LambdaConfig"] == lambdas


def test_an_id_that_the_caller_fixes_is_an_id_and_free(idp, account):
    taken = f"us-west-2_{account}"
    idp.create_user_pool(PoolName="first", UserPoolTags={"_custom_id_": taken})
    with refused("InvalidParameterException", f"The id {taken} is already in use."):
        idp.create_user_pool(PoolName="second", UserPoolTags={"_custom_id_": taken})
    with refused("InvalidParameterException", "The id nonsense is not a valid id for this resource."):
        idp.create_user_pool(PoolName="second", UserPoolTags={"_custom_id_": "nonsense"})


def test_limits_are_provisioned_by_category(idp):
    sign_ins = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserAuthentication"}}
    with refused("InvalidParameterException", "LimitDefinition requires the attribute Category."):
        idp.get_provisioned_limit(LimitDefinition=sign_ins | {"Attributes": {"Operation": "SignUp"}})
    pool = idp.create_user_pool(PoolName="managed")["UserPool"]["Id"]
    idp.create_user_pool_domain(UserPoolId=pool, Domain=f"d{pool[10:].lower()}", ManagedLoginVersion=2)
    with refused(
        "InvalidParameterException",
        "The limit of category UserAuthentication cannot be provisioned for user pools with managed login.",
    ):
        idp.update_provisioned_limit(LimitDefinition=sign_ins, RequestedLimitValue=200)
