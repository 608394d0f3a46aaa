//! TagResource — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_TagResource.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: TagResourceRequest,
) -> Result<TagResourceResponse> {
    let pool = cx.user_pool_of_arn(&request.resource_arn)?;
    pool.write(|state| {
        let mut tags = state.tags_in(&cx.scope.region);
        tags.extend(request.tags);
        state.set_tags_in(&cx.scope.region, tags)
    })?;
    Ok(TagResourceResponse {})
}
