//! CreateUserPool, DescribeUserPool, ListUserPools, DeleteUserPool.

use serde_json::{Value, json};

use crate::server::{ACCOUNT, Caller, OWNER, START_STAMP, Server, text, with};

const EUROPE: Caller = Caller {
    region: "eu-west-1",
    key: Some("test"),
};
const OTHER_ACCOUNT: Caller = Caller {
    region: "us-east-1",
    key: Some("123456789012"),
};

fn standard_schema() -> Vec<Value> {
    let string = |name: &str, least: &str, most: &str| {
        json!({
            "Name": name, "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": name != "sub",
            "Required": name == "sub", "StringAttributeConstraints": {"MinLength": least, "MaxLength": most},
        })
    };
    let flag = |name: &str| {
        json!({
            "Name": name, "AttributeDataType": "Boolean", "DeveloperOnlyAttribute": false, "Mutable": true,
            "Required": false,
        })
    };
    let free = |name: &str| string(name, "0", "2048");
    vec![
        string("sub", "1", "2048"),
        free("name"),
        free("given_name"),
        free("family_name"),
        free("middle_name"),
        free("nickname"),
        free("preferred_username"),
        free("profile"),
        free("picture"),
        free("website"),
        free("email"),
        flag("email_verified"),
        free("gender"),
        string("birthdate", "10", "10"),
        free("zoneinfo"),
        free("locale"),
        free("phone_number"),
        flag("phone_number_verified"),
        free("address"),
        json!({
            "Name": "updated_at", "AttributeDataType": "Number", "DeveloperOnlyAttribute": false, "Mutable": true,
            "Required": false, "NumberAttributeConstraints": {"MinValue": "0"},
        }),
    ]
}

/// What AWS says of a pool for which nothing but its name was asked.
fn bare_pool(id: &str, name: &str) -> Value {
    json!({
        "Id": id,
        "Name": name,
        "Arn": format!("arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/{id}"),
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
                "RequireSymbols": true, "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
        },
        "DeletionProtection": "INACTIVE",
        "LambdaConfig": {},
        "LastModifiedDate": START_STAMP,
        "CreationDate": START_STAMP,
        "SchemaAttributes": standard_schema(),
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
        "MfaConfiguration": "OFF",
        "EstimatedNumberOfUsers": 0,
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "UserPoolTags": {},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7},
        "UserPoolTier": "ESSENTIALS",
        "KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"},
        "IssuerConfiguration": {"Type": "ORIGINAL"},
        "AcrConfiguration": {
            "Level1": {"AcrValue": "urn:cognito:loa:1"},
            "Level2": {"AcrValue": "urn:cognito:loa:2"},
            "Level3": {"AcrValue": "urn:cognito:loa:3"},
            "Level4": {"AcrValue": "urn:cognito:loa:4"},
        },
    })
}

#[test]
fn a_new_pool_is_answered_and_described_with_every_default() {
    let server = Server::new();
    let created = server.ok("CreateUserPool", json!({"PoolName": "demo"}));
    let id = text(&created["UserPool"]["Id"]);
    assert!(id.starts_with("us-east-1_") && id.len() == 19, "{id}");
    assert_eq!(created, json!({"UserPool": bare_pool(&id, "demo")}));
    let described = server.ok("DescribeUserPool", json!({"UserPoolId": id}));
    assert_eq!(described, created);
}

#[test]
fn a_pool_is_described_as_it_was_asked_for() {
    let server = Server::new();
    let asked = json!({
        "Policies": {
            "PasswordPolicy": {"MinimumLength": 12, "RequireNumbers": true, "PasswordHistorySize": 3, "TemporaryPasswordValidityDays": 2},
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]},
        },
        "DeletionProtection": "ACTIVE",
        "AutoVerifiedAttributes": ["email"],
        "UsernameAttributes": ["email"],
        "UsernameConfiguration": {"CaseSensitive": false},
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
        "EmailVerificationMessage": "Code: {####}",
        "EmailVerificationSubject": "Your code",
        "SmsVerificationMessage": "SMS {####}",
        "SmsAuthenticationMessage": "MFA {####}",
        "UserPoolTags": {"team": "blue"},
        "UserPoolTier": "PLUS",
        "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
        "AdminCreateUserConfig": {
            "AllowAdminCreateUserOnly": true,
            "InviteMessageTemplate": {"EmailSubject": "Hello", "EmailMessage": "{username} {####}", "SMSMessage": "{username}: {####}"},
        },
        "AcrConfiguration": {"Level2": {"AcrValue": "urn:demo:two"}},
    });
    let pool = server.pool(asked.clone());
    let described = server.ok("DescribeUserPool", json!({"UserPoolId": pool}));
    let mut expected = with(bare_pool(&pool, "demo"), asked);
    let policy = &mut expected["Policies"]["PasswordPolicy"];
    for rule in ["RequireUppercase", "RequireLowercase", "RequireSymbols"] {
        policy[rule] = json!(false);
    }
    expected["AdminCreateUserConfig"]["UnusedAccountValidityDays"] = json!(2);
    expected["VerificationMessageTemplate"] = json!({
        "DefaultEmailOption": "CONFIRM_WITH_CODE", "EmailMessage": "Code: {####}", "EmailSubject": "Your code",
        "SmsMessage": "SMS {####}",
    });
    for level in [1, 3, 4] {
        expected["AcrConfiguration"][format!("Level{level}")] =
            json!({"AcrValue": format!("urn:cognito:loa:{level}")});
    }
    assert_eq!(described, json!({"UserPool": expected}));
}

#[test]
fn a_pool_counts_its_users() {
    let server = Server::new();
    let (pool, _) = server.demo();
    let described = server.ok("DescribeUserPool", json!({"UserPoolId": pool}));
    assert_eq!(described["UserPool"]["EstimatedNumberOfUsers"], json!(1));
}

#[test]
fn custom_attributes_join_the_schema_in_order() {
    let server = Server::new();
    let pool = server.pool(json!({"Schema": [
        {"Name": "tier", "AttributeDataType": "String", "Mutable": false, "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "9"}},
        {"Name": "age", "AttributeDataType": "Number"},
        {"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": true},
        {"Name": "since", "AttributeDataType": "DateTime", "StringAttributeConstraints": {"MaxLength": "1"}},
        {"Name": "email", "Required": true},
    ]}));
    let described = server.ok("DescribeUserPool", json!({"UserPoolId": pool}));
    let schema = described["UserPool"]["SchemaAttributes"]
        .as_array()
        .unwrap();
    let mut expected = standard_schema();
    expected[10]["Required"] = json!(true);
    expected.extend([
        json!({"Name": "custom:tier", "AttributeDataType": "String", "DeveloperOnlyAttribute": false, "Mutable": false,
               "Required": false, "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "9"}}),
        json!({"Name": "custom:age", "AttributeDataType": "Number", "DeveloperOnlyAttribute": false, "Mutable": true,
               "Required": false, "NumberAttributeConstraints": {}}),
        json!({"Name": "dev:custom:secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": true, "Mutable": true,
               "Required": false, "StringAttributeConstraints": {}}),
        json!({"Name": "custom:since", "AttributeDataType": "DateTime", "DeveloperOnlyAttribute": false, "Mutable": true,
               "Required": false}),
    ]);
    assert_eq!(*schema, expected);
}

#[test]
fn a_schema_is_refused_in_aws_s_words() {
    let server = Server::new();
    let string = |bounds: Value| json!({"Name": "tier", "AttributeDataType": "String", "StringAttributeConstraints": bounds});
    let number = |bounds: Value| json!({"Name": "age", "AttributeDataType": "Number", "NumberAttributeConstraints": bounds});
    for (attributes, message) in [
        (
            json!([{"Name": "tier", "AttributeDataType": "String", "Required": true}]),
            "Required custom attributes are not supported currently.",
        ),
        (
            json!([{"Name": "tier"}]),
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
        ),
        (
            json!([{"Name": "family_name", "AttributeDataType": "Number"}]),
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute family_name",
        ),
        (
            json!([{"Name": "name", "DeveloperOnlyAttribute": true}]),
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute name",
        ),
        (
            json!([string(json!({"MinLength": "few"}))]),
            "Invalid StringAttributeConstraints for schema attribute tier",
        ),
        (
            json!([number(json!({"MaxValue": "many"}))]),
            "Invalid NumberAttributeConstraints for schema attribute age",
        ),
        (
            json!([string(json!({"MaxLength": "2049"}))]),
            "user.tier: String attributes cannot have a length of more than 2048",
        ),
        (
            json!([string(json!({"MinLength": "3", "MaxLength": "2"}))]),
            "user.tier: Max length cannot be less than min length.",
        ),
        (
            json!([number(json!({"MinValue": "3", "MaxValue": "2"}))]),
            "user.age: Max value cannot be less than min value.",
        ),
        (
            json!([{"Name": "sub", "Mutable": true}]),
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute sub",
        ),
        (
            json!([{"AttributeDataType": "String"}]),
            "Invalid Schema: each attribute needs a Name.",
        ),
        (
            json!([string(json!({})), string(json!({}))]),
            "custom:tier: Existing attribute already has name custom:tier.",
        ),
    ] {
        let request = json!({"PoolName": "demo", "Schema": attributes});
        server.refuses(
            "CreateUserPool",
            request,
            "InvalidParameterException",
            message,
        );
    }
}

#[test]
fn what_excludes_one_another_is_refused() {
    let server = Server::new();
    for (settings, message) in [
        (
            json!({"AliasAttributes": ["email"], "UsernameAttributes": ["email"]}),
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
        ),
        (
            json!({"MfaConfiguration": "OPTIONAL"}),
            "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
        ),
        (
            json!({"UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}}),
            "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
        ),
        (
            json!({"VerificationMessageTemplate": {"EmailMessage": "Your {####}", "EmailMessageByLink": "{##Click##}"}}),
            "Please use only one of EmailMessage and EmailMessageByLink.",
        ),
        (
            json!({"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}}),
            "SourceArn is required when EmailSendingAccount is DEVELOPER.",
        ),
        (
            json!({"LambdaConfig": {"CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": "arn:aws:lambda:us-east-1:000000000000:function:send"}}}),
            "KMSKeyID is required for CustomEmailSender and CustomSMSSender.",
        ),
        (
            json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["WEB_AUTHN"]}}}),
            "Invalid AllowedFirstAuthFactors: WEB_AUTHN cannot be the only factor.",
        ),
        (
            json!({"KeyConfiguration": {"KeyType": "CUSTOMER_MANAGED_KEY"}}),
            "Invalid KeyConfiguration: KmsKeyArn is required for, and only for, KeyType CUSTOMER_MANAGED_KEY.",
        ),
        (
            json!({"AccountRecoverySetting": {"RecoveryMechanisms": [
                {"Priority": 1, "Name": "admin_only"}, {"Priority": 2, "Name": "verified_email"}]}}),
            "Invalid account recovery setting.",
        ),
        (
            json!({"AccountRecoverySetting": {"RecoveryMechanisms": [
                {"Priority": 1, "Name": "verified_phone_number"}, {"Priority": 1, "Name": "verified_email"}]}}),
            "Invalid account recovery setting.",
        ),
        (
            json!({"Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 3}}, "AdminCreateUserConfig": {"UnusedAccountValidityDays": 4}}),
            "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
        ),
        (
            json!({"AcrConfiguration": {"Level1": {"AcrValue": "urn:cognito:loa:2"}}}),
            "AcrConfiguration values must be unique across all levels.",
        ),
    ] {
        let request = with(json!({"PoolName": "demo"}), settings);
        server.refuses(
            "CreateUserPool",
            request,
            "InvalidParameterException",
            message,
        );
    }
    assert_eq!(
        server.ok("ListUserPools", json!({"MaxResults": 60})),
        json!({"UserPools": []})
    );
}

#[test]
fn features_above_the_tier_of_a_pool_are_refused() {
    let server = Server::new();
    let lite = |more: Value| with(json!({"PoolName": "demo", "UserPoolTier": "LITE"}), more);
    for (request, feature, tier) in [
        (
            json!({"PoolName": "demo", "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}}),
            "Threat protection",
            "ESSENTIALS",
        ),
        (
            lite(
                json!({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}}),
            ),
            "Passwordless sign-in",
            "LITE",
        ),
        (
            lite(json!({"Policies": {"PasswordPolicy": {"PasswordHistorySize": 1}}})),
            "Password history",
            "LITE",
        ),
        (
            lite(
                json!({"LambdaConfig": {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": "arn:aws:lambda:us-east-1:000000000000:function:claims"}}}),
            ),
            "Access token customization",
            "LITE",
        ),
        (
            lite(json!({"IssuerConfiguration": {"Type": "UPDATED"}})),
            "The updated issuer",
            "LITE",
        ),
        (
            lite(json!({"AcrConfiguration": {"Level1": {"AcrValue": "urn:demo:one"}}})),
            "ACR configuration",
            "LITE",
        ),
    ] {
        let message = format!("{feature} is not available in the {tier} tier.");
        server.refuses(
            "CreateUserPool",
            request,
            "FeatureUnavailableInTierException",
            &message,
        );
    }
}

#[test]
fn pools_are_listed_in_the_order_of_their_creation_page_by_page() {
    let server = Server::new();
    let mut expected = Vec::new();
    for number in 0..5 {
        server.advance(1000);
        let moment = START_STAMP + f64::from(number + 1);
        let id = server.pool(json!({"PoolName": format!("pool {number}")}));
        expected.push(json!({
            "Id": id, "Name": format!("pool {number}"), "LambdaConfig": {}, "LastModifiedDate": moment, "CreationDate": moment,
        }));
    }
    let mut listed = Vec::new();
    let mut request = json!({"MaxResults": 2});
    let mut pages = 0;
    loop {
        let page = server.ok("ListUserPools", request.clone());
        listed.extend(page["UserPools"].as_array().unwrap().clone());
        pages += 1;
        match page.get("NextToken") {
            Some(token) => request["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!((listed, pages), (expected, 3));
}

#[test]
fn a_page_token_is_good_for_its_own_listing_only() {
    let server = Server::new();
    for _ in 0..3 {
        server.pool(json!({}));
    }
    let page = server.ok("ListUserPools", json!({"MaxResults": 1}));
    let token = &page["NextToken"];
    let next = json!({"MaxResults": 1, "NextToken": token});
    let garbage = json!({"MaxResults": 1, "NextToken": "garbage"});
    let kind = "InvalidParameterException";
    server.refuses("ListUserPools", garbage, kind, "Invalid pagination token.");
    for other in [EUROPE, OTHER_ACCOUNT] {
        let message = "Paging Marker is Invalid for Request";
        server.refuses_as(other, "ListUserPools", next.clone(), kind, message);
    }
    let of_another = json!({"MaxResults": 1, "NextToken": token});
    server.refuses(
        "ListIdentityPools",
        of_another,
        kind,
        "Paging Marker is Invalid for Request",
    );
    assert_eq!(
        server.ok("ListUserPools", next)["UserPools"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn accounts_and_regions_do_not_see_one_another() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let message = format!("User pool {pool} does not exist.");
    for other in [EUROPE, OTHER_ACCOUNT] {
        assert_eq!(
            server.ok_as(other, "ListUserPools", json!({"MaxResults": 60})),
            json!({"UserPools": []})
        );
        for operation in ["DescribeUserPool", "DeleteUserPool", "ListUsers"] {
            let request = json!({"UserPoolId": pool});
            server.refuses_as(
                other,
                operation,
                request,
                "ResourceNotFoundException",
                &message,
            );
        }
    }
    let theirs = server.ok_as(
        OTHER_ACCOUNT,
        "CreateUserPool",
        json!({"PoolName": "theirs"}),
    );
    let arn = text(&theirs["UserPool"]["Arn"]);
    assert!(
        arn.starts_with("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_"),
        "{arn}"
    );
    let european = server.ok_as(EUROPE, "CreateUserPool", json!({"PoolName": "european"}));
    let arn = text(&european["UserPool"]["Arn"]);
    assert!(
        arn.starts_with("arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_"),
        "{arn}"
    );
}

#[test]
fn a_tag_fixes_the_id_of_a_pool_and_is_not_kept() {
    let server = Server::new();
    let request =
        |id: &str| json!({"PoolName": "demo", "UserPoolTags": {"_custom_id_": id, "team": "blue"}});
    let created = server.ok("CreateUserPool", request("us-east-1_fixed"));
    let expected = with(
        bare_pool("us-east-1_fixed", "demo"),
        json!({"UserPoolTags": {"team": "blue"}}),
    );
    assert_eq!(created, json!({"UserPool": expected}));
    let kind = "InvalidParameterException";
    let taken = "The id us-east-1_fixed is already in use.";
    server.refuses("CreateUserPool", request("us-east-1_fixed"), kind, taken);
    for id in [
        "fixed",
        "eu-west-1_fixed",
        "us-east-1_",
        "us-east-1_not-fixed",
    ] {
        let message = format!("The id {id} is not a valid id for this resource.");
        server.refuses("CreateUserPool", request(id), kind, &message);
    }
    server.ok("DeleteUserPool", json!({"UserPoolId": "us-east-1_fixed"}));
    server.ok("CreateUserPool", request("us-east-1_fixed"));
}

#[test]
fn a_deleted_pool_is_gone_with_all_that_it_owned() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let tokens = server.sign_in(&client, "alice");
    assert_eq!(
        server.ok("DeleteUserPool", json!({"UserPoolId": pool})),
        Value::Null
    );
    assert_eq!(
        server.ok("ListUserPools", json!({"MaxResults": 60})),
        json!({"UserPools": []})
    );
    let kind = "ResourceNotFoundException";
    let message = format!("User pool {pool} does not exist.");
    for operation in ["DescribeUserPool", "DeleteUserPool", "ListUsers"] {
        server.refuses(operation, json!({"UserPoolId": pool}), kind, &message);
    }
    let message = format!("User pool client {client} does not exist.");
    let sign_in = crate::server::password_auth(&client, "alice", crate::server::PASSWORD);
    server.refuses("InitiateAuth", sign_in, kind, &message);
    let request = json!({"AccessToken": tokens["AccessToken"]});
    server.refuses(
        "GetUser",
        request,
        "NotAuthorizedException",
        "Invalid Access Token",
    );
}

#[test]
fn a_protected_pool_is_not_deleted() {
    let server = Server::new();
    let pool = server.pool(json!({"DeletionProtection": "ACTIVE"}));
    server.refuses(
        "DeleteUserPool",
        json!({"UserPoolId": pool}),
        "InvalidParameterException",
        "The user pool cannot be deleted because deletion protection is activated. \
         Deletion protection must be inactivated first.",
    );
    server.ok("DescribeUserPool", json!({"UserPoolId": pool}));
}

#[test]
fn an_unknown_pool_is_not_found_by_any_operation() {
    let server = Server::new();
    let id = "us-east-1_unknown";
    for (operation, more) in [
        ("DescribeUserPool", json!({})),
        ("DeleteUserPool", json!({})),
        ("CreateUserPoolClient", json!({"ClientName": "app"})),
        ("DescribeUserPoolClient", json!({"ClientId": "c"})),
        ("DeleteUserPoolClient", json!({"ClientId": "c"})),
        ("ListUserPoolClients", json!({})),
        (
            "CreateIdentityProvider",
            json!({"ProviderName": "Okta", "ProviderType": "SAML", "ProviderDetails": {}}),
        ),
        ("DescribeIdentityProvider", json!({"ProviderName": "Okta"})),
        ("DeleteIdentityProvider", json!({"ProviderName": "Okta"})),
        ("ListIdentityProviders", json!({})),
        ("AdminCreateUser", json!({"Username": "u"})),
        ("AdminGetUser", json!({"Username": "u"})),
        ("AdminDeleteUser", json!({"Username": "u"})),
        (
            "AdminSetUserPassword",
            json!({"Username": "u", "Password": "p"}),
        ),
        ("ListUsers", json!({})),
    ] {
        let request = with(json!({"UserPoolId": id}), more);
        let message = "User pool us-east-1_unknown does not exist.";
        server.refuses(operation, request, "ResourceNotFoundException", message);
    }
}

#[test]
fn an_account_has_so_many_pools_in_a_region_and_no_more() {
    let server = Server::new();
    let mut last = String::new();
    for _ in 0..10_000 {
        last = server.pool(json!({}));
    }
    let message = "Exceeded maximum number of user pools: 10000";
    server.refuses(
        "CreateUserPool",
        json!({"PoolName": "demo"}),
        "LimitExceededException",
        message,
    );
    server.ok_as(EUROPE, "CreateUserPool", json!({"PoolName": "demo"}));
    server.ok_as(OWNER, "DeleteUserPool", json!({"UserPoolId": last}));
    server.pool(json!({}));
}
