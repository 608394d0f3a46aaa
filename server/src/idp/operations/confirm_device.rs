//! ConfirmDevice — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmDevice.html>

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: ConfirmDeviceRequest,
) -> Result<ConfirmDeviceResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    let user_confirmation_necessary = accounts::confirm_device(cx, &token, request)?;
    Ok(ConfirmDeviceResponse {
        user_confirmation_necessary: Some(user_confirmation_necessary),
    })
}
