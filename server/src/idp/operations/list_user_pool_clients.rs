//! ListUserPoolClients — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPoolClients.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: ListUserPoolClientsRequest,
) -> Result<ListUserPoolClientsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let client_type = request
        .client_type
        .map(ClientTypeType::as_str)
        .unwrap_or_default();
    let bound_to = ["ListUserPoolClients", pool.id(), client_type];
    let after = page::place(request.next_token.as_deref(), &bound_to)?;
    pool.read(|state| {
        let (clients, next) = state
            .clients()
            .page(after, page::limit(request.max_results));
        // A page may hold fewer than asked, or none, where a type is asked for (documented).
        let of_type = |client: &&&crate::user_pools::Client| {
            request.client_type.is_none() || client.description.client_type == request.client_type
        };
        Ok(ListUserPoolClientsResponse {
            user_pool_clients: Some(
                clients
                    .iter()
                    .filter(of_type)
                    .map(|client| client.summary())
                    .collect(),
            ),
            next_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
