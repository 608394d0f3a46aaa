//! The access token that a self-service operation is called with, and the four ways in which it may
//! be wrong (facts/wire.md §1.3).

use std::sync::Arc;

use cognito_model::idp::UserStatusType;
use uuid::Uuid;

use super::Unverified;
use super::claims::API_SCOPE;
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::{Pool, PoolState};
use crate::user_pools::User;

/// A checked access token: its pool, and whose it is.
pub struct AccessToken {
    pub pool: Arc<Pool>,
    pub sub: String,
    pub client_id: String,
    pub device_key: Option<String>,
    /// Not where the client does not have its tokens revoked.
    pub origin_jti: Option<Uuid>,
    issued: i64,
    /// When the user gave its credentials.
    pub auth_time: i64,
    /// Which, where it asked for a level of authentication.
    pub amr: Vec<String>,
}

impl AccessToken {
    /// As [`AccessToken::check`], where the model lets the token be left out and the service does not.
    pub fn required(cx: &Context, token: Option<&str>) -> Result<Self> {
        Self::check(cx, token.unwrap_or_default())
    }

    /// Checks form, signature, time and scope.
    pub fn check(cx: &Context, token: &str) -> Result<Self> {
        let unverified = Unverified::parse(token).ok_or_else(errors::invalid_access_token)?;
        let (Some("access"), Some(sub), Some(client_id), Some(expiry)) = (
            unverified.text("token_use"),
            unverified.text("sub"),
            unverified.text("client_id"),
            unverified.seconds("exp"),
        ) else {
            return Err(errors::invalid_access_token());
        };
        let pool = unverified
            .user_pool_id()
            .and_then(|id| cx.app.store.user_pool(id))
            .ok_or_else(errors::invalid_access_token)?;
        if !unverified.is_signed_by(&pool, token) {
            return Err(errors::access_token_signature());
        }
        if cx.now_seconds() >= expiry {
            return Err(errors::access_token_expired());
        }
        let scopes = unverified.text("scope").unwrap_or_default();
        if !scopes.split(' ').any(|scope| scope == API_SCOPE) {
            return Err(errors::access_token_lacks_scope());
        }
        Ok(Self {
            sub: sub.to_owned(),
            client_id: client_id.to_owned(),
            device_key: unverified.text("device_key").map(str::to_owned),
            origin_jti: unverified.text("origin_jti").and_then(|it| it.parse().ok()),
            issued: unverified.seconds("iat").unwrap_or_default(),
            auth_time: unverified.seconds("auth_time").unwrap_or_default(),
            amr: unverified.texts("amr"),
            pool,
        })
    }

    /// The user as it is now, if it may still act.
    pub fn user<'s>(&self, state: &'s PoolState) -> Result<&'s User> {
        let user = state
            .users()
            .find_by_sub(&self.sub)
            .ok_or_else(errors::user_not_found)?;
        let life = state.life();
        if !user.enabled || life.has_ended(&user.sign_ins, self.origin_jti, self.issued) {
            return Err(errors::access_token_revoked());
        }
        match user.status {
            UserStatusType::ResetRequired => Err(errors::password_reset_required()),
            UserStatusType::Unconfirmed => Err(errors::user_not_confirmed()),
            _ => Ok(user),
        }
    }
}
