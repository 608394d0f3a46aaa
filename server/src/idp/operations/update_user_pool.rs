//! UpdateUserPool — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPool.html>
//!
//! What the request leaves out returns to its default, but for DcrConfiguration. What is only stored is what CreateUserPool only
//! stores.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateUserPoolRequest,
) -> Result<UpdateUserPoolResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        state.check_no_import()?;
        let settings = state.settings().update(request, cx.now)?;
        state.set_settings(settings);
        Ok(())
    })?;
    Ok(UpdateUserPoolResponse {})
}
