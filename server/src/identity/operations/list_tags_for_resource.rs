//! ListTagsForResource — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_ListTagsForResource.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: ListTagsForResourceInput,
) -> Result<ListTagsForResourceResponse> {
    let pool = cx.identity_pool_of_arn(&request.resource_arn)?;
    Ok(ListTagsForResourceResponse {
        tags: Some(pool.read(|state| state.settings().tags())),
    })
}
