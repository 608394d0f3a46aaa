//! The keys of OpenID Connect providers elsewhere, found by their discovery documents and remembered
//! for a while, so that a login rarely waits for somebody else.

use std::collections::HashMap;
use std::sync::Arc;

use cognito_model::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use tokio::sync::Mutex;

use super::signing::is_signed;
use crate::fetch;

/// What IAM takes of OpenID Connect providers (documented).
const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::ES256,
    Algorithm::ES384,
];

/// After so long the keys are read again.
const LIFE: i64 = 60 * 60 * 1000;
/// Keys that lack the one that a token names are read again, but not at every such token.
const PAUSE: i64 = 10 * 1000;
/// More issuers than anybody has; beyond them all are forgotten.
const MOST_ISSUERS: usize = 1000;
const MOST_KEYS: usize = 100;

/// Why a token cannot be trusted.
#[derive(Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// Its issuer does not answer as a provider does, for this reason.
    Unreachable(String),
    Signature,
}

#[derive(Default)]
pub struct IssuerKeys(parking_lot::Mutex<HashMap<String, Reading>>);

/// Whoever comes while the keys are read waits for them.
type Reading = Arc<Mutex<Option<Published>>>;

/// What an issuer published, and when it was read; no keys where it was not to be reached.
struct Published {
    keys: Result<Vec<Jwk>, String>,
    at: Timestamp,
}

impl IssuerKeys {
    fn of(&self, issuer: &str) -> Reading {
        let mut issuers = self.0.lock();
        if issuers.len() >= MOST_ISSUERS && !issuers.contains_key(issuer) {
            issuers.clear();
        }
        issuers.entry(issuer.to_owned()).or_default().clone()
    }

    /// Whether a key of this issuer, which is known to be a provider, signed the token. Nothing else of it
    /// is checked.
    pub async fn check(&self, issuer: &str, token: &str, now: Timestamp) -> Result<(), Untrusted> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Untrusted::Signature)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Untrusted::Signature);
        }
        let published = self.of(issuer);
        let mut published = published.lock().await;
        let key = |published: &Published| {
            let keys = published.keys.as_ref().ok()?.iter();
            let mut named = keys.filter(|key| match &header.kid {
                Some(kid) => key.common.key_id.as_ref() == Some(kid),
                None => true,
            });
            named.next().cloned()
        };
        let known = published.as_ref().and_then(|it| {
            let age = now.as_millis() - it.at.as_millis();
            let may_stay = if key(it).is_some() { LIFE } else { PAUSE };
            (0..may_stay).contains(&age).then_some(())
        });
        if known.is_none() {
            let keys = read(issuer).await.map_err(|error| error.to_string());
            *published = Some(Published { keys, at: now });
        }
        let Some(read) = published.as_ref() else {
            return Err(Untrusted::Signature);
        };
        if let Err(reason) = &read.keys {
            return Err(Untrusted::Unreachable(reason.clone()));
        }
        let key = key(read).and_then(|jwk| DecodingKey::from_jwk(&jwk).ok());
        match key {
            Some(key) if is_signed(token, header.alg, &key) => Ok(()),
            _ => Err(Untrusted::Signature),
        }
    }
}

async fn read(issuer: &str) -> Result<Vec<Jwk>, fetch::Error> {
    let issuer = issuer.trim_end_matches('/');
    let document = fetch::json(&format!("{issuer}/.well-known/openid-configuration")).await?;
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    if text("issuer").map(|it| it.trim_end_matches('/')) != Some(issuer) {
        return Err("its discovery document is of another issuer".into());
    }
    let address = text("jwks_uri").ok_or("its discovery document names no keys")?;
    let is_own_machine = issuer.starts_with("http:");
    if !is_own_machine && !address.starts_with("https:") {
        return Err("its keys are not at an https address".into());
    }
    let document = fetch::json(address).await?;
    let keys = document
        .get("keys")
        .and_then(Value::as_array)
        .ok_or("its keys are no set of keys")?;
    // A key of a kind that is not known here is no reason to trust none.
    let keys = keys.iter().take(MOST_KEYS);
    Ok(keys
        .filter_map(|key| serde_json::from_value(key.clone()).ok())
        .collect())
}
