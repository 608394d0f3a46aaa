//! AdminListGroupsForUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListGroupsForUser.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminListGroupsForUserRequest,
) -> Result<AdminListGroupsForUserResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.read(|state| {
        let user = state.user(&request.username)?;
        // A page goes on after so many groups: a user has a hundred at most.
        let bound_to = ["AdminListGroupsForUser", pool.id(), &user.username];
        let after = page::place(request.next_token.as_deref(), &bound_to)?;
        let groups: Vec<_> = state.groups_of(user).collect();
        let (groups, next) = page::of(&groups, after, page::limit(request.limit));
        Ok(AdminListGroupsForUserResponse {
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
