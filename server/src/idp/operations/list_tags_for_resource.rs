//! ListTagsForResource — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListTagsForResource.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: ListTagsForResourceRequest,
) -> Result<ListTagsForResourceResponse> {
    let pool = cx.user_pool_of_arn(&request.resource_arn)?;
    Ok(ListTagsForResourceResponse {
        tags: Some(pool.read(|state| state.tags_in(&cx.scope.region))),
    })
}
