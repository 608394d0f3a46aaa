//! VerifySoftwareToken — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifySoftwareToken.html>

use super::prelude::*;
use crate::auth;

pub(crate) async fn handle(
    cx: &Context,
    request: VerifySoftwareTokenRequest,
) -> Result<VerifySoftwareTokenResponse> {
    let (token, session) = (request.access_token.as_deref(), request.session.as_deref());
    let name = request.friendly_device_name.as_deref();
    let session = auth::verify(cx, token, session, &request.user_code, name)?;
    Ok(VerifySoftwareTokenResponse {
        status: Some(VerifySoftwareTokenResponseType::Success),
        session,
    })
}
