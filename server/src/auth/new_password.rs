//! NEW_PASSWORD_REQUIRED: who signs in with a temporary password chooses one, and completes what the
//! pool requires (facts/auth.md §7).

use std::collections::BTreeSet;

use cognito_model::idp::{AttributeType, ChallengeNameType, UserStatusType};
use serde_json::{Map, Value, json};

use super::challenge::{next, pose};
use super::session::{Expected, Session};
use super::step::{Scene, Step, take};
use super::{Outcome, Progress, Turn};
use crate::accounts;
use crate::errors::{self, Result};
use crate::user_pools::{Password, User, checked_updates};

const PREFIX: &str = "userAttributes.";

pub(super) fn ask(scene: &Scene<'_>, user: &User, progress: Progress) -> Result<Step> {
    let days = scene
        .settings()
        .password_policy()
        .temporary_password_validity_days();
    let temporary = user.password.as_ref();
    if temporary.is_some_and(|it| it.has_expired(scene.turn.cx.now, days)) {
        return Err(errors::temporary_password_expired());
    }
    // Attributes, and those still required, are JSON within a text, as AWS sends them.
    let mut attributes: Map<String, Value> = user
        .attributes
        .iter()
        .filter(|(name, _)| scene.client.may_read(name))
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let missing = missing(scene, user);
    for name in &missing {
        attributes.insert(name.clone(), json!(""));
    }
    let required: Vec<_> = missing.iter().map(|it| format!("{PREFIX}{it}")).collect();
    let name = ChallengeNameType::NewPasswordRequired;
    let expected = Expected::NewPassword(temporary.map(Password::salt).unwrap_or_default());
    let challenge = pose(scene, &user.sub, name, progress, expected)?
        .naming(scene, user)
        .with("requiredAttributes", json!(required).to_string())
        .with("userAttributes", Value::Object(attributes).to_string());
    Ok(Step::Challenge(challenge, None))
}

/// The required attributes that the user does not have.
fn missing(scene: &Scene<'_>, user: &User) -> Vec<String> {
    let schema = scene.settings().schema();
    let missing = schema.required().filter(|it| user.attribute(it).is_none());
    missing.map(str::to_owned).collect()
}

pub(super) async fn answer(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, ChallengeNameType::NewPasswordRequired)?;
    let password = turn.parameters.required("NEW_PASSWORD")?;
    let salt = turn.cx.app.random.bytes();
    take(turn, username, |scene, user| {
        let user = user.ok_or_else(errors::invalid_session)?;
        session.check_user(user)?;
        // The temporary password that was proved has had a successor since then.
        let salt_now = user.password.as_ref().map(Password::salt);
        if session.expected != Expected::NewPassword(salt_now.unwrap_or_default()) {
            return Err(errors::invalid_session());
        }
        let settings = scene.settings();
        settings.check_new_password(user, password, errors::password_does_not_conform)?;
        let before = user.clone();
        set_attributes(scene, user)?;
        accounts::check_names(scene.state, &before, user)?;
        let history = settings.password_history_size();
        let password = Password::new(salt, settings.id(), &user.username, password);
        user.set_password(password, history);
        user.status = UserStatusType::Confirmed;
        user.modified = turn.cx.now;
        session.spend(user, turn.cx);
        let progress = session.progress.clone();
        next(
            scene,
            user,
            &Progress {
                has_new_password: true,
                ..progress
            },
        )
    })
    .await
}

/// What is required and missing has to be given, what is required and there may not be; anything else
/// is as the client may write it.
fn set_attributes(scene: &Scene<'_>, user: &mut User) -> Result<()> {
    let given: Vec<AttributeType> = scene
        .turn
        .parameters
        .0
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value)))
        .map(|(name, value)| AttributeType {
            name: name.to_owned(),
            value: Some(value.clone()),
        })
        .collect();
    let schema = scene.settings().schema();
    let required: BTreeSet<_> = schema.required().collect();
    for AttributeType { name, .. } in &given {
        if required.contains(name.as_str()) && user.attribute(name).is_some() {
            return Err(errors::attribute_already_provided(name));
        }
    }
    let is_given = |name: &str| {
        let mut named = given.iter().filter(|it| it.name == name);
        named.any(|it| it.value.as_deref().is_some_and(|it| !it.is_empty()))
    };
    if let Some(name) = missing(scene, user)
        .iter()
        .find(|it| !is_given(it.as_str()))
    {
        return Err(errors::required_attribute_not_given(name));
    }
    let others: Vec<_> = given
        .iter()
        .filter(|it| !required.contains(it.name.as_str()))
        .cloned()
        .collect();
    accounts::check_writable(&others, scene.settings(), scene.client)?;
    for (name, value) in checked_updates(&given, schema)? {
        match value {
            Some(value) => user.attributes.set(&name, &value),
            None => user.attributes.remove(&name),
        }
        if matches!(name.as_str(), "email" | "phone_number") {
            user.attributes.set(&format!("{name}_verified"), "false");
        }
    }
    Ok(())
}
