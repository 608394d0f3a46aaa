//! AdminForgetDevice — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminForgetDevice.html>

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(cx: &Context, request: AdminForgetDeviceRequest) -> Result<()> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| accounts::forget_device(state, &request.username, &request.device_key))
}
