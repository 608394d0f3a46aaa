//! CreateIdentityProvider — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html>
//!
//! The metadata of a SAML provider is read at once; where the machine has no network, when a user signs in.

use super::prelude::*;
use crate::federation::{certificates, saml};
use crate::user_pools::IdentityProvider;

pub(crate) async fn handle(
    cx: &Context,
    request: CreateIdentityProviderRequest,
) -> Result<CreateIdentityProviderResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let name = request.provider_name.clone();
    let metadata = match request.provider_type {
        IdentityProviderTypeType::Saml => saml::read_metadata(&request.provider_details).await?,
        _ => None,
    };
    pool.write(|state| {
        let mut provider = IdentityProvider::create(request, state.settings(), cx.now)?;
        if let Some(document) = metadata {
            provider.trust_metadata(document, cx.now);
        }
        state.add_identity_provider(provider)
    })?;
    certificates::prepare_encryption(cx, &pool, &name).await?;
    let identity_provider = pool.read(|state| {
        let provider = state.identity_providers().get(&name);
        provider.map(IdentityProvider::describe)
    });
    Ok(CreateIdentityProviderResponse {
        identity_provider: identity_provider.unwrap_or_default(),
    })
}
