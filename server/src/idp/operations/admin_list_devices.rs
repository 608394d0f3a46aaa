//! AdminListDevices — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListDevices.html>

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminListDevicesRequest,
) -> Result<AdminListDevicesResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.read(|state| {
        let user = accounts::owner(state, &request.username)?;
        let bound_to = ["AdminListDevices", pool.id(), &user.username];
        let after = page::place(request.pagination_token.as_deref(), &bound_to)?;
        let devices = accounts::devices(state, user)?;
        let (devices, next) = page::of(devices, after, page::limit(request.limit));
        let describe = |it| accounts::describe_to_administrator(state, user, it);
        Ok(AdminListDevicesResponse {
            devices: Some(devices.iter().map(describe).collect()),
            pagination_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
