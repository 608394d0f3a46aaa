//! UntagResource — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UntagResource.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: UntagResourceInput,
) -> Result<UntagResourceResponse> {
    let pool = cx.identity_pool_of_arn(&request.resource_arn)?;
    pool.write(|state| {
        let mut tags = state.settings().tags();
        tags.retain(|key, _| !request.tag_keys.contains(key));
        let settings = state.settings().clone().with_tags(tags)?;
        state.set_settings(settings);
        Ok(())
    })?;
    Ok(UntagResourceResponse {})
}
