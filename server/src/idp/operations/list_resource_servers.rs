//! ListResourceServers — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListResourceServers.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: ListResourceServersRequest,
) -> Result<ListResourceServersResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let bound_to = ["ListResourceServers", pool.id()];
    let after = page::place(request.next_token.as_deref(), &bound_to)?;
    pool.read(|state| {
        let limit = page::limit(request.max_results).min(50);
        let (servers, next) = state.resource_servers().page(after, limit);
        Ok(ListResourceServersResponse {
            resource_servers: servers
                .iter()
                .map(|server| server.description.clone())
                .collect(),
            next_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
