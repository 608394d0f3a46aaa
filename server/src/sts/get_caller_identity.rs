//! GetCallerIdentity — <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
//!
//! Temporary credentials (`ASIA…`) are those that this server issued, or of the command line where
//! signatures are checked; else they are invalid. Any other key is an
//! account of its own choice: where it is a 12-digit number that account, else the configured one,
//! and its root user.

use http::request::Parts;

use super::{Answer, escape};
use crate::app::App;
use crate::aws::Arn;
use crate::credentials::{Fault, Signer};
use crate::errors::StsError;

/// A signature is good for so many minutes (commonly known of STS).
const PATIENCE: i64 = 15;

/// Who signed the call.
pub(super) fn signer(app: &App, head: &Parts, body: &[u8]) -> Result<Signer, Fault> {
    Signer::of(app, head, body, "sts", PATIENCE)
}

pub(super) fn answer(app: &App, signer: Result<Signer, Fault>) -> Answer {
    let signer = signer.map_err(|fault| match fault {
        Fault::Missing => StsError::missing_authentication_token(),
        Fault::Incomplete(missing) => StsError::incomplete_signature(&missing),
        Fault::UnknownKey => StsError::invalid_client_token(),
        Fault::ExpiredToken => StsError::expired_token(),
        Fault::Mismatch(mismatch) => StsError::signature_does_not_match(&mismatch),
    })?;
    let key = signer.access_key_id.as_str();
    let (arn, user_id, account) = match &signer.issued {
        Some(issued) => {
            let role = Arn::parse(&issued.role_arn).ok_or_else(StsError::internal)?;
            (
                Arn::assumed_role(&role, &issued.session_name),
                format!("{}:{}", issued.role_id(), issued.session_name),
                role.account.to_owned(),
            )
        }
        None if key.starts_with("ASIA") && !app.settings.verify_signatures => {
            return Err(StsError::invalid_client_token());
        }
        None => {
            let account = signer.account(app);
            (
                format!("arn:aws:iam::{account}:root"),
                account.to_owned(),
                account.to_owned(),
            )
        }
    };
    Ok(format!(
        "<Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account>",
        escape(&arn),
        escape(&user_id),
        escape(&account)
    ))
}
