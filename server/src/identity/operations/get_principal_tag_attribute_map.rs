//! GetPrincipalTagAttributeMap — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetPrincipalTagAttributeMap.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: GetPrincipalTagAttributeMapInput,
) -> Result<GetPrincipalTagAttributeMapResponse> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    let provider = request.identity_provider_name;
    let map = pool.read(|state| state.principal_tags().map(&provider, state.settings()))?;
    Ok(GetPrincipalTagAttributeMapResponse {
        identity_pool_id: Some(pool.id().to_owned()),
        identity_provider_name: Some(provider),
        use_defaults: Some(map.use_defaults),
        principal_tags: Some(map.tags),
    })
}
