//! GetSigningCertificate — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetSigningCertificate.html>
//!
//! Base64 of the certificate, without the armour of PEM; the same for a year.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::prelude::*;
use crate::keys::SigningCertificate;

pub(crate) async fn handle(
    cx: &Context,
    request: GetSigningCertificateRequest,
) -> Result<GetSigningCertificateResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let encoded = |certificate: &SigningCertificate| STANDARD.encode(certificate.certificate());
    let find = |state: &crate::store::PoolState| {
        let certificate = state.signing_certificate();
        certificate.filter(|it| it.is_current(cx.now)).map(encoded)
    };
    let certificate = match pool.read(find) {
        Some(certificate) => certificate,
        None => {
            let made = SigningCertificate::make(&cx.app.keys.take().await?, pool.id(), cx.now)?;
            // Somebody else may have been faster.
            pool.write(|state| {
                if let Some(certificate) = find(state) {
                    return Ok(certificate);
                }
                let certificate = encoded(&made);
                state.set_signing_certificate(made);
                Ok(certificate)
            })?
        }
    };
    Ok(GetSigningCertificateResponse {
        certificate: Some(certificate),
    })
}
