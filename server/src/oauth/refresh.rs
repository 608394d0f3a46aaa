//! The grant `refresh_token`: scopes and audience stay as they were granted, so `scope` has no effect
//! (documented). With rotation there is a new refresh token, too.

use cognito_model::idp::GetTokensFromRefreshTokenRequest;

use super::Call;
use super::client::Caller;
use super::token::{Granted, body_of};
use crate::auth;
use crate::errors::oauth;

pub(super) async fn refresh(call: &Call<'_>, caller: &Caller) -> Granted {
    let token = call
        .form
        .get("refresh_token")
        .ok_or_else(oauth::invalid_request)?;
    // A device cannot be named here (documented).
    let request = GetTokensFromRefreshTokenRequest {
        refresh_token: token.to_owned(),
        client_id: caller.client_id.clone(),
        client_secret: caller.secret.clone(),
        device_key: None,
        client_metadata: None,
    };
    auth::refresh_and_rotate(&call.cx, &caller.pool, &request)
        .await
        .map(body_of)
        .map_err(|error| oauth::refused_grant(&error))
}
