//! InitiateAuth with a password: the order of its checks, and what it answers (facts: auth.md §3).

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::server::{
    Caller, DAY, NOBODY, PASSWORD, Server, attribute_list, password_auth, refusal, text, with,
};

const INVALID: &str = "InvalidParameterException";
const REFUSED: &str = "NotAuthorizedException";
const WRONG: &str = "Incorrect username or password.";

/// `SECRET_HASH` of facts/auth.md §2.
pub fn secret_hash(secret: &str, username: &str, client: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, format!("{username}{client}").as_bytes()))
}

/// A sign-in with parameters more, or others.
fn sign_in_with(client: &str, more: Value) -> Value {
    let mut request = password_auth(client, "alice", PASSWORD);
    request["AuthParameters"] = with(request["AuthParameters"].clone(), more);
    request
}

/// A seed that adds users to a pool.
pub fn users(pool: &str, users: Value) -> Value {
    json!({"UserPools": [{"Id": pool, "PoolName": "demo", "Users": users}]})
}

#[test]
fn a_right_password_is_answered_with_three_tokens() {
    let server = Server::new();
    let (_, client) = server.demo();
    let answer = server.ok_as(
        NOBODY,
        "InitiateAuth",
        password_auth(&client, "alice", PASSWORD),
    );
    let result = &answer["AuthenticationResult"];
    assert_eq!(
        answer,
        json!({
            "ChallengeParameters": {},
            "AuthenticationResult": {
                "AccessToken": text(&result["AccessToken"]),
                "ExpiresIn": 3600,
                "TokenType": "Bearer",
                "RefreshToken": text(&result["RefreshToken"]),
                "IdToken": text(&result["IdToken"]),
            },
        })
    );
    let refresh = text(&result["RefreshToken"]);
    assert!(refresh.starts_with("eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ."));
}

#[test]
fn a_signature_changes_nothing_of_a_public_call() {
    let server = Server::new();
    let (_, client) = server.demo();
    let elsewhere = Caller {
        region: "eu-west-1",
        key: Some("123456789012"),
    };
    server.ok_as(
        elsewhere,
        "InitiateAuth",
        password_auth(&client, "alice", PASSWORD),
    );
}

#[test]
fn an_unknown_client_is_told_before_anything_else() {
    let server = Server::new();
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        json!({"ClientId": "unknown", "AuthFlow": "ADMIN_NO_SRP_AUTH"}),
        "ResourceNotFoundException",
        "User pool client unknown does not exist.",
    );
}

#[test]
fn a_flow_that_is_not_allowed_is_told_before_what_is_missing() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let client = server.client(
        &pool,
        json!({"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"], "GenerateSecret": true}),
    );
    let message = "USER_PASSWORD_AUTH flow not enabled for this client";
    let request = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH"});
    server.refuses_as(NOBODY, "InitiateAuth", request, INVALID, message);
    for flow in ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"] {
        let message = "REFRESH_TOKEN_AUTH flow not enabled for this client";
        let request = json!({"ClientId": client, "AuthFlow": flow});
        server.refuses_as(NOBODY, "InitiateAuth", request, INVALID, message);
    }
}

#[test]
fn flows_of_an_administrator_are_no_public_flows() {
    let server = Server::new();
    let (_, client) = server.demo();
    for flow in ["ADMIN_NO_SRP_AUTH", "ADMIN_USER_PASSWORD_AUTH"] {
        let request = json!({"ClientId": client, "AuthFlow": flow});
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            request,
            INVALID,
            "Initiate Auth method not supported.",
        );
    }
}

#[test]
fn a_client_of_legacy_flows_signs_in_and_refreshes() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    server.user(&pool, "alice", &[]);
    let client = server.client(&pool, json!({"ExplicitAuthFlows": ["USER_PASSWORD_AUTH"]}));
    let tokens = server.sign_in(&client, "alice");
    server.ok_as(
        NOBODY,
        "InitiateAuth",
        crate::server::refresh_auth(&client, &tokens["RefreshToken"]),
    );
}

#[test]
fn a_missing_or_blank_parameter_is_named() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    // The secret hash is missing, too, which is told later.
    let client = server.client(&pool, json!({"GenerateSecret": true}));
    for (parameters, name) in [
        (Value::Null, "USERNAME"),
        (json!({}), "USERNAME"),
        (json!({"PASSWORD": PASSWORD}), "USERNAME"),
        (json!({"USERNAME": " ", "PASSWORD": PASSWORD}), "USERNAME"),
        (json!({"USERNAME": "alice"}), "PASSWORD"),
        (json!({"USERNAME": "alice", "PASSWORD": ""}), "PASSWORD"),
    ] {
        let request = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
        let message = format!("Missing required parameter {name}");
        server.refuses_as(NOBODY, "InitiateAuth", request, INVALID, &message);
    }
}

#[test]
fn a_client_with_a_secret_wants_its_hash() {
    let server = Server::new();
    let pool = server.pool(json!({"AliasAttributes": ["email"]}));
    server.user(
        &pool,
        "alice",
        &[("email", "a@example.com"), ("email_verified", "true")],
    );
    let secret = "secretsecretsecretsecret";
    let client = server.client(&pool, json!({"ClientSecret": secret}));
    let message =
        format!("Client {client} is configured with secret but SECRET_HASH was not received");
    // Told before whether the user exists, and whether the password is right.
    for name in ["alice", "nobody"] {
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            password_auth(&client, name, "x"),
            REFUSED,
            &message,
        );
    }
    let message = format!("Unable to verify secret hash for client {client}");
    for wrong in [
        "x".to_owned(),
        secret_hash("other", "alice", &client),
        secret_hash(secret, "bob", &client),
    ] {
        let request = sign_in_with(&client, json!({"SECRET_HASH": wrong}));
        server.refuses_as(NOBODY, "InitiateAuth", request, REFUSED, &message);
    }
    // Over the name that is sent, whichever it is.
    for name in ["alice", "a@example.com"] {
        let hash = secret_hash(secret, name, &client);
        let request = sign_in_with(&client, json!({"USERNAME": name, "SECRET_HASH": hash}));
        server.ok_as(NOBODY, "InitiateAuth", request);
    }
}

#[test]
fn a_client_without_a_secret_wants_no_hash() {
    let server = Server::new();
    let (_, client) = server.demo();
    let message = format!("Client {client} is not configured for secret but secret was received");
    let request = sign_in_with(&client, json!({"SECRET_HASH": "x"}));
    server.refuses_as(NOBODY, "InitiateAuth", request, REFUSED, &message);
}

#[test]
fn a_device_that_is_named_does_not_exist() {
    let server = Server::new();
    let (_, client) = server.demo();
    let request = sign_in_with(
        &client,
        json!({"DEVICE_KEY": "us-east-1_11111111-2222-4333-8444-555555555555"}),
    );
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        request,
        "ResourceNotFoundException",
        "Device does not exist.",
    );
}

#[test]
fn a_client_says_whether_an_unknown_user_is_told() {
    let server = Server::new();
    let (pool, legacy) = server.demo();
    let explicit = server.client(&pool, json!({"PreventUserExistenceErrors": "LEGACY"}));
    for client in [legacy, explicit] {
        let request = password_auth(&client, "nobody", PASSWORD);
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            request,
            "UserNotFoundException",
            "User does not exist.",
        );
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            password_auth(&client, "alice", "x"),
            REFUSED,
            WRONG,
        );
    }
    let hiding = server.client(&pool, json!({"PreventUserExistenceErrors": "ENABLED"}));
    for name in ["nobody", "alice"] {
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            password_auth(&hiding, name, "x"),
            REFUSED,
            WRONG,
        );
    }
}

#[test]
fn an_alias_signs_in_once_it_is_verified() {
    let server = Server::new();
    let pool = server.pool(json!({"AliasAttributes": ["email", "phone_number"]}));
    let client = server.client(&pool, json!({}));
    let attributes = [
        ("email", "a@example.com"),
        ("email_verified", "true"),
        ("phone_number", "+14325551212"),
    ];
    server.user(&pool, "alice", &attributes);
    server.sign_in(&client, "a@example.com");
    let request = password_auth(&client, "+14325551212", PASSWORD);
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        request,
        "UserNotFoundException",
        "User does not exist.",
    );
}

#[test]
fn users_of_an_email_pool_sign_in_by_address_or_sub() {
    let server = Server::new();
    let pool = server.pool(json!({"UsernameAttributes": ["email"]}));
    let client = server.client(&pool, json!({}));
    let user = server.user(&pool, "a@example.com", &[]);
    server.sign_in(&client, "a@example.com");
    server.sign_in(&client, &text(&user["Username"]));
}

#[test]
fn a_user_who_may_not_sign_in_is_told_why() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let seeded = json!([
        {"Username": "disabled", "Password": PASSWORD, "Enabled": false},
        {"Username": "unconfirmed", "Password": PASSWORD, "UserStatus": "UNCONFIRMED"},
        {"Username": "reset", "Password": PASSWORD, "UserStatus": "RESET_REQUIRED"},
        {"Username": "both", "Password": PASSWORD, "Enabled": false, "UserStatus": "RESET_REQUIRED"},
        {"Username": "passwordless"},
    ]);
    server.seed("statuses", users(&pool, seeded));
    for (name, kind, message) in [
        ("disabled", REFUSED, "User is disabled."),
        ("both", REFUSED, "User is disabled."),
        (
            "unconfirmed",
            "UserNotConfirmedException",
            "User is not confirmed.",
        ),
        (
            "reset",
            "PasswordResetRequiredException",
            "Password reset required for the user",
        ),
        ("passwordless", REFUSED, WRONG),
    ] {
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            password_auth(&client, name, PASSWORD),
            kind,
            message,
        );
    }
}

#[test]
fn a_temporary_password_leads_to_a_challenge() {
    let server = Server::new();
    let pool = server.pool(json!({"Schema": [{"Name": "given_name", "Required": true}, {"Name": "email", "Required": true}]}));
    let client = server.client(&pool, json!({}));
    let attributes = attribute_list(&[
        ("email", "a@example.com"),
        ("email_verified", "true"),
        ("name", "Alice"),
    ]);
    let user = json!({
        "UserPoolId": pool, "Username": "alice", "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS",
        "UserAttributes": attributes,
    });
    server.ok("AdminCreateUser", user);
    let answer = server.ok_as(
        NOBODY,
        "InitiateAuth",
        password_auth(&client, "alice", PASSWORD),
    );
    let session = text(&answer["Session"]);
    assert!(
        session.starts_with("AYABe") && (1000..2000).contains(&session.len()),
        "{session}"
    );
    let shown = json!({"email": "a@example.com", "email_verified": "true", "given_name": "", "name": "Alice"});
    assert_eq!(
        answer,
        json!({
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": session,
            "ChallengeParameters": {
                "USER_ID_FOR_SRP": "alice",
                "requiredAttributes": r#"["userAttributes.given_name"]"#,
                "userAttributes": shown.to_string(),
            },
        })
    );
}

#[test]
fn a_challenge_shows_what_the_client_may_read_and_the_real_username() {
    let server = Server::new();
    let pool = server.pool(json!({"UsernameAttributes": ["email"]}));
    let client = server.client(&pool, json!({"ReadAttributes": ["name"]}));
    let request = json!({
        "UserPoolId": pool, "Username": "a@example.com", "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS",
        "UserAttributes": attribute_list(&[("name", "Alice")]),
    });
    let user = server.ok("AdminCreateUser", request)["User"].clone();
    let answer = server.ok_as(
        NOBODY,
        "InitiateAuth",
        password_auth(&client, "a@example.com", PASSWORD),
    );
    assert_eq!(
        answer["ChallengeParameters"],
        json!({"USER_ID_FOR_SRP": user["Username"], "requiredAttributes": "[]", "userAttributes": r#"{"name":"Alice"}"#})
    );
}

#[test]
fn a_temporary_password_expires() {
    let server = Server::new();
    for (days, settings) in [
        (7, json!({})),
        (
            2,
            json!({"Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 2}}}),
        ),
        (
            3,
            json!({"AdminCreateUserConfig": {"UnusedAccountValidityDays": 3}}),
        ),
    ] {
        let pool = server.pool(settings);
        let client = server.client(&pool, json!({}));
        let user = json!({
            "UserPoolId": pool, "Username": "alice", "TemporaryPassword": PASSWORD, "MessageAction": "SUPPRESS",
        });
        server.ok("AdminCreateUser", user);
        server.advance(days * DAY - 1);
        let answer = server.ok_as(
            NOBODY,
            "InitiateAuth",
            password_auth(&client, "alice", PASSWORD),
        );
        assert_eq!(answer["ChallengeName"], json!("NEW_PASSWORD_REQUIRED"));
        server.advance(1);
        let message = "Temporary password has expired and must be reset by an administrator.";
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            password_auth(&client, "alice", PASSWORD),
            REFUSED,
            message,
        );
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            password_auth(&client, "alice", "x"),
            REFUSED,
            WRONG,
        );
    }
}

#[test]
fn a_pool_with_a_trigger_that_cannot_be_asked_signs_nobody_in() {
    let server = Server::new();
    let function = "arn:aws:lambda:us-east-1:000000000000:function:ask";
    let refused = |name: &str, config: Value, username: &str| {
        let pool = server.pool(json!({"LambdaConfig": config}));
        let client = server.client(&pool, json!({}));
        server.user(&pool, "alice", &[]);
        let message = format!(
            "{name} invocation failed due to configuration. \
             Start Cognitwin with --lambda ask=http://… or --lambda ask=exec:COMMAND or --lambda-endpoint URL, \
             or run the function with AWS_LAMBDA_RUNTIME_API=localhost:9229/_cognitwin/lambda/ask."
        );
        let request = password_auth(&client, username, PASSWORD);
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            request,
            "UnexpectedLambdaException",
            &message,
        );
        client
    };
    for name in [
        "PreAuthentication",
        "PostAuthentication",
        "PreTokenGeneration",
    ] {
        refused(name, json!({name: function}), "alice");
    }
    let versioned =
        json!({"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": function}});
    refused("PreTokenGeneration", versioned, "alice");
    // Only who is unknown is asked about.
    let client = refused(
        "UserMigration",
        json!({"UserMigration": function}),
        "nobody",
    );
    server.sign_in(&client, "alice");
}

#[test]
fn a_password_beyond_the_model_is_just_wrong() {
    let server = Server::new();
    let (_, client) = server.demo();
    let request = password_auth(&client, "alice", &"x".repeat(300));
    server.refuses_as(NOBODY, "InitiateAuth", request, REFUSED, WRONG);
    let hiding = json!({"USERNAME": "u".repeat(200), "PASSWORD": PASSWORD});
    let request = sign_in_with(&client, hiding);
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        request,
        "UserNotFoundException",
        "User does not exist.",
    );
}

#[test]
fn a_refusal_is_the_same_in_body_and_headers() {
    let server = Server::new();
    let (_, client) = server.demo();
    let response = server.call_as(NOBODY, "InitiateAuth", password_auth(&client, "alice", "x"));
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-amzn-errortype"), "NotAuthorizedException:");
    assert_eq!(header("x-amzn-errormessage"), WRONG);
    assert_eq!(crate::server::json_of(&response), refusal(REFUSED, WRONG));
}
