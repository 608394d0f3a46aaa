//! VerifyUserAttribute — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifyUserAttribute.html>

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: VerifyUserAttributeRequest,
) -> Result<VerifyUserAttributeResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    accounts::verify_attribute(cx, &token, &request.attribute_name, &request.code)?;
    Ok(VerifyUserAttributeResponse {})
}
