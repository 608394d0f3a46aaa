//! The keys of a user pool as a service provider of SAML, each made when it is first needed.

use crate::context::Context;
use crate::errors::Result;
use crate::keys::CertifiedKey;
use crate::store::{Pool, PoolState};

/// What the pool signs its requests with: a new one every year (documented).
pub(crate) async fn signing(cx: &Context, pool: &Pool) -> Result<CertifiedKey> {
    let find = |state: &PoolState| {
        let certificate = state.signing_certificate();
        certificate.filter(|it| it.is_current(cx.now)).cloned()
    };
    if let Some(certificate) = pool.read(find) {
        return Ok(certificate);
    }
    let made = CertifiedKey::make(&cx.app.keys.take().await?, pool.id(), cx.now)?;
    // Somebody else may have been faster.
    pool.write(|state| {
        if let Some(certificate) = find(state) {
            return Ok(certificate);
        }
        state.set_signing_certificate(made.clone());
        Ok(made)
    })
}

/// Gives a SAML provider whose assertions are to be encrypted what they are encrypted for.
pub(crate) async fn prepare_encryption(cx: &Context, pool: &Pool, name: &str) -> Result<()> {
    let is_wanted = |state: &PoolState| {
        let provider = state.identity_providers().get(name);
        provider.is_some_and(|it| it.is_encrypted() && it.encryption_key().is_none())
    };
    if !pool.read(is_wanted) {
        return Ok(());
    }
    let made = CertifiedKey::make(&cx.app.keys.take().await?, pool.id(), cx.now)?;
    pool.write(|state| {
        let provider = state.identity_providers().get(name).cloned();
        match provider.filter(|_| is_wanted(state)) {
            Some(mut provider) => {
                provider.saml.get_or_insert_default().encryption = Some(made);
                state.set_identity_provider(provider)
            }
            None => Ok(()),
        }
    })
}
