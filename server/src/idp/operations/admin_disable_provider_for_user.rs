//! AdminDisableProviderForUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDisableProviderForUser.html>
//!
//! A native user loses the password until an administrator sets another one. A federated user loses the
//! own identity and keeps its name, so that its provider signs it in no more (both assumed).

use super::prelude::*;
use crate::accounts;
use crate::user_pools::{self, Disabled};

pub(crate) async fn handle(
    cx: &Context,
    request: AdminDisableProviderForUserRequest,
) -> Result<AdminDisableProviderForUserResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        let providers = state.identity_providers();
        let disabled = user_pools::disable(&request.user, state.users(), providers, pool.id())?;
        match disabled {
            Disabled::Password(username) => state.update_user(&username, |user| {
                user.password = None;
                user.imported_password = None;
                user.modified = cx.now;
            }),
            Disabled::Identity(username, identity) => {
                let before = state.user(&username)?;
                let mut after = before.clone();
                after.identities.retain(|it| *it != identity);
                after.modified = cx.now;
                // With a password and no provider left its addresses are names like anybody's.
                accounts::check_names(state, before, &after)?;
                state.update_user(&username, |user| *user = after)
            }
        }
    })?;
    Ok(AdminDisableProviderForUserResponse {})
}
