//! ChangePassword — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ChangePassword.html>

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: ChangePasswordRequest,
) -> Result<ChangePasswordResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    let previous = request.previous_password.as_deref();
    accounts::change_password(cx, &token, previous, &request.proposed_password)?;
    Ok(ChangePasswordResponse {})
}
