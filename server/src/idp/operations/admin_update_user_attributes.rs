//! AdminUpdateUserAttributes — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html>
//!
//! ClientMetadata reaches triggers only: a pool with one that would be asked is refused until they are there.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminUpdateUserAttributesRequest,
) -> Result<AdminUpdateUserAttributesResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    accounts::update_as_administrator(cx, &pool, &request.username, &request.user_attributes)?;
    Ok(AdminUpdateUserAttributesResponse {})
}
