//! ListUserPoolClientSecrets — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPoolClientSecrets.html>
//!
//! Never the values, and never a page: a client has two at the most. NextToken is refused, since none is
//! ever given.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: ListUserPoolClientSecretsRequest,
) -> Result<ListUserPoolClientSecretsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    if request.next_token.is_some() {
        return Err(errors::invalid_next_token());
    }
    pool.read(|state| {
        let secrets = state.client(&request.client_id)?.secrets.iter();
        let describe = |secret: &crate::user_pools::ClientSecret| ClientSecretDescriptorType {
            client_secret_id: Some(secret.id.clone()),
            client_secret_value: None,
            client_secret_create_date: Some(secret.created),
        };
        Ok(ListUserPoolClientSecretsResponse {
            client_secrets: Some(secrets.map(describe).collect()),
            next_token: None,
        })
    })
}
