//! DeleteGroup — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteGroup.html>
//!
//! A group with members is deleted as well, and they stay (facts/users.md §10).

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: DeleteGroupRequest) -> Result<()> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| state.remove_group(&request.group_name))
}
