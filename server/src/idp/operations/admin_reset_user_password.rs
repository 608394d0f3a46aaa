//! AdminResetUserPassword — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminResetUserPassword.html>
//!
//! ClientMetadata reaches CustomMessage and the custom senders.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminResetUserPasswordRequest,
) -> Result<AdminResetUserPasswordResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    accounts::reset_as_administrator(
        cx,
        &pool,
        &request.username,
        request.client_metadata.as_ref(),
    )
    .await?;
    Ok(AdminResetUserPasswordResponse {})
}
