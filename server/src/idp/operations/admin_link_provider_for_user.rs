//! AdminLinkProviderForUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminLinkProviderForUser.html>
//!
//! The identity is listed under the value that links it.

use super::prelude::*;
use crate::user_pools;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminLinkProviderForUserRequest,
) -> Result<AdminLinkProviderForUserResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        let (username, identity) = user_pools::link(
            &request.destination_user,
            &request.source_user,
            state.users(),
            state.identity_providers(),
            pool.id(),
            cx.now,
        )?;
        state.update_user(&username, |user| {
            user.identities.push(identity);
            user.modified = cx.now;
        })
    })?;
    Ok(AdminLinkProviderForUserResponse {})
}
