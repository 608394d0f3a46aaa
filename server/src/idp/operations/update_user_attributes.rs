//! UpdateUserAttributes — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserAttributes.html>
//!
//! ClientMetadata reaches CustomMessage and the custom senders.

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateUserAttributesRequest,
) -> Result<UpdateUserAttributesResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    let deliveries = accounts::update_as_user(
        cx,
        &token,
        &request.user_attributes,
        request.client_metadata.as_ref(),
    )
    .await?;
    Ok(UpdateUserAttributesResponse {
        code_delivery_details_list: Some(deliveries),
    })
}
