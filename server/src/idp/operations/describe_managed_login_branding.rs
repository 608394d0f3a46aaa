//! DescribeManagedLoginBranding — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeManagedLoginBranding.html>
//!
//! ReturnMergedResources adds AWS's settings, and none of AWS's own images.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeManagedLoginBrandingRequest,
) -> Result<DescribeManagedLoginBrandingResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let merged = request.return_merged_resources == Some(true);
    let description = pool.read(|state| {
        let branding = state
            .login_pages()
            .branding(&request.managed_login_branding_id)?;
        branding.describe(merged)
    })?;
    Ok(DescribeManagedLoginBrandingResponse {
        managed_login_branding: Some(description),
    })
}
