//! What the tokens of a user pool claim (facts/tokens.md §2, §3).

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::keys::OAuthGrant;
use crate::user_pools::{Client, GroupClaims, LinkedIdentity, User};

/// The scope of every access token that the API issues, whatever the client's OAuth scopes.
pub const API_SCOPE: &str = "aws.cognito.signin.user.admin";

/// One issuance of tokens to a user through a client.
pub struct Issuance<'a> {
    pub issuer: &'a str,
    pub client: &'a Client,
    pub user: &'a User,
    pub groups: GroupClaims,
    /// Epoch seconds, as all times of a token.
    pub now: i64,
    /// When the user gave its credentials; a refresh keeps it.
    pub auth_time: i64,
    /// The same in the ID and the access token.
    pub event_id: Uuid,
    /// The same for everything that comes from one authentication.
    pub origin_jti: Uuid,
    /// The device that the tokens are issued to, where the pool tracks devices.
    pub device_key: Option<&'a str>,
    /// The level of authentication, where one was asked for, and by what it was reached.
    pub acr: Option<&'a (String, Vec<String>)>,
    /// What was granted on the domain; `None` for the API.
    pub oauth: Option<&'a OAuthGrant>,
}

pub fn access_claims(it: &Issuance<'_>, jti: Uuid) -> Map<String, Value> {
    let mut claims = common(it, it.client.validity().access, "access", jti);
    claims.insert("client_id".to_owned(), json!(it.client.id()));
    claims.insert("username".to_owned(), json!(it.user.username));
    let scope = it.oauth.map_or(API_SCOPE, |oauth| &oauth.scope);
    claims.insert("scope".to_owned(), json!(scope));
    if let Some(oauth) = it.oauth {
        claims.insert("version".to_owned(), json!(2));
        if let Some(resource) = &oauth.resource {
            claims.insert("aud".to_owned(), json!(resource));
        }
    }
    if let Some(key) = it.device_key {
        claims.insert("device_key".to_owned(), json!(key));
    }
    claims
}

pub fn id_claims(it: &Issuance<'_>, jti: Uuid) -> Map<String, Value> {
    let mut claims = common(it, it.client.validity().id, "id", jti);
    claims.insert("aud".to_owned(), json!(it.client.id()));
    if !it.groups.roles.is_empty() {
        claims.insert("cognito:roles".to_owned(), json!(it.groups.roles));
    }
    if let Some(role) = &it.groups.preferred_role {
        claims.insert("cognito:preferred_role".to_owned(), json!(role));
    }
    claims.insert("cognito:username".to_owned(), json!(it.user.username));
    let readable = it
        .user
        .attributes
        .iter()
        .filter(|(name, _)| it.client.may_read(name))
        .filter(|(name, _)| it.oauth.is_none_or(|oauth| oauth.shows(name)));
    if !it.user.identities.is_empty() && it.client.may_read("identities") {
        let identities = it.user.identities.iter().map(identity_claim);
        claims.insert("identities".to_owned(), identities.collect());
    }
    for (name, value) in readable {
        if let Some(value) = attribute_claim(name, value) {
            claims.insert(name.to_owned(), value);
        }
    }
    claims
}

fn common(it: &Issuance<'_>, validity: i64, token_use: &str, jti: Uuid) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(it.user.sub));
    claims.insert("iss".to_owned(), json!(it.issuer));
    claims.insert("token_use".to_owned(), json!(token_use));
    claims.insert("event_id".to_owned(), json!(it.event_id));
    claims.insert("auth_time".to_owned(), json!(it.auth_time));
    claims.insert("iat".to_owned(), json!(it.now));
    claims.insert("exp".to_owned(), json!(it.now + validity));
    if !it.groups.groups.is_empty() {
        claims.insert("cognito:groups".to_owned(), json!(it.groups.groups));
    }
    if let Some((acr, amr)) = it.acr {
        claims.insert("acr".to_owned(), json!(acr));
        claims.insert("amr".to_owned(), json!(amr));
    }
    if it.client.revokes_tokens() {
        claims.insert("jti".to_owned(), json!(jti));
        claims.insert("origin_jti".to_owned(), json!(it.origin_jti));
    }
    claims
}

/// As in the attribute `identities`, but for every value being a text.
fn identity_claim(it: &LinkedIdentity) -> Value {
    json!({
        "userId": it.value,
        "providerName": it.provider_name,
        "providerType": it.provider_type,
        "issuer": it.issuer,
        "primary": it.is_primary.to_string(),
        "dateCreated": it.created.as_millis().to_string(),
    })
}

/// An attribute in an ID token: a flag, a number, an object or a text; developer-only ones never.
fn attribute_claim(name: &str, value: &str) -> Option<Value> {
    match name {
        "email_verified" | "phone_number_verified" => Some(json!(value == "true")),
        "updated_at" => Some(
            value
                .parse::<i64>()
                .map_or_else(|_| json!(value), |it| json!(it)),
        ),
        "address" => Some(json!({"formatted": value})),
        _ if name.starts_with("dev:") => None,
        _ => Some(json!(value)),
    }
}
