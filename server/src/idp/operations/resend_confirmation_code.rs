//! ResendConfirmationCode — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ResendConfirmationCode.html>
//!
//! AnalyticsMetadata and UserContextData change nothing in AWS's answers, nor here. ClientMetadata reaches
//! CustomMessage and the custom senders.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: ResendConfirmationCodeRequest,
) -> Result<ResendConfirmationCodeResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    let code_delivery_details = accounts::resend_confirmation_code(cx, &pool, &request).await?;
    Ok(ResendConfirmationCodeResponse {
        code_delivery_details,
    })
}
