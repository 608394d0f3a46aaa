//! GetSigningCertificate — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetSigningCertificate.html>
//!
//! Base64 of the certificate, without the armour of PEM; the same for a year.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::prelude::*;
use crate::federation::certificates;

pub(crate) async fn handle(
    cx: &Context,
    request: GetSigningCertificateRequest,
) -> Result<GetSigningCertificateResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let signing = certificates::signing(cx, &pool).await?;
    Ok(GetSigningCertificateResponse {
        certificate: Some(STANDARD.encode(signing.certificate())),
    })
}
