//! AdminUserGlobalSignOut — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUserGlobalSignOut.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminUserGlobalSignOutRequest,
) -> Result<AdminUserGlobalSignOutResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        state.update_user(&request.username, |user| user.sign_ins.sign_out(cx.now))
    })?;
    Ok(AdminUserGlobalSignOutResponse {})
}
