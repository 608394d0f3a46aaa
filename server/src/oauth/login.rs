//! `/login`: the page, and the form that it sends back to its own address. One sign-in is a form for each
//! thing to prove; what was proved so far is sealed within the form, so nothing is remembered of who never
//! finishes (facts/oauth.md §3).

use std::collections::BTreeMap;

use bytes::Bytes;
use cognito_model::ErrorCode;
use cognito_model::idp::{AuthFactorType, ChallengeNameType};
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::completion::admit;
use super::page::words;
use super::request::AuthorizationRequest;
use super::{Call, confirm, federation, forgot_password, picker, reply, set_up, sign_up};
use crate::auth::{self, Challenge, Outcome, Parameters, Turn};
use crate::errors::{self, ApiError, oauth};
use crate::pages::{self, Choice, Form, Offers};
use crate::user_pools::AuthFlow;

const PURPOSE: &[u8] = b"login page";

/// What can be chosen at the beginning, in the parameters of the challenge.
const CHOICES: &str = "AVAILABLE_CHALLENGES";

/// A challenge that the form is about.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    name: ChallengeNameType,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) session: String,
    pub(super) username: String,
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
    let mut parameters = parameters([("USERNAME", username)]);
    let password = call.form.get("password");
    let chooses = lets_choose(call, request) && (password.is_none() || !takes_passwords(request));
    if !chooses {
        let password = password.unwrap_or_default();
        parameters.insert("PASSWORD".to_owned(), password.to_owned());
    }
    if let Some(wanted) = request.acr_values {
        parameters.insert("TARGET_ACR_VALUES".to_owned(), wanted.to_owned());
    }
    let turn = turn(call, request, &parameters, None);
    let outcome = if chooses {
        begin_with_a_choice(call, request, &turn, username).await
    } else {
        auth::begin_on_page(&turn).await
    };
    match outcome {
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

/// Whether users choose what to sign in with. Managed login asks for the name first then, where the client
/// allows USER_AUTH (documented); the classic hosted UI knows passwords only (documented).
fn lets_choose(call: &Call<'_>, request: &AuthorizationRequest<'_>) -> bool {
    request.pool.read(|state| {
        let mut factors = state.settings().first_auth_factors().iter();
        let client = state.client(request.client_id);
        call.is_managed_login(state)
            && factors.any(|it| *it != AuthFactorType::Password)
            && client.is_ok_and(|client| client.allows(AuthFlow::User))
    })
}

fn takes_passwords(request: &AuthorizationRequest<'_>) -> bool {
    request.pool.read(|state| {
        let factors = state.settings().first_auth_factors();
        factors.contains(&AuthFactorType::Password)
    })
}

/// What is alone is not chosen.
async fn begin_with_a_choice(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    first: &Turn<'_>,
    username: &str,
) -> errors::Result<Outcome> {
    let outcome = auth::begin_with_a_choice(first).await?;
    if let Outcome::Challenge(challenge) = &outcome
        && let [only] = &choices(challenge)[..]
    {
        let answers = parameters([("USERNAME", username), ("ANSWER", only)]);
        let next = turn(call, request, &answers, challenge.session.as_deref());
        return auth::respond(&next, ChallengeNameType::SelectChallenge).await;
    }
    Ok(outcome)
}

/// A page sends a password as it is.
fn choices(challenge: &Challenge) -> Vec<&'static str> {
    let available = challenge.available.iter().flatten();
    available
        .filter(|it| **it != ChallengeNameType::PasswordSrp)
        .map(|it| it.as_str())
        .collect()
}

/// The answer to a challenge.
async fn go_on(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    mut pending: Pending,
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
        // There is no page for SRP, which the engine would take.
        Name::SelectChallenge => {
            let given = form("answer");
            if !names(&pending, CHOICES).iter().any(|it| it == given) {
                return refused(call, request, &pending, &errors::invalid_answer(given));
            }
            answer("ANSWER", given);
        }
        Name::Password => {
            answer("PASSWORD", form("password"));
        }
        Name::WebAuthn => {
            answer("CREDENTIAL", form("credential"));
        }
        Name::MfaSetup => match set_up::go_on(call, &mut pending) {
            Ok(set_up::Next::Page) => return challenge_page(call, request, &pending, None),
            Ok(set_up::Next::Answer(given)) => {
                if let Some((name, value)) = given {
                    answer(name, &value);
                }
            }
            Err(error) => return refused(call, request, &pending, &error),
        },
        _ => {}
    }
    let turn = turn(call, request, &answers, Some(&pending.session));
    match auth::respond(&turn, pending.name).await {
        Ok(outcome) => go(call, request, &pending.username, outcome).await,
        Err(error) => refused(call, request, &pending, &error),
    }
}

/// A sign-in that is over begins anew.
fn refused(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    pending: &Pending,
    error: &ApiError,
) -> Response<Bytes> {
    let told = words(error);
    // A wrong password leaves the session to another one.
    let is_wrong_password = pending.name == ChallengeNameType::Password
        && error.message() == errors::incorrect_username_or_password().message();
    if is_over(error) && !is_wrong_password {
        sign_in_page(call, request, &pending.username, Some(&told))
    } else {
        challenge_page(call, request, pending, Some(&told))
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
            let choices = json!(choices(&challenge)).to_string();
            let Challenge {
                name,
                mut parameters,
                session,
                ..
            } = challenge;
            let known_as = parameters.remove("USER_ID_FOR_SRP");
            parameters.insert(CHOICES.to_owned(), choices);
            let mut pending = Pending {
                name,
                parameters,
                session: session.unwrap_or_default(),
                username: known_as.unwrap_or_else(|| username.to_owned()),
            };
            let begun = match name {
                ChallengeNameType::MfaSetup => set_up::begin(call, &mut pending),
                _ => Ok(()),
            };
            match begun {
                Ok(()) => challenge_page(call, request, &pending, None),
                Err(error) => refused(call, request, &pending, &error),
            }
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

/// The factors that a challenge names.
pub(super) fn names(pending: &Pending, parameter: &str) -> Vec<String> {
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
    let picker = call.picker(request);
    let offers = Offers {
        has_local_users: request.has_local_users,
        name: request.name(),
        asks_password: !lets_choose(call, request),
        can_sign_up: sign_up::can_sign_up(request),
        others: &others,
        picker: picker.as_ref(),
    };
    reply::page(StatusCode::OK, pages::sign_in(&form, username, offers))
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
        Name::SelectMfaType => {
            let names = names(pending, "MFAS_CAN_CHOOSE");
            pages::choose_factor(&form, Choice::SecondFactor, &names)
        }
        Name::SelectChallenge => {
            pages::choose_factor(&form, Choice::SignIn, &names(pending, CHOICES))
        }
        Name::Password => pages::enter_password(&form, &pending.username),
        Name::WebAuthn => {
            let options = pending.parameters.get("CREDENTIAL_REQUEST_OPTIONS");
            let options = options.map_or("{}", String::as_str);
            let nonce = call.cx.app.random.uuid().to_string();
            let html = pages::passkey(&form, options, false, &nonce);
            return reply::page_with_script(html, &nonce);
        }
        Name::MfaSetup => set_up::page(&form, &request.pool, pending),
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
