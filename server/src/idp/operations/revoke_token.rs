//! RevokeToken — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeToken.html>
//!
//! A session that began with an API sign-in has no linked ones, so RevokeAssociatedSessions changes
//! nothing until the domain has sessions of its own.

use super::prelude::*;
use crate::auth;

pub(crate) async fn handle(
    cx: &Context,
    request: RevokeTokenRequest,
) -> Result<RevokeTokenResponse> {
    let pool = cx
        .user_pool_of_client(&request.client_id)
        .map_err(|_| errors::client_is_unauthorized())?;
    let secret = request.client_secret.as_deref();
    auth::revoke_token(cx, &pool, &request.client_id, secret, &request.token)?;
    Ok(RevokeTokenResponse {})
}
