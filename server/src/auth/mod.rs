//! The sign-in engine: it decides who may sign in and what comes next, for the API now and for the
//! login pages later. The order of its checks is AWS's (facts/auth.md §3).

mod challenge;
mod issue;
mod password;
mod refresh;
pub mod secret_hash;
mod session;

use std::collections::BTreeMap;

use cognito_model::idp::{AuthenticationResultType, ChallengeNameType};

pub use password::sign_in_by_password;
pub use refresh::refresh;

use crate::errors::{self, Result};

/// What one step of a sign-in ends in.
#[derive(Debug)]
pub enum Outcome {
    Tokens(AuthenticationResultType),
    Challenge(Challenge),
}

/// What the user has to do before there are tokens.
#[derive(Debug)]
pub struct Challenge {
    pub name: ChallengeNameType,
    pub parameters: BTreeMap<String, String>,
    pub session: String,
}

/// AuthParameters or ChallengeResponses: a required one may not be blank either.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a>(pub &'a BTreeMap<String, String>);

impl<'a> Parameters<'a> {
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.trim().is_empty())
    }

    pub fn required(&self, name: &str) -> Result<&'a str> {
        self.get(name)
            .ok_or_else(|| errors::missing_parameter(name))
    }
}
