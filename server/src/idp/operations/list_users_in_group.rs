//! ListUsersInGroup — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsersInGroup.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: ListUsersInGroupRequest,
) -> Result<ListUsersInGroupResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let bound_to = ["ListUsersInGroup", pool.id(), &request.group_name];
    let after = page::place(request.next_token.as_deref(), &bound_to)?;
    pool.read(|state| {
        let group = state.group(&request.group_name)?.name();
        let (users, next) = state
            .users()
            .members(group, after, page::limit(request.limit));
        Ok(ListUsersInGroupResponse {
            users: Some(users.iter().map(|user| user.describe()).collect()),
            next_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
