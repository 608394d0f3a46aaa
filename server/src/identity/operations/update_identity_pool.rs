//! UpdateIdentityPool — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UpdateIdentityPool.html>
//!
//! ConcurrentModificationException never: one update waits for the other. What is only stored
//! is what CreateIdentityPool only stores.

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: IdentityPool) -> Result<IdentityPool> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    pool.write(|state| {
        let is_user_pool = |id: &str| cx.app.store.user_pool(id).is_some();
        let settings = state.settings().update(request, is_user_pool)?;
        let description = settings.description.clone();
        state.set_settings(settings);
        Ok(description)
    })
}
