//! The second factor: whether one is due, which, and its answer (facts/auth.md §6, §7).

use cognito_model::idp::{AttributeType, ChallengeName, ChallengeNameType, UserPoolMfaType};
use serde_json::json;

use super::challenge::{next, pose};
use super::session::{Expected, Session};
use super::step::{Scene, Step, take};
use super::{First, Method, Outcome, Progress, Turn, events, software_token, step_up};
use crate::accounts::{self, Delivery, Letter, Occasion};
use crate::errors::{self, Result};
use crate::user_pools::{Factor, User, UserPool, checked_updates, is_email, is_phone_number};

/// The challenge of the second factor, if one is still due.
pub(super) fn ask_if_due(
    scene: &Scene<'_>,
    user: &User,
    progress: &Progress,
) -> Result<Option<Step>> {
    let pool = scene.settings();
    let wanted = step_up::due(pool, user, progress);
    if !wanted.is_empty() {
        return ask_one_of(scene, user, progress, &wanted);
    }
    let is_required = match pool.description.mfa_configuration {
        Some(UserPoolMfaType::On) => true,
        Some(UserPoolMfaType::Optional) => false,
        Some(UserPoolMfaType::Off) | None => return Ok(None),
    };
    // Beside a one-time code nothing is asked (documented). Where a second factor is required, no code
    // is a first one, but that of a sign-up: a new user then sets the factor up (*assumed*).
    if progress.has_second
        || progress.first == Some(First::OneTimeCode) && !is_required
        || progress.first == Some(First::Custom)
        || is_satisfied_by_passkey(pool, user, progress)
    {
        return Ok(None);
    }
    let mut usable: Vec<Factor> = user
        .factors
        .enabled()
        .iter()
        .copied()
        .filter(|factor| user.has_factor(*factor))
        .collect();
    if let Some(preferred) = user.factors.preferred().filter(|it| usable.contains(it)) {
        usable = vec![preferred];
    }
    if usable.is_empty() && is_required {
        let can_be_set_up = can_be_set_up(pool);
        usable = Factor::ALL
            .into_iter()
            .filter(|factor| can_be_set_up.contains(factor) && user.has_factor(*factor))
            .collect();
        if usable.is_empty() {
            return ask_to_set_up(scene, user, progress, &can_be_set_up).map(Some);
        }
    }
    ask_one_of(scene, user, progress, &usable)
}

fn ask_one_of(
    scene: &Scene<'_>,
    user: &User,
    progress: &Progress,
    usable: &[Factor],
) -> Result<Option<Step>> {
    match usable {
        [] => Ok(None),
        [factor] => ask(scene, user, progress.clone(), *factor).map(Some),
        several => ask_to_select(scene, user, progress, several).map(Some),
    }
}

/// What the session of MFA_SETUP is good for: there still is no second factor. Whoever has set one up
/// meanwhile is not overtaken by somebody who only had the password.
pub(super) fn check_is_missing(pool: &UserPool, user: &User) -> Result<()> {
    let can_be_set_up = can_be_set_up(pool);
    let mut known = user.factors.enabled().iter().chain(&can_be_set_up);
    if known.any(|factor| user.has_factor(*factor)) {
        return Err(errors::invalid_session());
    }
    Ok(())
}

fn is_satisfied_by_passkey(pool: &UserPool, user: &User, progress: &Progress) -> bool {
    progress.first == Some(First::Passkey { is_verified: true })
        && pool.takes_passkeys_for_both()
        && user.factors.web_authn
}

/// The second factors that the pool has.
pub(super) fn can_be_set_up(pool: &UserPool) -> Vec<Factor> {
    let has = |factor: &Factor| match factor {
        Factor::Sms => pool.description.sms_configuration.is_some(),
        Factor::SoftwareToken => pool.takes_software_tokens(),
        Factor::Email => pool.mfa.email.is_some(),
    };
    Factor::ALL.into_iter().filter(has).collect()
}

fn names(factors: &[Factor]) -> String {
    let names: Vec<_> = factors.iter().map(|factor| factor.name()).collect();
    json!(names).to_string()
}

fn ask_to_set_up(
    scene: &Scene<'_>,
    user: &User,
    progress: &Progress,
    factors: &[Factor],
) -> Result<Step> {
    let name = ChallengeNameType::MfaSetup;
    let challenge = pose(scene, &user.sub, name, progress.clone(), Expected::Own)?
        .naming(scene, user)
        .with("MFAS_CAN_SETUP", names(factors));
    Ok(Step::Challenge(challenge, None))
}

fn ask_to_select(
    scene: &Scene<'_>,
    user: &User,
    progress: &Progress,
    factors: &[Factor],
) -> Result<Step> {
    let choice = factors.iter().map(|factor| factor.challenge()).collect();
    let name = ChallengeNameType::SelectMfaType;
    let expected = Expected::Choice(choice);
    let challenge = pose(scene, &user.sub, name, progress.clone(), expected)?
        .naming(scene, user)
        .with("MFAS_CAN_CHOOSE", names(factors));
    Ok(Step::Challenge(challenge, None))
}

fn ask(scene: &Scene<'_>, user: &User, progress: Progress, factor: Factor) -> Result<Step> {
    let Some(attribute) = factor.address() else {
        let name = ChallengeNameType::SoftwareTokenMfa;
        let mut challenge = pose(scene, &user.sub, name, progress, Expected::Own)?;
        // Through AdminInitiateAuth it says nothing (captured: captured.md 63).
        if !scene.turn.by_administrator {
            challenge = challenge.naming(scene, user);
        }
        let token = user.factors.software_token.as_ref();
        if let Some(name) = token.and_then(|token| token.friendly_device_name.as_deref()) {
            challenge = challenge.with("FRIENDLY_DEVICE_NAME", name);
        }
        return Ok(Step::Challenge(challenge, None));
    };
    let address = user.attributes.get(attribute).unwrap_or_default();
    send_code(
        scene,
        user,
        progress,
        factor.challenge(),
        (attribute, address),
        6,
    )
}

/// A challenge whose answer is the code that is sent to an address.
pub(super) fn send_code(
    scene: &Scene<'_>,
    user: &User,
    progress: Progress,
    name: ChallengeNameType,
    to: (&str, &str),
    digits: usize,
) -> Result<Step> {
    let code = accounts::new_code(scene.turn.cx, digits);
    let delivery = compose(scene, user, to, &code)?;
    let expected = Expected::Code {
        code,
        address: to.1.to_owned(),
        is_new: false,
    };
    // As a first factor it does not (captured: facts/auth.md §8).
    let says_who = progress.first.is_some();
    let mut challenge =
        pose(scene, &user.sub, name, progress, expected)?.delivered_to(&delivery.details);
    if says_who {
        challenge = challenge.naming(scene, user);
    }
    Ok(Step::Challenge(challenge, Some(Box::new(delivery))))
}

fn compose(scene: &Scene<'_>, user: &User, to: (&str, &str), code: &str) -> Result<Delivery> {
    let turn = scene.turn;
    let letter = Letter {
        pool: scene.settings(),
        client: Some(scene.client),
        user,
        to,
        code,
        occasion: Occasion::Authentication,
        // That of the beginning reaches no message (documented).
        metadata: turn.client_metadata.filter(|_| !turn.is_first),
    };
    letter.compose(turn.cx)
}

pub(super) async fn answer_select(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, ChallengeNameType::SelectMfaType)?;
    let answer = turn.parameters.required("ANSWER")?;
    let Expected::Choice(choice) = &session.expected else {
        return Err(errors::invalid_session());
    };
    let factor = Factor::named(answer)
        .filter(|factor| choice.contains(&factor.challenge()))
        .ok_or_else(|| errors::invalid_answer(answer))?;
    take(turn, username, |scene, user| {
        let user = user.ok_or_else(errors::invalid_session)?;
        session.check_user(user)?;
        session.spend(user, turn.cx);
        ask(scene, user, session.progress.clone(), factor)
    })
    .await
}

/// The answer to SMS_MFA, EMAIL_OTP or SMS_OTP: the code that was sent.
pub(super) async fn answer_code(turn: &Turn<'_>, challenge: ChallengeNameType) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, challenge)?;
    let (member, attribute) = match challenge {
        ChallengeNameType::SmsMfa => ("SMS_MFA_CODE", "phone_number"),
        ChallengeNameType::SmsOtp => ("SMS_OTP_CODE", "phone_number"),
        _ => ("EMAIL_OTP_CODE", "email"),
    };
    let given = turn.parameters.required(member)?;
    take(turn, username, |scene, user| {
        session.check_anyone(scene, user.as_deref(), username)?;
        let Expected::Code {
            code,
            address,
            is_new,
        } = &session.expected
        else {
            return Err(errors::invalid_session());
        };
        // A code that was sent to nobody is answered by no code.
        let user = user.ok_or_else(errors::code_or_auth_state)?;
        // One that was sent to an address says nothing of the next.
        if !is_same(code, given) || !is_new && user.attributes.get(attribute) != Some(address) {
            let (progress, error) = (&session.progress, errors::code_or_auth_state());
            return Ok(events::refuse(
                scene,
                user,
                progress,
                ChallengeName::Mfa,
                error,
            ));
        }
        let before = user.clone();
        if *is_new {
            check_is_missing(scene.settings(), user)?;
            user.attributes.set(attribute, address);
            user.factors.enable(match attribute {
                "email" => Factor::Email,
                _ => Factor::Sms,
            });
        }
        session.spend(user, turn.cx);
        verify_address(scene, user, &before, attribute, *is_new)?;
        let progress = session.progress.clone();
        let method = Method::of_code_to(attribute);
        let progress = match progress.first {
            None => progress.proved(First::OneTimeCode).by(method),
            Some(_) => progress.with_second(method),
        };
        next(scene, user, &progress)
    })
    .await
}

/// A code that arrived shows that the address is the user's, unless another user has shown that of
/// the same address, and signs in by it.
fn verify_address(
    scene: &Scene<'_>,
    user: &mut User,
    before: &User,
    attribute: &str,
    is_new: bool,
) -> Result<()> {
    let flag = format!("{attribute}_verified");
    if user.attributes.is_true(&flag) && !is_new {
        return Ok(());
    }
    let mut verified = user.clone();
    verified.attributes.set(&flag, "true");
    match accounts::check_names(scene.state, before, &verified) {
        Ok(()) => {
            *user = verified;
            Ok(())
        }
        Err(error) if is_new => Err(error),
        Err(_) => Ok(()),
    }
}

pub(super) async fn answer_software_token(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, ChallengeNameType::SoftwareTokenMfa)?;
    let given = turn.parameters.required("SOFTWARE_TOKEN_MFA_CODE")?;
    take(turn, username, |scene, user| {
        let user = user.ok_or_else(errors::invalid_session)?;
        session.check_user(user)?;
        let Some(mut token) = user.factors.software_token.clone() else {
            return Err(errors::no_software_token());
        };
        match token.check(given, turn.cx.now) {
            Ok(step) => token.note_use(step),
            Err(error) => {
                let progress = &session.progress;
                return Ok(events::refuse(
                    scene,
                    user,
                    progress,
                    ChallengeName::Mfa,
                    error,
                ));
            }
        }
        user.factors.software_token = Some(token);
        session.spend(user, turn.cx);
        let progress = session.progress.clone().with_second(Method::SoftwareToken);
        next(scene, user, &progress)
    })
    .await
}

/// The answer to MFA_SETUP: an authenticator app was verified in between, or an address is given to be
/// verified by a code. A telephone number is set up on pages only (documented: the API has no such answer).
pub(super) async fn answer_setup(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, ChallengeNameType::MfaSetup)?;
    let number = turn.parameters.get("PHONE_NUMBER").filter(|_| turn.on_page);
    let given = match (turn.parameters.get("EMAIL"), number) {
        (Some(address), _) => Some((Factor::Email, "email", address)),
        (None, number) => number.map(|it| (Factor::Sms, "phone_number", it)),
    };
    take(turn, username, |scene, user| {
        let user = user.ok_or_else(errors::invalid_session)?;
        session.check_user(user)?;
        if session.expected == Expected::SetUp {
            session.spend(user, turn.cx);
            let progress = session.progress.clone().with_second(Method::SoftwareToken);
            return next(scene, user, &progress);
        }
        let Some((factor, attribute, address)) = given else {
            return Err(software_token::not_set_up(user));
        };
        check_is_missing(scene.settings(), user)?;
        if !can_be_set_up(scene.settings()).contains(&factor) {
            return Err(errors::factor_not_in_pool(factor.name()));
        }
        match factor {
            Factor::Sms if !is_phone_number(address) => return Err(errors::invalid_phone_number()),
            Factor::Email if !is_email(address) => return Err(errors::invalid_email()),
            _ => {}
        }
        let given = AttributeType {
            name: attribute.to_owned(),
            value: Some(address.to_owned()),
        };
        checked_updates(&[given], scene.settings().schema())?;
        let code = accounts::new_code(turn.cx, 6);
        let delivery = compose(scene, user, (attribute, address), &code)?;
        let expected = Expected::Code {
            code,
            address: address.to_owned(),
            is_new: true,
        };
        session.spend(user, turn.cx);
        let (name, progress) = (factor.challenge(), session.progress.clone());
        let challenge =
            pose(scene, &user.sub, name, progress, expected)?.delivered_to(&delivery.details);
        Ok(Step::Challenge(challenge, Some(Box::new(delivery))))
    })
    .await
}

fn is_same(code: &str, given: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(code.as_bytes(), given.as_bytes()).is_ok()
}
