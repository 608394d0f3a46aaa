//! GetClientToken — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetClientToken.html>
//!
//! ClientMetadata reaches PreTokenGeneration, in its third version.

use super::prelude::*;
use crate::auth;

pub(crate) async fn handle(
    cx: &Context,
    request: GetClientTokenRequest,
) -> Result<GetClientTokenResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    let result = auth::client_token(cx, &pool, &request).await?;
    Ok(GetClientTokenResponse {
        client_authentication_result: Some(result),
    })
}
