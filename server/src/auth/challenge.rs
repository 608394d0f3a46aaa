//! The challenges that stand between a right password and tokens (facts/auth.md §7).

use std::collections::BTreeMap;

use cognito_model::idp::ChallengeNameType;
use serde_json::{Map, Value, json};

use super::Challenge;
use super::session::Session;
use crate::context::Context;
use crate::errors::Result;
use crate::store::PoolState;
use crate::user_pools::{Client, User};

/// NEW_PASSWORD_REQUIRED: the user signs in with a temporary password. Attributes and those still
/// required are JSON within a text, as AWS sends them.
pub(super) fn new_password_required(
    cx: &Context,
    state: &PoolState,
    client: &Client,
    user: &User,
) -> Result<Challenge> {
    let mut attributes: Map<String, Value> = user
        .attributes
        .iter()
        .filter(|(name, _)| client.may_read(name))
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let mut required = Vec::new();
    for name in state.settings().schema().required() {
        if user.attribute(name).is_none() {
            required.push(format!("userAttributes.{name}"));
            attributes.insert(name.to_owned(), json!(""));
        }
    }
    let name = ChallengeNameType::NewPasswordRequired;
    Ok(Challenge {
        name,
        parameters: BTreeMap::from([
            ("USER_ID_FOR_SRP".to_owned(), user.username.clone()),
            ("requiredAttributes".to_owned(), json!(required).to_string()),
            (
                "userAttributes".to_owned(),
                Value::Object(attributes).to_string(),
            ),
        ]),
        session: Session::begin(cx, state.settings().id(), client, &user.sub, name).seal(cx)?,
    })
}
