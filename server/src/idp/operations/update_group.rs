//! UpdateGroup — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateGroup.html>
//!
//! Members that the request leaves out stay as they are (assumed).

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateGroupRequest,
) -> Result<UpdateGroupResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let name = request.group_name.clone();
    let group = pool.write(|state| {
        state.update_group(&name, |group| {
            group.update(request, cx.now);
            group.description.clone()
        })
    })?;
    Ok(UpdateGroupResponse { group: Some(group) })
}
