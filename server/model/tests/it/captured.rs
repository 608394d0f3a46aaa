//! Whole messages as AWS answered them, or as captured answers imply.

use cognito_model::{Operation, Rejection, identity, idp, message, validate};
use serde_json::{Value, json};

fn answer<O: Operation>(request: &Value) -> String {
    match validate(O::INPUT, request) {
        Ok(()) => "valid".to_owned(),
        Err(Rejection::Constraints(items)) => message(&items),
        Err(Rejection::Serialization(text)) => text,
    }
}

#[test]
fn a_blank_client_id_breaks_pattern_and_length() {
    assert_eq!(
        answer::<idp::SignUp>(&json!({ "ClientId": "", "Username": "u" })),
        r"2 validation errors detected: Value at 'clientId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+]+; Value at 'clientId' failed to satisfy constraint: Member must have length greater than or equal to 1"
    );
}

#[test]
fn a_blank_confirmation_code_is_echoed() {
    assert_eq!(
        answer::<idp::ConfirmSignUp>(
            &json!({ "ClientId": "c", "Username": "u", "ConfirmationCode": "" })
        ),
        r"2 validation errors detected: Value '' at 'confirmationCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\S]+; Value '' at 'confirmationCode' failed to satisfy constraint: Member must have length greater than or equal to 1"
    );
}

#[test]
fn a_long_username_is_not_echoed() {
    assert_eq!(
        answer::<idp::SignUp>(&json!({ "ClientId": "c", "Username": "u".repeat(129) })),
        "1 validation error detected: Value at 'username' failed to satisfy constraint: Member must have length less than or equal to 128"
    );
}

#[test]
fn a_user_pool_id_is_echoed() {
    assert_eq!(
        answer::<idp::DescribeUserPool>(&json!({ "UserPoolId": "X" })),
        r"1 validation error detected: Value 'X' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+"
    );
}

#[test]
fn an_element_of_a_list_of_structures_has_a_number() {
    assert_eq!(
        answer::<idp::CreateUserPool>(
            &json!({ "PoolName": "p", "Schema": [{ "Name": "abcdefghijklmnopqrstu" }] })
        ),
        "1 validation error detected: Value 'abcdefghijklmnopqrstu' at 'schema.1.member.name' failed to satisfy constraint: Member must have length less than or equal to 20"
    );
}

#[test]
fn a_list_of_enum_values_is_told_as_a_whole() {
    assert_eq!(
        answer::<idp::CreateUserPoolClient>(&json!({
            "UserPoolId": "eu-west-1_a",
            "ClientName": "c",
            "AllowedOAuthFlows": ["code", "token"],
        })),
        "1 validation error detected: Value '[code, token]' at 'allowedOAuthFlows' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [implicit, client_credentials, code]]"
    );
}

#[test]
fn a_list_of_strings_names_all_that_its_elements_must_satisfy() {
    assert_eq!(
        answer::<idp::CreateUserPoolClient>(&json!({
            "UserPoolId": "eu-west-1_a",
            "ClientName": "c",
            "CallbackURLs": ["https://a", ""],
        })),
        r"1 validation error detected: Value '[https://a, ]' at 'callbackURLs' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+]"
    );
}

#[test]
fn the_tokens_of_a_logins_map_are_not_echoed() {
    assert_eq!(
        answer::<identity::GetId>(
            &json!({ "IdentityPoolId": "eu-west-1:0a", "Logins": { "graph.facebook.com": "" } })
        ),
        "1 validation error detected: Value at 'logins' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 50000, Member must have length greater than or equal to 1]"
    );
}

#[test]
fn a_map_is_printed_as_java_prints_it() {
    assert_eq!(
        answer::<identity::SetIdentityPoolRoles>(&json!({
            "IdentityPoolId": "eu-west-1:0a",
            "Roles": { "authenticated": "short", "unauthenticated": "arn:aws:iam::123456789012:role/r" },
        })),
        "1 validation error detected: Value '{authenticated=short, unauthenticated=arn:aws:iam::123456789012:role/r}' at 'roles' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 20]"
    );
}

#[test]
fn a_structure_in_a_map_stands_under_its_key() {
    assert_eq!(
        answer::<identity::SetIdentityPoolRoles>(&json!({
            "IdentityPoolId": "eu-west-1:0a",
            "Roles": {},
            "RoleMappings": { "graph.facebook.com": { "Type": "None" } },
        })),
        "1 validation error detected: Value 'None' at 'roleMappings.graph.facebook.com.member.type' failed to satisfy constraint: Member must satisfy enum value set: [Rules, Token]"
    );
}

#[test]
fn all_violations_are_told_in_the_model_s_order() {
    assert_eq!(
        answer::<idp::AdminInitiateAuth>(&json!({ "AuthFlow": "NONE", "ClientId": "-" })),
        r"3 validation errors detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be null; Value at 'clientId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+]+; Value 'NONE' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: [ADMIN_NO_SRP_AUTH, ADMIN_USER_PASSWORD_AUTH, USER_SRP_AUTH, REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, USER_PASSWORD_AUTH, USER_AUTH]"
    );
    assert_eq!(
        answer::<idp::SignUp>(&json!({})),
        "2 validation errors detected: Value at 'clientId' failed to satisfy constraint: Member must not be null; Value at 'username' failed to satisfy constraint: Member must not be null"
    );
}

#[test]
fn a_wrong_json_type_ends_the_check_before_any_constraint() {
    assert_eq!(
        answer::<idp::CreateUserPool>(
            &json!({ "PoolName": "", "Policies": { "PasswordPolicy": { "MinimumLength": "8" } } })
        ),
        "STRING_VALUE can not be converted to an Integer"
    );
}

#[test]
fn lengths_count_characters_and_not_bytes() {
    let request = |name: String| json!({ "PoolName": "p", "Schema": [{ "Name": name }] });
    assert_eq!(
        answer::<idp::CreateUserPool>(&request("é".repeat(20))),
        "valid"
    );
}

#[test]
fn an_auth_parameter_may_be_long_and_blank() {
    assert_eq!(
        answer::<idp::InitiateAuth>(&json!({
            "ClientId": "c",
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": { "USERNAME": "u".repeat(300), "PASSWORD": "" },
        })),
        "valid"
    );
}

#[test]
fn a_body_that_is_no_object_is_refused_without_a_panic() {
    assert_eq!(
        answer::<idp::SignUp>(&json!([])),
        "Start of list found where not expected."
    );
    assert_eq!(answer::<idp::SignUp>(&json!(1)), "Unexpected field type");
    assert!(answer::<idp::SignUp>(&Value::Null).starts_with("2 validation errors"));
}
