//! AdminDeleteSoftwareToken — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteSoftwareToken.html>

use super::prelude::*;
use crate::user_pools::Factor;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminDeleteSoftwareTokenRequest,
) -> Result<AdminDeleteSoftwareTokenResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        if state
            .user(&request.username)?
            .factors
            .software_token
            .is_none()
        {
            return Err(errors::no_software_token_to_delete());
        }
        state.update_user(&request.username, |user| {
            user.factors.software_token = None;
            user.factors.disable(Factor::SoftwareToken);
            user.modified = cx.now;
        })
    })?;
    Ok(AdminDeleteSoftwareTokenResponse {})
}
