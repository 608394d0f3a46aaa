//! PreSignUp: whether a new user may come in, and with what already settled (facts/triggers.md §6.1).

use std::collections::BTreeMap;

use cognito_model::idp::{AttributeType, UserStatusType};
use serde_json::{Value, json};

use super::delivery::Metadata;
use crate::context::Context;
use crate::errors::{self, Result};
use crate::triggers::{self, Answer, Event, Question, Trigger};
use crate::user_pools::{User, UserPool};

/// Who comes, with what the caller sent and no more: there is no user yet.
pub(crate) struct SignUpQuestion<'a> {
    pub source: &'static str,
    pub client_id: &'a str,
    pub username: &'a str,
    pub given: &'a [AttributeType],
    pub validation_data: Option<&'a [AttributeType]>,
    pub metadata: Option<&'a Metadata>,
}

/// What the function settles of a user who signs up.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Wishes {
    pub(crate) confirms: bool,
    verifies_email: bool,
    verifies_phone: bool,
}

impl SignUpQuestion<'_> {
    /// Within a step that is settled. Whom an administrator creates is nothing settled of.
    pub(crate) fn ask(&self, cx: &Context, pool: &UserPool) -> Result<Option<Answer>> {
        triggers::ask(cx, pool, Trigger::PreSignUp, || {
            let request = json!({
                "userAttributes": pairs(self.given),
                "validationData": self.validation_data.map(pairs),
            });
            let question = Question {
                source: self.source,
                client_id: Some(self.client_id),
                username: self.username,
                request: triggers::with_client_metadata(request, self.metadata),
                response: Some(json!({
                    "autoConfirmUser": false,
                    "autoVerifyEmail": false,
                    "autoVerifyPhone": false,
                })),
            };
            Event::new(pool, Trigger::PreSignUp, question)
        })
    }

    pub(crate) fn wishes(&self, cx: &Context, pool: &UserPool) -> Result<Wishes> {
        let Some(answer) = self.ask(cx, pool)? else {
            return Ok(Wishes::default());
        };
        Ok(Wishes {
            confirms: flag(&answer, "autoConfirmUser")?,
            verifies_email: flag(&answer, "autoVerifyEmail")?,
            verifies_phone: flag(&answer, "autoVerifyPhone")?,
        })
    }
}

impl Wishes {
    pub(crate) fn verifies(self) -> impl Iterator<Item = &'static str> {
        let both = [
            ("email", self.verifies_email),
            ("phone_number", self.verifies_phone),
        ];
        both.into_iter()
            .filter(|(_, is_wanted)| *is_wanted)
            .map(|(name, _)| name)
    }

    /// As [`Wishes::apply`], of a user whom a provider vouches for, and who is never to be confirmed.
    pub(crate) fn apply_to_federated(self, user: &mut User) -> Result<()> {
        let confirms = false;
        Self { confirms, ..self }.apply(user)
    }

    /// What is not there cannot be verified (documented; the wording is assumed).
    pub(crate) fn apply(self, user: &mut User) -> Result<()> {
        for attribute in self.verifies() {
            if user.attributes.get(attribute).is_none() {
                return Err(errors::lambda_output_unrecognizable());
            }
            user.attributes
                .set(&format!("{attribute}_verified"), "true");
        }
        if self.confirms {
            user.status = UserStatusType::Confirmed;
        }
        Ok(())
    }
}

fn pairs(list: &[AttributeType]) -> BTreeMap<&str, &str> {
    list.iter()
        .map(|it| (&*it.name, it.value.as_deref().unwrap_or_default()))
        .collect()
}

fn flag(answer: &Answer, name: &str) -> Result<bool> {
    match answer.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(errors::lambda_output_unrecognizable()),
    }
}
