//! A key of KMS. Every key that somebody names is there, and nothing is stored of it: its bytes follow from a
//! secret of this server and its ARN. So the key that a pool's `KMSKeyID` names is the one with which the
//! handler of its custom senders decrypts.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use uuid::Uuid;

use super::Sealer;
use crate::errors::{self, Result};
use crate::random::Random;

/// What the ciphertext is bound to, in whatever order it is told.
pub type EncryptionContext = BTreeMap<String, String>;

/// The beginning of the ciphertexts of KMS: `AQIBAHg…` (captured: awslabs/aws-sdk-rust#1250).
const BEGINNING: &[u8] = &[1, 2, 1, 0, 0x78];

/// The longest data key, in bytes.
const MOST_DATA_KEY: usize = 1024;

pub struct KmsKey {
    arn: String,
    content: LessSafeKey,
    material: [u8; 32],
}

impl KmsKey {
    /// The key of an ARN. An alias stands for a key of its own, whose id follows from the alias.
    pub fn of(sealer: &Sealer, arn: &str) -> Result<Self> {
        // What is marked elsewhere begins with the id of a pool, which holds no blank.
        let drawn = |what: &str, arn: &str| sealer.mark(&format!("kms {what} {arn}"));
        let arn = match arn.split_once(":alias/") {
            Some((place, _)) => {
                let mut id = [0; 16];
                id.copy_from_slice(&drawn("alias", arn)[..16]);
                let id = uuid::Builder::from_random_bytes(id).into_uuid();
                format!("{place}:key/{id}")
            }
            None => arn.to_owned(),
        };
        let key = UnboundKey::new(&AES_256_GCM, &drawn("key", &arn)).map_err(errors::internal)?;
        Ok(Self {
            content: LessSafeKey::new(key),
            material: drawn("material", &arn),
            arn,
        })
    }

    /// The ARN of the key, never of an alias.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// 64 digits of base 16.
    pub fn material_id(&self) -> String {
        let half = |from: usize| {
            let mut half = [0; 16];
            half.copy_from_slice(&self.material[from..from + 16]);
            Uuid::from_bytes(half).simple().to_string()
        };
        half(0) + &half(16)
    }

    /// A new data key of so many bytes, 1,024 at most, and the same encrypted with this key.
    pub fn data_key(
        &self,
        length: usize,
        context: &EncryptionContext,
        random: &Random,
    ) -> Result<(Vec<u8>, Vec<u8>)> {
        let mut plaintext = random.bytes::<MOST_DATA_KEY>().to_vec();
        plaintext.truncate(length);
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let mut content = plaintext.clone();
        self.content
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(additional_data(context)?),
                &mut content,
            )
            .map_err(errors::internal)?;
        let length = u16::try_from(self.arn.len()).map_err(errors::internal)?;
        let ciphertext = [
            BEGINNING,
            &length.to_be_bytes(),
            self.arn.as_bytes(),
            &nonce,
            &content,
        ]
        .concat();
        Ok((plaintext, ciphertext))
    }

    /// The ARN of the key that a ciphertext says it is of, and what comes after it.
    fn split(ciphertext: &[u8]) -> Option<(&str, &[u8])> {
        let (length, rest) = ciphertext
            .strip_prefix(BEGINNING)?
            .split_first_chunk::<2>()?;
        let (arn, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        Some((std::str::from_utf8(arn).ok()?, rest))
    }

    /// The key that a ciphertext says it is of.
    pub fn named_in(ciphertext: &[u8]) -> Option<&str> {
        Self::split(ciphertext).map(|(arn, _)| arn)
    }

    /// `None` for whatever was not encrypted with this key for this context.
    pub fn decrypt(&self, ciphertext: &[u8], context: &EncryptionContext) -> Option<Vec<u8>> {
        let (nonce, content) = Self::split(ciphertext)?.1.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut content = content.to_vec();
        let length = self
            .content
            .open_in_place(
                nonce,
                Aad::from(additional_data(context).ok()?),
                &mut content,
            )
            .ok()?
            .len();
        content.truncate(length);
        Some(content)
    }
}

/// The same bytes for the same pairs, and for no others.
fn additional_data(context: &EncryptionContext) -> Result<Vec<u8>> {
    serde_json::to_vec(context).map_err(errors::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kms:us-east-1:000000000000:key/codes";

    fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_data_key_is_decrypted_by_its_key_and_context_only() {
        let random = Random::seeded(1);
        let sealer = Sealer::new(&random);
        let key = KmsKey::of(&sealer, ARN).unwrap();
        let two = context(&[("a", "1"), ("b", "2")]);
        let (plaintext, ciphertext) = key.data_key(32, &two, &random).unwrap();
        assert_eq!(plaintext.len(), 32);
        assert_eq!(KmsKey::named_in(&ciphertext), Some(ARN));
        let again = KmsKey::of(&sealer, ARN).unwrap();
        assert_eq!(
            again.decrypt(&ciphertext, &context(&[("b", "2"), ("a", "1")])),
            Some(plaintext)
        );
        for wrong in [
            context(&[]),
            context(&[("a", "1")]),
            context(&[("a", "2"), ("b", "1")]),
        ] {
            assert_eq!(again.decrypt(&ciphertext, &wrong), None);
        }
        for other in [
            KmsKey::of(&sealer, "arn:aws:kms:us-east-1:000000000001:key/codes").unwrap(),
            KmsKey::of(&Sealer::new(&random), ARN).unwrap(),
        ] {
            assert_eq!(other.decrypt(&ciphertext, &two), None);
        }
    }

    #[test]
    fn a_ciphertext_that_was_changed_or_cut_is_none() {
        let random = Random::seeded(1);
        let key = KmsKey::of(&Sealer::new(&random), ARN).unwrap();
        let none = EncryptionContext::new();
        let (_, ciphertext) = key.data_key(16, &none, &random).unwrap();
        for place in 0..ciphertext.len() {
            let mut changed = ciphertext.clone();
            changed[place] ^= 1;
            let named = KmsKey::named_in(&changed);
            assert!(named != Some(ARN) || key.decrypt(&changed, &none).is_none());
            assert_eq!(key.decrypt(&ciphertext[..place], &none), None);
        }
    }

    #[test]
    fn an_alias_is_always_the_same_key_and_no_other() {
        let sealer = Sealer::new(&Random::seeded(1));
        let arn = |alias| {
            let arn = format!("arn:aws:kms:us-east-1:000000000000:alias/{alias}");
            KmsKey::of(&sealer, &arn).unwrap().arn().to_owned()
        };
        let id = arn("a")
            .strip_prefix("arn:aws:kms:us-east-1:000000000000:key/")
            .map(Uuid::try_parse);
        assert!(matches!(id, Some(Ok(_))));
        assert_eq!(arn("a"), arn("a"));
        assert_ne!(arn("a"), arn("b"));
    }

    #[test]
    fn a_material_id_is_64_digits_of_base_16() {
        let sealer = Sealer::new(&Random::seeded(1));
        let id = KmsKey::of(&sealer, ARN).unwrap().material_id();
        assert_eq!(id.len(), 64);
        assert!(id.bytes().all(|byte| b"0123456789abcdef".contains(&byte)));
    }
}
