//! AdminLinkProviderForUser, AdminDisableProviderForUser, and where linked identities show.

use serde_json::{Value, json};

use crate::server::{PASSWORD, START, Server, claims, password_auth, text, with};

fn google(pool: &str) -> Value {
    json!({
        "UserPoolId": pool, "ProviderName": "Google", "ProviderType": "Google",
        "ProviderDetails": {"client_id": "id", "client_secret": "s", "authorize_scopes": "openid"},
    })
}

/// A pool with Google, and Okta which maps an email address; a client; alice.
fn federated() -> (Server, String, String) {
    let server = Server::new();
    let (pool, client) = server.demo();
    server.ok("CreateIdentityProvider", google(&pool));
    let okta = json!({
        "UserPoolId": pool, "ProviderName": "Okta", "ProviderType": "SAML",
        "ProviderDetails": {"MetadataURL": "https://idp.test/metadata"}, "AttributeMapping": {"email": "mail"},
    });
    server.ok("CreateIdentityProvider", okta);
    (server, pool, client)
}

fn named(provider: &str, attribute: &str, value: &str) -> Value {
    json!({"ProviderName": provider, "ProviderAttributeName": attribute, "ProviderAttributeValue": value})
}

fn subject(provider: &str, value: &str) -> Value {
    named(provider, "Cognito_Subject", value)
}

fn link(pool: &str, to: &str, source: Value) -> Value {
    json!({"UserPoolId": pool, "DestinationUser": subject("Cognito", to), "SourceUser": source})
}

fn disable(pool: &str, user: Value) -> Value {
    json!({"UserPoolId": pool, "User": user})
}

fn identities(server: &Server, pool: &str, username: &str) -> Option<Value> {
    let user = server.ok(
        "AdminGetUser",
        json!({"UserPoolId": pool, "Username": username}),
    );
    let attributes = user["UserAttributes"].as_array().unwrap();
    let found = attributes.iter().find(|it| it["Name"] == "identities")?;
    Some(serde_json::from_str(&text(&found["Value"])).unwrap())
}

/// Google_7, who signed in through Google.
fn google_user(server: &Server, pool: &str) {
    let own = json!([{
        "userId": "7", "providerName": "Google", "providerType": "Google", "issuer": null,
        "primary": true, "dateCreated": START,
    }]);
    let user = json!({
        "Username": "Google_7", "UserStatus": "EXTERNAL_PROVIDER", "UserAttributes": {"identities": own.to_string()},
    });
    server.seed(
        "google-user",
        json!({"UserPools": [{"Id": pool, "PoolName": "demo", "Users": [user]}]}),
    );
    assert_eq!(identities(server, pool, "Google_7"), Some(own));
}

#[test]
fn a_linked_identity_shows_as_an_attribute_and_as_a_claim() {
    let (server, pool, client) = federated();
    let answer = server.ok(
        "AdminLinkProviderForUser",
        link(&pool, "alice", subject("Google", "1")),
    );
    assert_eq!(answer, json!({}));
    let expected = json!({
        "userId": "1", "providerName": "Google", "providerType": "Google", "issuer": null,
        "primary": false, "dateCreated": START,
    });
    assert_eq!(identities(&server, &pool, "alice"), Some(json!([expected])));
    let tokens = server.sign_in(&client, "alice");
    let strings = json!({"primary": "false", "dateCreated": START.to_string()});
    assert_eq!(
        claims(&tokens["IdToken"])["identities"],
        json!([with(expected, strings)])
    );
    assert_eq!(claims(&tokens["AccessToken"])["identities"], Value::Null);
    let user = server.ok("GetUser", json!({"AccessToken": tokens["AccessToken"]}));
    assert_eq!(user["UserAttributes"][1]["Name"], "identities");
    let asked = json!({"UserPoolId": pool, "AttributesToGet": ["identities"]});
    let users = server.ok("ListUsers", asked);
    assert_eq!(
        users["Users"][0]["Attributes"][0]["Value"],
        user["UserAttributes"][1]["Value"]
    );
}

#[test]
fn a_client_that_may_not_read_identities_gets_none() {
    let (server, pool, _) = federated();
    server.ok(
        "AdminLinkProviderForUser",
        link(&pool, "alice", subject("Google", "1")),
    );
    for (readable, shows) in [(json!(["email"]), false), (json!(["identities"]), true)] {
        let client = server.client(&pool, json!({"ReadAttributes": readable}));
        let tokens = server.sign_in(&client, "alice");
        assert_eq!(claims(&tokens["IdToken"])["identities"].is_array(), shows);
        let user = server.ok("GetUser", json!({"AccessToken": tokens["AccessToken"]}));
        let attributes = user["UserAttributes"].as_array().unwrap();
        assert_eq!(
            attributes.iter().any(|it| it["Name"] == "identities"),
            shows
        );
    }
}

#[test]
fn nobody_writes_identities() {
    let (server, pool, _) = federated();
    server.refuses(
        "AdminUpdateUserAttributes",
        json!({"UserPoolId": pool, "Username": "alice", "UserAttributes": [{"Name": "identities", "Value": "[]"}]}),
        "InvalidParameterException",
        "user.identities: Attribute does not exist in the schema.\n",
    );
}

#[test]
fn five_identities_can_be_linked() {
    let (server, pool, _) = federated();
    for value in ["1", "2", "3"] {
        let source = subject("Google", value);
        server.ok("AdminLinkProviderForUser", link(&pool, "alice", source));
    }
    let source = named("Okta", "email", "alice@example.com");
    server.ok("AdminLinkProviderForUser", link(&pool, "alice", source));
    let source = subject("Okta", "NAME");
    server.ok("AdminLinkProviderForUser", link(&pool, "alice", source));
    assert_eq!(
        identities(&server, &pool, "alice")
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        5
    );
    server.refuses(
        "AdminLinkProviderForUser",
        link(&pool, "alice", subject("Google", "6")),
        "LimitExceededException",
        "Exceeded maximum number of identities linked to a user: 5",
    );
}

#[test]
fn a_provider_is_linked_by_five_attributes_at_the_most() {
    let (server, pool, _) = federated();
    let names = [
        "name", "nickname", "profile", "website", "zoneinfo", "locale",
    ];
    let mapping: serde_json::Map<_, _> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!(name)))
        .collect();
    let update = json!({"UserPoolId": pool, "ProviderName": "Okta", "AttributeMapping": mapping});
    server.ok("UpdateIdentityProvider", update);
    server.user(&pool, "bob", &[]);
    for (name, user) in names
        .iter()
        .zip(["alice", "bob"].into_iter().cycle())
        .take(5)
    {
        server.ok(
            "AdminLinkProviderForUser",
            link(&pool, user, named("Okta", name, "x")),
        );
    }
    server.refuses(
        "AdminLinkProviderForUser",
        link(&pool, "alice", named("Okta", "locale", "x")),
        "LimitExceededException",
        "Exceeded maximum number of attribute names of an identity provider: 5",
    );
    server.ok(
        "AdminLinkProviderForUser",
        link(&pool, "alice", named("Okta", "name", "y")),
    );
}

#[test]
fn what_cannot_be_linked_is_refused() {
    let (server, pool, _) = federated();
    google_user(&server, &pool);
    server.user(&pool, "Google_9", &[]);
    server.ok(
        "AdminLinkProviderForUser",
        link(&pool, "alice", subject("Google", "1")),
    );
    let invalid = "InvalidParameterException";
    let merging = "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link";
    for (to, source, kind, message) in [
        (
            "alice",
            subject("Google", "1"),
            invalid,
            "SourceUser is already linked to DestinationUser",
        ),
        ("alice", subject("Google", "7"), invalid, merging),
        ("alice", subject("Google", "9"), invalid, merging),
        (
            "alice",
            subject("Cognito", "bob"),
            invalid,
            "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser",
        ),
        (
            "alice",
            named("Google", "email", "a@example.com"),
            invalid,
            "Invalid ProviderAttributeName email for provider Google.",
        ),
        (
            "alice",
            named("Okta", "name", "a"),
            invalid,
            "Invalid ProviderAttributeName name for provider Okta.",
        ),
        (
            "alice",
            json!({"ProviderName": "Google", "ProviderAttributeValue": "2"}),
            invalid,
            "Invalid SourceUser: ProviderAttributeName is required.",
        ),
        (
            "alice",
            json!({"ProviderName": "Google", "ProviderAttributeName": "Cognito_Subject"}),
            invalid,
            "Invalid SourceUser: ProviderAttributeValue is required.",
        ),
        (
            "nobody",
            subject("Google", "2"),
            "UserNotFoundException",
            "User does not exist.",
        ),
    ] {
        server.refuses(
            "AdminLinkProviderForUser",
            link(&pool, to, source),
            kind,
            message,
        );
    }
    let message = format!("Identity provider Facebook for tenantId {pool} does not exist.");
    let source = subject("Facebook", "1");
    server.refuses(
        "AdminLinkProviderForUser",
        link(&pool, "alice", source),
        "ResourceNotFoundException",
        &message,
    );
}

#[test]
fn a_federated_user_can_be_the_destination() {
    let (server, pool, _) = federated();
    google_user(&server, &pool);
    let request = json!({
        "UserPoolId": pool, "DestinationUser": {"ProviderName": "Google", "ProviderAttributeValue": "7"},
        "SourceUser": subject("Okta", "seven"),
    });
    server.ok("AdminLinkProviderForUser", request);
    let linked = identities(&server, &pool, "Google_7").unwrap();
    assert_eq!(
        (&linked[0]["primary"], &linked[1]["primary"]),
        (&json!(true), &json!(false))
    );
    let nobody = json!({
        "UserPoolId": pool, "DestinationUser": {"ProviderName": "Google", "ProviderAttributeValue": "8"},
        "SourceUser": subject("Okta", "eight"),
    });
    server.refuses(
        "AdminLinkProviderForUser",
        nobody,
        "UserNotFoundException",
        "User does not exist.",
    );
}

#[test]
fn a_disabled_identity_is_gone_and_can_be_linked_again() {
    let (server, pool, _) = federated();
    let source = subject("Google", "1");
    server.ok(
        "AdminLinkProviderForUser",
        link(&pool, "alice", source.clone()),
    );
    let request = disable(&pool, source.clone());
    assert_eq!(
        server.ok("AdminDisableProviderForUser", request.clone()),
        json!({})
    );
    assert_eq!(identities(&server, &pool, "alice"), None);
    server.refuses(
        "AdminDisableProviderForUser",
        request,
        "InvalidParameterException",
        "Account isn't linked to anyone else, verify that the account has been linked",
    );
    server.user(&pool, "bob", &[]);
    server.ok("AdminLinkProviderForUser", link(&pool, "bob", source));
    // The user goes, and what was linked to it.
    server.ok(
        "AdminDeleteUser",
        json!({"UserPoolId": pool, "Username": "bob"}),
    );
    let source = subject("Google", "1");
    server.ok("AdminLinkProviderForUser", link(&pool, "alice", source));
}

#[test]
fn a_disabled_native_user_has_no_password_until_it_is_set_again() {
    let (server, pool, client) = federated();
    server.ok(
        "AdminDisableProviderForUser",
        disable(&pool, subject("Cognito", "alice")),
    );
    server.refuses(
        "InitiateAuth",
        password_auth(&client, "alice", PASSWORD),
        "NotAuthorizedException",
        "Incorrect username or password.",
    );
    let request =
        json!({"UserPoolId": pool, "Username": "alice", "Password": PASSWORD, "Permanent": true});
    server.ok("AdminSetUserPassword", request);
    server.sign_in(&client, "alice");
}

#[test]
fn a_disabled_federated_user_keeps_its_name() {
    let (server, pool, _) = federated();
    google_user(&server, &pool);
    let source = subject("Google", "7");
    server.ok(
        "AdminDisableProviderForUser",
        disable(&pool, source.clone()),
    );
    assert_eq!(identities(&server, &pool, "Google_7"), None);
    server.refuses(
        "AdminLinkProviderForUser",
        link(&pool, "alice", source),
        "InvalidParameterException",
        "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
    );
    server.refuses(
        "AdminDisableProviderForUser",
        disable(&pool, subject("Cognito", "Google_7")),
        "UserNotFoundException",
        "User does not exist.",
    );
}
