//! What comes after something was proved: a new password, the device, a second factor, or tokens
//! (facts/auth.md §6).

use std::collections::BTreeMap;

use cognito_model::idp::{ChallengeNameType, CodeDeliveryDetailsType, UserStatusType};
use serde_json::json;

use super::issue::Draft;
use super::session::{Expected, Session};
use super::step::{Scene, Step};
use super::{
    Challenge, First, Progress, custom, device, events, hosted, mfa, new_password, password,
    step_up,
};
use crate::errors::Result;
use crate::triggers::{self, Event, Question, Trigger};
use crate::user_pools::User;

pub(super) fn next(scene: &Scene<'_>, user: &mut User, progress: &Progress) -> Result<Step> {
    let step = decide(scene, user, progress)?;
    events::note(scene, user, progress, &step);
    Ok(step)
}

fn decide(scene: &Scene<'_>, user: &mut User, progress: &Progress) -> Result<Step> {
    // Between two steps an administrator may have disabled the user.
    if matches!(progress.first, Some(First::Password | First::Custom)) {
        password::check_status(user)?;
    } else {
        password::check_status_without_password(user)?;
    }
    if progress.first == Some(First::Password) && user.status == UserStatusType::ForceChangePassword
    {
        return new_password::ask(scene, user, progress.clone());
    }
    if let Some(step) = device::ask(scene, user, progress)? {
        return Ok(step);
    }
    if let Some(step) = mfa::ask_if_due(scene, user, progress)? {
        return Ok(step);
    }
    if let Some(step) = custom::after_password(scene, user, progress)? {
        return Ok(step);
    }
    step_up::check(progress)?;
    ask_after(scene, user, progress)?;
    if scene.turn.on_page {
        return Ok(Step::Proved(hosted::authentication(scene, user, progress)));
    }
    let draft = Draft::of_sign_in(scene, user, progress)?;
    Ok(Step::Tokens(Box::new(draft)))
}

/// PostAuthentication may still refuse whoever has proved it all (facts/triggers.md §6.4).
fn ask_after(scene: &Scene<'_>, user: &User, progress: &Progress) -> Result<()> {
    let (turn, pool) = (scene.turn, scene.settings());
    triggers::ask(turn.cx, pool, Trigger::PostAuthentication, || {
        let request = json!({
            "userAttributes": progress.user_attributes(pool, user),
            "newDeviceUsed": device::is_new(scene, progress),
        });
        let question = Question {
            source: "PostAuthentication_Authentication",
            client_id: Some(turn.client_id),
            username: &user.username,
            request: triggers::with_client_metadata(request, turn.metadata_of_answer()),
            response: Some(json!({})),
        };
        Event::new(pool, Trigger::PostAuthentication, question)
    })?;
    Ok(())
}

/// A challenge with a session of its own.
pub(super) fn pose(
    scene: &Scene<'_>,
    sub: &str,
    name: ChallengeNameType,
    progress: Progress,
    expected: Expected,
) -> Result<Challenge> {
    let turn = scene.turn;
    let session = Session::begin(turn, scene.client, sub, name, progress).expecting(expected);
    Ok(Challenge {
        name,
        parameters: BTreeMap::new(),
        session: Some(session.seal(turn.cx)?),
        available: None,
    })
}

impl Challenge {
    #[must_use]
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    /// The first challenge of a sign-in also says who the user really is.
    #[must_use]
    pub(super) fn naming(self, scene: &Scene<'_>, user: &User) -> Self {
        if scene.turn.is_first {
            self.with("USER_ID_FOR_SRP", &user.username)
        } else {
            self
        }
    }

    /// Where its code went.
    #[must_use]
    pub(super) fn delivered_to(self, details: &CodeDeliveryDetailsType) -> Self {
        let medium = details.delivery_medium.map_or("", |it| it.as_str());
        let destination = details.destination.clone().unwrap_or_default();
        self.with("CODE_DELIVERY_DELIVERY_MEDIUM", medium)
            .with("CODE_DELIVERY_DESTINATION", destination)
    }
}
