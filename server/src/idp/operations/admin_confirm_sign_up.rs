//! AdminConfirmSignUp — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminConfirmSignUp.html>
//!
//! ClientMetadata reaches PostConfirmation.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminConfirmSignUpRequest,
) -> Result<AdminConfirmSignUpResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    accounts::confirm_as_administrator(
        cx,
        &pool,
        &request.username,
        request.client_metadata.as_ref(),
    )
    .await?;
    Ok(AdminConfirmSignUpResponse {})
}
