//! What a function is told: the event that all triggers share (facts/triggers.md §2).

use serde_json::{Map, Value, json};

use super::Trigger;
use crate::user_pools::{User, UserPool};

pub struct Event<'a> {
    pub trigger: Trigger,
    /// `DefineAuthChallenge_Authentication`.
    pub source: &'static str,
    pub pool: &'a UserPool,
    pub region: &'a str,
    pub client_id: &'a str,
    pub username: &'a str,
    pub request: Value,
    /// What the function is to fill in.
    pub response: Value,
}

impl Event<'_> {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "version": "1",
            "region": self.region,
            "userPoolId": self.pool.id(),
            "userName": self.username,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": self.client_id,
            },
            "triggerSource": self.source,
            "request": self.request,
            "response": self.response,
        })
    }
}

/// As a function sees a user: all texts, with the status, and the addresses that are aliases.
pub fn user_attributes(pool: &UserPool, user: &User) -> Map<String, Value> {
    let mut attributes: Map<String, Value> = user
        .attribute_list()
        .into_iter()
        .map(|it| (it.name, json!(it.value.unwrap_or_default())))
        .collect();
    attributes.insert(
        "cognito:user_status".to_owned(),
        json!(user.status.as_str()),
    );
    for alias in pool.description.alias_attributes.iter().flatten() {
        if let Some(value) = user.attributes.get(alias.as_str()) {
            attributes.insert(format!("cognito:{}_alias", alias.as_str()), json!(value));
        }
    }
    attributes
}
