//! `/signup`: the page, and its form. What it leads to are the rules of SignUp; a user who is confirmed by then
//! is signed in, any other sent to `/confirm` (facts/oauth.md §1, §14). A password is always chosen here, even
//! where the API needs none (documented).

use bytes::Bytes;
use cognito_model::idp;
use http::{Response, StatusCode};
use serde_json::json;

use super::errand::{Aim, Errand, request_of};
use super::page::{LIFE_SECONDS, words};
use super::request::{AuthorizationRequest, Refusal};
use super::{Call, confirm, reply};
use crate::accounts;
use crate::auth;
use crate::errors::{self, Result};
use crate::pages::{self, Name};
use crate::store::PoolState;

pub(super) fn show(call: &Call<'_>) -> Response<Bytes> {
    let request = match call.asked().and_then(open) {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    let mut response = page(call, &request, None);
    call.begin_page(&mut response);
    response
}

pub(super) async fn submit(call: &Call<'_>) -> Response<Bytes> {
    let request = match call.submitted().and_then(open) {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    match sign_up(call, &request).await {
        Ok(errand) if errand.destination.is_empty() => {
            confirm::first_sign_in(call, &request, &errand).await
        }
        Ok(errand) => call.send_on("/confirm", errand),
        Err(error) => page(call, &request, Some(&words(&error))),
    }
}

/// Where users sign up by themselves. Otherwise the browser is told so at once (*assumed*).
fn open(
    request: AuthorizationRequest<'_>,
) -> std::result::Result<AuthorizationRequest<'_>, Refusal> {
    let request = request.for_local_users()?;
    if can_sign_up(&request) {
        Ok(request)
    } else {
        Err(Refusal::Page(words(&errors::sign_up_not_permitted())))
    }
}

pub(super) fn can_sign_up(request: &AuthorizationRequest<'_>) -> bool {
    let is_closed = |state: &PoolState| state.settings().only_administrators_create_users();
    request.has_local_users && !request.pool.read(is_closed)
}

/// The user who has signed up, on the way to the confirmation, or confirmed already.
async fn sign_up(call: &Call<'_>, request: &AuthorizationRequest<'_>) -> Result<Errand> {
    let username = call.form.get("username").unwrap_or_default();
    let password = call.form.get("password");
    let password = password.ok_or_else(|| errors::missing_parameter("Password"))?;
    let given = attributes(call, request).into_iter();
    let given = given.filter(|(_, value)| !value.is_empty());
    let given = given.map(|(name, value)| json!({"Name": name, "Value": value}));
    let mut asked = request_of::<idp::SignUp>(json!({
        "ClientId": request.client_id,
        "Username": username,
        "Password": password,
        "UserAttributes": given.collect::<Vec<_>>(),
    }))?;
    asked.secret_hash = request.secret_hash(username);
    let signed_up = accounts::sign_up(&call.cx, &request.pool, &asked).await?;
    let ticket = auth::ticket_of_sign_up(
        &call.cx,
        &request.pool,
        request.client_id,
        &signed_up.sub,
        LIFE_SECONDS,
    )?;
    let sent = signed_up.delivery.as_ref();
    Ok(Errand {
        ticket: Some(ticket),
        ..Errand::new(Aim::Confirm, request, username, sent)
    })
}

/// What the pool requires, but for what the username already is, and what was typed of it.
fn attributes<'c>(
    call: &'c Call<'_>,
    request: &AuthorizationRequest<'_>,
) -> Vec<(String, &'c str)> {
    let given_by_name = match request.name() {
        Name::Email => Some("email"),
        Name::PhoneNumber => Some("phone_number"),
        Name::Username | Name::EmailOrPhoneNumber => None,
    };
    request.pool.read(|state| {
        let schema = state.settings().schema();
        let asked = schema
            .required()
            .filter(|name| Some(*name) != given_by_name);
        let typed = asked.map(|name| {
            let field = format!("requiredAttributes[{name}]");
            (name.to_owned(), call.form.get(&field).unwrap_or_default())
        });
        typed.collect()
    })
}

fn page(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    error: Option<&str>,
) -> Response<Bytes> {
    let form = call.page_form("/signup", "", error);
    let username = call.form.get("username").or(request.login_hint);
    let attributes = attributes(call, request);
    let terms = terms(call, request);
    let terms = terms.as_ref().map(|(terms, policy)| (&**terms, &**policy));
    let named = (request.name(), username.unwrap_or_default());
    reply::page(
        StatusCode::OK,
        pages::sign_up(&form, named, &attributes, terms),
    )
}

/// The addresses of the client's documents, in the language of the page: managed login shows them once
/// there are both (documented).
fn terms(call: &Call<'_>, request: &AuthorizationRequest<'_>) -> Option<(String, String)> {
    request.pool.read(|state| {
        if !call.is_managed_login(state) {
            return None;
        }
        let find = |kind| {
            let mut all = state.login_pages().terms().iter();
            let document = all.find(|it| it.is_about(request.client_id, kind))?;
            Some(document.link(call.language())?.to_owned())
        };
        Some((find("terms-of-use")?, find("privacy-policy")?))
    })
}
