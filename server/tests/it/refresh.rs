//! InitiateAuth with a refresh token (facts: auth.md §10).

use serde_json::{Value, json};

use crate::server::{
    DAY, HOUR, NOBODY, PASSWORD, SECOND, START_SECONDS, Server, claims, password_auth,
    refresh_auth, text, with,
};
use crate::sign_in::{secret_hash, users};

const REFUSED: &str = "NotAuthorizedException";

#[test]
fn a_refresh_answers_new_tokens_of_the_same_sign_in() {
    let server = Server::new();
    let (_, client) = server.demo();
    let first = server.sign_in(&client, "alice");
    server.advance(2 * HOUR);
    for flow in ["REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"] {
        let request = with(
            refresh_auth(&client, &first["RefreshToken"]),
            json!({"AuthFlow": flow}),
        );
        let answer = server.ok_as(NOBODY, "InitiateAuth", request);
        let second = &answer["AuthenticationResult"];
        assert_eq!(
            answer,
            json!({
                "ChallengeParameters": {},
                "AuthenticationResult": {
                    "AccessToken": text(&second["AccessToken"]),
                    "ExpiresIn": 3600,
                    "TokenType": "Bearer",
                    "IdToken": text(&second["IdToken"]),
                },
            })
        );
        for token in ["AccessToken", "IdToken"] {
            let (before, after) = (claims(&first[token]), claims(&second[token]));
            let renewed = json!({
                "iat": START_SECONDS + 7200, "exp": START_SECONDS + 10_800, "jti": after["jti"], "event_id": after["event_id"],
            });
            assert_ne!(before["jti"], after["jti"]);
            assert_ne!(before["event_id"], after["event_id"]);
            assert_eq!(after, with(before, renewed));
        }
    }
}

#[test]
fn a_parameter_that_is_null_is_not_there() {
    let server = Server::new();
    let (_, client) = server.demo();
    let tokens = server.sign_in(&client, "alice");
    let mut request = refresh_auth(&client, &tokens["RefreshToken"]);
    request["AuthParameters"]["DEVICE_KEY"] = Value::Null;
    let answer = server.ok_as(NOBODY, "InitiateAuth", request.clone());
    assert!(answer["AuthenticationResult"]["AccessToken"].is_string());
    request["AuthParameters"]["REFRESH_TOKEN"] = Value::Null;
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        request,
        "InvalidParameterException",
        "Missing required parameter REFRESH_TOKEN",
    );
}

#[test]
fn a_refresh_says_what_the_user_is_now() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let tokens = server.sign_in(&client, "alice");
    let sub = claims(&tokens["IdToken"])["sub"].clone();
    server.ok(
        "AdminDeleteUser",
        json!({"UserPoolId": pool, "Username": "alice"}),
    );
    let changed = json!([{"Username": "alice", "Sub": sub, "Password": PASSWORD, "UserAttributes": {"name": "Alicia"}}]);
    server.seed("changed", users(&pool, changed));
    let answer = server.ok_as(
        NOBODY,
        "InitiateAuth",
        refresh_auth(&client, &tokens["RefreshToken"]),
    );
    assert_eq!(
        claims(&answer["AuthenticationResult"]["IdToken"])["name"],
        json!("Alicia")
    );
}

#[test]
fn a_refresh_token_expires_when_its_client_says() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    server.user(&pool, "alice", &[]);
    let units =
        json!({"RefreshTokenValidity": 90, "TokenValidityUnits": {"RefreshToken": "minutes"}});
    for (settings, life) in [(json!({}), 30 * DAY), (units, 90 * 60 * SECOND)] {
        let client = server.client(&pool, settings);
        let tokens = server.sign_in(&client, "alice");
        let request = refresh_auth(&client, &tokens["RefreshToken"]);
        server.advance(life - SECOND);
        server.ok_as(NOBODY, "InitiateAuth", request.clone());
        server.advance(SECOND);
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            request,
            REFUSED,
            "Refresh Token has expired",
        );
    }
}

#[test]
fn a_token_of_another_client_pool_or_kind_is_no_refresh_token() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let (_, elsewhere) = server.demo();
    let tokens = server.sign_in(&client, "alice");
    let mut changed = text(&tokens["RefreshToken"]);
    let last = if changed.ends_with('A') { "B" } else { "A" };
    changed.replace_range(changed.len() - 1.., last);
    let other = server.client(&pool, json!({}));
    for (client, token) in [
        (&other, &tokens["RefreshToken"]),
        (&elsewhere, &tokens["RefreshToken"]),
        (&client, &tokens["IdToken"]),
        (&client, &tokens["AccessToken"]),
        (&client, &json!(changed)),
        (&client, &json!("garbage")),
    ] {
        let request = refresh_auth(client, token);
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            request,
            REFUSED,
            "Invalid Refresh Token.",
        );
    }
    let elsewhere = Server::new();
    let (_, stranger) = elsewhere.demo();
    let request = refresh_auth(&stranger, &tokens["RefreshToken"]);
    elsewhere.refuses_as(
        NOBODY,
        "InitiateAuth",
        request,
        REFUSED,
        "Invalid Refresh Token.",
    );
}

#[test]
fn a_missing_refresh_token_is_named() {
    let server = Server::new();
    let (_, client) = server.demo();
    for parameters in [json!({}), json!({"REFRESH_TOKEN": " "})] {
        let request = json!({"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters});
        let message = "Missing required parameter REFRESH_TOKEN";
        server.refuses_as(
            NOBODY,
            "InitiateAuth",
            request,
            "InvalidParameterException",
            message,
        );
    }
}

#[test]
fn a_client_that_rotates_its_tokens_has_another_operation() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let client = server.client(
        &pool,
        json!({"ExplicitAuthFlows": null, "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}}),
    );
    let message = "REFRESH_TOKEN_AUTH flow is not supported when refresh token rotation is enabled for the client";
    let request = refresh_auth(&client, &json!("any"));
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        request,
        "InvalidParameterException",
        message,
    );
}

#[test]
fn the_secret_hash_of_a_refresh_is_over_the_real_username() {
    let server = Server::new();
    let pool = server.pool(json!({"UsernameAttributes": ["email"]}));
    let user = server.user(&pool, "a@example.com", &[]);
    let secret = "secretsecretsecretsecret";
    let client = server.client(&pool, json!({"ClientSecret": secret}));
    let mut sign_in = password_auth(&client, "a@example.com", PASSWORD);
    sign_in["AuthParameters"]["SECRET_HASH"] = json!(secret_hash(secret, "a@example.com", &client));
    let answer = server.ok_as(NOBODY, "InitiateAuth", sign_in);
    let token = &answer["AuthenticationResult"]["RefreshToken"];
    let request = |hash: Value| {
        let mut request = refresh_auth(&client, token);
        request["AuthParameters"] = with(request["AuthParameters"].clone(), hash);
        request
    };
    let missing =
        format!("Client {client} is configured with secret but SECRET_HASH was not received");
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        request(json!({})),
        REFUSED,
        &missing,
    );
    let wrong = request(json!({"SECRET_HASH": secret_hash(secret, "a@example.com", &client)}));
    let message = format!("Unable to verify secret hash for client {client}");
    server.refuses_as(NOBODY, "InitiateAuth", wrong, REFUSED, &message);
    let right = json!({"SECRET_HASH": secret_hash(secret, &text(&user["Username"]), &client)});
    server.ok_as(NOBODY, "InitiateAuth", request(right));

    let open = server.client(&pool, json!({}));
    let mut unexpected = refresh_auth(&open, token);
    unexpected["AuthParameters"]["SECRET_HASH"] = json!("x");
    let message = format!("Client {open} is not configured for secret but secret was received");
    server.refuses_as(NOBODY, "InitiateAuth", unexpected, REFUSED, &message);
}

#[test]
fn who_is_gone_or_disabled_refreshes_nothing() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let tokens = server.sign_in(&client, "alice");
    let sub = claims(&tokens["IdToken"])["sub"].clone();
    let request = refresh_auth(&client, &tokens["RefreshToken"]);
    server.ok(
        "AdminDeleteUser",
        json!({"UserPoolId": pool, "Username": "alice"}),
    );
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        request.clone(),
        "UserNotFoundException",
        "User does not exist.",
    );
    let disabled =
        json!([{"Username": "alice", "Sub": sub, "Password": PASSWORD, "Enabled": false}]);
    server.seed("disabled", users(&pool, disabled));
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        request,
        REFUSED,
        "User is disabled.",
    );
}

#[test]
fn a_pool_with_a_trigger_that_cannot_be_asked_refreshes_nothing() {
    let server = Server::new();
    let function = "arn:aws:lambda:us-east-1:000000000000:function:ask";
    let (pool, client) = server.demo();
    let tokens = server.sign_in(&client, "alice");
    let sub = claims(&tokens["IdToken"])["sub"].clone();
    server.ok("DeleteUserPool", json!({"UserPoolId": pool}));
    let again = json!({"UserPools": [{
        "Id": pool, "PoolName": "demo", "LambdaConfig": {"PreTokenGeneration": function},
        "Clients": [{"ClientId": client, "ClientName": "app"}],
        "Users": [{"Username": "alice", "Sub": sub, "Password": PASSWORD}],
    }]});
    server.seed("trigger", again);
    let message = "PreTokenGeneration invocation failed due to configuration. \
         Start Cognitwin with --lambda ask=http://… or --lambda ask=exec:COMMAND or --lambda-endpoint URL, \
         or run the function with AWS_LAMBDA_RUNTIME_API=localhost:9229/_cognitwin/lambda/ask.";
    let request = refresh_auth(&client, &tokens["RefreshToken"]);
    server.refuses_as(
        NOBODY,
        "InitiateAuth",
        request,
        "UnexpectedLambdaException",
        message,
    );
}
