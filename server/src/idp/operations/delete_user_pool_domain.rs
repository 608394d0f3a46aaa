//! DeleteUserPoolDomain — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolDomain.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DeleteUserPoolDomainRequest,
) -> Result<DeleteUserPoolDomainResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    cx.app.store.delete_domain(&pool, &request.domain)?;
    Ok(DeleteUserPoolDomainResponse {})
}
