//! CreateIdentityProvider — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html>
//!
//! Everything is only stored until federation is there.

use super::prelude::*;
use crate::user_pools::IdentityProvider;

/// Identity providers in one pool (facts/wire.md §4).
const MOST_PROVIDERS: usize = 300;

pub(crate) async fn handle(
    cx: &Context,
    request: CreateIdentityProviderRequest,
) -> Result<CreateIdentityProviderResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let identity_provider = pool.write(|state| {
        let provider = IdentityProvider::create(request, state.settings(), cx.now)?;
        let providers = state.identity_providers();
        if providers.contains(provider.name()) {
            return Err(errors::duplicate_provider(provider.name()));
        }
        let identifiers = provider.description.idp_identifiers.iter().flatten();
        if let Some(taken) = identifiers
            .into_iter()
            .find(|identifier| providers.iter().any(|it| it.has_identifier(identifier)))
        {
            return Err(errors::idp_identifier_is_taken(taken));
        }
        if providers.len() >= MOST_PROVIDERS {
            return Err(errors::limit_exceeded("identity providers", MOST_PROVIDERS));
        }
        let description = provider.describe();
        state.insert_identity_provider(provider);
        Ok(description)
    })?;
    Ok(CreateIdentityProviderResponse { identity_provider })
}
