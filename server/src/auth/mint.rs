//! A sign-in that a test does without: its tokens are made as any other's, and no function is asked.

use std::collections::BTreeMap;

use cognito_model::idp::AuthenticationResultType;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::imported::Comparison;
use super::issue::Draft;
use super::step::Scene;
use super::token_generation::Occasion;
use super::{First, Parameters, Progress, Turn};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::Pool;
use crate::tokens::is_fixed;

const LONGEST_SECONDS: i64 = 86_400;
const MOST_CLAIMS: usize = 100;
const MOST_SCOPES: usize = 50;

/// What a test wants to have signed in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Minting {
    pub user_pool_id: String,
    pub client_id: String,
    pub username: String,
    /// Of the access token, instead of the one that the API gives.
    scopes: Option<Vec<String>>,
    /// In both tokens.
    #[serde(default)]
    claims: Map<String, Value>,
    /// How long both tokens live, instead of as the client has it.
    expires_in_seconds: Option<i64>,
}

impl Minting {
    pub fn check(&self) -> std::result::Result<(), String> {
        // What says what a token is and whose: without it a test would not have a token of AWS's. Only
        // `version`, which not every token has, is free.
        let is_reserved =
            |name: &&String| is_fixed(name) && *name != "version" || name.starts_with("dev:");
        if let Some(name) = self.claims.keys().find(is_reserved) {
            return Err(format!("claims: {name} is reserved"));
        }
        if self.claims.len() > MOST_CLAIMS {
            return Err(format!("claims: {MOST_CLAIMS} at most"));
        }
        // RFC 6749, appendix A.4.
        let is_scope = |it: &String| {
            !it.is_empty()
                && it
                    .bytes()
                    .all(|c| matches!(c, b'!' | b'#'..=b'[' | b']'..=b'~'))
        };
        let is_empty = self.scopes.as_ref().is_some_and(Vec::is_empty);
        let scopes = self.scopes.as_deref().unwrap_or_default();
        if is_empty || scopes.len() > MOST_SCOPES || !scopes.iter().all(is_scope) {
            return Err(format!(
                "scopes: 1 to {MOST_SCOPES}, of printable characters without blanks"
            ));
        }
        let seconds = self.expires_in_seconds.unwrap_or(1);
        if !(1..=LONGEST_SECONDS).contains(&seconds) {
            return Err(format!("expiresInSeconds: 1 to {LONGEST_SECONDS}"));
        }
        Ok(())
    }
}

pub async fn mint(cx: &Context, pool: &Pool, wanted: &Minting) -> Result<AuthenticationResultType> {
    let none = BTreeMap::new();
    let turn = Turn {
        cx,
        pool,
        client_id: &wanted.client_id,
        parameters: Parameters(&none),
        session: None,
        by_administrator: true,
        on_page: false,
        is_first: true,
        client_metadata: None,
        address: None,
    };
    let progress = Progress {
        event_id: cx.app.random.uuid(),
        ..Progress::default()
    }
    .proved(First::Password);
    let issuer = cx.issuer(pool);
    let draft = pool.write(|state| {
        let client = state.client(&wanted.client_id)?;
        let found = state.user(&wanted.username)?;
        if !found.enabled {
            return Err(errors::user_is_disabled());
        }
        let scene = Scene {
            turn: &turn,
            state,
            client,
            issuer: &issuer,
            imported: &Comparison::default(),
        };
        let mut user = found.clone();
        let mut draft = Draft::at(
            &scene,
            &mut user,
            &progress,
            Occasion::unasked(progress.event_id),
        )?;
        draft.adapt(
            wanted.scopes.as_deref(),
            &wanted.claims,
            wanted.expires_in_seconds,
        );
        let username = user.username.clone();
        state.update_user(&username, |it| *it = user)?;
        Ok(draft)
    })?;
    draft.sign(cx, pool).await
}
