//! TagResource — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_TagResource.html>
//!
//! The tag `_custom_id_`, which fixes the id of a new pool, is not stored.

use super::prelude::*;
use cognito_model::ErrorCode;

pub(crate) async fn handle(cx: &Context, request: TagResourceInput) -> Result<TagResourceResponse> {
    let pool = cx.identity_pool_of_arn(&request.resource_arn)?;
    pool.write(|state| {
        let mut tags = state.settings().tags();
        tags.extend(request.tags);
        let settings = state.settings().clone().with_tags(tags).map_err(declared)?;
        state.set_settings(settings);
        Ok(())
    })?;
    Ok(TagResourceResponse {})
}

/// The model declares no LimitExceededException here.
fn declared(error: errors::ApiError) -> errors::ApiError {
    if error.code() == ErrorCode::LimitExceededException {
        errors::too_many_identity_pool_tags()
    } else {
        error
    }
}
