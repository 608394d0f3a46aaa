//! AddUserPoolClientSecret — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html>
//!
//! The value is told once, and only if it was made here (documented).

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: AddUserPoolClientSecretRequest,
) -> Result<AddUserPoolClientSecretResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let is_given = request.client_secret.is_some();
    let secret = pool.write(|state| {
        let made = || cx.app.random.client_secret();
        let client = state.client(&request.client_id)?;
        let (client, secret) = client.with_secret(request.client_secret, made, cx.now)?;
        state.set_client(client);
        Ok(secret)
    })?;
    Ok(AddUserPoolClientSecretResponse {
        client_secret_descriptor: Some(ClientSecretDescriptorType {
            client_secret_id: Some(secret.id),
            client_secret_value: Some(secret.value).filter(|_| !is_given),
            client_secret_create_date: Some(secret.created),
        }),
    })
}
