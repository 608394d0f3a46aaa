//! UpdateIdentityProvider — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateIdentityProvider.html>
//!
//! What the request leaves out stays (assumed).

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateIdentityProviderRequest,
) -> Result<UpdateIdentityProviderResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let identity_provider = pool.write(|state| {
        let provider = state
            .identity_providers()
            .get(&request.provider_name)
            .ok_or_else(|| {
                errors::identity_provider_not_found(&request.provider_name, pool.id())
            })?;
        let provider = provider.update(request, state.settings(), cx.now)?;
        let description = provider.describe();
        state.set_identity_provider(provider)?;
        Ok(description)
    })?;
    Ok(UpdateIdentityProviderResponse { identity_provider })
}
