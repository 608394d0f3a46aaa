//! TagResource — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_TagResource.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: TagResourceInput) -> Result<TagResourceResponse> {
    let pool = cx.identity_pool_of_arn(&request.resource_arn)?;
    pool.write(|state| {
        let mut tags = state.settings().tags();
        tags.extend(request.tags);
        let settings = state.settings().clone().with_tags(tags)?;
        state.set_settings(settings);
        Ok(())
    })?;
    Ok(TagResourceResponse {})
}
