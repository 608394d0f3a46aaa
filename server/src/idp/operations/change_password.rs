//! ChangePassword — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ChangePassword.html>

use super::prelude::*;
use crate::store::PoolState;
use crate::tokens::AccessToken;
use crate::{accounts, auth};

pub(crate) async fn handle(
    cx: &Context,
    request: ChangePasswordRequest,
) -> Result<ChangePasswordResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    let previous = request.previous_password.as_deref();
    if let Some(previous) = previous {
        let user = |state: &PoolState| Ok(token.user(state)?.username.clone());
        let username = token.pool.read(user)?;
        auth::imported::settle(cx, &token.pool, &username, previous).await?;
    }
    accounts::change_password(cx, &token, previous, &request.proposed_password)?;
    Ok(ChangePasswordResponse {})
}
