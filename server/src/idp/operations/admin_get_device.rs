//! AdminGetDevice — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetDevice.html>

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminGetDeviceRequest,
) -> Result<AdminGetDeviceResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.read(|state| {
        let user = accounts::owner(state, &request.username)?;
        let device = accounts::device(state, user, &request.device_key)?;
        Ok(AdminGetDeviceResponse {
            device: accounts::describe_to_administrator(state, user, device),
        })
    })
}
