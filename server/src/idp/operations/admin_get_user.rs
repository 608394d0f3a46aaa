//! AdminGetUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminGetUserRequest,
) -> Result<AdminGetUserResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.read(|state| {
        let user = state.user(&request.username)?;
        Ok(AdminGetUserResponse {
            username: user.username.clone(),
            user_attributes: Some(user.attribute_list()),
            user_create_date: Some(user.created),
            user_last_modified_date: Some(user.modified),
            enabled: Some(user.enabled),
            user_status: Some(user.status),
            mfa_options: user.mfa_options(),
            preferred_mfa_setting: user.factors.preferred_setting(),
            user_mfa_setting_list: user.factors.setting_list(),
        })
    })
}
