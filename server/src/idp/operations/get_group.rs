//! GetGroup — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetGroup.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: GetGroupRequest) -> Result<GetGroupResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.read(|state| {
        let group = Some(state.group(&request.group_name)?.description.clone());
        Ok(GetGroupResponse { group })
    })
}
