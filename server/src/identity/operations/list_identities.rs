//! ListIdentities — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_ListIdentities.html>

use super::prelude::*;
use crate::identity_pools::Identity;

pub(crate) async fn handle(
    cx: &Context,
    request: ListIdentitiesInput,
) -> Result<ListIdentitiesResponse> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    let hide_disabled = request.hide_disabled.unwrap_or(false);
    let bound_to = [
        "ListIdentities",
        pool.id(),
        if hide_disabled { "enabled" } else { "" },
    ];
    let after = page::place(request.next_token.as_deref(), &bound_to)?;
    let limit = page::limit(Some(request.max_results));
    Ok(pool.read(|state| {
        let (page, next) = state.identities().page(after, limit, hide_disabled);
        ListIdentitiesResponse {
            identity_pool_id: Some(pool.id().to_owned()),
            identities: Some(page.into_iter().map(Identity::description).collect()),
            next_token: next.map(|place| page::token(place, &bound_to)),
        }
    }))
}
