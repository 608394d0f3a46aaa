//! GlobalSignOut — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GlobalSignOut.html>

use super::prelude::*;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: GlobalSignOutRequest,
) -> Result<GlobalSignOutResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    token.pool.write(|state| {
        if state.users().find_by_sub(&token.sub).is_none() {
            return Err(errors::access_token_revoked());
        }
        token.user(state)?;
        state.update_user(&token.sub, |user| user.sign_ins.sign_out(cx.now))
    })?;
    Ok(GlobalSignOutResponse {})
}
