//! GetIdentityProviderByIdentifier — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetIdentityProviderByIdentifier.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: GetIdentityProviderByIdentifierRequest,
) -> Result<GetIdentityProviderByIdentifierResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let identifier = &request.idp_identifier;
    let identity_provider = pool
        .read(|state| {
            let mut providers = state.identity_providers().iter();
            providers
                .find(|it| it.has_identifier(identifier))
                .map(|provider| provider.describe())
        })
        .ok_or_else(|| errors::identifier_not_found(identifier, pool.id()))?;
    Ok(GetIdentityProviderByIdentifierResponse { identity_provider })
}
