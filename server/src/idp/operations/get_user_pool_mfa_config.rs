//! GetUserPoolMfaConfig — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserPoolMfaConfig.html>
//!
//! What is not configured is absent (facts/users.md §11).

use super::prelude::*;
use crate::user_pools::UserPool;

pub(crate) async fn handle(
    cx: &Context,
    request: GetUserPoolMfaConfigRequest,
) -> Result<GetUserPoolMfaConfigResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    Ok(pool.read(|state| describe(state.settings())))
}

pub(super) fn describe(pool: &UserPool) -> GetUserPoolMfaConfigResponse {
    let description = &pool.description;
    let sms = SmsMfaConfigType {
        sms_authentication_message: description.sms_authentication_message.clone(),
        sms_configuration: description.sms_configuration.clone(),
    };
    GetUserPoolMfaConfigResponse {
        sms_mfa_configuration: sms.sms_configuration.is_some().then_some(sms),
        software_token_mfa_configuration: pool.mfa.software_token.clone(),
        email_mfa_configuration: pool.mfa.email.clone(),
        mfa_configuration: description.mfa_configuration,
        web_authn_configuration: pool.mfa.web_authn.clone(),
    }
}
