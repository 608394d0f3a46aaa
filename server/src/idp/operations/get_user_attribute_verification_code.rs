//! GetUserAttributeVerificationCode — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAttributeVerificationCode.html>
//!
//! ClientMetadata reaches triggers only: a pool with one that would be asked is refused until they are there.

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: GetUserAttributeVerificationCodeRequest,
) -> Result<GetUserAttributeVerificationCodeResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    let code_delivery_details =
        accounts::send_verification_code(cx, &token, &request.attribute_name)?;
    Ok(GetUserAttributeVerificationCodeResponse {
        code_delivery_details,
    })
}
