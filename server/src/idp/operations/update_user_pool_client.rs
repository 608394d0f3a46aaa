//! UpdateUserPoolClient — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolClient.html>
//!
//! What the request leaves out returns to its default. What is only stored is what CreateUserPoolClient
//! only stores.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateUserPoolClientRequest,
) -> Result<UpdateUserPoolClientResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let description = pool.write(|state| {
        let client = state.client(&request.client_id)?;
        let client = client.update(request, &state.surroundings(), cx.now)?;
        let description = client.describe();
        state.set_client(client);
        Ok(description)
    })?;
    Ok(UpdateUserPoolClientResponse {
        user_pool_client: Some(description),
    })
}
