//! The grant of RFC 8693, by the rules of GetDerivedToken. What the form is called is the RFC's own
//! (*assumed*: no exchange with AWS is recorded).

use cognito_model::idp::{
    GetDerivedTokenRequest, IssuedTokenTypeIdentifierType, TokenTypeIdentifierType,
};
use serde_json::Map;

use super::Call;
use super::client::Caller;
use super::token::Granted;
use crate::errors::oauth::{self, OAuthError};
use crate::federation;

pub(super) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

pub(super) async fn exchange(call: &Call<'_>, caller: &Caller) -> Granted {
    let form = |name| call.form.get(name).map(str::to_owned);
    let required = |name| form(name).ok_or_else(oauth::invalid_request);
    let list = |name| {
        let values: Vec<String> = call.form.all(name).map(str::to_owned).collect();
        (!values.is_empty()).then_some(values)
    };
    let requested_token_type = match call.form.get("requested_token_type") {
        None => None,
        Some(ACCESS_TOKEN) => Some(IssuedTokenTypeIdentifierType::AccessToken),
        Some(ID_TOKEN) => Some(IssuedTokenTypeIdentifierType::IdToken),
        Some(_) => return Err(oauth::invalid_request()),
    };
    let actor_token_type = call.form.get("actor_token_type").map(token_type);
    let scopes = call.form.get("scope");
    let request = GetDerivedTokenRequest {
        client_id: caller.client_id.clone(),
        client_secret: caller.secret.clone(),
        subject_token: required("subject_token")?,
        subject_token_type: token_type(&required("subject_token_type")?)?,
        actor_token: form("actor_token"),
        actor_token_type: actor_token_type.transpose()?,
        scopes: scopes.map(|it| it.split_ascii_whitespace().map(str::to_owned).collect()),
        audiences: list("audience"),
        resources: list("resource"),
        requested_token_type,
        subject_token_provider_name: None,
        actor_token_provider_name: None,
    };
    let issued = federation::derived_token(&call.cx, &caller.pool, &request)
        .await
        .map_err(|error| oauth::refused_grant(&error))?;
    let issued_type = match issued.issued_token_type {
        IssuedTokenTypeIdentifierType::AccessToken => ACCESS_TOKEN,
        IssuedTokenTypeIdentifierType::IdToken => ID_TOKEN,
    };
    let mut body = Map::new();
    body.insert("access_token".to_owned(), issued.issued_token.into());
    body.insert("issued_token_type".to_owned(), issued_type.into());
    body.insert("token_type".to_owned(), issued.token_type.as_str().into());
    body.insert("expires_in".to_owned(), issued.expires_in.into());
    let scope = issued.scopes.unwrap_or_default().join(" ");
    body.insert("scope".to_owned(), scope.into());
    Ok(body)
}

/// Tokens of other providers are for federation.
fn token_type(name: &str) -> Result<TokenTypeIdentifierType, OAuthError> {
    match name {
        ACCESS_TOKEN => Ok(TokenTypeIdentifierType::AccessToken),
        ID_TOKEN => Ok(TokenTypeIdentifierType::IdToken),
        _ => Err(oauth::invalid_request()),
    }
}
