//! ListUsers — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html>

use super::prelude::*;
use crate::user_pools::Filter;

pub(crate) async fn handle(cx: &Context, request: ListUsersRequest) -> Result<ListUsersResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let text = request.filter.unwrap_or_default();
    let filter = Filter::parse(&text)?;
    let wanted = request.attributes_to_get.unwrap_or_default();
    if wanted.iter().any(|name| name == "sub") {
        return Err(errors::sub_cannot_be_requested());
    }
    let all_wanted = wanted.join(",");
    let bound_to = ["ListUsers", pool.id(), &all_wanted, &text];
    let after = page::place(request.pagination_token.as_deref(), &bound_to)?;
    pool.read(|state| {
        if wanted
            .iter()
            .any(|name| name != "identities" && state.settings().schema().find(name).is_none())
        {
            return Err(errors::requested_attributes_do_not_exist());
        }
        let limit = page::limit(request.limit);
        let (users, next) = match &filter {
            Some(filter) => state.users().search(filter, after, limit),
            None => state.users().page(after, limit),
        };
        // Every user of the answer must have what is asked for (documented).
        if users
            .iter()
            .any(|user| !wanted.iter().all(|name| user.has_attribute(name)))
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
