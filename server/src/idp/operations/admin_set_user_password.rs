//! AdminSetUserPassword — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminSetUserPassword.html>

use super::prelude::*;
use crate::user_pools::Password;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminSetUserPasswordRequest,
) -> Result<AdminSetUserPasswordResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let salt = cx.app.random.bytes();
    pool.write(|state| {
        let username = state.user(&request.username)?.username.clone();
        if let Some(rule) = state
            .settings()
            .password_policy()
            .broken_rule(&request.password)
        {
            return Err(errors::password_does_not_conform(rule));
        }
        let history = state.settings().password_history_size();
        let user = state.user(&username)?;
        if user.used_before(pool.id(), &request.password, history) {
            return Err(errors::password_used_before());
        }
        let password = Password::new(salt, pool.id(), &username, &request.password);
        state.update_user(&username, |user| {
            if request.permanent == Some(true) {
                user.set_password(password, history);
                user.status = UserStatusType::Confirmed;
            } else {
                user.set_password(password.temporary(cx.now), history);
                user.status = UserStatusType::ForceChangePassword;
            }
            user.modified = cx.now;
        })
    })?;
    Ok(AdminSetUserPasswordResponse {})
}
