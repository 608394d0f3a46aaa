//! CreateIdentityProvider — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html>
//!
//! A SAML provider signs nobody in until SAML is there.

use super::prelude::*;
use crate::user_pools::IdentityProvider;

pub(crate) async fn handle(
    cx: &Context,
    request: CreateIdentityProviderRequest,
) -> Result<CreateIdentityProviderResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let identity_provider = pool.write(|state| {
        let provider = IdentityProvider::create(request, state.settings(), cx.now)?;
        let description = provider.describe();
        state.add_identity_provider(provider)?;
        Ok(description)
    })?;
    Ok(CreateIdentityProviderResponse { identity_provider })
}
