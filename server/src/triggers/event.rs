//! What a function is told: the event that all triggers share (facts/triggers.md §2).

use std::collections::BTreeMap;

use cognito_model::idp::AliasAttributeType;
use serde_json::{Map, Value, json};

use super::{Trigger, function};
use crate::aws::Arn;
use crate::user_pools::{User, UserPool};

/// The client of an AdminCreateUser (captured: captured.md 114); other calls of administrators have none
/// at all (captured: swift-aws-lambda-events#71).
pub const NO_CLIENT: &str = "CLIENT_ID_NOT_APPLICABLE";

/// One question to one of a pool's functions.
#[derive(Debug, Clone)]
pub struct Event {
    pub trigger: Trigger,
    /// `DefineAuthChallenge_Authentication`.
    pub source: String,
    /// By name or ARN, as the pool names it.
    pub function: String,
    /// That of the pool.
    pub account: String,
    body: Map<String, Value>,
}

/// Whom a function is asked about, and what is said of them.
pub struct Question<'a> {
    pub source: &'a str,
    pub client_id: Option<&'a str>,
    pub username: &'a str,
    pub request: Value,
    /// What the function is to fill in; `None` where nobody reads an answer.
    pub response: Option<Value>,
}

impl Event {
    /// `None` where the pool has no such function.
    pub fn new(pool: &UserPool, trigger: Trigger, question: Question<'_>) -> Option<Self> {
        let Value::Object(mut body) = json!({
            "version": "1",
            "region": pool.description.arn.as_deref().and_then(Arn::parse).map(|it| it.region),
            "userPoolId": pool.id(),
            "userName": question.username,
            "callerContext": {
                "awsSdkVersion": "aws-sdk-unknown-unknown",
                "clientId": question.client_id,
            },
            "triggerSource": question.source,
            "request": question.request,
        }) else {
            return None;
        };
        if let Some(response) = question.response {
            body.insert("response".to_owned(), response);
        }
        Some(Self {
            trigger,
            source: question.source.to_owned(),
            function: function(pool, trigger)?.to_owned(),
            account: pool.account().to_owned(),
            body,
        })
    }

    /// An event of another version than the first.
    #[must_use]
    pub fn of_version(mut self, version: &str) -> Self {
        self.body.insert("version".to_owned(), json!(version));
        self
    }

    /// Whether it asks the same about the same user, even if something was changed meanwhile. Who has
    /// the name by now may be somebody else.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let sub = |event: &Self| {
            let request = event.body.get("request")?;
            request.get("userAttributes")?.get("sub").cloned()
        };
        self.is_of(other) && sub(self) == sub(other)
    }

    /// Whether it asks the same about a user of the same name.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.source == other.source && self.body.get("userName") == other.body.get("userName")
    }

    /// What a sender is to send.
    pub fn set_code(&mut self, code: &str) {
        if let Some(request) = self.body.get_mut("request") {
            request["code"] = json!(code);
        }
    }

    /// What a test of the invokers asks.
    #[cfg(test)]
    pub(super) fn to(function: &str) -> Self {
        Self {
            trigger: Trigger::CustomEmailSender,
            source: "CustomEmailSender_SignUp".to_owned(),
            function: function.to_owned(),
            account: "000000000000".to_owned(),
            body: Map::from_iter([("userName".to_owned(), json!("alice"))]),
        }
    }

    pub(super) fn user_pool_id(&self) -> &str {
        self.text("userPoolId")
    }

    pub(super) fn region(&self) -> &str {
        self.text("region")
    }

    fn text(&self, name: &str) -> &str {
        let value = self.body.get(name).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    pub(super) fn payload(&self) -> String {
        json!(self.body).to_string()
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
        // Captured for the addresses only.
        if *alias == AliasAttributeType::PreferredUsername {
            continue;
        }
        if let Some(value) = user.attributes.get(alias.as_str()) {
            attributes.insert(format!("cognito:{}_alias", alias.as_str()), json!(value));
        }
    }
    attributes
}

/// What a caller sends along for the functions: the member is not there where nothing was sent.
pub fn with_client_metadata(
    mut request: Value,
    metadata: Option<&BTreeMap<String, String>>,
) -> Value {
    if let Some(metadata) = metadata {
        request["clientMetadata"] = json!(metadata);
    }
    request
}
