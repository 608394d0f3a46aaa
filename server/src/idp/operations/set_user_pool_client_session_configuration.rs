//! SetUserPoolClientSessionConfiguration — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolClientSessionConfiguration.html>
//!
//! Holds for sessions of browsers on the domain, those begun before included (assumed).

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: SetUserPoolClientSessionConfigurationRequest,
) -> Result<SetUserPoolClientSessionConfigurationResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        state.client(&request.client_id)?;
        let mut settings = state.settings().clone();
        settings.check_session_tier()?;
        if settings.sessions.tracking != UserSessionTrackingType::Enabled {
            return Err(errors::session_tracking_is_off());
        }
        let minutes = request.sso_session.max_validity_minutes;
        settings
            .sessions
            .client_validity_minutes
            .insert(request.client_id.clone(), minutes);
        state.set_settings(settings);
        Ok(())
    })?;
    Ok(SetUserPoolClientSessionConfigurationResponse {
        user_pool_id: Some(request.user_pool_id),
        client_id: Some(request.client_id),
        sso_session: Some(request.sso_session),
    })
}
