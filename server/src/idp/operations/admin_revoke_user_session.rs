//! AdminRevokeUserSession — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRevokeUserSession.html>
//!
//! A session of tokens that began with an API sign-in has no linked ones, so RevokeAssociatedSessions
//! changes nothing until the domain has sessions of its own.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminRevokeUserSessionRequest,
) -> Result<AdminRevokeUserSessionResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        accounts::revoke_session(cx, state, &request.username, &request.session_id, None)
    })?;
    Ok(AdminRevokeUserSessionResponse {})
}
