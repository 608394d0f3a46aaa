//! DeleteUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUser.html>

use super::prelude::*;
use crate::tokens::AccessToken;

pub(crate) async fn handle(cx: &Context, request: DeleteUserRequest) -> Result<()> {
    let token = AccessToken::check(cx, &request.access_token)?;
    token.pool.write(|state| {
        let username = token.user(state)?.username.clone();
        state.remove_user(&username).map(drop)
    })
}
