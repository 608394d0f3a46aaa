//! ListUsers — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html>
//!
//! Filter is refused until its grammar is there.

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: ListUsersRequest) -> Result<ListUsersResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    if request
        .filter
        .as_deref()
        .is_some_and(|filter| !filter.trim().is_empty())
    {
        return Err(errors::not_implemented("ListUsers with Filter"));
    }
    let wanted = request.attributes_to_get.unwrap_or_default();
    if wanted.iter().any(|name| name == "sub") {
        return Err(errors::sub_cannot_be_requested());
    }
    let all_wanted = wanted.join(",");
    let bound_to = ["ListUsers", pool.id(), &all_wanted];
    let after = page::place(request.pagination_token.as_deref(), &bound_to)?;
    pool.read(|state| {
        if wanted
            .iter()
            .any(|name| state.settings().schema().find(name).is_none())
        {
            return Err(errors::requested_attributes_do_not_exist());
        }
        let (users, next) = state.users().page(after, page::limit(request.limit));
        // Every user of the answer must have what is asked for (documented).
        if users
            .iter()
            .any(|user| wanted.iter().any(|name| user.attribute(name).is_none()))
        {
            return Err(errors::requested_attributes_do_not_exist());
        }
        let describe = |user: &&crate::user_pools::User| {
            let mut description = user.describe();
            if !wanted.is_empty() {
                let attributes = description.attributes.get_or_insert_default();
                attributes.retain(|attribute| wanted.contains(&attribute.name));
            }
            description
        };
        Ok(ListUsersResponse {
            users: Some(users.iter().map(describe).collect()),
            pagination_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
