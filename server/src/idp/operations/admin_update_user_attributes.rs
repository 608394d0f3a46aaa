//! AdminUpdateUserAttributes — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html>
//!
//! ClientMetadata reaches CustomMessage and the custom senders.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminUpdateUserAttributesRequest,
) -> Result<AdminUpdateUserAttributesResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    accounts::update_as_administrator(
        cx,
        &pool,
        &request.username,
        &request.user_attributes,
        request.client_metadata.as_ref(),
    )
    .await?;
    Ok(AdminUpdateUserAttributesResponse {})
}
