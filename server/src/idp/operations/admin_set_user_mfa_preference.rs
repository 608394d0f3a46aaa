//! AdminSetUserMFAPreference — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminSetUserMFAPreference.html>

use super::prelude::*;
use crate::accounts;
use crate::user_pools::Preferences;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminSetUserMFAPreferenceRequest,
) -> Result<AdminSetUserMFAPreferenceResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let preferences = Preferences {
        sms: request.sms_mfa_settings,
        software_token: request.software_token_mfa_settings,
        email: request.email_mfa_settings,
        web_authn: request.web_authn_mfa_settings,
    };
    pool.write(|state| accounts::set_preferences(state, &request.username, &preferences))?;
    Ok(AdminSetUserMFAPreferenceResponse {})
}
