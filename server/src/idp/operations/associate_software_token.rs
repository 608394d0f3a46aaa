//! AssociateSoftwareToken — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AssociateSoftwareToken.html>

use super::prelude::*;
use crate::auth;

pub(crate) async fn handle(
    cx: &Context,
    request: AssociateSoftwareTokenRequest,
) -> Result<AssociateSoftwareTokenResponse> {
    let (token, session) = (request.access_token.as_deref(), request.session.as_deref());
    let association = auth::associate(cx, token, session)?;
    Ok(AssociateSoftwareTokenResponse {
        secret_code: Some(association.secret),
        session: association.session,
    })
}
