//! GetTokensFromRefreshToken — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html>
//!
//! ClientMetadata reaches triggers only, which are refused until they are there.

use super::prelude::*;
use crate::auth;

pub(crate) async fn handle(
    cx: &Context,
    request: GetTokensFromRefreshTokenRequest,
) -> Result<GetTokensFromRefreshTokenResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    let presented = (
        request.refresh_token.as_str(),
        request.device_key.as_deref(),
    );
    let secret = request.client_secret.as_deref();
    let result = auth::refresh_and_rotate(cx, &pool, &request.client_id, presented, secret).await?;
    Ok(GetTokensFromRefreshTokenResponse {
        authentication_result: Some(result),
    })
}
