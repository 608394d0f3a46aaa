//! ListGroups — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListGroups.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: ListGroupsRequest) -> Result<ListGroupsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let bound_to = ["ListGroups", pool.id()];
    let after = page::place(request.next_token.as_deref(), &bound_to)?;
    pool.read(|state| {
        let (groups, next) = state.groups().page(after, page::limit(request.limit));
        Ok(ListGroupsResponse {
            groups: Some(
                groups
                    .iter()
                    .map(|group| group.description.clone())
                    .collect(),
            ),
            next_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
