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
        let settings = state.settings();
        let user = state.user(&request.username)?;
        let username = user.username.clone();
        settings.check_new_password(user, &request.password, errors::password_does_not_conform)?;
        let history = settings.password_history_size();
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
