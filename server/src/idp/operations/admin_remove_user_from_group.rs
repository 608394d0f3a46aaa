//! AdminRemoveUserFromGroup — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminRemoveUserFromGroup.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: AdminRemoveUserFromGroupRequest) -> Result<()> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| state.remove_from_group(&request.username, &request.group_name))
}
