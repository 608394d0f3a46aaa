//! SetUserPoolSessionConfiguration — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolSessionConfiguration.html>
//!
//! Each takes effect with the next sign-in: sessions begun before stay as they are (assumed).

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: SetUserPoolSessionConfigurationRequest,
) -> Result<SetUserPoolSessionConfigurationResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        let mut settings = state.settings().clone();
        settings.check_session_tier()?;
        settings.sessions.tracking = request.user_session_tracking;
        settings.sessions.most_per_user = request.token_session.max_per_user;
        state.set_settings(settings);
        Ok(())
    })?;
    Ok(SetUserPoolSessionConfigurationResponse {
        user_pool_id: Some(request.user_pool_id),
        user_session_tracking: Some(request.user_session_tracking),
        token_session: Some(request.token_session),
    })
}
