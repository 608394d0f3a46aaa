//! CreateUserPoolClient, DescribeUserPoolClient, ListUserPoolClients, DeleteUserPoolClient.

use serde_json::{Value, json};

use crate::server::{START_STAMP, Server, text, with};

fn bare_client(pool: &str, id: &str) -> Value {
    json!({
        "UserPoolId": pool,
        "ClientName": "app",
        "ClientId": id,
        "LastModifiedDate": START_STAMP,
        "CreationDate": START_STAMP,
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
        "AllowedOAuthFlowsUserPoolClient": false,
        "EnableTokenRevocation": true,
        "EnablePropagateAdditionalUserContextData": false,
        "AuthSessionValidity": 3,
        "ClientType": "REGULAR",
    })
}

fn create(server: &Server, pool: &str, settings: Value) -> Value {
    let request = with(json!({"UserPoolId": pool, "ClientName": "app"}), settings);
    server.ok("CreateUserPoolClient", request)["UserPoolClient"].clone()
}

#[test]
fn a_new_client_is_answered_and_described_with_the_defaults_that_aws_shows() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let created = server.ok(
        "CreateUserPoolClient",
        json!({"UserPoolId": pool, "ClientName": "app"}),
    );
    let id = text(&created["UserPoolClient"]["ClientId"]);
    let is_base36 = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    assert!(id.len() == 26 && id.bytes().all(is_base36), "{id}");
    assert_eq!(created, json!({"UserPoolClient": bare_client(&pool, &id)}));
    let described = server.ok(
        "DescribeUserPoolClient",
        json!({"UserPoolId": pool, "ClientId": id}),
    );
    assert_eq!(described, created);
}

#[test]
fn a_client_is_described_as_it_was_asked_for() {
    let server = Server::new();
    let pool = server.pool(json!({"Schema": [{"Name": "tier", "AttributeDataType": "String"}]}));
    let asked = json!({
        "ClientSecret": "abcdefghijklmnopqrstuvwxyz0123",
        "RefreshTokenValidity": 2,
        "AccessTokenValidity": 10,
        "IdTokenValidity": 20,
        "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "hours"},
        "ReadAttributes": ["email", "custom:tier"],
        "WriteAttributes": ["email", "custom:tier"],
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"],
        "SupportedIdentityProviders": ["COGNITO"],
        "CallbackURLs": ["https://app.test/cb", "http://localhost:3000", "myapp://cb"],
        "LogoutURLs": ["https://app.test/bye"],
        "DefaultRedirectURI": "https://app.test/cb",
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AnalyticsConfiguration": {"ApplicationArn": "arn:aws:mobiletargeting:us-east-1:000000000000:apps/a"},
        "PreventUserExistenceErrors": "ENABLED",
        "EnableTokenRevocation": false,
        "EnablePropagateAdditionalUserContextData": true,
        "AuthSessionValidity": 15,
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
    });
    let client = create(&server, &pool, asked.clone());
    let id = text(&client["ClientId"]);
    assert_eq!(client, with(bare_client(&pool, &id), asked));
    let described = server.ok(
        "DescribeUserPoolClient",
        json!({"UserPoolId": pool, "ClientId": id}),
    );
    assert_eq!(described, json!({"UserPoolClient": client}));
}

#[test]
fn a_secret_is_made_where_one_is_asked_for() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let client = create(&server, &pool, json!({"GenerateSecret": true}));
    let secret = text(&client["ClientSecret"]);
    assert_eq!(secret.len(), 52);
    let described = server.ok(
        "DescribeUserPoolClient",
        json!({"UserPoolId": pool, "ClientId": client["ClientId"]}),
    );
    assert_eq!(text(&described["UserPoolClient"]["ClientSecret"]), secret);
    assert_eq!(
        create(&server, &pool, json!({"GenerateSecret": false})).get("ClientSecret"),
        None
    );
}

#[test]
fn a_refresh_token_validity_of_zero_is_thirty_days() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let client = create(&server, &pool, json!({"RefreshTokenValidity": 0}));
    assert_eq!(client["RefreshTokenValidity"], json!(30));
}

#[test]
fn what_a_client_may_not_combine_is_refused() {
    let server = Server::new();
    let pool = server.pool(json!({"Schema": [
        {"Name": "email", "Required": true},
        {"Name": "tier", "AttributeDataType": "String"},
        {"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": true},
    ]}));
    let access = "Invalid range for access token validity, it must be between 5 minutes and 1 day.";
    let id = "Invalid range for id token validity, it must be between 5 minutes and 1 day.";
    let refresh =
        "Invalid range for refresh token validity, it must be between 60 minutes and 3650 days.";
    let short = "Refresh token validity must be greater than or equal to the validity of the access and ID tokens.";
    let write = "Invalid write attributes specified while creating a client";
    let provider = &*format!("The provider Google does not exist for User Pool {pool}.");
    let analytics =
        "Invalid analytics configuration, either ApplicationId or ApplicationArn is required.";
    for (settings, message) in [
        (
            json!({"GenerateSecret": true, "ClientSecret": "abcdefghijklmnopqrstuvwxyz0123"}),
            "ClientSecret cannot be specified when GenerateSecret is true.",
        ),
        (
            json!({"ExplicitAuthFlows": ["USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]}),
            "ExplicitAuthFlows cannot contain both legacy values and values that begin with ALLOW_.",
        ),
        (
            json!({"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"], "RefreshTokenRotation": {"Feature": "ENABLED"}}),
            "ALLOW_REFRESH_TOKEN_AUTH cannot be enabled when refresh token rotation is enabled.",
        ),
        (json!({"AccessTokenValidity": 25}), access),
        (
            json!({"AccessTokenValidity": 4, "TokenValidityUnits": {"AccessToken": "minutes"}}),
            access,
        ),
        (json!({"IdTokenValidity": 25}), id),
        (
            json!({"IdTokenValidity": 299, "TokenValidityUnits": {"IdToken": "seconds"}}),
            id,
        ),
        (
            json!({"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}}),
            refresh,
        ),
        (json!({"RefreshTokenValidity": 3651}), refresh),
        (
            json!({"RefreshTokenValidity": 1, "AccessTokenValidity": 2, "TokenValidityUnits": {"RefreshToken": "hours"}}),
            short,
        ),
        (
            json!({"RefreshTokenValidity": 1, "IdTokenValidity": 2, "TokenValidityUnits": {"RefreshToken": "hours"}}),
            short,
        ),
        (
            json!({"CallbackURLs": ["https://a.test"], "DefaultRedirectURI": "https://b.test"}),
            "Default redirect URI should be in CallbackURLs list.",
        ),
        (
            json!({"CallbackURLs": ["http://app.test"]}),
            "http://app.test is not a valid redirect URI.",
        ),
        (
            json!({"LogoutURLs": ["https://app.test/#top"]}),
            "https://app.test/#top is not a valid redirect URI.",
        ),
        (
            json!({"SupportedIdentityProviders": ["COGNITO", "Google"]}),
            provider,
        ),
        (
            json!({"ReadAttributes": ["custom:unknown"]}),
            "Invalid read attributes specified while creating a client",
        ),
        (
            json!({"WriteAttributes": ["email", "custom:unknown"]}),
            write,
        ),
        (json!({"WriteAttributes": ["custom:tier"]}), write),
        (json!({"WriteAttributes": ["email", "sub"]}), write),
        (
            json!({"WriteAttributes": ["email", "email_verified"]}),
            write,
        ),
        (
            json!({"WriteAttributes": ["email", "dev:custom:secret"]}),
            write,
        ),
        (
            json!({"EnablePropagateAdditionalUserContextData": true}),
            "EnablePropagateAdditionalUserContextData can only be enabled for clients with a client secret.",
        ),
        (json!({"AnalyticsConfiguration": {}}), analytics),
        (
            json!({"AnalyticsConfiguration": {
                "ApplicationId": "a", "ApplicationArn": "arn:aws:mobiletargeting:us-east-1:000000000000:apps/a"}}),
            analytics,
        ),
    ] {
        let request = with(json!({"UserPoolId": pool, "ClientName": "app"}), settings);
        server.refuses(
            "CreateUserPoolClient",
            request,
            "InvalidParameterException",
            message,
        );
    }
    let listed = server.ok("ListUserPoolClients", json!({"UserPoolId": pool}));
    assert_eq!(listed, json!({"UserPoolClients": []}));
}

#[test]
fn oauth_settings_that_do_not_go_together_are_refused() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let empty = "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.";
    for (settings, message) in [
        (json!({"AllowedOAuthFlowsUserPoolClient": true}), empty),
        (
            json!({"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": ["code"]}),
            empty,
        ),
        (
            json!({"AllowedOAuthFlows": ["implicit"], "AllowedOAuthScopes": ["openid"]}),
            "CallbackUrls can not be empty when code flow or implicit flow is selected",
        ),
        (
            json!({"GenerateSecret": true, "AllowedOAuthFlows": ["client_credentials", "code"]}),
            "client_credentials flow can not be selected along with code flow or implicit flow.",
        ),
        (
            json!({"GenerateSecret": true, "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["openid"]}),
            "openid is not supported with client_credentials flow",
        ),
        (
            json!({"AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["api/read"]}),
            "client_credentials flow is not supported for clients without a client secret.",
        ),
    ] {
        let request = with(json!({"UserPoolId": pool, "ClientName": "app"}), settings);
        server.refuses(
            "CreateUserPoolClient",
            request,
            "InvalidOAuthFlowException",
            message,
        );
    }
    server.refuses(
        "CreateUserPoolClient",
        json!({"UserPoolId": pool, "ClientName": "app", "AllowedOAuthScopes": ["Cognito"]}),
        "ScopeDoesNotExistException",
        "Invalid scope requested: Cognito",
    );
}

#[test]
fn a_client_may_name_a_provider_of_its_pool() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let provider = json!({
        "UserPoolId": pool, "ProviderName": "Okta", "ProviderType": "SAML",
        "ProviderDetails": {"MetadataURL": "https://okta.test/metadata"},
    });
    server.ok("CreateIdentityProvider", provider);
    let providers = json!(["COGNITO", "Okta"]);
    let client = create(
        &server,
        &pool,
        json!({"SupportedIdentityProviders": providers}),
    );
    assert_eq!(client["SupportedIdentityProviders"], providers);
}

#[test]
fn clients_are_listed_by_name_and_id_page_by_page() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let rows: Vec<Value> = (0..3)
        .map(|number| {
            let name = format!("app {number}");
            let id = server.client(&pool, json!({"ClientName": name, "GenerateSecret": true}));
            json!({"ClientId": id, "UserPoolId": pool, "ClientName": name})
        })
        .collect();
    let all = server.ok("ListUserPoolClients", json!({"UserPoolId": pool}));
    assert_eq!(all, json!({"UserPoolClients": rows}));
    let first = server.ok(
        "ListUserPoolClients",
        json!({"UserPoolId": pool, "MaxResults": 2}),
    );
    let token = &first["NextToken"];
    assert_eq!(
        first,
        json!({"UserPoolClients": rows[..2], "NextToken": token})
    );
    let second = server.ok(
        "ListUserPoolClients",
        json!({"UserPoolId": pool, "MaxResults": 2, "NextToken": token}),
    );
    assert_eq!(second, json!({"UserPoolClients": rows[2..]}));
}

#[test]
fn clients_are_listed_by_their_type() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let id = server.client(&pool, json!({}));
    let regular = server.ok(
        "ListUserPoolClients",
        json!({"UserPoolId": pool, "ClientType": "REGULAR"}),
    );
    let row = json!({"ClientId": id, "UserPoolId": pool, "ClientName": "app"});
    assert_eq!(regular, json!({"UserPoolClients": [row]}));
    let registered = server.ok(
        "ListUserPoolClients",
        json!({"UserPoolId": pool, "ClientType": "DCR"}),
    );
    assert_eq!(registered, json!({"UserPoolClients": []}));
}

#[test]
fn a_page_token_of_another_listing_is_refused() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let other = server.pool(json!({}));
    for _ in 0..2 {
        server.client(&pool, json!({}));
    }
    let first = server.ok(
        "ListUserPoolClients",
        json!({"UserPoolId": pool, "MaxResults": 1}),
    );
    let token = &first["NextToken"];
    let kind = "InvalidParameterException";
    let foreign = "Paging Marker is Invalid for Request";
    for request in [
        json!({"UserPoolId": other, "NextToken": token}),
        json!({"UserPoolId": pool, "NextToken": token, "ClientType": "REGULAR"}),
    ] {
        server.refuses("ListUserPoolClients", request, kind, foreign);
    }
    let garbage = json!({"UserPoolId": pool, "NextToken": "AAAA"});
    server.refuses(
        "ListUserPoolClients",
        garbage,
        kind,
        "Invalid pagination token.",
    );
}

#[test]
fn a_client_belongs_to_its_own_pool() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let other = server.pool(json!({}));
    let client = server.client(&pool, json!({}));
    let message = format!("User pool client {client} does not exist.");
    for operation in ["DescribeUserPoolClient", "DeleteUserPoolClient"] {
        let request = json!({"UserPoolId": other, "ClientId": client});
        server.refuses(operation, request, "ResourceNotFoundException", &message);
    }
}

#[test]
fn a_deleted_client_is_gone() {
    let server = Server::new();
    let (pool, client) = server.demo();
    let tokens = server.sign_in(&client, "alice");
    let request = json!({"UserPoolId": pool, "ClientId": client});
    assert_eq!(
        server.ok("DeleteUserPoolClient", request.clone()),
        Value::Null
    );
    let kind = "ResourceNotFoundException";
    let message = format!("User pool client {client} does not exist.");
    server.refuses("DescribeUserPoolClient", request.clone(), kind, &message);
    server.refuses("DeleteUserPoolClient", request, kind, &message);
    server.refuses(
        "InitiateAuth",
        crate::server::password_auth(&client, "alice", "x"),
        kind,
        &message,
    );
    server.refuses(
        "GetUser",
        json!({"AccessToken": tokens["AccessToken"]}),
        kind,
        &message,
    );
}

#[test]
fn a_name_fixes_the_id_of_a_client() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let other = server.pool(json!({}));
    let client = create(&server, &pool, json!({"ClientName": "_custom_id_:fixed"}));
    assert_eq!(
        client,
        with(bare_client(&pool, "fixed"), json!({"ClientName": "fixed"}))
    );
    let kind = "InvalidParameterException";
    for pool in [&pool, &other] {
        let again = json!({"UserPoolId": pool, "ClientName": "_custom_id_:fixed"});
        server.refuses(
            "CreateUserPoolClient",
            again,
            kind,
            "The id fixed is already in use.",
        );
    }
    let invalid = json!({"UserPoolId": pool, "ClientName": "_custom_id_:not-an-id"});
    let message = "The id not-an-id is not a valid id for this resource.";
    server.refuses("CreateUserPoolClient", invalid, kind, message);
    server.ok(
        "DeleteUserPoolClient",
        json!({"UserPoolId": pool, "ClientId": "fixed"}),
    );
    create(&server, &other, json!({"ClientName": "_custom_id_:fixed"}));
}

#[test]
fn a_pool_has_so_many_clients_and_no_more() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    for _ in 0..1000 {
        server.client(&pool, json!({}));
    }
    let message = "Exceeded maximum number of user pool clients: 1000";
    let request = json!({"UserPoolId": pool, "ClientName": "app"});
    server.refuses(
        "CreateUserPoolClient",
        request,
        "LimitExceededException",
        message,
    );
}
