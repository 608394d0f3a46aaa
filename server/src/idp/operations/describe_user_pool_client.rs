//! DescribeUserPoolClient — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPoolClient.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeUserPoolClientRequest,
) -> Result<DescribeUserPoolClientResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let client = pool.read(|state| {
        state
            .client(&request.client_id)
            .map(|client| client.describe())
    })?;
    Ok(DescribeUserPoolClientResponse {
        user_pool_client: Some(client),
    })
}
