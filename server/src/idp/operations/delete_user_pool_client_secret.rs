//! DeleteUserPoolClientSecret — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolClientSecret.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DeleteUserPoolClientSecretRequest,
) -> Result<DeleteUserPoolClientSecretResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        let client = state
            .client(&request.client_id)?
            .without_secret(&request.client_secret_id)?;
        state.set_client(client);
        Ok(())
    })?;
    Ok(DeleteUserPoolClientSecretResponse {})
}
