//! GetDevice — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetDevice.html>

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(cx: &Context, request: GetDeviceRequest) -> Result<GetDeviceResponse> {
    let token = AccessToken::required(cx, request.access_token.as_deref())?;
    token.pool.read(|state| {
        let user = token.user(state)?;
        let device = accounts::device(state, user, &request.device_key)?;
        Ok(GetDeviceResponse {
            device: device.describe(),
        })
    })
}
