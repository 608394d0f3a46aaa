//! DescribeManagedLoginBrandingByClient — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeManagedLoginBrandingByClient.html>
//!
//! ReturnMergedResources adds AWS's settings, and none of AWS's own images.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeManagedLoginBrandingByClientRequest,
) -> Result<DescribeManagedLoginBrandingByClientResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let merged = request.return_merged_resources == Some(true);
    let description = pool.read(|state| {
        state.client(&request.client_id)?;
        let branding = state.login_pages().branding_of(&request.client_id);
        branding
            .ok_or_else(|| errors::client_has_no_branding(&request.client_id))?
            .describe(merged)
    })?;
    Ok(DescribeManagedLoginBrandingByClientResponse {
        managed_login_branding: Some(description),
    })
}
