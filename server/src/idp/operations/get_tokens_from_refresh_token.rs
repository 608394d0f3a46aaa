//! GetTokensFromRefreshToken — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html>
//!
//! ClientMetadata reaches PreTokenGeneration.

use super::prelude::*;
use crate::auth;

pub(crate) async fn handle(
    cx: &Context,
    request: GetTokensFromRefreshTokenRequest,
) -> Result<GetTokensFromRefreshTokenResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    let result = auth::refresh_and_rotate(cx, &pool, &request).await?;
    Ok(GetTokensFromRefreshTokenResponse {
        authentication_result: Some(result),
    })
}
