//! ListDevices — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListDevices.html>

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: ListDevicesRequest,
) -> Result<ListDevicesResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    token.pool.read(|state| {
        let user = token.user(state)?;
        let bound_to = ["ListDevices", token.pool.id(), &user.username];
        let after = page::place(request.pagination_token.as_deref(), &bound_to)?;
        let devices = accounts::devices(state, user)?;
        let (devices, next) = page::of(devices, after, page::limit(request.limit));
        Ok(ListDevicesResponse {
            devices: Some(devices.iter().map(|it| it.describe()).collect()),
            pagination_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
