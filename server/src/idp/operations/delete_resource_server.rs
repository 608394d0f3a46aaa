//! DeleteResourceServer — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteResourceServer.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: DeleteResourceServerRequest) -> Result<()> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| state.remove_resource_server(&request.identifier))
}
