//! AdminGetUserAuthFactors — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUserAuthFactors.html>

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminGetUserAuthFactorsRequest,
) -> Result<AdminGetUserAuthFactorsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.read(|state| {
        let user = state.user(&request.username)?;
        Ok(AdminGetUserAuthFactorsResponse {
            username: user.username.clone(),
            preferred_mfa_setting: user.factors.preferred_setting(),
            user_mfa_setting_list: user.factors.setting_list(),
            configured_user_auth_factors: Some(accounts::configured_factors(state, user)),
        })
    })
}
