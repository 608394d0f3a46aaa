//! AdminDeleteUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteUser.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: AdminDeleteUserRequest) -> Result<()> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| state.remove_user(&request.username).map(drop))
}
