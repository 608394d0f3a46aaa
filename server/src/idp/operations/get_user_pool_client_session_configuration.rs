//! GetUserPoolClientSessionConfiguration — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserPoolClientSessionConfiguration.html>

use super::prelude::*;

/// Of a client for which nothing was set (documented).
const DEFAULT_MINUTES: i32 = 60;

pub(crate) async fn handle(
    cx: &Context,
    request: GetUserPoolClientSessionConfigurationRequest,
) -> Result<GetUserPoolClientSessionConfigurationResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let minutes = pool.read(|state| {
        let id = state.client(&request.client_id)?.id();
        Ok(state
            .settings()
            .sessions
            .client_validity_minutes
            .get(id)
            .copied())
    })?;
    Ok(GetUserPoolClientSessionConfigurationResponse {
        user_pool_id: Some(request.user_pool_id),
        client_id: Some(request.client_id),
        sso_session: Some(ClientSSOSessionConfigType {
            max_validity_minutes: minutes.unwrap_or(DEFAULT_MINUTES),
        }),
    })
}
