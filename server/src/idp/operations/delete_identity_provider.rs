//! DeleteIdentityProvider — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteIdentityProvider.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: DeleteIdentityProviderRequest) -> Result<()> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let name = &request.provider_name;
    pool.write(|state| {
        state
            .remove_identity_provider(name)
            .map(drop)
            .ok_or_else(|| errors::identity_provider_not_found(name, pool.id()))
    })
}
