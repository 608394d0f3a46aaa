//! AdminResetUserPassword — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminResetUserPassword.html>
//!
//! ClientMetadata reaches triggers only: a pool with one that would be asked is refused until they are there.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminResetUserPasswordRequest,
) -> Result<AdminResetUserPasswordResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    accounts::reset_as_administrator(cx, &pool, &request.username)?;
    Ok(AdminResetUserPasswordResponse {})
}
