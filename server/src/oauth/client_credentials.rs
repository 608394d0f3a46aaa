//! The grant `client_credentials`: an access token for a client that acts for itself, with the custom
//! scopes of resource servers only. `aws_client_metadata` is for PreTokenGeneration alone.

use std::collections::BTreeMap;

use cognito_model::idp::OAuthFlowType;
use serde_json::Map;

use super::Call;
use super::client::Caller;
use super::request::is_scope;
use super::token::Granted;
use crate::auth;
use crate::errors::oauth;

pub(super) async fn grant(call: &Call<'_>, caller: &Caller) -> Granted {
    let metadata: Option<BTreeMap<String, String>> = match call.form.get("aws_client_metadata") {
        None => None,
        Some(text) => Some(serde_json::from_str(text).map_err(|_| oauth::invalid_request())?),
    };
    let scopes: Vec<String> = caller.pool.read(|state| {
        let client = state.client(&caller.client_id);
        let client = client.map_err(|_| oauth::invalid_client())?;
        // Captured: facts/captured.md 91.
        if !client.is_oauth_client() {
            return Err(oauth::invalid_grant());
        }
        if !client.allows_oauth_flow(OAuthFlowType::ClientCredentials) {
            return Err(oauth::unauthorized_client());
        }
        let allowed = client.allowed_scopes();
        let mut scopes: Vec<String> = Vec::new();
        let asked = call.form.get("scope");
        if asked.is_none() {
            let usable = allowed.iter().filter(|it| is_scope(state, it));
            scopes.extend(usable.cloned());
        }
        for scope in asked.unwrap_or_default().split_ascii_whitespace() {
            if !is_scope(state, scope) {
                return Err(oauth::invalid_scope());
            }
            // Documented: one that exists and is not the client's is another error.
            if !allowed.iter().any(|it| it == scope) {
                return Err(oauth::invalid_grant());
            }
            if !scopes.iter().any(|it| it == scope) {
                scopes.push(scope.to_owned());
            }
        }
        // Documented: a token of a client has a custom scope at least.
        if scopes.is_empty() {
            return Err(oauth::invalid_scope());
        }
        Ok(scopes)
    })?;
    let result = auth::client_credentials(
        &call.cx,
        &caller.pool,
        &caller.client_id,
        (&scopes, metadata.as_ref()),
    )
    .await
    .map_err(|error| oauth::refused_grant(&error))?;
    let mut body = Map::new();
    body.insert("access_token".to_owned(), result.access_token.into());
    body.insert("expires_in".to_owned(), result.expires_in.into());
    body.insert("token_type".to_owned(), "Bearer".into());
    Ok(body)
}
