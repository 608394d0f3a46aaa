//! AdminDisableUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDisableUser.html>
//!
//! The user's tokens work no longer, not even once the user is enabled again (documented of access tokens, *assumed* of
//! refresh tokens).

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminDisableUserRequest,
) -> Result<AdminDisableUserResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        state.update_user(&request.username, |user| {
            user.enabled = false;
            user.sign_ins.sign_out(cx.now);
            user.modified = cx.now;
        })
    })?;
    Ok(AdminDisableUserResponse {})
}
