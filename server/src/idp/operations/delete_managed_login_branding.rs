//! DeleteManagedLoginBranding — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteManagedLoginBranding.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: DeleteManagedLoginBrandingRequest) -> Result<()> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| state.remove_branding(&request.managed_login_branding_id))
}
