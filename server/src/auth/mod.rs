//! The sign-in engine: it decides who may sign in and what comes next, for the API and for the
//! login pages. The order of its checks is AWS's (facts/auth.md §3, §6).
//!
//! A sign-in is a row of steps. Each step proves something, is atomic over the pool, and ends in
//! tokens, in a challenge, or in a refusal. What was proved travels in the challenge's `Session`.

mod challenge;
mod custom;
mod device;
mod events;
mod exchange;
mod hosted;
pub mod imported;
mod issue;
mod mfa;
mod migration;
mod mint;
mod new_password;
mod password;
mod refresh;
mod respond;
mod revocation;
pub mod secret_hash;
mod session;
mod software_token;
mod srp;
mod step;
mod step_up;
mod stranger;
mod token_generation;
mod user_auth;
mod verifier;
mod webauthn;

use std::collections::BTreeMap;

use cognito_model::idp::{AuthFlowType, AuthenticationResultType, ChallengeNameType};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub use device::check_issued;
pub use exchange::{Foreign, client_credentials, client_token, derived_token};
pub use hosted::{
    begin as begin_on_page, begin_after_sign_up as begin_after_sign_up_on_page,
    begin_as as begin_as_on_page, check_session, issue, ticket_of_sign_up,
};
pub use migration::migrate_to_reset;
pub use mint::{Minting, mint};
pub use refresh::{refresh, refresh_and_rotate};
pub use respond::respond;
pub use revocation::revoke_token;
pub use session::pool_of_session;
pub use software_token::{associate, verify};
pub use user_auth::{begin as begin_with_a_choice, begin_after_sign_up, go_on_after_confirmation};
pub use webauthn::RelyingParty;

use self::step_up::Method;
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::Pool;
use crate::triggers;
use crate::user_pools::{AuthFlow, Authentication, User, UserPool};

/// What one step of a sign-in ends in.
#[derive(Debug)]
pub enum Outcome {
    Tokens(AuthenticationResultType),
    Challenge(Challenge),
    /// On a page.
    Proved(Authentication),
}

/// What the user has to do before there are tokens.
#[derive(Debug)]
pub struct Challenge {
    pub name: ChallengeNameType,
    pub parameters: BTreeMap<String, String>,
    /// None where the parameters say it all.
    pub session: Option<String>,
    pub available: Option<Vec<ChallengeNameType>>,
}

/// One request of a sign-in: who asks, and through what.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    pub cx: &'a Context,
    pub pool: &'a Pool,
    pub client_id: &'a str,
    pub parameters: Parameters<'a>,
    pub session: Option<&'a str>,
    /// Through an Admin operation. Its sessions are answered through one, too.
    pub by_administrator: bool,
    /// On a page of the domain: it ends in what the user has proved, for which tokens come later. Its
    /// sessions are answered on a page, too.
    pub on_page: bool,
    /// Begins a sign-in, rather than answering a challenge.
    pub is_first: bool,
    /// For triggers.
    pub client_metadata: Option<&'a BTreeMap<String, String>>,
    /// Where the user is, as the caller says.
    pub address: Option<&'a str>,
}

/// What the user has proved so far, and with what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    /// Names the sign-in in its tokens, and in what the pool notes of it.
    event_id: Uuid,
    first: Option<First>,
    has_second: bool,
    has_new_password: bool,
    /// The device has proved itself.
    has_device: bool,
    /// The device that the caller named.
    device_key: Option<String>,
    /// The rounds so far, where the pool's own functions decide.
    history: Option<Vec<custom::Round>>,
    methods: Vec<Method>,
    /// The authentication level that was asked for.
    target: Option<u8>,
}

/// What proved who the user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum First {
    Password,
    OneTimeCode,
    /// What the pool's own functions asked for.
    Custom,
    /// With user verification, or without.
    Passkey {
        is_verified: bool,
    },
}

impl Progress {
    /// As a function sees the user in the course of this sign-in (captured: facts/triggers.md §2).
    fn user_attributes(&self, pool: &UserPool, user: &User) -> Map<String, Value> {
        let mut attributes = triggers::user_attributes(pool, user);
        if self.has_second {
            attributes.insert("cognito:mfa_enabled".to_owned(), json!("ENABLED"));
        }
        attributes
    }

    fn proved(mut self, first: First) -> Self {
        self.first = Some(first);
        self
    }

    fn with_second(mut self, method: Method) -> Self {
        self.has_second = true;
        self.by(method)
    }

    fn by(mut self, method: Method) -> Self {
        if !self.methods.contains(&method) {
            self.methods.push(method);
        }
        self
    }
}

impl<'a> Turn<'a> {
    /// What a caller says to the pool's functions reaches most of them with an answer only (captured:
    /// captured.md 117).
    fn metadata_of_answer(&self) -> Option<&'a BTreeMap<String, String>> {
        self.client_metadata.filter(|_| !self.is_first)
    }

    /// What it answers: the texts that nobody else may answer at the same time.
    fn answered(&self) -> impl Iterator<Item = &'a str> {
        let block = self.parameters.get("PASSWORD_CLAIM_SECRET_BLOCK");
        self.session.into_iter().chain(block)
    }
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

/// Begins a sign-in by one of the flows that the client allows.
pub async fn initiate(turn: &Turn<'_>, flow: AuthFlowType) -> Result<Outcome> {
    let (needed, name) = match flow {
        AuthFlowType::UserPasswordAuth if !turn.by_administrator => {
            (AuthFlow::UserPassword, "USER_PASSWORD_AUTH")
        }
        AuthFlowType::AdminUserPasswordAuth | AuthFlowType::AdminNoSrpAuth
            if turn.by_administrator =>
        {
            (AuthFlow::AdminUserPassword, flow.as_str())
        }
        AuthFlowType::UserSrpAuth => (AuthFlow::UserSrp, "USER_SRP_AUTH"),
        AuthFlowType::CustomAuth => (AuthFlow::Custom, "CUSTOM_AUTH"),
        AuthFlowType::UserAuth => (AuthFlow::User, "USER_AUTH"),
        AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken => {
            (AuthFlow::Refresh, "REFRESH_TOKEN_AUTH")
        }
        _ => return Err(errors::initiate_auth_method_not_supported()),
    };
    let allows = turn
        .pool
        .read(|state| Ok(state.client(turn.client_id)?.allows(needed)))?;
    if !allows {
        return Err(match needed {
            _ if turn.by_administrator => errors::auth_flow_not_enabled(),
            AuthFlow::UserSrp => errors::srp_not_enabled(),
            _ => errors::flow_not_enabled(name),
        });
    }
    if turn.session.is_some() && needed != AuthFlow::User {
        return Err(errors::session_needs_user_auth());
    }
    match needed {
        AuthFlow::UserPassword | AuthFlow::AdminUserPassword => password::sign_in(turn).await,
        AuthFlow::UserSrp => verifier::begin(turn).await,
        AuthFlow::User => user_auth::begin(turn).await,
        AuthFlow::Refresh => refresh(turn).await,
        AuthFlow::Custom => custom::begin(turn).await,
    }
}
