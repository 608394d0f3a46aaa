//! `/forgotPassword` and `/confirmForgotPassword`: a code to the user, and with it a new password. Then the user
//! signs in with it (documented: the latter leads to `/login`).

use bytes::Bytes;
use cognito_model::idp;
use http::{Response, StatusCode};
use serde_json::json;

use super::confirm::nobody;
use super::errand::{Aim, Errand, request_of};
use super::page::words;
use super::request::AuthorizationRequest;
use super::{Call, reply};
use crate::accounts;
use crate::errors::{Result, oauth};
use crate::pages::{self, Form, Recipient};

pub(super) fn show(call: &Call<'_>) -> Response<Bytes> {
    let request = match call.asked().and_then(AuthorizationRequest::for_local_users) {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    let username = request.login_hint.unwrap_or_default();
    let mut response = page(call, &request, username, None);
    call.begin_page(&mut response);
    response
}

pub(super) async fn submit(call: &Call<'_>) -> Response<Bytes> {
    let local = AuthorizationRequest::for_local_users;
    let request = match call.submitted().and_then(local) {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    let username = call.form.get("username").unwrap_or_default();
    match send(call, &request, username).await {
        Ok(sent) => {
            let errand = Errand::new(Aim::Reset, &request, username, sent.as_ref());
            call.send_on("/confirmForgotPassword", errand)
        }
        Err(error) => page(call, &request, username, Some(&words(&error))),
    }
}

pub(super) fn show_reset(call: &Call<'_>) -> Response<Bytes> {
    let request = match call.asked() {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    let errand = call.errand(Aim::Reset, &request);
    let Some(recipient) = call.recipient(errand.as_ref(), &request) else {
        return call.refuse(nobody());
    };
    let mut response = reset_page(call, &request, recipient, None);
    call.begin_page(&mut response);
    response
}

pub(super) async fn reset(call: &Call<'_>) -> Response<Bytes> {
    let local = AuthorizationRequest::for_local_users;
    let request = match call.submitted().and_then(local) {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    let errand = call.errand(Aim::Reset, &request);
    let Some(recipient) = call.recipient(errand.as_ref(), &request) else {
        return call.refuse(nobody());
    };
    let password = call.form.get("new_password").unwrap_or_default();
    if password != call.form.get("confirm_password").unwrap_or_default() {
        return reset_page(call, &request, recipient, Some(oauth::PASSWORDS_DIFFER));
    }
    match set_password(call, &request, recipient.username, password).await {
        Ok(()) => {
            let location = format!("{}/login?{}", call.base_url(), call.query_text);
            reply::redirect(&location)
        }
        Err(error) => reset_page(call, &request, recipient, Some(&words(&error))),
    }
}

async fn send(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    username: &str,
) -> Result<Option<idp::CodeDeliveryDetailsType>> {
    let mut asked = request_of::<idp::ForgotPassword>(json!({
        "ClientId": request.client_id,
        "Username": username,
    }))?;
    asked.secret_hash = request.secret_hash(username);
    accounts::forgot_password(&call.cx, &request.pool, &asked).await
}

async fn set_password(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    username: &str,
    password: &str,
) -> Result<()> {
    let mut asked = request_of::<idp::ConfirmForgotPassword>(json!({
        "ClientId": request.client_id,
        "Username": username,
        "ConfirmationCode": call.form.get("code").unwrap_or_default().trim(),
        "Password": password,
    }))?;
    asked.secret_hash = request.secret_hash(username);
    accounts::confirm_forgot_password(&call.cx, &request.pool, &asked).await
}

/// Also where the sign-in of who has to choose a new password ends.
pub(super) fn page(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    username: &str,
    error: Option<&str>,
) -> Response<Bytes> {
    let form = call.page_form("/forgotPassword", "", error);
    let html = pages::forgot_password(&form, (request.name(), username));
    reply::page(StatusCode::OK, html)
}

fn reset_page(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    recipient: Recipient<'_>,
    error: Option<&str>,
) -> Response<Bytes> {
    let outbox = call.outbox_of(&request.pool, recipient.username);
    let form = Form {
        outbox: outbox.as_deref(),
        ..call.page_form("/confirmForgotPassword", "", error)
    };
    reply::page(StatusCode::OK, pages::reset_password(&form, recipient))
}
