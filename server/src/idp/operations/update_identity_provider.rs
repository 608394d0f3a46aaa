//! UpdateIdentityProvider — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateIdentityProvider.html>
//!
//! What the request leaves out stays (assumed).

use super::prelude::*;
use crate::federation::{certificates, saml};
use crate::user_pools::IdentityProvider;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateIdentityProviderRequest,
) -> Result<UpdateIdentityProviderResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let name = request.provider_name.clone();
    let is_saml = pool.read(|state| {
        let provider = state.identity_providers().get(&name);
        provider.is_some_and(|it| it.provider_type() == IdentityProviderTypeType::Saml)
    });
    let metadata = match &request.provider_details {
        Some(details) if is_saml => saml::read_metadata(details).await?,
        _ => None,
    };
    pool.write(|state| {
        let provider = state
            .identity_providers()
            .get(&request.provider_name)
            .ok_or_else(|| {
                errors::identity_provider_not_found(&request.provider_name, pool.id())
            })?;
        let mut provider = provider.update(request, state.settings(), cx.now)?;
        if let Some(document) = metadata {
            provider.trust_metadata(document, cx.now);
        }
        state.set_identity_provider(provider)
    })?;
    certificates::prepare_encryption(cx, &pool, &name).await?;
    let identity_provider = pool.read(|state| {
        let provider = state.identity_providers().get(&name);
        provider.map(IdentityProvider::describe)
    });
    Ok(UpdateIdentityProviderResponse {
        identity_provider: identity_provider.unwrap_or_default(),
    })
}
