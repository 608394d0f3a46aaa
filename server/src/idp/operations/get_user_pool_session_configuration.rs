//! GetUserPoolSessionConfiguration — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserPoolSessionConfiguration.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: GetUserPoolSessionConfigurationRequest,
) -> Result<GetUserPoolSessionConfigurationResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let sessions = pool.read(|state| state.settings().sessions.clone());
    Ok(GetUserPoolSessionConfigurationResponse {
        user_pool_id: Some(request.user_pool_id),
        user_session_tracking: Some(sessions.tracking),
        token_session: Some(UserPoolTokenSessionConfigType {
            max_per_user: sessions.most_per_user,
        }),
    })
}
