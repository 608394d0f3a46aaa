//! DescribeIdentityProvider — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeIdentityProvider.html>

use super::prelude::*;
use crate::federation::certificates;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeIdentityProviderRequest,
) -> Result<DescribeIdentityProviderResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let name = &request.provider_name;
    // Of one that came by a seed.
    certificates::prepare_encryption(cx, &pool, name).await?;
    let identity_provider = pool
        .read(|state| {
            state
                .identity_providers()
                .get(name)
                .map(|provider| provider.describe())
        })
        .ok_or_else(|| errors::identity_provider_not_found(name, pool.id()))?;
    Ok(DescribeIdentityProviderResponse { identity_provider })
}
