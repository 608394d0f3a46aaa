//! DeleteIdentityPool — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DeleteIdentityPool.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: DeleteIdentityPoolInput) -> Result<()> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    cx.app.store.delete_identity_pool(&pool)
}
