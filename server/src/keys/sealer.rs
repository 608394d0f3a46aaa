//! Opaque texts that carry what they mean: the `Session` of a challenge, the session token of
//! temporary credentials. Encrypted with a key of this server, bound to one purpose, so that nobody
//! reads, forges or confuses them, and nothing has to be remembered of them.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::errors::{self, Result};
use crate::random::Random;

pub struct Sealer {
    content: LessSafeKey,
    mark: hmac::Key,
}

impl Sealer {
    pub fn new(random: &Random) -> Result<Self> {
        let key: [u8; 32] = random.bytes();
        let key = UnboundKey::new(&AES_256_GCM, &key).map_err(errors::internal)?;
        let mark: [u8; 32] = random.bytes();
        Ok(Self {
            content: LessSafeKey::new(key),
            mark: hmac::Key::new(hmac::HMAC_SHA256, &mark),
        })
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
        self.content
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
        bytes.copy_from_slice(hmac::sign(&self.mark, text.as_bytes()).as_ref());
        bytes
    }

    /// `None` for whatever was not sealed here for this purpose.
    pub fn open<T: DeserializeOwned>(&self, purpose: &'static [u8], sealed: &[u8]) -> Option<T> {
        let (nonce, content) = sealed.strip_prefix(purpose)?.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut content = content.to_vec();
        let content = self
            .content
            .open_in_place(nonce, Aad::from(purpose), &mut content)
            .ok()?;
        serde_json::from_slice(content).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_opens_for_its_purpose_only() {
        let random = Random::seeded(1);
        let sealer = Sealer::new(&random).unwrap();
        let sealed = sealer.seal(b"session", &"content", 100, &random).unwrap();
        assert!(sealed.starts_with(b"session") && sealed.len() > 100);
        assert_eq!(
            sealer.open::<String>(b"session", &sealed).as_deref(),
            Some("content")
        );
        assert_eq!(sealer.open::<String>(b"sessio", &sealed), None);
        assert_eq!(
            Sealer::new(&random)
                .unwrap()
                .open::<String>(b"session", &sealed),
            None
        );
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(sealer.open::<String>(b"session", &changed), None);
        assert_eq!(sealer.open::<String>(b"session", &sealed[..10]), None);
    }
}
