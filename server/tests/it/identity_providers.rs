//! CreateIdentityProvider, DescribeIdentityProvider, ListIdentityProviders, DeleteIdentityProvider.

use serde_json::{Value, json};

use crate::server::{START_STAMP, Server, with};

fn provider(pool: &str, name: &str, kind: &str, details: Value) -> Value {
    json!({"UserPoolId": pool, "ProviderName": name, "ProviderType": kind, "ProviderDetails": details})
}

fn saml(pool: &str, name: &str) -> Value {
    provider(pool, name, "SAML", json!({"MetadataURL": "builtin"}))
}

fn oidc() -> Value {
    json!({
        "client_id": "id", "attributes_request_method": "GET", "oidc_issuer": "https://idp.test",
        "authorize_scopes": "openid",
    })
}

/// A provider as AWS describes it.
fn described(request: Value, more: Value) -> Value {
    let always =
        json!({"IdpIdentifiers": [], "LastModifiedDate": START_STAMP, "CreationDate": START_STAMP});
    json!({"IdentityProvider": with(with(request, always), more)})
}

#[test]
fn a_saml_provider_is_answered_and_described() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let request = with(
        saml(&pool, "Okta"),
        json!({"AttributeMapping": {"email": "mail"}, "IdpIdentifiers": ["okta.test", "okta2.test"]}),
    );
    let created = server.ok("CreateIdentityProvider", request.clone());
    let expected = described(
        request,
        json!({"IdpIdentifiers": ["okta.test", "okta2.test"]}),
    );
    assert_eq!(created, expected);
    let answer = server.ok(
        "DescribeIdentityProvider",
        json!({"UserPoolId": pool, "ProviderName": "Okta"}),
    );
    assert_eq!(answer, expected);
}

#[test]
fn an_oidc_provider_maps_its_username_and_acr_values() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let acr = json!({"Level1": "low", "Level2": "high"});
    let request = with(
        provider(&pool, "Keycloak", "OIDC", oidc()),
        json!({"AcrMapping": acr}),
    );
    let details = with(oidc(), json!({"attributes_url_add_attributes": "false"}));
    let more = json!({"ProviderDetails": details, "AttributeMapping": {"username": "sub"}});
    let created = server.ok("CreateIdentityProvider", request.clone());
    assert_eq!(created, described(request, more));
}

#[test]
fn social_providers_get_the_addresses_that_aws_adds() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let asked = json!({"client_id": "id", "client_secret": "s", "authorize_scopes": "email"});
    for (name, added, username) in [
        (
            "Google",
            json!({
                "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
                "attributes_url_add_attributes": "true",
                "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
                "oidc_issuer": "https://accounts.google.com",
                "token_request_method": "POST",
                "token_url": "https://www.googleapis.com/oauth2/v4/token",
            }),
            "sub",
        ),
        (
            "Facebook",
            json!({
                "api_version": "v17.0",
                "attributes_url": "https://graph.facebook.com/v17.0/me?fields=",
                "attributes_url_add_attributes": "true",
                "authorize_url": "https://www.facebook.com/v17.0/dialog/oauth",
                "token_request_method": "GET",
                "token_url": "https://graph.facebook.com/v17.0/oauth/access_token",
            }),
            "id",
        ),
        (
            "LoginWithAmazon",
            json!({
                "attributes_url": "https://api.amazon.com/user/profile",
                "attributes_url_add_attributes": "false",
                "authorize_url": "https://www.amazon.com/ap/oa",
                "token_request_method": "POST",
                "token_url": "https://api.amazon.com/auth/o2/token",
            }),
            "user_id",
        ),
    ] {
        let request = provider(&pool, name, name, asked.clone());
        let more = json!({
            "ProviderDetails": with(asked.clone(), added), "AttributeMapping": {"username": username},
        });
        let created = server.ok("CreateIdentityProvider", request.clone());
        assert_eq!(created, described(request, more), "{name}");
    }
}

#[test]
fn the_private_key_of_apple_is_never_shown() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let shown =
        json!({"client_id": "id", "team_id": "t", "key_id": "k", "authorize_scopes": "email"});
    let asked = with(shown.clone(), json!({"private_key": "secret"}));
    let request = provider(&pool, "SignInWithApple", "SignInWithApple", asked);
    let details = with(
        shown,
        json!({
            "attributes_url_add_attributes": "false",
            "authorize_url": "https://appleid.apple.com/auth/authorize",
            "oidc_issuer": "https://appleid.apple.com",
            "token_request_method": "POST",
            "token_url": "https://appleid.apple.com/auth/token",
        }),
    );
    let more = json!({"ProviderDetails": details, "AttributeMapping": {"username": "sub"}});
    let expected = described(request.clone(), more);
    assert_eq!(server.ok("CreateIdentityProvider", request), expected);
    let name = json!({"UserPoolId": pool, "ProviderName": "SignInWithApple"});
    assert_eq!(server.ok("DescribeIdentityProvider", name), expected);
}

#[test]
fn what_a_provider_may_not_be_is_refused() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    server.ok(
        "CreateIdentityProvider",
        with(
            saml(&pool, "Okta"),
            json!({"IdpIdentifiers": ["okta.test"]}),
        ),
    );
    let without = |key: &str| {
        let mut details = oidc();
        details.as_object_mut().unwrap().remove(key);
        provider(&pool, "Keycloak", "OIDC", details)
    };
    let missing = "Missing required attribute MetadataURL or MetadataFile in ProviderDetails.";
    for (request, message) in [
        (
            saml(&pool, "COGNITO"),
            "COGNITO is a reserved provider name.",
        ),
        (
            saml(&pool, "Cognito"),
            "Cognito is a reserved provider name.",
        ),
        (
            provider(&pool, "MyGoogle", "Google", json!({})),
            "Provider MyGoogle cannot be of type Google.",
        ),
        (
            with(
                saml(&pool, "Other"),
                json!({"AcrMapping": {"Level1": "low"}}),
            ),
            "AcrMapping is supported for OIDC identity providers only.",
        ),
        (
            without("client_id"),
            "Missing required attribute client_id in ProviderDetails.",
        ),
        (
            without("oidc_issuer"),
            "Missing required attribute oidc_issuer in ProviderDetails.",
        ),
        (
            provider(&pool, "Google", "Google", json!({"client_id": "id"})),
            "Missing required attribute client_secret in ProviderDetails.",
        ),
        (provider(&pool, "Other", "SAML", json!({})), missing),
        (
            provider(
                &pool,
                "Other",
                "SAML",
                json!({"MetadataURL": "https://a.test", "MetadataFile": "<a/>"}),
            ),
            missing,
        ),
        (
            provider(
                &pool,
                "Other",
                "SAML",
                json!({"MetadataURL": "https://a.test", "colour": "red"}),
            ),
            "Unrecognized attribute colour in ProviderDetails.",
        ),
        (
            provider(
                &pool,
                "Other",
                "OIDC",
                with(oidc(), json!({"attributes_request_method": "PUT"})),
            ),
            "Invalid attributes_request_method: it must be GET or POST",
        ),
        (
            with(
                saml(&pool, "Other"),
                json!({"AttributeMapping": {"custom:unknown": "mail"}}),
            ),
            "Invalid AttributeMapping: attribute custom:unknown does not exist in the schema.",
        ),
        (
            with(
                saml(&pool, "Other"),
                json!({"IdpIdentifiers": ["okta.test"]}),
            ),
            "The identifier okta.test is already in use by another provider.",
        ),
    ] {
        server.refuses(
            "CreateIdentityProvider",
            request,
            "InvalidParameterException",
            message,
        );
    }
    let message = format!("Okta already exists in user pool {pool}");
    server.refuses(
        "CreateIdentityProvider",
        saml(&pool, "Okta"),
        "DuplicateProviderException",
        &message,
    );
}

#[test]
fn providers_are_listed_page_by_page() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let list = |more: Value| {
        server.ok(
            "ListIdentityProviders",
            with(json!({"UserPoolId": pool}), more),
        )
    };
    assert_eq!(list(json!({})), json!({"Providers": []}));
    let rows: Vec<Value> = ["One", "Two", "Three"]
        .iter()
        .map(|name| {
            server.ok("CreateIdentityProvider", saml(&pool, name));
            json!({"ProviderName": name, "ProviderType": "SAML", "LastModifiedDate": START_STAMP, "CreationDate": START_STAMP})
        })
        .collect();
    assert_eq!(list(json!({})), json!({"Providers": rows}));
    let first = list(json!({"MaxResults": 2}));
    let token = &first["NextToken"];
    assert_eq!(first, json!({"Providers": rows[..2], "NextToken": token}));
    assert_eq!(
        list(json!({"MaxResults": 2, "NextToken": token})),
        json!({"Providers": rows[2..]})
    );

    let other = server.pool(json!({}));
    let kind = "InvalidParameterException";
    let foreign = json!({"UserPoolId": other, "NextToken": token});
    server.refuses(
        "ListIdentityProviders",
        foreign,
        kind,
        "Paging Marker is Invalid for Request",
    );
    let garbage = json!({"UserPoolId": pool, "NextToken": "?"});
    server.refuses(
        "ListIdentityProviders",
        garbage,
        kind,
        "Invalid pagination token.",
    );
}

#[test]
fn a_provider_that_is_not_there_is_told_as_the_article_shows() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    for operation in ["DescribeIdentityProvider", "DeleteIdentityProvider"] {
        let request = json!({"UserPoolId": pool, "ProviderName": "COGNITO"});
        let message = format!("Identity provider COGNITO for tenantId {pool} does not exist.");
        server.refuses(operation, request, "ResourceNotFoundException", &message);
    }
}

#[test]
fn a_deleted_provider_is_gone_and_its_name_and_identifiers_are_free() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    let request = with(
        saml(&pool, "Okta"),
        json!({"IdpIdentifiers": ["okta.test"]}),
    );
    server.ok("CreateIdentityProvider", request.clone());
    let name = json!({"UserPoolId": pool, "ProviderName": "Okta"});
    assert_eq!(
        server.ok("DeleteIdentityProvider", name.clone()),
        Value::Null
    );
    let message = format!("Identity provider Okta for tenantId {pool} does not exist.");
    server.refuses(
        "DescribeIdentityProvider",
        name,
        "ResourceNotFoundException",
        &message,
    );
    server.ok("CreateIdentityProvider", request);
}

#[test]
fn a_pool_has_so_many_providers_and_no_more() {
    let server = Server::new();
    let pool = server.pool(json!({}));
    for number in 0..300 {
        server.ok(
            "CreateIdentityProvider",
            saml(&pool, &format!("Okta{number}")),
        );
    }
    // The output holds 50 at most, whatever is asked for.
    let page = server.ok(
        "ListIdentityProviders",
        json!({"UserPoolId": pool, "MaxResults": 60}),
    );
    assert_eq!(page["Providers"].as_array().unwrap().len(), 50);
    let message = "Exceeded maximum number of identity providers: 300";
    server.refuses(
        "CreateIdentityProvider",
        saml(&pool, "Okta"),
        "LimitExceededException",
        message,
    );
}
