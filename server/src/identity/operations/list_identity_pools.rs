//! ListIdentityPools — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_ListIdentityPools.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: ListIdentityPoolsInput,
) -> Result<ListIdentityPoolsResponse> {
    let bound_to = ["ListIdentityPools", &cx.scope.account, &cx.scope.region];
    let after = page::place(request.next_token.as_deref(), &bound_to)?;
    let limit = page::limit(Some(request.max_results));
    let (pools, next) = cx.app.store.list_identity_pools(&cx.scope, after, limit);
    Ok(ListIdentityPoolsResponse {
        identity_pools: Some(
            pools
                .iter()
                .map(|pool| pool.read(|state| state.settings().summary()))
                .collect(),
        ),
        next_token: next.map(|place| page::token(place, &bound_to)),
    })
}
