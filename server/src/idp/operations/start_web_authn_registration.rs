//! StartWebAuthnRegistration — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_StartWebAuthnRegistration.html>
//!
//! The newest challenge of a user counts, for three minutes.

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: StartWebAuthnRegistrationRequest,
) -> Result<StartWebAuthnRegistrationResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    let by = accounts::PasskeyOwner::ByToken(&token);
    Ok(StartWebAuthnRegistrationResponse {
        credential_creation_options: accounts::start_passkey_registration(cx, by)?,
    })
}
