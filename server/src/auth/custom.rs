//! CUSTOM_AUTH: the pool's own functions decide. Define says what comes next, Create makes a
//! challenge, Verify judges its answer; between them there is no lock, and what was played so far
//! travels in the session (facts/auth.md §11, facts/triggers.md §6.5).
//!
//! ClientMetadata of an answer reaches Define and Verify, that of the beginning nobody (captured:
//! captured.md 117).

use cognito_model::idp::ChallengeNameType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::challenge::{next, pose};
use super::password;
use super::session::{Expected, Session};
use super::step::{Scene, Step, take};
use super::stranger::name_and_sub;
use super::{First, Method, Outcome, Progress, Turn, secret_hash, verifier};
use crate::errors::{self, Result};
use crate::triggers::{self, Event, Question, Trigger};
use crate::user_pools::{User, UserPool};

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

/// The functions are to be asked what comes next, about this user and no other of the name.
pub(super) struct Asking {
    /// `None` of nobody.
    sub: Option<String>,
    progress: Progress,
}

impl Asking {
    fn check(&self, user: Option<&User>) -> Result<()> {
        if user.map(|user| &user.sub) == self.sub.as_ref() {
            Ok(())
        } else {
            Err(errors::invalid_session())
        }
    }
}

/// Where the functions decide, what was proved with the password is a row of rounds to them.
pub(super) fn after_password(user: &User, progress: &Progress) -> Option<Asking> {
    let mut history = progress.history.clone()?;
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
    Some(Asking {
        sub: Some(user.sub.clone()),
        progress: Progress {
            history: Some(history),
            ..progress.clone()
        },
    })
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
    parameters: Map<String, Value>,
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
            turn.parameters.required(SRP)?;
            vec![Round::built_in(SRP)]
        }
        Some(other) => return Err(errors::invalid_answer(other)),
    };
    take(turn, username, |scene, user| {
        if triggers::function(scene.settings(), Trigger::DefineAuthChallenge).is_none() {
            return Err(errors::trigger_not_configured());
        }
        let user = user.as_deref();
        user.map_or(Ok(()), password::check_status)?;
        let progress = Progress {
            history: Some(history.clone()),
            ..turn.progress()
        };
        let sub = user.map(|user| user.sub.clone());
        Ok(Step::Ask(Box::new(Asking { sub, progress })))
    })
    .await
}

/// Whom the functions are asked about, as of now.
struct Player {
    pool: UserPool,
    username: String,
    /// Nothing of somebody who is not there.
    attributes: Map<String, Value>,
    is_there: bool,
}

impl Player {
    fn of(turn: &Turn<'_>, username: &str) -> Result<Self> {
        turn.pool.read(|state| {
            let pool = state.settings().clone();
            let user = state.users().find(username);
            Ok(Self {
                username: user.map_or(username, |user| &user.username).to_owned(),
                attributes: user
                    .map(|user| triggers::user_attributes(&pool, user))
                    .unwrap_or_default(),
                is_there: user.is_some(),
                pool,
            })
        })
    }

    async fn ask(
        &self,
        turn: &Turn<'_>,
        trigger: Trigger,
        mut request: Value,
        response: Value,
    ) -> Result<Map<String, Value>> {
        let source = match trigger {
            Trigger::CreateAuthChallenge => "CreateAuthChallenge_Authentication",
            Trigger::VerifyAuthChallengeResponse => "VerifyAuthChallengeResponse_Authentication",
            _ => "DefineAuthChallenge_Authentication",
        };
        request["userAttributes"] = json!(self.attributes);
        if !self.is_there {
            request["userNotFound"] = json!(true);
        }
        let reaches = !turn.is_first && trigger != Trigger::CreateAuthChallenge;
        let metadata = turn.client_metadata.filter(|_| reaches);
        let request = triggers::with_client_metadata(request, metadata);
        let question = Question {
            source,
            client_id: Some(turn.client_id),
            username: &self.username,
            request,
            response: Some(response),
        };
        let event = Event::new(&self.pool, trigger, question);
        let event = event.ok_or_else(errors::trigger_not_configured)?;
        triggers::invoke(turn.cx, &event).await
    }
}

/// Asks what comes next, and does it.
pub(super) async fn go_on(turn: &Turn<'_>, username: &str, asking: Asking) -> Result<Outcome> {
    let player = Player::of(turn, username)?;
    let history = asking.progress.history.clone().unwrap_or_default();
    let response = json!({"challengeName": null, "issueTokens": null, "failAuthentication": null});
    let defined = player
        .ask(
            turn,
            Trigger::DefineAuthChallenge,
            json!({"session": history}),
            response,
        )
        .await?;
    let is = |name: &str| defined.get(name).and_then(Value::as_bool) == Some(true);
    if is("issueTokens") && player.is_there {
        return take(turn, username, |scene, user| issue(scene, user, &asking)).await;
    }
    if is("issueTokens") || is("failAuthentication") || history.len() >= MOST_ROUNDS {
        return Err(errors::incorrect_username_or_password());
    }
    match defined.get("challengeName").and_then(Value::as_str) {
        Some("CUSTOM_CHALLENGE") => create(turn, &player, username, asking, &history).await,
        Some("PASSWORD_VERIFIER") if history.len() == 1 && turn.is_first => {
            let number = turn.parameters.required("SRP_A")?;
            take(turn, username, |scene, user| {
                let user = user.as_deref();
                asking.check(user)?;
                let progress = asking.progress.clone();
                let pending = verifier::ask(scene, user, username, number, progress)?;
                Ok(Step::Exchange(Box::new(pending)))
            })
            .await
        }
        _ => Err(errors::lambda_output_unrecognizable()),
    }
}

async fn create(
    turn: &Turn<'_>,
    player: &Player,
    username: &str,
    asking: Asking,
    history: &[Round],
) -> Result<Outcome> {
    let response = json!({
        "publicChallengeParameters": null,
        "privateChallengeParameters": null,
        "challengeMetadata": null,
    });
    let request = json!({"challengeName": "CUSTOM_CHALLENGE", "session": history});
    let created = player
        .ask(turn, Trigger::CreateAuthChallenge, request, response)
        .await?;
    let parameters = |name: &str| match created.get(name) {
        Some(Value::Object(parameters)) => Ok(parameters.clone()),
        None | Some(Value::Null) => Ok(Map::new()),
        Some(_) => Err(errors::lambda_output_unrecognizable()),
    };
    let shown = parameters("publicChallengeParameters")?;
    let puzzle = Puzzle {
        parameters: parameters("privateChallengeParameters")?,
        metadata: created
            .get("challengeMetadata")
            .and_then(Value::as_str)
            .map(str::to_owned),
    };
    take(turn, username, |scene, user| {
        asking.check(user.as_deref())?;
        let (shown_name, sub) = name_and_sub(scene, user.as_deref(), username);
        let name = ChallengeNameType::CustomChallenge;
        let expected = Expected::Custom(puzzle.clone());
        let mut challenge = pose(scene, &sub, name, asking.progress.clone(), expected)?
            .with("USERNAME", shown_name);
        // What the functions keep in it has to fit.
        if challenge
            .session
            .as_ref()
            .is_some_and(|it| it.len() > LONGEST_SESSION)
        {
            return Err(errors::lambda_output_unrecognizable());
        }
        for (name, value) in &shown {
            let text = value.as_str().map(str::to_owned);
            challenge = challenge.with(name, text.unwrap_or_else(|| value.to_string()));
        }
        Ok(Step::Challenge(challenge, None))
    })
    .await
}

pub(super) async fn answer(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, ChallengeNameType::CustomChallenge)?;
    let given = turn.parameters.required("ANSWER")?;
    let Expected::Custom(puzzle) = &session.expected else {
        return Err(errors::invalid_session());
    };
    // Nobody but the session's own user costs a call of a function.
    turn.pool.read(|state| {
        let client = state.client(turn.client_id)?;
        secret_hash::check(client, username, turn.parameters.get("SECRET_HASH"))?;
        let user = state.users().find(username);
        if user.is_none() && !client.hides_user_existence() {
            return Err(errors::user_not_found());
        }
        let scene = Scene {
            turn,
            state,
            client,
            issuer: "",
        };
        session.check_anyone(&scene, user, username)
    })?;
    let player = Player::of(turn, username)?;
    let request = json!({
        "privateChallengeParameters": puzzle.parameters,
        "challengeAnswer": given,
    });
    let verified = player
        .ask(
            turn,
            Trigger::VerifyAuthChallengeResponse,
            request,
            json!({"answerCorrect": null}),
        )
        .await?;
    let Some(is_right) = verified.get("answerCorrect").and_then(Value::as_bool) else {
        return Err(errors::lambda_output_unrecognizable());
    };
    take(turn, username, |scene, user| {
        session.check_anyone(scene, user.as_deref(), username)?;
        let sub = user.as_deref().map(|user| user.sub.clone());
        session.spend_of_anyone(user, turn);
        let mut progress = session.progress.clone();
        progress.history.get_or_insert_default().push(Round {
            challenge_name: ChallengeNameType::CustomChallenge.as_str().to_owned(),
            challenge_result: is_right,
            challenge_metadata: puzzle.metadata.clone(),
        });
        Ok(Step::Ask(Box::new(Asking { sub, progress })))
    })
    .await
}

/// The functions are content.
fn issue(scene: &Scene<'_>, user: Option<&mut User>, asking: &Asking) -> Result<Step> {
    asking.check(user.as_deref())?;
    let user = user.ok_or_else(errors::incorrect_username_or_password)?;
    let progress = &asking.progress;
    let progress = Progress {
        first: progress.first.or(Some(First::Custom)),
        history: None,
        ..progress.clone()
    };
    next(scene, user, &progress)
}
