//! AdminDeleteUserAttributes — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteUserAttributes.html>

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminDeleteUserAttributesRequest,
) -> Result<AdminDeleteUserAttributesResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        let user = state.user(&request.username)?.clone();
        accounts::delete_attributes(cx, state, &user, &request.user_attribute_names, None)
    })?;
    Ok(AdminDeleteUserAttributesResponse {})
}
