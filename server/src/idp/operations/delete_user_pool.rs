//! DeleteUserPool — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPool.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: DeleteUserPoolRequest) -> Result<()> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    cx.app.store.delete_user_pool(&pool, |state| {
        state.check_no_import()?;
        if !state.domains().is_empty() {
            return Err(errors::user_pool_has_domain());
        }
        if state.settings().is_protected() {
            Err(errors::user_pool_is_protected())
        } else {
            Ok(())
        }
    })
}
