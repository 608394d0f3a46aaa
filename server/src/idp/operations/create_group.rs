//! CreateGroup — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateGroup.html>

use super::prelude::*;
use crate::user_pools::Group;

pub(crate) async fn handle(
    cx: &Context,
    request: CreateGroupRequest,
) -> Result<CreateGroupResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let group = Group::create(request, cx.now);
    let description = group.description.clone();
    pool.write(|state| state.add_group(group))?;
    Ok(CreateGroupResponse {
        group: Some(description),
    })
}
