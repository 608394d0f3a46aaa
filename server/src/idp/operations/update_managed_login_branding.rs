//! UpdateManagedLoginBranding — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateManagedLoginBranding.html>
//!
//! Settings are merged member by member, and an asset replaces the one of its category, color mode and
//! extension (assumed; documented is that what a request leaves out stays). `pages/look.rs` says which the pages have.

use super::prelude::*;
use crate::user_pools::Branding;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateManagedLoginBrandingRequest,
) -> Result<UpdateManagedLoginBrandingResponse> {
    let needed = |member: Option<String>, name: &str| {
        member.ok_or_else(|| errors::branding_member_missing(name))
    };
    let pool = cx.user_pool(&needed(request.user_pool_id, "UserPoolId")?)?;
    let id = needed(request.managed_login_branding_id, "ManagedLoginBrandingId")?;
    let branding = Branding {
        use_cognito_provided_values: request.use_cognito_provided_values,
        settings: request.settings,
        assets: request.assets,
    };
    let description = pool.write(|state| {
        state
            .update_branding(&id, branding, cx.now)?
            .describe(false)
    })?;
    Ok(UpdateManagedLoginBrandingResponse {
        managed_login_branding: Some(description),
    })
}
