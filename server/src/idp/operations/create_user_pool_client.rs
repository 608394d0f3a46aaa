//! CreateUserPoolClient — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html>
//!
//! Only stored: AnalyticsConfiguration.
//! A ClientName `_custom_id_:abc` gives the client id `abc` and the name `abc`.

use super::prelude::*;
use crate::user_pools::Client;

pub(crate) async fn handle(
    cx: &Context,
    request: CreateUserPoolClientRequest,
) -> Result<CreateUserPoolClientResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let id = match &cx.fixed_id {
        Some(id) if !Client::is_id(id) => return Err(errors::invalid_custom_id(id)),
        Some(id) => id.clone(),
        None => cx.app.random.client_id(),
    };
    let client = cx.app.store.create_client(&pool, &id, |state| {
        if state.clients().len() >= Client::MOST {
            return Err(errors::limit_exceeded("user pool clients", Client::MOST));
        }
        let secret = || cx.app.random.client_secret();
        Client::create(request, id.clone(), secret, &state.surroundings(), cx.now)
    })?;
    Ok(CreateUserPoolClientResponse {
        user_pool_client: Some(client.describe()),
    })
}
