//! `/confirm`, where a sign-up leads to: the code that was sent, or the link. Who has signed up in this browser
//! is signed in then (documented: facts/oauth.md §1, §14; that only this browser is, is *assumed*). `/resendcode`
//! sends another one, and leads back.

use bytes::Bytes;
use cognito_model::ErrorCode;
use cognito_model::idp;
use http::{Response, StatusCode};
use serde_json::json;

use super::errand::{Aim, Errand, request_of};
use super::page::words;
use super::request::{AuthorizationRequest, Refusal};
use super::{Call, login, reply};
use crate::accounts;
use crate::auth::{self, Turn};
use crate::errors::{ApiError, Result, oauth};
use crate::pages::{self, Form, Recipient};

pub(super) fn show(call: &Call<'_>) -> Response<Bytes> {
    let request = match call.asked() {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    let errand = call.errand(Aim::Confirm, &request);
    let Some(recipient) = call.recipient(errand.as_ref(), &request) else {
        return call.refuse(nobody());
    };
    let mut response = page(call, &request, recipient, None);
    call.begin_page(&mut response);
    response
}

pub(super) async fn submit(call: &Call<'_>) -> Response<Bytes> {
    let request = match call.submitted() {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    let errand = call.errand(Aim::Confirm, &request);
    let Some(recipient) = call.recipient(errand.as_ref(), &request) else {
        return call.refuse(nobody());
    };
    let code = call.form.get("code").unwrap_or_default().trim();
    // The link in the email has done it, or not yet.
    let is_done_elsewhere = recipient.gets_link && code.is_empty();
    if !is_done_elsewhere
        && let Err(error) = confirm(call, &request, recipient.username, code).await
    {
        return page(call, &request, recipient, Some(&words(&error)));
    }
    match &errand {
        Some(errand) if errand.username == recipient.username => {
            first_sign_in(call, &request, errand).await
        }
        _ => login::sign_in_page(call, &request, recipient.username, None),
    }
}

/// `/resendcode`.
pub(super) async fn resend(call: &Call<'_>) -> Response<Bytes> {
    let request = match call.submitted() {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    let errand = call.errand(Aim::Confirm, &request);
    let Some(recipient) = call.recipient(errand.as_ref(), &request) else {
        return call.refuse(nobody());
    };
    let username = recipient.username;
    match send_again(call, &request, username).await {
        Ok(sent) => {
            let errand = errand.as_ref().filter(|it| it.username == username);
            let ticket = errand.and_then(|it| it.ticket.clone());
            let sent = Errand::new(Aim::Confirm, &request, username, sent.as_ref());
            call.send_on("/confirm", Errand { ticket, ..sent })
        }
        Err(error) => page(call, &request, recipient, Some(&words(&error))),
    }
}

/// The page is about nobody: there is no way to it but from another one (documented).
pub(super) fn nobody() -> Refusal {
    Refusal::Page(oauth::PAGE_ERROR.to_owned())
}

async fn confirm(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    username: &str,
    code: &str,
) -> Result<()> {
    let asked = request_of::<idp::ConfirmSignUp>(json!({
        "ClientId": request.client_id,
        "Username": username,
        "ConfirmationCode": code,
    }))?;
    accounts::confirm_on_page(&call.cx, &request.pool, &asked).await
}

async fn send_again(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    username: &str,
) -> Result<Option<idp::CodeDeliveryDetailsType>> {
    let mut asked = request_of::<idp::ResendConfirmationCode>(json!({
        "ClientId": request.client_id,
        "Username": username,
    }))?;
    asked.secret_hash = request.secret_hash(username);
    accounts::resend_confirmation_code(&call.cx, &request.pool, &asked).await
}

/// Signs in who has chosen the password in this browser; any other is asked for it. A level of
/// authentication that the app wants is for the sign-in page, too.
pub(super) async fn first_sign_in(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    errand: &Errand,
) -> Response<Bytes> {
    let username = &*errand.username;
    let ticket = errand.ticket.as_deref();
    let Some(ticket) = ticket.filter(|_| request.acr_values.is_none()) else {
        return login::sign_in_page(call, request, username, None);
    };
    let parameters = login::parameters([("USERNAME", username)]);
    let turn = Turn {
        is_first: true,
        ..login::turn(call, request, &parameters, Some(ticket))
    };
    match auth::begin_after_sign_up_on_page(&turn).await {
        Ok(outcome) => login::go(call, request, username, outcome).await,
        Err(error) => refused(call, request, errand, &error),
    }
}

fn refused(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    errand: &Errand,
    error: &ApiError,
) -> Response<Bytes> {
    let said = words(error);
    let said = match error.code() {
        ErrorCode::UserNotConfirmedException if !errand.destination.is_empty() => {
            return page(call, request, errand.recipient(request), Some(&said));
        }
        // A ticket that comes too late is no fault of the user.
        ErrorCode::NotAuthorizedException => None,
        _ => Some(&*said),
    };
    login::sign_in_page(call, request, &errand.username, said)
}

/// Who signs in, and has to confirm first: where the pool sends codes there is one.
pub(super) fn unconfirmed(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    username: &str,
    error: &ApiError,
) -> Response<Bytes> {
    let error = words(error);
    let sends_codes = request.pool.read(|state| {
        let verified = state
            .settings()
            .description
            .auto_verified_attributes
            .as_ref();
        verified.is_some_and(|it| !it.is_empty())
    });
    if !sends_codes {
        return login::sign_in_page(call, request, username, Some(&error));
    }
    let errand = Errand::new(Aim::Confirm, request, username, None);
    page(call, request, errand.recipient(request), Some(&error))
}

fn page(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    recipient: Recipient<'_>,
    error: Option<&str>,
) -> Response<Bytes> {
    let outbox = call.outbox_of(&request.pool, recipient.username);
    let form = Form {
        outbox: outbox.as_deref(),
        ..call.page_form("/confirm", "", error)
    };
    reply::page(StatusCode::OK, pages::confirm(&form, recipient))
}
