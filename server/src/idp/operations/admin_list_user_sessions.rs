//! AdminListUserSessions — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListUserSessions.html>
//!
//! A user has a hundred sessions at most, so one page holds them all and a NextToken is nobody's.
//! DeviceType, LastIPAddress and LastLocation are left out: AWS derives them from where the caller is.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminListUserSessionsRequest,
) -> Result<AdminListUserSessionsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    page::place(request.next_token.as_deref(), &["AdminListUserSessions"])?;
    pool.read(|state| {
        let user = state.user(&request.username)?;
        Ok(AdminListUserSessionsResponse {
            sessions: Some(accounts::sessions(cx, state, user, None)?),
            next_token: None,
        })
    })
}
