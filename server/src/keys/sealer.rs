//! Opaque texts that carry what they mean: the `Session` of a challenge, the session token of
//! temporary credentials. Encrypted with a key of this server, bound to one purpose, so that nobody
//! reads, forges or confuses them, and nothing has to be remembered of them.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use parking_lot::RwLock;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::refresh_tokens::joined;
use crate::errors::{self, Result};
use crate::random::Random;

/// Its first key seals, all of them open: the others came with states of other servers.
pub struct Sealer(RwLock<Arc<[SealingKey]>>);

/// How many keys are kept: of so many servers a state can come together.
const MOST_KEYS: usize = 8;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealingKey {
    content: [u8; 32],
    mark: [u8; 32],
}

impl SealingKey {
    fn cipher(&self) -> Result<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, &self.content)
            .map(LessSafeKey::new)
            .map_err(errors::internal)
    }
}

impl Sealer {
    pub fn new(random: &Random) -> Self {
        let key = SealingKey {
            content: random.bytes(),
            mark: random.bytes(),
        };
        Self(RwLock::new(Arc::new([key])))
    }

    pub fn keys(&self) -> Arc<[SealingKey]> {
        self.0.read().clone()
    }

    /// No keys leave it as it is.
    pub fn restore(&self, keys: Vec<SealingKey>) {
        if !keys.is_empty() {
            *self.0.write() = keys.into();
        }
    }

    /// Opens what other keys sealed, too.
    pub fn accept(&self, others: Vec<SealingKey>) {
        let mut keys = self.0.write();
        *keys = joined(&keys, others, MOST_KEYS);
    }

    fn first(&self) -> Result<SealingKey> {
        let key = self.0.read().first().cloned();
        key.ok_or_else(|| errors::internal("no key seals"))
    }

    /// The bytes begin with the purpose's own, and carry at least `length` bytes of content: AWS's
    /// texts have their beginnings and lengths, too.
    pub fn seal<T: Serialize>(
        &self,
        purpose: &'static [u8],
        value: &T,
        length: usize,
        random: &Random,
    ) -> Result<Vec<u8>> {
        let mut content = serde_json::to_vec(value).map_err(errors::internal)?;
        content.resize(content.len().max(length), b' ');
        let nonce: [u8; NONCE_LEN] = random.bytes();
        self.first()?
            .cipher()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(purpose),
                &mut content,
            )
            .map_err(errors::internal)?;
        Ok([purpose, &nonce, &content].concat())
    }

    /// Bytes that look drawn, and are the same for the same text on this server.
    pub fn mark(&self, text: &str) -> [u8; 32] {
        let mut bytes = [0; 32];
        let Ok(key) = self.first() else {
            return bytes;
        };
        let mark = hmac::Key::new(hmac::HMAC_SHA256, &key.mark);
        bytes.copy_from_slice(hmac::sign(&mark, text.as_bytes()).as_ref());
        bytes
    }

    /// `None` for whatever was not sealed here for this purpose.
    pub fn open<T: DeserializeOwned>(&self, purpose: &'static [u8], sealed: &[u8]) -> Option<T> {
        let (nonce, content) = sealed.strip_prefix(purpose)?.split_at_checked(NONCE_LEN)?;
        self.keys().iter().find_map(|key| {
            let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
            let mut content = content.to_vec();
            let content = key
                .cipher()
                .ok()?
                .open_in_place(nonce, Aad::from(purpose), &mut content)
                .ok()?;
            serde_json::from_slice(content).ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_opens_for_its_purpose_only() {
        let random = Random::seeded(1);
        let sealer = Sealer::new(&random);
        let sealed = sealer.seal(b"session", &"content", 100, &random).unwrap();
        assert!(sealed.starts_with(b"session") && sealed.len() > 100);
        assert_eq!(
            sealer.open::<String>(b"session", &sealed).as_deref(),
            Some("content")
        );
        assert_eq!(sealer.open::<String>(b"sessio", &sealed), None);
        assert_eq!(
            Sealer::new(&random).open::<String>(b"session", &sealed),
            None
        );
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(sealer.open::<String>(b"session", &changed), None);
        assert_eq!(sealer.open::<String>(b"session", &sealed[..10]), None);
    }
}
