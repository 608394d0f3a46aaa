//! AdminUpdateDeviceStatus — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateDeviceStatus.html>

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminUpdateDeviceStatusRequest,
) -> Result<AdminUpdateDeviceStatusResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let (key, status) = (&request.device_key, request.device_remembered_status);
    pool.write(|state| accounts::update_device_status(cx, state, &request.username, key, status))?;
    Ok(AdminUpdateDeviceStatusResponse {})
}
