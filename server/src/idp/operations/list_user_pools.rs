//! ListUserPools — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPools.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: ListUserPoolsRequest,
) -> Result<ListUserPoolsResponse> {
    let bound_to = ["ListUserPools", &cx.scope.account, &cx.scope.region];
    let after = page::place(request.next_token.as_deref(), &bound_to)?;
    let limit = page::limit(Some(request.max_results));
    let (pools, next) = cx.app.store.list_user_pools(&cx.scope, after, limit);
    Ok(ListUserPoolsResponse {
        user_pools: Some(
            pools
                .iter()
                .map(|pool| pool.read(|state| state.summary()))
                .collect(),
        ),
        next_token: next.map(|place| page::token(place, &bound_to)),
    })
}
