//! Reading a JWS that somebody presents: first what it says of itself, then whether it is true.
//! Times are checked by the caller, by the server's clock.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::store::Pool;

/// The claims of a token whose signature nobody has checked yet.
#[derive(Debug)]
pub struct Unverified {
    pub kid: Option<String>,
    pub claims: Map<String, Value>,
}

impl Unverified {
    pub fn parse(token: &str) -> Option<Self> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid;
        let payload = token.split('.').nth(1)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        let Ok(Value::Object(claims)) = serde_json::from_slice(&payload) else {
            return None;
        };
        Some(Self { kid, claims })
    }

    /// Whether a key of the pool signed the token that this was read from.
    pub fn is_signed_by(&self, pool: &Pool, token: &str) -> bool {
        match (pool.keys().get(), &self.kid) {
            (Some(keys), Some(kid)) => keys.find(kid).is_some_and(|key| key.signed(token)),
            _ => false,
        }
    }

    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// Of a list of texts; empty where it is none.
    pub fn texts(&self, claim: &str) -> Vec<String> {
        let list = self.claims.get(claim).and_then(Value::as_array);
        let texts = list.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }

    /// Whole seconds of a time, which may have a fraction (RFC 7519, NumericDate).
    pub fn seconds(&self, claim: &str) -> Option<i64> {
        let claim = self.claims.get(claim)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a time beyond all times is the last one"
        )]
        let whole = || claim.as_f64().map(|seconds| seconds.floor() as i64);
        claim.as_i64().or_else(whole)
    }

    /// The user pool that the issuer ends with, whatever address stands before it.
    pub fn user_pool_id(&self) -> Option<&str> {
        self.text("iss")?.rsplit_once('/').map(|(_, id)| id)
    }
}
