//! ForgotPassword — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgotPassword.html>
//!
//! AnalyticsMetadata and UserContextData change nothing in AWS's answers, nor here. ClientMetadata reaches
//! UserMigration, CustomMessage and the custom senders.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: ForgotPasswordRequest,
) -> Result<ForgotPasswordResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    let code_delivery_details = accounts::forgot_password(cx, &pool, &request).await?;
    Ok(ForgotPasswordResponse {
        code_delivery_details,
    })
}
