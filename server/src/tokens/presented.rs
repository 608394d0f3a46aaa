//! A token of a pool that somebody presents to get another one for it, or to act by it: who it is of,
//! and what it allows.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::Unverified;
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::{Pool, PoolState};
use crate::user_pools::User;

/// A checked ID or access token of the pool: of a user, or of a client that acts for itself.
pub struct Presented {
    claims: Map<String, Value>,
}

impl Presented {
    /// `token_use` is `id` or `access`.
    pub fn check(cx: &Context, pool: &Pool, token: &str, token_use: &str) -> Result<Self> {
        let unverified = Unverified::parse(token).ok_or_else(errors::invalid_presented_token)?;
        let expiry = unverified.seconds("exp");
        let is_of_pool = unverified.user_pool_id() == Some(pool.id())
            && unverified.text("token_use") == Some(token_use)
            && unverified.text("sub").is_some();
        let is_signed = unverified.is_signed_by(pool, token);
        match expiry {
            Some(expiry) if is_of_pool && is_signed => {
                if cx.now_seconds() >= expiry {
                    return Err(errors::presented_token_expired());
                }
                Ok(Self {
                    claims: unverified.claims,
                })
            }
            _ => Err(errors::invalid_presented_token()),
        }
    }

    /// A token of another provider about a user of the pool, checked by whoever knows that provider.
    pub fn of_provider(user: &User, claims: &Map<String, Value>) -> Self {
        let mut own = Map::new();
        for name in ["iat", "exp", "auth_time"] {
            if let Some(value) = claims.get(name) {
                own.insert(name.to_owned(), value.clone());
            }
        }
        for (name, value) in [
            ("token_use", "id"),
            ("sub", &user.sub),
            ("cognito:username", &user.username),
        ] {
            own.insert(name.to_owned(), value.into());
        }
        Self { claims: own }
    }

    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    pub fn seconds(&self, claim: &str) -> Option<i64> {
        self.claims.get(claim)?.as_i64()
    }

    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    pub fn sub(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    pub fn scopes(&self) -> Vec<String> {
        let scopes = self.text("scope").unwrap_or_default();
        scopes.split_whitespace().map(str::to_owned).collect()
    }

    /// Whether whoever it is of may still act: a user who is there and not signed out, or a client.
    pub fn check_owner(&self, state: &PoolState) -> Result<()> {
        let Some(user) = state.users().find_by_sub(self.sub()) else {
            let is_of_client = self
                .text("username")
                .or(self.text("cognito:username"))
                .is_none()
                && state.clients().contains(self.sub());
            return if is_of_client {
                Ok(())
            } else {
                Err(errors::user_not_found())
            };
        };
        if !user.enabled {
            return Err(errors::user_is_disabled());
        }
        let origin_jti: Option<Uuid> = self.text("origin_jti").and_then(|it| it.parse().ok());
        let issued = self.seconds("iat").unwrap_or_default();
        let life = state.life();
        if life.has_ended(&user.sign_ins, origin_jti, issued) {
            return Err(errors::presented_token_revoked());
        }
        Ok(())
    }
}
