//! `POST /oauth2/revoke`: a refresh token, and what came from it, ends before its time (facts/oauth.md
//! §6). One that is nobody's, or another client's (*assumed*), is no error.

use bytes::Bytes;
use cognito_model::ErrorCode;
use http::header::AUTHORIZATION;
use http::{Response, StatusCode};

use super::client::Caller;
use super::{Call, reply};
use crate::auth;
use crate::errors::oauth::{self, OAuthError};

pub(super) fn answer(call: &Call<'_>) -> Response<Bytes> {
    match revoke(call) {
        Ok(()) => reply::empty(StatusCode::OK),
        Err(error) => reply::error(call, &error),
    }
}

fn revoke(call: &Call<'_>) -> Result<(), OAuthError> {
    let token = call.form.get("token").ok_or_else(oauth::invalid_request)?;
    if call.form.get("client_id").is_none() && !call.headers.contains_key(AUTHORIZATION) {
        return Err(oauth::invalid_client_of_revocation());
    }
    let caller = Caller::of(call).map_err(|error| match error.error {
        "invalid_client" => oauth::invalid_client_of_revocation(),
        _ => error,
    })?;
    let (client_id, secret) = (&caller.client_id, caller.secret.as_deref());
    let revokes = caller.pool.read(|state| {
        let client = state.client(client_id);
        client.is_ok_and(|client| client.revokes_tokens())
    });
    if !revokes {
        return Err(oauth::invalid_request());
    }
    match auth::revoke_token(&call.cx, &caller.pool, client_id, secret, token) {
        Err(error) if error.code() == ErrorCode::UnsupportedTokenTypeException => {
            Err(oauth::unsupported_token_type())
        }
        Err(error) if error.status().is_server_error() => Err(oauth::refused_grant(&error)),
        _ => Ok(()),
    }
}
