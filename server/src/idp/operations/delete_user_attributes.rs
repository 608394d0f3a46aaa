//! DeleteUserAttributes — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserAttributes.html>

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: DeleteUserAttributesRequest,
) -> Result<DeleteUserAttributesResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    token.pool.write(|state| {
        let user = token.user(state)?.clone();
        let client = state.client(&token.client_id)?.clone();
        accounts::delete_attributes(
            cx,
            state,
            &user,
            &request.user_attribute_names,
            Some(&client),
        )
    })?;
    Ok(DeleteUserAttributesResponse {})
}
