//! UpdateDeviceStatus — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateDeviceStatus.html>

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateDeviceStatusRequest,
) -> Result<UpdateDeviceStatusResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    let (key, status) = (&request.device_key, request.device_remembered_status);
    token.pool.write(|state| {
        let user = token.user(state)?;
        accounts::update_device_status(cx, state, &user.username.clone(), key, status)
    })?;
    Ok(UpdateDeviceStatusResponse {})
}
