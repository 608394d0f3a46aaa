//! ForgetDevice — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgetDevice.html>

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(cx: &Context, request: ForgetDeviceRequest) -> Result<()> {
    let token = AccessToken::required(cx, request.access_token.as_deref())?;
    token.pool.write(|state| {
        let user = token.user(state)?;
        accounts::forget_device(state, &user.username.clone(), &request.device_key)
    })
}
