//! UnlinkIdentity — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UnlinkIdentity.html>
//!
//! A provider that is not linked has nothing to unlink, and is no fault (assumed).

use super::prelude::*;
use crate::identity::logins::{self, OwnTokens};

pub(crate) async fn handle(cx: &Context, request: UnlinkIdentityInput) -> Result<()> {
    let id = &request.identity_id;
    let pool = cx.identity_pool_of_identity(id)?;
    let settings = pool.read(|state| {
        state.identities().usable(id)?;
        Ok(state.settings().clone())
    })?;
    let mut providers = request.logins_to_remove;
    if providers
        .iter()
        .any(|name| settings.is_developer_provider(name))
    {
        return Err(errors::not_a_public_provider());
    }
    for name in &mut providers {
        *name = logins::provider_name(cx, &settings, name);
    }
    let checked = logins::check(cx, &settings, &request.logins, OwnTokens::Refused).await?;
    cx.app.store.with_identities(&pool, |state| {
        let identity = state.identities().usable(id)?;
        checked.confirm(state.settings())?;
        let mut logins = checked.logins.iter();
        if request.logins.is_empty() {
            return Err(errors::access_to_identity_forbidden(id));
        }
        if !logins.any(|it| identity.has(&it.login)) {
            return Err(errors::logins_do_not_match());
        }
        let removed = identity.logins.iter();
        let removed = removed.filter(|login| providers.contains(&login.provider));
        let removed: Vec<_> = removed.cloned().collect();
        state.unlink(id, &removed, cx.now);
        Ok(())
    })
}
