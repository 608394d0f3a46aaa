//! CUSTOM_AUTH: the pool's own functions decide. Define says what comes next, Create makes a
//! challenge, Verify judges its answer. All that one request asks of them is one step, so a function that
//! fails leaves the session to another answer; but not once Verify has called an answer wrong, or it
//! could be guessed for ever. What was played so far travels in the session (facts/auth.md §11,
//! facts/triggers.md §6.5).
//!
//! ClientMetadata of an answer reaches Define and Verify, that of the beginning nobody (captured:
//! captured.md 117).

use std::collections::BTreeMap;

use cognito_model::idp::ChallengeNameType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::challenge::{next, pose};
use super::password;
use super::session::{Expected, Session};
use super::srp::ClientNumber;
use super::step::{Scene, Step, take};
use super::stranger::name_and_sub;
use super::{First, Method, Outcome, Progress, Turn, verifier};
use crate::errors::{self, Result};
use crate::store::PoolState;
use crate::triggers::{self, Answer, Event, Question, Trigger};
use crate::user_pools::User;

/// A function that never ends a sign-in must not make a session without end.
const MOST_ROUNDS: usize = 20;

/// Of a session, by the model.
const LONGEST_SESSION: usize = 4096;

/// One challenge of a sign-in, as the functions see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Round {
    challenge_name: String,
    challenge_result: bool,
    challenge_metadata: Option<String>,
}

/// Where the functions decide, what was proved with the password is a row of rounds to them.
pub(super) fn after_password(
    scene: &Scene<'_>,
    user: &mut User,
    progress: &Progress,
) -> Result<Option<Step>> {
    let Some(mut history) = progress.history.clone() else {
        return Ok(None);
    };
    let mut passed = |name: ChallengeNameType| history.push(Round::built_in(name.as_str()));
    passed(ChallengeNameType::PasswordVerifier);
    if progress.has_device {
        passed(ChallengeNameType::DeviceSrpAuth);
        passed(ChallengeNameType::DevicePasswordVerifier);
    }
    for method in &progress.methods {
        match method {
            Method::SoftwareToken => passed(ChallengeNameType::SoftwareTokenMfa),
            Method::Sms => passed(ChallengeNameType::SmsMfa),
            Method::Email => passed(ChallengeNameType::EmailOtp),
            Method::Password | Method::Passkey => {}
        }
    }
    let progress = Progress {
        history: Some(history),
        ..progress.clone()
    };
    let username = user.username.clone();
    go_on(scene, Some(user), &username, progress).map(Some)
}

impl Round {
    fn built_in(name: &str) -> Self {
        Self {
            challenge_name: name.to_owned(),
            challenge_result: true,
            challenge_metadata: None,
        }
    }
}

/// What the answer to CUSTOM_CHALLENGE is judged with.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Puzzle {
    parameters: BTreeMap<String, String>,
    metadata: Option<String>,
}

pub(super) async fn begin(turn: &Turn<'_>) -> Result<Outcome> {
    const SRP: &str = "SRP_A";
    let username = turn.parameters.required("USERNAME")?;
    // The guide and the API's reference spell it differently.
    let named = turn.parameters.get("CHALLENGE_NAME");
    let named = named.or_else(|| turn.parameters.get("ChallengeName"));
    let history = match named {
        None => Vec::new(),
        Some(SRP) => {
            let number = turn.parameters.required(SRP)?;
            ClientNumber::parse(number).ok_or_else(errors::invalid_srp_a)?;
            vec![Round::built_in(SRP)]
        }
        Some(other) => return Err(errors::invalid_answer(other)),
    };
    let is_defined = |state: &PoolState| {
        triggers::function(state.settings(), Trigger::DefineAuthChallenge).is_some()
    };
    if !turn.pool.read(is_defined) {
        return Err(errors::trigger_not_configured());
    }
    take(turn, username, |scene, user| {
        user.as_deref().map_or(Ok(()), password::check_status)?;
        let progress = Progress {
            history: Some(history.clone()),
            ..turn.progress()
        };
        go_on(scene, user, username, progress)
    })
    .await
}

/// Asks one of the functions about the user, or about nobody.
fn ask(
    scene: &Scene<'_>,
    user: Option<&User>,
    username: &str,
    trigger: Trigger,
    progress: &Progress,
    mut request: Value,
    response: Value,
) -> Result<Answer> {
    let (turn, pool) = (scene.turn, scene.settings());
    let source = match trigger {
        Trigger::CreateAuthChallenge => "CreateAuthChallenge_Authentication",
        Trigger::VerifyAuthChallengeResponse => "VerifyAuthChallengeResponse_Authentication",
        _ => "DefineAuthChallenge_Authentication",
    };
    let answer = triggers::ask(turn.cx, pool, trigger, || {
        let attributes = user.map(|user| progress.user_attributes(pool, user));
        request["userAttributes"] = json!(attributes.unwrap_or_default());
        if scene.client.hides_user_existence() {
            request["userNotFound"] = json!(user.is_none());
        }
        let metadata = turn.metadata_of_answer();
        let reaches = trigger != Trigger::CreateAuthChallenge;
        let question = Question {
            source,
            client_id: Some(turn.client_id),
            username: user.map_or(username, |user| &user.username),
            request: triggers::with_client_metadata(request, metadata.filter(|_| reaches)),
            response: Some(response),
        };
        Event::new(pool, trigger, question)
    })?;
    answer.ok_or_else(errors::trigger_not_configured)
}

/// Asks what comes next, and does it.
fn go_on(
    scene: &Scene<'_>,
    user: Option<&mut User>,
    username: &str,
    progress: Progress,
) -> Result<Step> {
    let turn = scene.turn;
    let history = progress.history.as_deref().unwrap_or_default();
    let defined = ask(
        scene,
        user.as_deref(),
        username,
        Trigger::DefineAuthChallenge,
        &progress,
        json!({"session": history}),
        json!({"challengeName": null, "issueTokens": null, "failAuthentication": null}),
    )?;
    let is_content = flag(&defined, "issueTokens")?;
    let has_failed = flag(&defined, "failAuthentication")?;
    match user {
        Some(user) if is_content => {
            let progress = Progress {
                first: progress.first.or(Some(First::Custom)),
                history: None,
                ..progress
            };
            next(scene, user, &progress)
        }
        _ if is_content || has_failed || history.len() >= MOST_ROUNDS => {
            Ok(Step::Ended(errors::incorrect_username_or_password()))
        }
        user => match text(&defined, "challengeName")? {
            Some("CUSTOM_CHALLENGE") => create(scene, user.as_deref(), username, progress),
            // Where the sign-in began with SRP_A. All else is not for a function to pose: what the
            // pool requires comes after the password by itself (documented).
            Some("PASSWORD_VERIFIER") if history.len() == 1 && turn.is_first => {
                let number = turn.parameters.required("SRP_A")?;
                let pending = verifier::ask(scene, user.as_deref(), username, number, progress)?;
                Ok(Step::Exchange(Box::new(pending)))
            }
            _ => Err(errors::lambda_output_unrecognizable()),
        },
    }
}

fn create(
    scene: &Scene<'_>,
    user: Option<&User>,
    username: &str,
    progress: Progress,
) -> Result<Step> {
    let name = ChallengeNameType::CustomChallenge;
    let created = ask(
        scene,
        user,
        username,
        Trigger::CreateAuthChallenge,
        &progress,
        json!({"challengeName": name, "session": progress.history}),
        json!({
            "publicChallengeParameters": null,
            "privateChallengeParameters": null,
            "challengeMetadata": null,
        }),
    )?;
    let parameters = |name: &str| match created.get(name) {
        Some(Value::Object(parameters)) => Ok(parameters.clone()),
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => Err(errors::lambda_output_unrecognizable()),
    };
    let shown = parameters("publicChallengeParameters")?;
    let puzzle = Puzzle {
        parameters: texts(parameters("privateChallengeParameters")?)?,
        metadata: text(&created, "challengeMetadata")?.map(str::to_owned),
    };
    let (shown_name, sub) = name_and_sub(scene, user, username);
    let mut challenge =
        pose(scene, &sub, name, progress, Expected::Custom(puzzle))?.with("USERNAME", shown_name);
    // What the functions keep in it has to fit.
    let session = challenge.session.as_ref();
    if session.is_some_and(|it| it.len() > LONGEST_SESSION) {
        return Err(errors::lambda_output_unrecognizable());
    }
    for (name, value) in &shown {
        let text = value.as_str().map(str::to_owned);
        challenge = challenge.with(name, text.unwrap_or_else(|| value.to_string()));
    }
    Ok(Step::Challenge(challenge, None))
}

/// A member that may be left out.
fn flag(answer: &Answer, name: &str) -> Result<bool> {
    match answer.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(errors::lambda_output_unrecognizable()),
    }
}

/// What travels in the session is a map of texts (documented).
fn texts(parameters: Map<String, Value>) -> Result<BTreeMap<String, String>> {
    let text = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        _ => Err(errors::lambda_output_unrecognizable()),
    };
    parameters.into_iter().map(text).collect()
}

fn text<'a>(answer: &'a Answer, name: &str) -> Result<Option<&'a str>> {
    match answer.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(errors::lambda_output_unrecognizable()),
    }
}

pub(super) async fn answer(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, ChallengeNameType::CustomChallenge)?;
    let given = turn.parameters.required("ANSWER")?;
    let Expected::Custom(puzzle) = &session.expected else {
        return Err(errors::invalid_session());
    };
    take(turn, username, |scene, mut user| {
        // Nobody but the session's own user costs a call of a function.
        session.check_anyone(scene, user.as_deref(), username)?;
        let verified = ask(
            scene,
            user.as_deref(),
            username,
            Trigger::VerifyAuthChallengeResponse,
            &session.progress,
            json!({
                "privateChallengeParameters": puzzle.parameters,
                "challengeAnswer": given,
            }),
            json!({"answerCorrect": null}),
        )?;
        let Some(is_right) = verified.get("answerCorrect").and_then(Value::as_bool) else {
            return Err(errors::lambda_output_unrecognizable());
        };
        let mut progress = session.progress.clone();
        progress.history.get_or_insert_default().push(Round {
            challenge_name: ChallengeNameType::CustomChallenge.as_str().to_owned(),
            challenge_result: is_right,
            challenge_metadata: puzzle.metadata.clone(),
        });
        let before = user.as_deref().cloned();
        let step = match go_on(scene, user.as_deref_mut(), username, progress) {
            Err(error) if !is_right && !triggers::is_asking(turn.cx) => {
                if let (Some(user), Some(before)) = (user.as_deref_mut(), before) {
                    *user = before;
                }
                Step::Ended(error)
            }
            step => step?,
        };
        session.spend_of_anyone(user, turn);
        Ok(step)
    })
    .await
}
