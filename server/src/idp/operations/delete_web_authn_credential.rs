//! DeleteWebAuthnCredential — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteWebAuthnCredential.html>

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: DeleteWebAuthnCredentialRequest,
) -> Result<DeleteWebAuthnCredentialResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    let id = &request.credential_id;
    token.pool.write(|state| {
        let user = accounts::passkey_owner(&token, state)?;
        if user.passkeys.find(id).is_none() {
            return Err(errors::web_authn_credential_not_found());
        }
        let username = user.username.clone();
        state.update_user(&username, |user| user.passkeys.remove(id))?;
        Ok(DeleteWebAuthnCredentialResponse {})
    })
}
