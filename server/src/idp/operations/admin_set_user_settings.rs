//! AdminSetUserSettings — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminSetUserSettings.html>
//!
//! The legacy way to turn on SMS as a second factor. MFAOptions are only stored, and come back.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminSetUserSettingsRequest,
) -> Result<AdminSetUserSettingsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| accounts::set_options(state, &request.username, request.mfa_options))?;
    Ok(AdminSetUserSettingsResponse {})
}
