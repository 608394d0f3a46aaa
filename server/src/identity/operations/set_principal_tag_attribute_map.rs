//! SetPrincipalTagAttributeMap — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetPrincipalTagAttributeMap.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: SetPrincipalTagAttributeMapInput,
) -> Result<SetPrincipalTagAttributeMapResponse> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    let provider = request.identity_provider_name.clone();
    let map = pool.write(|state| {
        let mut tags = state.principal_tags().clone();
        let map = tags.set(request, state.settings())?;
        state.set_principal_tags(tags);
        Ok(map)
    })?;
    Ok(SetPrincipalTagAttributeMapResponse {
        identity_pool_id: Some(pool.id().to_owned()),
        identity_provider_name: Some(provider),
        use_defaults: Some(map.use_defaults),
        principal_tags: Some(map.tags),
    })
}
