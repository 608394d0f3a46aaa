//! SetUserPoolMfaConfig — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolMfaConfig.html>
//!
//! The passkey configuration is that of registrations, and stays where the request leaves it out (assumed).
//! Only stored is what SmsConfiguration says, since whether there is one is all that counts: SnsCallerArn,
//! ExternalId, SnsRegion, EumsSms.

use super::get_user_pool_mfa_config::describe;
use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: SetUserPoolMfaConfigRequest,
) -> Result<SetUserPoolMfaConfigResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let GetUserPoolMfaConfigResponse {
        sms_mfa_configuration,
        software_token_mfa_configuration,
        email_mfa_configuration,
        mfa_configuration,
        web_authn_configuration,
    } = pool.write(|state| {
        let settings = state.settings().with_mfa(request, cx.now)?;
        let description = describe(&settings);
        state.set_settings(settings);
        Ok(description)
    })?;
    Ok(SetUserPoolMfaConfigResponse {
        sms_mfa_configuration,
        software_token_mfa_configuration,
        email_mfa_configuration,
        mfa_configuration,
        web_authn_configuration,
    })
}
