//! GetCallerIdentity — <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
//!
//! Temporary credentials (`ASIA…`) are those that this server issued, or invalid. Any other key is an
//! account of its own choice: where it is a 12-digit number that account, else the configured one,
//! and its root user.

use http::StatusCode;

use super::{Answer, Refusal, Signer, escape};
use crate::app::App;
use crate::aws::{Arn, is_account_id};
use crate::credentials::TemporaryCredentials;

pub(super) fn answer(app: &App, signer: &Signer) -> Answer {
    let key = signer.access_key_id.as_str();
    let (arn, user_id, account) = if key.starts_with("ASIA") {
        let issued = signer
            .session_token
            .as_deref()
            .and_then(|token| TemporaryCredentials::open(app, key, token))
            .ok_or_else(|| {
                Refusal::new(
                    StatusCode::FORBIDDEN,
                    "InvalidClientTokenId",
                    "The security token included in the request is invalid.",
                )
            })?;
        if issued.has_expired(app.clock.now()) {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "ExpiredToken",
                "The security token included in the request is expired",
            ));
        }
        let Some(role) = Arn::parse(&issued.role_arn) else {
            return Err(Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalFailure",
                "Invalid role",
            ));
        };
        (
            Arn::assumed_role(&role, &issued.session_name),
            format!("{}:{}", issued.role_id(), issued.session_name),
            role.account.to_owned(),
        )
    } else {
        let account = if is_account_id(key) {
            key
        } else {
            &app.settings.account
        };
        (
            format!("arn:aws:iam::{account}:root"),
            account.to_owned(),
            account.to_owned(),
        )
    };
    Ok(format!(
        "<GetCallerIdentityResult><Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account></GetCallerIdentityResult>",
        escape(&arn),
        escape(&user_id),
        escape(&account)
    ))
}
