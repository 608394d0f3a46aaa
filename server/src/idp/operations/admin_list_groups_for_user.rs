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
        let limit = page::limit(request.limit);
        let skipped = usize::try_from(after).unwrap_or(usize::MAX);
        let mut groups = state.groups_of(user).skip(skipped);
        let page: Vec<_> = groups
            .by_ref()
            .take(limit)
            .map(|group| group.description.clone())
            .collect();
        let next = groups.next().is_some().then(|| after + limit as u64);
        Ok(AdminListGroupsForUserResponse {
            groups: Some(page),
            next_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
