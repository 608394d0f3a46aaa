//! DescribeUserPool — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPool.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeUserPoolRequest,
) -> Result<DescribeUserPoolResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    Ok(DescribeUserPoolResponse {
        user_pool: Some(pool.read(|state| state.describe())),
    })
}
