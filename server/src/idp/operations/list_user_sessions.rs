//! ListUserSessions — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserSessions.html>
//!
//! A user has a hundred sessions at most, so one page holds them all and a NextToken is nobody's.
//! DeviceType, LastIPAddress and LastLocation are left out: AWS derives them from where the caller is.

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: ListUserSessionsRequest,
) -> Result<ListUserSessionsResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    page::place(request.next_token.as_deref(), &["ListUserSessions"])?;
    token.pool.read(|state| {
        let user = token.user(state)?;
        let sessions = accounts::sessions(cx, state, user, token.origin_jti)?;
        Ok(ListUserSessionsResponse {
            sessions: Some(sessions),
            next_token: None,
        })
    })
}
