//! SetUserMFAPreference — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserMFAPreference.html>

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;
use crate::user_pools::Preferences;

pub(crate) async fn handle(
    cx: &Context,
    request: SetUserMFAPreferenceRequest,
) -> Result<SetUserMFAPreferenceResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    let preferences = Preferences {
        sms: request.sms_mfa_settings,
        software_token: request.software_token_mfa_settings,
        email: request.email_mfa_settings,
        web_authn: request.web_authn_mfa_settings,
    };
    token.pool.write(|state| {
        let user = token.user(state)?;
        accounts::set_preferences(state, &user.username.clone(), &preferences)
    })?;
    Ok(SetUserMFAPreferenceResponse {})
}
