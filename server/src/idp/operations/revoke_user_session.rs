//! RevokeUserSession — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeUserSession.html>
//!
//! A session of tokens that began with an API sign-in has no linked ones, so RevokeAssociatedSessions
//! changes nothing until the domain has sessions of its own.

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: RevokeUserSessionRequest,
) -> Result<RevokeUserSessionResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    token.pool.write(|state| {
        let user = token.user(state)?.username.clone();
        accounts::revoke_session(cx, state, &user, &request.session_id, token.origin_jti)
    })?;
    Ok(RevokeUserSessionResponse {})
}
