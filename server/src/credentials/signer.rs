//! Who signed a request. Any signature is good unless the server is told to check them: then it must be
//! one of the keys of the command line, or of credentials that this server issued.

use http::request::Parts;

use super::TemporaryCredentials;
use crate::app::App;
use crate::aws::signature::{Incomplete, Mismatch, Signature};
use crate::aws::{Arn, is_account_id};

/// The maker of a signature.
pub(crate) struct Signer {
    pub(crate) access_key_id: String,
    pub(crate) region: String,
    /// The credentials that this server issued, where the key is of such, and they are still good.
    pub(crate) issued: Option<TemporaryCredentials>,
}

/// Why a signature is not accepted. Each protocol has its own codes for it.
#[derive(Debug)]
pub(crate) enum Fault {
    Missing,
    Incomplete(Incomplete),
    UnknownKey,
    ExpiredToken,
    Mismatch(Mismatch),
}

impl Signer {
    /// `service` is the one that the request is signed for, `patience` how many minutes a signature
    /// is good for.
    pub(crate) fn of(
        app: &App,
        head: &Parts,
        body: &[u8],
        service: &str,
        patience: i64,
    ) -> Result<Self, Fault> {
        let signature = Signature::of(head)
            .map_err(Fault::Incomplete)?
            .ok_or(Fault::Missing)?;
        let scope = signature.scope().map_err(Fault::Incomplete)?;
        let key = scope.access_key_id;
        let token = signature.session_token.as_deref();
        let issued = token.and_then(|token| TemporaryCredentials::open(app, key, token));
        if app.settings.verify_signatures {
            let secret = match (&issued, token) {
                (Some(issued), _) => Some(&issued.secret_access_key),
                (None, Some(_)) => None,
                (None, None) => app.settings.credentials.get(key),
            };
            let secret = secret.ok_or(Fault::UnknownKey)?;
            // The caller signs by its own clock, whatever tests do to the server's.
            signature
                .check(
                    head,
                    body,
                    secret,
                    service,
                    app.clock.system_now(),
                    patience,
                )
                .map_err(Fault::Mismatch)?;
        }
        if issued
            .as_ref()
            .is_some_and(|it| it.has_expired(app.clock.now()))
        {
            return Err(Fault::ExpiredToken);
        }
        Ok(Self {
            access_key_id: key.to_owned(),
            region: scope.region.to_owned(),
            issued,
        })
    }

    /// The account that the signer works in: its key, where that is the number of one, that of the role of
    /// credentials that this server issued, else the configured one.
    pub(crate) fn account<'s>(&'s self, app: &'s App) -> &'s str {
        let key = self.access_key_id.as_str();
        match &self.issued {
            _ if is_account_id(key) => key,
            Some(issued) => {
                Arn::parse(&issued.role_arn).map_or(&app.settings.account, |arn| arn.account)
            }
            None => &app.settings.account,
        }
    }
}
