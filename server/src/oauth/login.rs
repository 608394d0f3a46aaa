//! `/login`: the page, and the form that it sends back to its own address. One sign-in is a form for each
//! thing to prove; what was proved so far is sealed within the form, so nothing is remembered of who never
//! finishes (facts/oauth.md §3).

use std::collections::BTreeMap;

use bytes::Bytes;
use cognito_model::ErrorCode;
use cognito_model::idp::ChallengeNameType;
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::completion::admit;
use super::page::words;
use super::request::AuthorizationRequest;
use super::{Call, confirm, error, federation, forgot_password, picker, reply, sign_up};
use crate::auth::{self, Challenge, Outcome, Parameters, Turn};
use crate::errors::{self, ApiError, oauth};
use crate::pages::{self, Form};

const PURPOSE: &[u8] = b"login page";

/// A challenge that the form is about.
#[derive(Serialize, Deserialize)]
struct Pending {
    name: ChallengeNameType,
    parameters: BTreeMap<String, String>,
    session: String,
    username: String,
}

pub(super) fn show(call: &Call<'_>) -> Response<Bytes> {
    let request = match call.asked() {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    let username = request.login_hint.unwrap_or_default();
    let mut response = sign_in_page(call, &request, username, None);
    call.begin_page(&mut response);
    response
}

pub(super) async fn submit(call: &Call<'_>) -> Response<Bytes> {
    let request = match call.submitted() {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    match call.form.get("challenge") {
        None if call.picks(&request) => picker::answer(call, &request).await,
        None => begin(call, &request).await,
        Some(sealed) => match call.open::<Pending>(PURPOSE, sealed) {
            Some(pending) => go_on(call, &request, pending).await,
            None => {
                let text = errors::invalid_session();
                sign_in_page(call, &request, "", text.message())
            }
        },
    }
}

async fn begin(call: &Call<'_>, request: &AuthorizationRequest<'_>) -> Response<Bytes> {
    let username = call.form.get("username").unwrap_or_default();
    if !request.has_local_users {
        return sign_in_page(call, request, username, Some(oauth::NO_LOCAL_USERS));
    }
    let mut parameters = parameters([
        ("USERNAME", username),
        ("PASSWORD", call.form.get("password").unwrap_or_default()),
    ]);
    if let Some(wanted) = request.acr_values {
        parameters.insert("TARGET_ACR_VALUES".to_owned(), wanted.to_owned());
    }
    let turn = turn(call, request, &parameters, None);
    match auth::begin_on_page(&turn).await {
        Ok(outcome) => go(call, request, username, outcome).await,
        Err(error) => match error.code() {
            ErrorCode::UserNotConfirmedException => {
                confirm::unconfirmed(call, request, username, &error)
            }
            ErrorCode::PasswordResetRequiredException => {
                forgot_password::page(call, request, username, Some(&words(&error)))
            }
            _ => sign_in_page(call, request, username, Some(&words(&error))),
        },
    }
}

/// The answer to a challenge.
async fn go_on(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    pending: Pending,
) -> Response<Bytes> {
    use ChallengeNameType as Name;
    let form = |name| call.form.get(name).unwrap_or_default();
    let code = form("authentication_code").trim();
    let mut answers = parameters([("USERNAME", &*pending.username)]);
    let mut answer = |name: &str, value: &str| answers.insert(name.to_owned(), value.to_owned());
    match pending.name {
        Name::NewPasswordRequired => {
            if form("new_password") != form("confirm_password") {
                let error = Some(oauth::PASSWORDS_DIFFER);
                return challenge_page(call, request, &pending, error);
            }
            answer("NEW_PASSWORD", form("new_password"));
            for name in required_attributes(&pending) {
                let field = format!("requiredAttributes[{name}]");
                let value = call.form.get(&field).unwrap_or_default();
                answer(&format!("userAttributes.{name}"), value);
            }
        }
        Name::SmsMfa => {
            answer("SMS_MFA_CODE", code);
        }
        Name::SmsOtp => {
            answer("SMS_OTP_CODE", code);
        }
        Name::EmailOtp => {
            answer("EMAIL_OTP_CODE", code);
        }
        Name::SoftwareTokenMfa => {
            answer("SOFTWARE_TOKEN_MFA_CODE", code);
        }
        Name::SelectMfaType => {
            answer("ANSWER", form("answer"));
        }
        Name::MfaSetup => {
            answer("EMAIL", form("email").trim());
        }
        _ => {}
    }
    let turn = turn(call, request, &answers, Some(&pending.session));
    match auth::respond(&turn, pending.name).await {
        Ok(outcome) => go(call, request, &pending.username, outcome).await,
        // A sign-in that is over begins anew.
        Err(error) if is_over(&error) => {
            sign_in_page(call, request, &pending.username, Some(&words(&error)))
        }
        Err(error) => challenge_page(call, request, &pending, Some(&words(&error))),
    }
}

pub(super) async fn go(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    username: &str,
    outcome: Outcome,
) -> Response<Bytes> {
    match outcome {
        Outcome::Proved(authentication) => admit(call, request, authentication, None).await,
        Outcome::Challenge(challenge) => {
            let Challenge {
                name,
                mut parameters,
                session,
                ..
            } = challenge;
            let known_as = parameters.remove("USER_ID_FOR_SRP");
            let pending = Pending {
                name,
                parameters,
                session: session.unwrap_or_default(),
                username: known_as.unwrap_or_else(|| username.to_owned()),
            };
            challenge_page(call, request, &pending, None)
        }
        Outcome::Tokens(_) => {
            let error = errors::internal("a sign-in on a page ended in tokens");
            call.tell_app(
                &request.destination(),
                &oauth::refused_authorization(&error),
            )
        }
    }
}

pub(super) fn parameters<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    let owned = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    owned.into_iter().collect()
}

pub(super) fn turn<'t>(
    call: &'t Call<'_>,
    request: &'t AuthorizationRequest<'_>,
    parameters: &'t BTreeMap<String, String>,
    session: Option<&'t str>,
) -> Turn<'t> {
    Turn {
        cx: &call.cx,
        pool: &request.pool,
        client_id: request.client_id,
        parameters: Parameters(parameters),
        session,
        by_administrator: false,
        on_page: true,
        is_first: session.is_none(),
        client_metadata: None,
        address: None,
    }
}

/// Whether another answer to the same challenge would be refused, too.
fn is_over(error: &ApiError) -> bool {
    !matches!(
        error.code(),
        ErrorCode::CodeMismatchException
            | ErrorCode::EnableSoftwareTokenMFAException
            | ErrorCode::InvalidPasswordException
            | ErrorCode::PasswordHistoryPolicyViolationException
            | ErrorCode::InvalidParameterException
    )
}

fn required_attributes(pending: &Pending) -> Vec<String> {
    let text = pending.parameters.get("requiredAttributes");
    let names: Vec<String> = text
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let names = names.into_iter();
    names
        .filter_map(|it| Some(it.strip_prefix("userAttributes.")?.to_owned()))
        .collect()
}

/// The second factors that a challenge names.
fn factors(pending: &Pending, parameter: &str) -> Vec<String> {
    let text = pending.parameters.get(parameter);
    text.and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

pub(super) fn sign_in_page(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    username: &str,
    error: Option<&str>,
) -> Response<Bytes> {
    let form = call.page_form("/login", "", error);
    let others = federation::others(call, request);
    reply::page(
        StatusCode::OK,
        pages::sign_in(
            &form,
            username,
            request.has_local_users,
            sign_up::can_sign_up(request),
            &others,
            call.picker(request).as_ref(),
        ),
    )
}

fn challenge_page(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    pending: &Pending,
    error: Option<&str>,
) -> Response<Bytes> {
    use ChallengeNameType as Name;
    let Some(sealed) = call.seal(PURPOSE, pending) else {
        return sign_in_page(call, request, &pending.username, Some(oauth::PAGE_ERROR));
    };
    let form = call.page_form("/login", &sealed, error);
    let html = match pending.name {
        Name::NewPasswordRequired => pages::new_password(&form, &required_attributes(pending)),
        Name::SelectMfaType => pages::choose_factor(&form, &factors(pending, "MFAS_CAN_CHOOSE")),
        Name::MfaSetup => {
            let can_be_set_up = factors(pending, "MFAS_CAN_SETUP");
            if !can_be_set_up.iter().any(|it| it == "EMAIL_OTP") {
                return error::page(call, oauth::SET_UP_ELSEWHERE, None);
            }
            pages::add_email(&form)
        }
        _ => {
            let destination = pending.parameters.get("CODE_DELIVERY_DESTINATION");
            let outbox = call.outbox_of(&request.pool, &pending.username);
            let form = Form {
                outbox: outbox.as_deref().filter(|_| destination.is_some()),
                ..form
            };
            pages::enter_code(&form, destination.map(String::as_str))
        }
    };
    reply::page(StatusCode::OK, html)
}
