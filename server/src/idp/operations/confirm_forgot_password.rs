//! ConfirmForgotPassword — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmForgotPassword.html>
//!
//! AnalyticsMetadata and UserContextData change nothing in AWS's answers, nor here. ClientMetadata reaches
//! PostConfirmation.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: ConfirmForgotPasswordRequest,
) -> Result<ConfirmForgotPasswordResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    accounts::confirm_forgot_password(cx, &pool, &request).await?;
    Ok(ConfirmForgotPasswordResponse {})
}
