//! One step of a sign-in, atomic over the pool: it looks at the pool, may change the user, and ends in
//! tokens, a challenge or a refusal. Signatures are made, and messages sent, when the lock is free.

use serde_json::json;

use super::imported::Comparison;
use super::issue::Draft;
use super::verifier::Pending;
use super::{Challenge, Outcome, Turn, secret_hash};
use crate::accounts::Delivery;
use crate::errors::{self, ApiError, Result};
use crate::store::PoolState;
use crate::triggers::{self, Event, Question, Trigger};
use crate::user_pools::{Authentication, Client, User, UserPool};

/// What a step looks at.
pub(super) struct Scene<'s> {
    pub(super) turn: &'s Turn<'s>,
    pub(super) state: &'s PoolState,
    pub(super) client: &'s Client,
    pub(super) issuer: &'s str,
    pub(super) imported: &'s Comparison,
}

impl Scene<'_> {
    pub(super) fn settings(&self) -> &UserPool {
        self.state.settings()
    }

    pub(super) fn address(&self) -> String {
        let may_say =
            self.turn.by_administrator || self.client.propagates_additional_user_context_data();
        self.turn.cx.user_address(may_say, self.turn.address)
    }
}

pub(super) enum Step {
    Tokens(Box<Draft>),
    /// On a page: tokens come later, or not at all.
    Proved(Authentication),
    Challenge(Challenge, Option<Box<Delivery>>),
    /// An SRP challenge, once its arithmetic is done.
    Exchange(Box<Pending>),
    /// A refusal that changes the user: a failure that counts. Its session may be answered again.
    Refused(ApiError),
    /// A refusal that ends the sign-in.
    Ended(ApiError),
}

/// Takes a step for the user of this name. `act` is given nobody where the client is not to be told
/// that there is no such user; a failure of `act` leaves everything as it was. It runs again for each
/// answer of the pool's functions.
pub(super) async fn take(
    turn: &Turn<'_>,
    username: &str,
    act: impl Fn(&Scene<'_>, Option<&mut User>) -> Result<Step>,
) -> Result<Outcome> {
    let imported = Comparison::default();
    let issuer = turn.cx.issuer(turn.pool);
    let take = |state: &mut PoolState| {
        let client = state.client(turn.client_id)?;
        secret_hash::check_turn(turn, client, username)?;
        let found = state.users().find(username);
        let found = match found {
            None if !client.hides_user_existence() => return Err(errors::user_not_found()),
            found => found,
        };
        let scene = Scene {
            turn,
            state,
            client,
            issuer: &issuer,
            imported: &imported,
        };
        if turn.is_first {
            if state.settings().blocks(turn.client_id, &scene.address()) {
                return Err(errors::blocked_for_security());
            }
            ask_before(&scene, found, username)?;
        }
        let mut changed = found.cloned();
        let step = act(&scene, changed.as_mut())?;
        if let Some(user) = changed
            && Some(&user) != found
        {
            let username = user.username.clone();
            state.update_user(&username, |it| *it = user)?;
        }
        Ok(step)
    };
    let mut answering = None;
    let mut take = |state: &mut PoolState| {
        if answering.is_none() {
            let begun = turn.pool.answers().begin(turn.answered());
            answering = Some(begun.ok_or_else(errors::session_used)?);
        }
        let step = take(state);
        if !triggers::is_asking(turn.cx) && !imported.is_due() {
            answering = None;
        }
        step
    };
    let mut take = || turn.pool.write_through(turn.client_id, &mut take);
    let mut step = triggers::settle(turn.cx, &mut take).await;
    while imported.is_due() {
        imported.settle().await?;
        step = triggers::resume(turn.cx, &mut take).await;
    }
    match step? {
        Step::Tokens(draft) => Ok(Outcome::Tokens(draft.sign(turn.cx, turn.pool).await?)),
        Step::Proved(authentication) => Ok(Outcome::Proved(authentication)),
        Step::Challenge(challenge, delivery) => {
            if let Some(delivery) = delivery {
                delivery.send(turn.cx);
            }
            Ok(Outcome::Challenge(challenge))
        }
        Step::Exchange(pending) => pending.pose(turn.cx).map(Outcome::Challenge),
        Step::Refused(error) | Step::Ended(error) => Err(error),
    }
}

/// PreAuthentication may refuse a sign-in before anything is compared; of nobody it hears where the
/// client is not told of nobody either (facts/triggers.md §6.3).
fn ask_before(scene: &Scene<'_>, user: Option<&User>, username: &str) -> Result<()> {
    let (turn, pool) = (scene.turn, scene.settings());
    triggers::ask(turn.cx, pool, Trigger::PreAuthentication, || {
        let attributes = user.map(|user| triggers::user_attributes(pool, user));
        let mut request = json!({
            "userAttributes": attributes.unwrap_or_default(),
            "validationData": turn.client_metadata,
        });
        if scene.client.hides_user_existence() {
            request["userNotFound"] = json!(user.is_none());
        }
        let question = Question {
            source: "PreAuthentication_Authentication",
            client_id: Some(turn.client_id),
            username: user.map_or(username, |user| &user.username),
            request,
            response: Some(json!({})),
        };
        Event::new(pool, Trigger::PreAuthentication, question)
    })?;
    Ok(())
}
