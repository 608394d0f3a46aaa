//! GetUserAuthFactors — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAuthFactors.html>

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: GetUserAuthFactorsRequest,
) -> Result<GetUserAuthFactorsResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    token.pool.read(|state| {
        let user = token.user(state)?;
        Ok(GetUserAuthFactorsResponse {
            username: user.username.clone(),
            preferred_mfa_setting: user.factors.preferred_setting(),
            user_mfa_setting_list: user.factors.setting_list(),
            configured_user_auth_factors: Some(accounts::configured_factors(state, user)),
        })
    })
}
