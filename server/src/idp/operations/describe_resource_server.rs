//! DescribeResourceServer — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeResourceServer.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeResourceServerRequest,
) -> Result<DescribeResourceServerResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.read(|state| {
        let resource_server = state
            .resource_server(&request.identifier)?
            .description
            .clone();
        Ok(DescribeResourceServerResponse { resource_server })
    })
}
