//! CreateIdentityPool — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_CreateIdentityPool.html>
//!
//! SamlProviderARNs are only stored: the assertions of their providers are refused. The tag
//! `_custom_id_` fixes the pool's id and is not stored.

use super::prelude::*;
use crate::identity_pools::Settings;

pub(crate) async fn handle(
    cx: &Context,
    mut request: CreateIdentityPoolInput,
) -> Result<IdentityPool> {
    let region = &cx.scope.region;
    let id = match Settings::custom_id(&mut request) {
        Some(id) if !Settings::is_id(&id, region) => return Err(errors::invalid_custom_id(&id)),
        Some(id) => id,
        None => cx.app.random.regional_uuid(region),
    };
    let settings = Settings::create(request, id, |id| cx.app.store.user_pool(id).is_some())?;
    let description = settings.description.clone();
    cx.app
        .store
        .create_identity_pool(settings, cx.scope.clone())?;
    Ok(description)
}
