//! GetUser — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html>
//!
//! Attributes are those that the client of the access token may read.

use super::prelude::*;
use crate::tokens::AccessToken;

pub(crate) async fn handle(cx: &Context, request: GetUserRequest) -> Result<GetUserResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    token.pool.read(|state| {
        let user = token.user(state)?;
        let client = state.client(&token.client_id)?;
        let mut user_attributes = user.attribute_list();
        user_attributes.retain(|attribute| client.may_read(&attribute.name));
        Ok(GetUserResponse {
            username: user.username.clone(),
            user_attributes,
            mfa_options: user.mfa_options(),
            preferred_mfa_setting: user.factors.preferred_setting(),
            user_mfa_setting_list: user.factors.setting_list(),
        })
    })
}
