//! SetUserSettings — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserSettings.html>
//!
//! The legacy way to turn on SMS as a second factor. MFAOptions are only stored, and come back.

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: SetUserSettingsRequest,
) -> Result<SetUserSettingsResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    token.pool.write(|state| {
        let user = token.user(state)?;
        accounts::set_options(state, &user.username.clone(), request.mfa_options)
    })?;
    Ok(SetUserSettingsResponse {})
}
