//! `POST /oauth2/token`: which grant, and who asks. The client is checked before anything is spent
//! (facts/oauth.md §4).

use bytes::Bytes;
use cognito_model::idp::AuthenticationResultType;
use http::{Response, StatusCode};
use serde_json::{Map, Value};

use super::client::Caller;
use super::{Call, client_credentials, code, refresh, reply, token_exchange};
use crate::errors::oauth::{self, OAuthError};

/// A body of tokens.
pub(super) type Granted = Result<Map<String, Value>, OAuthError>;

pub(super) async fn answer(call: &Call<'_>) -> Response<Bytes> {
    match grant(call).await {
        Ok(body) => reply::json(StatusCode::OK, &body),
        Err(error) => reply::error(call, &error),
    }
}

async fn grant(call: &Call<'_>) -> Granted {
    let grant_type = call
        .form
        .get("grant_type")
        .ok_or_else(oauth::invalid_request)?;
    if !matches!(
        grant_type,
        "authorization_code" | "refresh_token" | "client_credentials" | token_exchange::GRANT_TYPE
    ) {
        return Err(oauth::unsupported_grant_type());
    }
    let caller = Caller::of(call)?;
    match grant_type {
        "authorization_code" => code::exchange(call, &caller).await,
        "refresh_token" => refresh::refresh(call, &caller).await,
        "client_credentials" => client_credentials::grant(call, &caller).await,
        _ => token_exchange::exchange(call, &caller).await,
    }
}

/// What there is of them.
pub(super) fn body_of(tokens: AuthenticationResultType) -> Map<String, Value> {
    let mut body = Map::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            body.insert(name.to_owned(), value.into());
        }
    };
    add("id_token", tokens.id_token);
    add("access_token", tokens.access_token);
    add("refresh_token", tokens.refresh_token);
    body.insert("expires_in".to_owned(), tokens.expires_in.into());
    body.insert("token_type".to_owned(), "Bearer".into());
    body
}
