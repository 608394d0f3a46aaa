//! DescribeIdentityPool — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DescribeIdentityPool.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeIdentityPoolInput,
) -> Result<IdentityPool> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    Ok(pool.read(|state| state.settings().description.clone()))
}
