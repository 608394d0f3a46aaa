//! Signing keys: RSA-2048, two a user pool, one for ID tokens and one for access tokens. Making one
//! takes some 70 ms, so a thread keeps a few ready; signing takes a key that is parsed once, since
//! the signature is what a sign-in costs.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cognito_model::Blob;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::traits::PublicKeyParts;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use crate::errors::{self, Result};
use crate::random::Random;

/// How many keys are kept ready: enough for a test suite that makes pools one after another.
const READY: usize = 4;

/// Makes keys ahead of their use.
pub struct KeyMaker {
    keys: Mutex<mpsc::Receiver<KeyPair>>,
    /// Set when the thread has drawn random bytes.
    has_begun: Arc<OnceLock<()>>,
}

impl KeyMaker {
    /// Begins with the first use of the receiver's places: the thread waits while all are ready, and
    /// ends with the server.
    pub fn start() -> Self {
        let (ready, keys) = mpsc::channel(READY);
        let has_begun = Arc::new(OnceLock::new());
        let begun = has_begun.clone();
        let thread = std::thread::Builder::new()
            .name("keys".to_owned())
            .spawn(move || {
                let _ = rand::fill(&mut [0]);
                let _ = begun.set(());
                while let Ok(pair) = KeyPair::generate(KeySize::Rsa2048) {
                    if ready.blocking_send(pair).is_err() {
                        return;
                    }
                }
            });
        // Without the thread no key comes, and whoever needs one is told.
        if thread.is_err() {
            let _ = has_begun.set(());
        }
        Self {
            keys: Mutex::new(keys),
            has_begun,
        }
    }

    pub async fn take(&self) -> Result<KeyPair> {
        let key = self.keys.lock().await.recv().await;
        key.ok_or_else(|| errors::internal("no signing key could be made"))
    }
}

/// The process may end right after the server, with the thread in the middle of a key. That hurts nobody,
/// unless it has drawn no random bytes yet: AWS-LC aborts the process when a thread begins to draw after
/// `exit` did (`rand_thread_local_state_clear_all` leaves it a lock that it holds itself).
impl Drop for KeyMaker {
    fn drop(&mut self) {
        self.has_begun.wait();
    }
}

/// The two keys of a user pool.
pub struct PoolKeys {
    pub id: SigningKey,
    pub access: SigningKey,
}

impl PoolKeys {
    pub async fn make(maker: &KeyMaker, random: &Random) -> Result<Self> {
        Ok(Self {
            id: SigningKey::new(maker.take().await?, random)?,
            access: SigningKey::new(maker.take().await?, random)?,
        })
    }

    /// What is kept of them.
    pub fn secrets(&self) -> std::io::Result<PoolKeySecrets> {
        Ok(PoolKeySecrets {
            id: self.id.secrets()?,
            access: self.access.secrets()?,
        })
    }

    pub fn restore(secrets: &PoolKeySecrets) -> std::io::Result<Self> {
        Ok(Self {
            id: SigningKey::restore(&secrets.id)?,
            access: SigningKey::restore(&secrets.access)?,
        })
    }

    pub fn find(&self, kid: &str) -> Option<&SigningKey> {
        [&self.id, &self.access]
            .into_iter()
            .find(|key| key.kid == kid)
    }

    /// The document at `/<poolId>/.well-known/jwks.json`.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.id.jwk(), self.access.jwk()]})
    }
}

#[derive(Serialize, Deserialize)]
pub struct PoolKeySecrets {
    id: KeySecrets,
    access: KeySecrets,
}

/// A key as it is kept.
#[derive(Serialize, Deserialize)]
pub struct KeySecrets {
    kid: String,
    /// PKCS #8, DER.
    key: Blob,
}

impl KeySecrets {
    fn pair(&self) -> std::io::Result<KeyPair> {
        let pair = KeyPair::from_pkcs8(self.key.as_bytes()).map_err(std::io::Error::other)?;
        if pair.public_modulus_len() == 256 {
            Ok(pair)
        } else {
            Err(std::io::Error::other("a signing key has 2048 bits"))
        }
    }
}

pub struct SigningKey {
    pair: KeyPair,
    kid: String,
    modulus: String,
    exponent: String,
    algorithm: Algorithm,
    /// `{"kid":…,"alg":"RS256"}` as the token carries it.
    header: String,
    decoding: DecodingKey,
}

impl SigningKey {
    /// One that signs the tokens of a user pool.
    pub fn new(pair: KeyPair, random: &Random) -> Result<Self> {
        Self::of_user_pool(pair, STANDARD.encode(random.bytes::<32>()))
    }

    fn of_user_pool(pair: KeyPair, kid: String) -> Result<Self> {
        let header = format!(r#"{{"kid":"{kid}","alg":"RS256"}}"#);
        Self::with(pair, kid, Algorithm::RS256, &header)
    }

    /// The one that signs the OpenID tokens of identity pools (facts/identity.md §7).
    pub fn of_identity_pools(pair: KeyPair, region: &str) -> Result<Self> {
        Self::of_issuer(pair, format!("{region}1"))
    }

    fn of_issuer(pair: KeyPair, kid: String) -> Result<Self> {
        let header = format!(r#"{{"kid":"{kid}","typ":"JWS","alg":"RS512"}}"#);
        Self::with(pair, kid, Algorithm::RS512, &header)
    }

    /// What is kept of it.
    pub fn secrets(&self) -> std::io::Result<KeySecrets> {
        let key: Pkcs8V1Der<'_> = self.pair.as_der().map_err(std::io::Error::other)?;
        Ok(KeySecrets {
            kid: self.kid.clone(),
            key: Blob::new(key.as_ref().to_vec()),
        })
    }

    fn restore(secrets: &KeySecrets) -> std::io::Result<Self> {
        Self::of_user_pool(secrets.pair()?, secrets.kid.clone()).map_err(std::io::Error::other)
    }

    /// See [`SigningKey::of_identity_pools`].
    pub fn restore_of_identity_pools(secrets: &KeySecrets) -> std::io::Result<Self> {
        Self::of_issuer(secrets.pair()?, secrets.kid.clone()).map_err(std::io::Error::other)
    }

    fn with(pair: KeyPair, kid: String, algorithm: Algorithm, header: &str) -> Result<Self> {
        let public = rsa::RsaPublicKey::from_pkcs1_der(pair.public_key().as_ref())
            .map_err(errors::internal)?;
        let modulus = URL_SAFE_NO_PAD.encode(public.n().to_bytes_be());
        let exponent = URL_SAFE_NO_PAD.encode(public.e().to_bytes_be());
        let decoding =
            DecodingKey::from_rsa_components(&modulus, &exponent).map_err(errors::internal)?;
        Ok(Self {
            pair,
            kid,
            modulus,
            exponent,
            algorithm,
            header: URL_SAFE_NO_PAD.encode(header),
            decoding,
        })
    }

    pub fn pair(&self) -> &KeyPair {
        &self.pair
    }

    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Whether this key signed a token, by its own algorithm and no other. The claims are for the caller
    /// to check, by the server's clock.
    pub fn signed(&self, token: &str) -> bool {
        is_signed(token, self.algorithm, &self.decoding)
    }

    pub fn jwk(&self) -> Value {
        json!({
            "alg": self.algorithm,
            "e": self.exponent,
            "kid": self.kid,
            "kty": "RSA",
            "n": self.modulus,
            "use": "sig",
        })
    }

    /// A compact JWS over the claims. AWS escapes slashes in the payload
    /// (captured: amazon-cognito-identity-js#153).
    pub fn sign(&self, claims: &serde_json::Map<String, Value>) -> Result<String> {
        let payload = serde_json::to_string(claims)
            .map_err(errors::internal)?
            .replace('/', "\\/");
        let mut token = String::with_capacity(self.header.len() + payload.len() * 4 / 3 + 352);
        token.push_str(&self.header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let mut signature = [0; 256];
        let encoding = match self.algorithm {
            Algorithm::RS512 => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        self.pair
            .sign(
                encoding,
                &SystemRandom::new(),
                token.as_bytes(),
                &mut signature,
            )
            .map_err(errors::internal)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// Whether a key signed a token by this algorithm; nothing else of the token is looked at.
pub(super) fn is_signed(token: &str, algorithm: Algorithm, key: &DecodingKey) -> bool {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode::<Value>(token, key, &validation).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_ends_when_its_thread_has_drawn_random_bytes() {
        for _ in 0..10 {
            let maker = KeyMaker::start();
            let has_begun = maker.has_begun.clone();
            drop(maker);
            assert!(has_begun.get().is_some());
        }
    }
}
