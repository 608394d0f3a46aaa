//! AdminEnableUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminEnableUser.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminEnableUserRequest,
) -> Result<AdminEnableUserResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        state.update_user(&request.username, |user| {
            user.enabled = true;
            user.modified = cx.now;
        })
    })?;
    Ok(AdminEnableUserResponse {})
}
