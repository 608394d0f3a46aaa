//! The keys of OpenID Connect providers elsewhere, found by their discovery documents and remembered
//! for a while, so that a login rarely waits for somebody else.

use std::collections::HashMap;
use std::sync::Arc;

use cognito_model::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use parking_lot::Mutex;
use serde_json::Value;

use super::signing::is_signed;
use crate::clock::Deadline;
use crate::fetch::{self, Plain, Reach};

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
/// A discovery document hardly changes, and says nothing that is trusted by itself.
const DOCUMENT_LIFE: i64 = 60 * 1000;
/// More issuers than anybody has; beyond them all are forgotten.
const MOST_ISSUERS: usize = 1000;
const MOST_KEYS: usize = 100;
/// A document may be long.
const MOST_DOCUMENTS: usize = 64;

/// Why a token cannot be trusted.
#[derive(Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// Its issuer does not answer as a provider does, for this reason.
    Unreachable(String),
    Signature,
}

#[derive(Default)]
pub struct IssuerKeys {
    issuers: Mutex<HashMap<String, Arc<Issuer>>>,
    /// Discovery documents, and when each was read.
    documents: Mutex<HashMap<String, (Timestamp, Value)>>,
}

#[derive(Default)]
struct Issuer {
    published: Mutex<Published>,
    /// Whoever needs the keys while they are read waits for them.
    turn: tokio::sync::Mutex<()>,
}

/// What an issuer published when it was last reached, and what came of the last attempt.
#[derive(Default)]
struct Published {
    keys: Vec<Jwk>,
    read: Option<Timestamp>,
    tried: Option<Timestamp>,
    failure: Option<String>,
}

impl Published {
    /// What these keys say of a token; nothing where they are to be read first.
    fn verdict(&self, token: &str, header: &Header, now: Timestamp) -> Option<Verdict> {
        // Whoever waited for a reading may have come before it.
        let is_within = |at: Option<Timestamp>, life| {
            at.is_some_and(|at| (-PAUSE..life).contains(&(now.as_millis() - at.as_millis())))
        };
        let is_named = |key: &&Jwk| header.kid.is_none() || key.common.key_id == header.kid;
        let mut named = self.keys.iter().filter(is_named);
        let is_known = header.kid.is_some() && named.clone().next().is_some();
        let is_signed = named.any(|key| {
            let key = DecodingKey::from_jwk(key);
            key.is_ok_and(|key| is_signed(token, header.alg, &key))
        });
        let was_tried = is_within(self.tried, PAUSE);
        if is_known || is_signed {
            let is_good = is_within(self.read, LIFE) || was_tried;
            let verdict = if is_signed {
                Ok(())
            } else {
                Err(Untrusted::Signature)
            };
            return is_good.then_some(verdict);
        }
        was_tried.then(|| match &self.failure {
            Some(reason) => Err(Untrusted::Unreachable(reason.clone())),
            None => Err(Untrusted::Signature),
        })
    }

    /// A failure leaves the keys as they are.
    fn note(&mut self, result: Result<Vec<Jwk>, String>, now: Timestamp) {
        self.tried = Some(now);
        self.failure = match result {
            Ok(keys) => {
                self.keys = keys;
                self.read = Some(now);
                None
            }
            Err(reason) => Some(reason),
        };
    }
}

/// Where keys are published.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// Where the discovery document of this issuer says.
    Issuer(&'a str),
    /// At this address.
    Address(&'a str, Reach),
}

impl Source<'_> {
    fn name(self) -> String {
        match self {
            Self::Issuer(issuer) => issuer.to_owned(),
            Self::Address(address, _) => format!("{address} "),
        }
    }

    async fn read(self) -> Result<Vec<Jwk>, fetch::Error> {
        match self {
            Self::Issuer(issuer) => read(issuer).await,
            Self::Address(address, reach) => read_keys(address, Plain::Anywhere, reach).await,
        }
    }
}

type Verdict = Result<(), Untrusted>;

impl IssuerKeys {
    fn of(&self, issuer: &str) -> Arc<Issuer> {
        let mut issuers = self.issuers.lock();
        if issuers.len() >= MOST_ISSUERS && !issuers.contains_key(issuer) {
            issuers.clear();
        }
        issuers.entry(issuer.to_owned()).or_default().clone()
    }

    /// The discovery document of an issuer that an operator named. Whoever knocks often makes nobody else busy.
    pub async fn discover(&self, issuer: &str, now: Timestamp) -> Result<Value, fetch::Error> {
        let known = self.documents.lock().get(issuer).cloned();
        if let Some((read, document)) = known
            && (0..DOCUMENT_LIFE).contains(&(now.as_millis() - read.as_millis()))
        {
            return Ok(document);
        }
        let document = document_of(issuer, Plain::Anywhere).await?;
        let mut documents = self.documents.lock();
        if documents.len() >= MOST_DOCUMENTS {
            documents.clear();
        }
        documents.insert(issuer.to_owned(), (now, document.clone()));
        Ok(document)
    }

    /// Whether a key of this issuer, which is known to be a provider, signed the token. Nothing else of it
    /// is checked. The issuer is waited for until the deadline, where its key is not known yet.
    pub async fn check(
        &self,
        source: Source<'_>,
        token: &str,
        now: Timestamp,
        deadline: Deadline,
    ) -> Verdict {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Untrusted::Signature)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Untrusted::Signature);
        }
        let known = self.of(&source.name());
        let verdict = || known.published.lock().verdict(token, &header, now);
        if let Some(verdict) = verdict() {
            return verdict;
        }
        let late = || fetch::LATE.to_owned();
        let turn = deadline.wait(known.turn.lock()).await;
        let _turn = turn.ok_or_else(|| Untrusted::Unreachable(late()))?;
        if let Some(verdict) = verdict() {
            return verdict;
        }
        let keys = match deadline.wait(source.read()).await {
            Some(keys) => keys.map_err(|error| error.to_string()),
            None => Err(late()),
        };
        known.published.lock().note(keys, now);
        verdict().unwrap_or(Err(Untrusted::Signature))
    }
}

/// The discovery document of an issuer, which is its own.
async fn document_of(issuer: &str, plain: Plain) -> Result<Value, fetch::Error> {
    let issuer = issuer.trim_end_matches('/');
    let address = format!("{issuer}/.well-known/openid-configuration");
    let document = fetch::json(&address, plain, Reach::Anywhere).await?;
    let named = document.get("issuer").and_then(Value::as_str);
    if named.map(|it| it.trim_end_matches('/')) != Some(issuer) {
        return Err("its discovery document is of another issuer".into());
    }
    Ok(document)
}

async fn read(issuer: &str) -> Result<Vec<Jwk>, fetch::Error> {
    let document = document_of(issuer, Plain::Here).await?;
    let address = document.get("jwks_uri").and_then(Value::as_str);
    let address = address.ok_or("its discovery document names no keys")?;
    let is_own_machine = issuer.starts_with("http:");
    if !is_own_machine && !address.starts_with("https:") {
        return Err("its keys are not at an https address".into());
    }
    let from = fetch::web_address(issuer, Plain::Here)?;
    let reach = fetch::lead(&from, &fetch::web_address(address, Plain::Here)?);
    let reach = reach.ok_or("its discovery document leads to another place")?;
    read_keys(address, Plain::Here, reach).await
}

async fn read_keys(address: &str, plain: Plain, reach: Reach) -> Result<Vec<Jwk>, fetch::Error> {
    let document = fetch::json(address, plain, reach).await?;
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

/// Whether a token is signed with a secret that two share.
pub fn is_signed_with_secret(token: &str, secret: &str) -> bool {
    let Ok(header) = jsonwebtoken::decode_header(token) else {
        return false;
    };
    let is_shared = matches!(
        header.alg,
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512
    );
    let key = DecodingKey::from_secret(secret.as_bytes());
    is_shared && !secret.is_empty() && is_signed(token, header.alg, &key)
}
