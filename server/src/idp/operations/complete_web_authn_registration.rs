//! CompleteWebAuthnRegistration — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CompleteWebAuthnRegistration.html>

use super::prelude::*;
use crate::accounts::{self, PasskeyOwner};
use crate::tokens::AccessToken;

pub(crate) async fn handle(
    cx: &Context,
    request: CompleteWebAuthnRegistrationRequest,
) -> Result<CompleteWebAuthnRegistrationResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    accounts::complete_passkey_registration(cx, PasskeyOwner::ByToken(&token), request.credential)?;
    Ok(CompleteWebAuthnRegistrationResponse {})
}
