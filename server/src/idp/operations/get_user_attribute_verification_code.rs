//! GetUserAttributeVerificationCode — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAttributeVerificationCode.html>
//!
//! ClientMetadata reaches CustomMessage and the custom senders.

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: GetUserAttributeVerificationCodeRequest,
) -> Result<GetUserAttributeVerificationCodeResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    let code_delivery_details = accounts::send_verification_code(
        cx,
        &token,
        &request.attribute_name,
        request.client_metadata.as_ref(),
    )
    .await?;
    Ok(GetUserAttributeVerificationCodeResponse {
        code_delivery_details,
    })
}
