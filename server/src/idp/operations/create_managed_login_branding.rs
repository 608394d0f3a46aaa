//! CreateManagedLoginBranding — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateManagedLoginBranding.html>
//!
//! `pages/look.rs` says which settings and images the pages have; the rest come back and do nothing more.

use super::prelude::*;
use crate::user_pools::{Branding, ManagedLoginBranding};

pub(crate) async fn handle(
    cx: &Context,
    request: CreateManagedLoginBrandingRequest,
) -> Result<CreateManagedLoginBrandingResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let branding = Branding {
        use_cognito_provided_values: request.use_cognito_provided_values,
        settings: request.settings,
        assets: request.assets,
    };
    let id = cx.app.random.uuid().to_string();
    let branding =
        ManagedLoginBranding::create(id, pool.id(), request.client_id, branding, cx.now)?;
    let description = branding.describe(false)?;
    pool.write(|state| state.add_branding(branding))?;
    Ok(CreateManagedLoginBrandingResponse {
        managed_login_branding: Some(description),
    })
}
