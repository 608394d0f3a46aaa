//! AdminAddUserToGroup — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminAddUserToGroup.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: AdminAddUserToGroupRequest) -> Result<()> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| state.add_to_group(&request.username, &request.group_name))
}
