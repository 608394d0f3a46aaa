//! GetId — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html>
//!
//! AccountId is needed in old flows only (facts/identity.md §2.2); a pool of another account is not found.

use super::prelude::*;
use crate::identity::logins::{self, OwnTokens};

pub(crate) async fn handle(cx: &Context, request: GetIdInput) -> Result<GetIdResponse> {
    let id = &request.identity_pool_id;
    let pool = cx.identity_pool(id)?;
    if request
        .account_id
        .is_some_and(|account| account != pool.scope().account)
    {
        return Err(errors::identity_pool_not_found(id));
    }
    let settings = pool.read(|state| state.settings().clone());
    let logins = request.logins.unwrap_or_default();
    if logins.is_empty() && !settings.allows_guests() {
        return Err(errors::unauthenticated_not_supported());
    }
    let checked = logins::check(cx, &settings, &logins, OwnTokens::Refused).await?;
    let new_id = || cx.app.random.regional_uuid(&pool.scope().region);
    let identity_id = cx.app.store.with_identities(&pool, |state| {
        checked.confirm(state.settings())?;
        let logins: Vec<_> = checked.logins.iter().map(|it| it.login.clone()).collect();
        state.identity_of(&logins, new_id, cx.now)
    })?;
    Ok(GetIdResponse {
        identity_id: Some(identity_id),
    })
}
