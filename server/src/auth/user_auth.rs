//! USER_AUTH: the user chooses what to sign in with, among what the pool allows and the user has
//! (facts/auth.md §8).

use cognito_model::idp::{AuthFactorType, ChallengeNameType, UserPoolMfaType, UserStatusType};

use super::challenge::{next, pose};
use super::session::{Expected, Session};
use super::step::{Scene, Step, take};
use super::step_up::{self, Wanted};
use super::stranger::Stranger;
use super::webauthn::RelyingParty;
use super::{First, Method, Outcome, Progress, Turn, mfa, migration, password, verifier};
use crate::accounts;
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::Pool;
use crate::user_pools::{AuthFlow, Client, PasskeyChallenge, User};

/// The one-time codes of a first factor have eight digits (captured: facts/users.md §4).
const CODE_DIGITS: usize = 8;

/// On a page a level of authentication that nobody could reach is ignored (documented).
pub async fn begin(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let preferred = match turn.parameters.get("PREFERRED_CHALLENGE") {
        None => None,
        Some(name) => Some(choice(name).ok_or_else(|| errors::invalid_preferred_challenge(name))?),
    };
    let wanted = match Wanted::read(turn, username) {
        Err(_) if turn.on_page => None,
        wanted => wanted?,
    };
    let confirmed = match turn.session {
        None => None,
        Some(_) => Some(Session::open(turn, ChallengeNameType::SelectChallenge)?),
    };
    if preferred == Some(ChallengeNameType::Password)
        && let Some(password) = turn.parameters.get("PASSWORD")
    {
        migration::migrate_to_sign_in(turn, username, password).await?;
    }
    take(turn, username, |scene, mut user| {
        if let Some(session) = &confirmed {
            if wanted.is_some() {
                return Err(errors::acr_value_out_of_reach());
            }
            return go_on_after_sign_up(scene, user, session);
        }
        let mut available = available(scene, user.as_deref(), username)?;
        let mut progress = turn.progress();
        if let Some(wanted) = &wanted {
            let who = user.as_deref();
            match wanted.progress(scene, who, &available, progress.clone()) {
                Ok(asked) => {
                    progress = asked;
                    if let (Some(user), Some(_)) = (&mut user, progress.first) {
                        return next(scene, user, &progress);
                    }
                    let target = progress.target.unwrap_or_default();
                    available = step_up::first_factors(scene, user.as_deref(), target, &available);
                }
                Err(_) if turn.on_page => {}
                Err(error) => return Err(error),
            }
        }
        let step = match preferred.filter(|it| available.contains(it)) {
            Some(choice) => with(scene, user, username, choice, progress)?,
            None => {
                let sub = sub_of(scene, user.as_deref(), username);
                let name = ChallengeNameType::SelectChallenge;
                let expected = Expected::Choice(available.clone());
                Step::Challenge(pose(scene, &sub, name, progress, expected)?, None)
            }
        };
        Ok(match step {
            Step::Challenge(mut challenge, delivery) if is_first_factor(challenge.name) => {
                challenge.available = Some(available);
                Step::Challenge(challenge, delivery)
            }
            Step::Exchange(mut pending) => {
                pending.available = Some(available);
                Step::Exchange(pending)
            }
            step => step,
        })
    })
    .await
}

fn is_first_factor(name: ChallengeNameType) -> bool {
    use ChallengeNameType as Name;
    matches!(
        name,
        Name::SelectChallenge
            | Name::Password
            | Name::PasswordSrp
            | Name::PasswordVerifier
            | Name::EmailOtp
            | Name::SmsOtp
            | Name::WebAuthn
    )
}

/// What can be chosen, by its name.
fn choice(name: &str) -> Option<ChallengeNameType> {
    use ChallengeNameType as Name;
    [
        Name::Password,
        Name::PasswordSrp,
        Name::EmailOtp,
        Name::SmsOtp,
        Name::WebAuthn,
    ]
    .into_iter()
    .find(|it| it.as_str() == name)
}

/// What the pool allows, and this user has.
fn available(
    scene: &Scene<'_>,
    user: Option<&User>,
    username: &str,
) -> Result<Vec<ChallengeNameType>> {
    use ChallengeNameType as Name;
    let pool = scene.settings();
    let needs_second = pool.description.mfa_configuration == Some(UserPoolMfaType::On);
    let has_code = |attribute: &str| match user {
        // Nobody's codes go where the name could be read.
        None => accounts::looks_like(username) == Some(attribute),
        Some(user) => {
            user.status == UserStatusType::Confirmed
                && user.attributes.is_verified(attribute)
                && user.attributes.get(attribute).is_some()
        }
    };
    let mut available = Vec::new();
    for factor in pool.first_auth_factors() {
        match factor {
            AuthFactorType::Password if user.is_none_or(User::has_password) => {
                available.extend([Name::PasswordSrp, Name::Password]);
            }
            // A second factor cannot follow a code, so where it has to there is none (documented).
            AuthFactorType::EmailOtp if has_code("email") && !needs_second => {
                available.push(Name::EmailOtp);
            }
            AuthFactorType::SmsOtp if has_code("phone_number") && !needs_second => {
                available.push(Name::SmsOtp);
            }
            AuthFactorType::WebAuthn if user.is_some_and(|user| has_passkey(scene, user)) => {
                available.push(Name::WebAuthn);
            }
            _ => {}
        }
    }
    let Some(user) = user else {
        return Ok(available);
    };
    password::check_status_without_password(user)?;
    if user.status == UserStatusType::ResetRequired {
        available.retain(|it| !matches!(it, Name::Password | Name::PasswordSrp));
        if available.is_empty() {
            return Err(errors::password_reset_required());
        }
    }
    if available.is_empty() {
        return Err(errors::incorrect_username_or_password());
    }
    Ok(available)
}

/// Where a second factor is required, a passkey has to stand for both (documented).
fn has_passkey(scene: &Scene<'_>, user: &User) -> bool {
    let needs_second = scene.settings().description.mfa_configuration == Some(UserPoolMfaType::On);
    let party = RelyingParty::of(scene.state);
    party.is_ok_and(|party| party.offers(&user.passkeys))
        && (!needs_second || scene.settings().takes_passkeys_for_both() && user.factors.web_authn)
}

/// WEB_AUTHN: the browser is asked for one of the user's passkeys.
fn ask_for_passkey(scene: &Scene<'_>, user: &User, progress: Progress) -> Result<Step> {
    let party = RelyingParty::of(scene.state).map_err(|_| errors::invalid_session())?;
    let bytes: PasskeyChallenge = scene.turn.cx.app.random.bytes();
    let options = party.request_options(&user.passkeys, &bytes);
    let (name, expected) = (ChallengeNameType::WebAuthn, Expected::Passkey(bytes));
    let challenge = pose(scene, &user.sub, name, progress, expected)?
        .with("CREDENTIAL_REQUEST_OPTIONS", options);
    Ok(Step::Challenge(challenge, None))
}

pub(super) async fn answer_passkey(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, ChallengeNameType::WebAuthn)?;
    let credential = turn.parameters.required("CREDENTIAL")?;
    let Expected::Passkey(bytes) = &session.expected else {
        return Err(errors::invalid_session());
    };
    take(turn, username, |scene, user| {
        let user = user.ok_or_else(errors::invalid_session)?;
        session.check_user(user)?;
        let party = RelyingParty::of(scene.state).map_err(|_| errors::invalid_session())?;
        let assertion = party.check_assertion(user, credential, bytes)?;
        user.passkeys
            .note_use(&assertion.credential_id, assertion.counter);
        session.spend(user, turn.cx);
        let is_verified = assertion.is_user_verified;
        let progress = session.progress.clone();
        next(
            scene,
            user,
            &progress
                .proved(First::Passkey { is_verified })
                .by(Method::Passkey),
        )
    })
    .await
}

fn sub_of(scene: &Scene<'_>, user: Option<&User>, username: &str) -> String {
    user.map_or_else(
        || Stranger::of(scene, username).sub,
        |user| user.sub.clone(),
    )
}

/// Goes on with what was chosen: at once, where what it needs came with the choice.
fn with(
    scene: &Scene<'_>,
    user: Option<&mut User>,
    username: &str,
    choice: ChallengeNameType,
    progress: Progress,
) -> Result<Step> {
    use ChallengeNameType as Name;
    let parameters = scene.turn.parameters;
    let sub = sub_of(scene, user.as_deref(), username);
    match (choice, parameters.get("PASSWORD"), parameters.get("SRP_A")) {
        (Name::Password, Some(password), _) => {
            password::prove(scene, user, username, password, progress)
        }
        (Name::PasswordSrp, _, Some(number)) => {
            let pending = verifier::ask(scene, user.as_deref(), username, number, progress)?;
            Ok(Step::Exchange(Box::new(pending)))
        }
        (Name::EmailOtp, ..) => send_code(scene, user.as_deref(), username, "email", progress),
        (Name::SmsOtp, ..) => send_code(scene, user.as_deref(), username, "phone_number", progress),
        (Name::WebAuthn, ..) => {
            let user = user.ok_or_else(errors::incorrect_username_or_password)?;
            ask_for_passkey(scene, user, progress)
        }
        (name, ..) => {
            let challenge = pose(scene, &sub, name, progress, Expected::Own)?;
            Ok(Step::Challenge(challenge, None))
        }
    }
}

fn send_code(
    scene: &Scene<'_>,
    user: Option<&User>,
    username: &str,
    attribute: &str,
    progress: Progress,
) -> Result<Step> {
    let name = if attribute == "email" {
        ChallengeNameType::EmailOtp
    } else {
        ChallengeNameType::SmsOtp
    };
    let Some(user) = user else {
        let details = accounts::simulated(username);
        let sub = Stranger::of(scene, username).sub;
        // As long as the session of somebody.
        let expected = Expected::Code {
            code: accounts::new_code(scene.turn.cx, CODE_DIGITS),
            address: username.to_owned(),
            is_new: false,
        };
        let challenge = pose(scene, &sub, name, progress, expected)?.delivered_to(&details);
        return Ok(Step::Challenge(challenge, None));
    };
    let address = user.attributes.get(attribute).unwrap_or_default();
    mfa::send_code(
        scene,
        user,
        progress,
        name,
        (attribute, address),
        CODE_DIGITS,
    )
}

pub(super) async fn answer_select(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, ChallengeNameType::SelectChallenge)?;
    let answer = turn.parameters.required("ANSWER")?;
    let Expected::Choice(available) = &session.expected else {
        return Err(errors::invalid_session());
    };
    let choice = choice(answer)
        .filter(|it| available.contains(it))
        .ok_or_else(|| errors::invalid_answer(answer))?;
    take(turn, username, |scene, mut user| {
        let progress = session.progress.clone();
        session.check_anyone(scene, user.as_deref(), username)?;
        let step = with(scene, user.as_deref_mut(), username, choice, progress)?;
        spend(&session, user, turn, &step);
        Ok(step)
    })
    .await
}

pub(super) async fn answer_password(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, ChallengeNameType::Password)?;
    let given = turn.parameters.required("PASSWORD")?;
    take(turn, username, |scene, mut user| {
        let progress = session.progress.clone();
        session.check_anyone(scene, user.as_deref(), username)?;
        let step = password::prove(scene, user.as_deref_mut(), username, given, progress)?;
        spend(&session, user, turn, &step);
        Ok(step)
    })
    .await
}

pub(super) async fn answer_password_srp(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, ChallengeNameType::PasswordSrp)?;
    let number = turn.parameters.required("SRP_A")?;
    take(turn, username, |scene, user| {
        let progress = session.progress.clone();
        session.check_anyone(scene, user.as_deref(), username)?;
        let pending = verifier::ask(scene, user.as_deref(), username, number, progress)?;
        let step = Step::Exchange(Box::new(pending));
        spend(&session, user, turn, &step);
        Ok(step)
    })
    .await
}

/// A wrong answer leaves the session to another one.
fn spend(session: &Session, user: Option<&mut User>, turn: &Turn<'_>, step: &Step) {
    match (user, step) {
        (_, Step::Refused(_)) => {}
        (user, _) => session.spend_of_anyone(user, turn),
    }
}

/// The session with which a sign-up goes on to its confirmation, and from there to the first sign-in:
/// for a client that lets its users choose how to sign in.
pub fn begin_after_sign_up(
    cx: &Context,
    pool: &Pool,
    client: &Client,
    sub: &str,
) -> Result<Option<String>> {
    if !client.allows(AuthFlow::User) {
        return Ok(None);
    }
    let session = Session::of_sign_up(cx, pool, client, sub, Expected::Confirmation);
    session.seal(cx).map(Some)
}

/// The session of a confirmation. That of the sign-up may come with it. *Assumed*: without it there is one,
/// too, since aws-amplify never sends it, and signs in with what it gets.
pub fn go_on_after_confirmation(
    cx: &Context,
    pool: &Pool,
    client: &Client,
    user: &User,
    given: Option<&str>,
) -> Result<Option<String>> {
    if let Some(text) = given {
        let session = Session::open_alone(cx, text)?;
        let is_of_client =
            session.user_pool_id() == pool.id() && session.client_id() == client.id();
        if !is_of_client || session.expected != Expected::Confirmation {
            return Err(errors::invalid_session());
        }
        session.check_user(user)?;
    }
    if !client.allows(AuthFlow::User) {
        return Ok(None);
    }
    let next = Session::of_sign_up(cx, pool, client, &user.sub, Expected::FirstSignIn);
    next.seal(cx).map(Some)
}

/// The code of the confirmation stands for the first factor.
fn go_on_after_sign_up(
    scene: &Scene<'_>,
    user: Option<&mut User>,
    session: &Session,
) -> Result<Step> {
    let user = user.ok_or_else(errors::invalid_session)?;
    session.check_user(user)?;
    if session.expected != Expected::FirstSignIn {
        return Err(errors::invalid_session());
    }
    password::check_status(user)?;
    session.spend(user, scene.turn.cx);
    let address = if user.attributes.is_verified("email") {
        "email"
    } else {
        "phone_number"
    };
    let progress = scene.turn.progress().proved(First::OneTimeCode);
    let progress = progress.by(Method::of_code_to(address));
    next(scene, user, &progress)
}
