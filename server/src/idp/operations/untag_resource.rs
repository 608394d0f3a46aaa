//! UntagResource — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UntagResource.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: UntagResourceRequest,
) -> Result<UntagResourceResponse> {
    let pool = cx.user_pool_of_arn(&request.resource_arn)?;
    pool.write(|state| {
        let mut tags = state.tags_in(&cx.scope.region);
        tags.retain(|key, _| !request.tag_keys.contains(key));
        state.set_tags_in(&cx.scope.region, tags)
    })?;
    Ok(UntagResourceResponse {})
}
