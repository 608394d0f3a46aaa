//! DeleteUserPoolClient — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolClient.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: DeleteUserPoolClientRequest) -> Result<()> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    cx.app.store.delete_client(&pool, &request.client_id)
}
