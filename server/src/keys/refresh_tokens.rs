//! Refresh tokens: compact JWEs (RSA-OAEP, A256GCM) that say everything about the sign-in they came
//! from, to this server alone. Nothing is remembered of one, so a million sign-ins cost no memory.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::KeyMaker;
use crate::errors::{self, Result};
use crate::random::Random;

/// `{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}`
const HEADER: &str = "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ";

/// AWS's tokens have some 1,800 characters; an app that stores one should meet that length here.
const CONTENT_LENGTH: usize = 1000;

const TAG_LENGTH: usize = 16;

/// What a refresh token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshToken {
    pub user_pool_id: String,
    pub client_id: String,
    pub sub: String,
    pub origin_jti: Uuid,
    /// Epoch seconds.
    pub auth_time: i64,
    pub iat: i64,
    pub exp: i64,
    /// How often it was rotated.
    #[serde(default)]
    pub generation: u32,
    /// The device that it was issued to.
    #[serde(default)]
    pub device_key: Option<String>,
    /// The level of authentication, where one was asked for, and by what it was reached.
    #[serde(default)]
    pub acr: Option<(String, Vec<String>)>,
    /// What was granted on the domain; `None` where the API issued it.
    #[serde(default)]
    pub oauth: Option<OAuthGrant>,
}

/// What an OAuth client was granted; refreshed tokens keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuthGrant {
    /// Space between them.
    pub scope: String,
    /// The one service that the access tokens are for.
    pub resource: Option<String>,
}

impl OAuthGrant {
    pub fn has_scope(&self, wanted: &str) -> bool {
        self.scope.split(' ').any(|scope| scope == wanted)
    }

    /// Whether the scopes let an attribute into an ID token or the answer of userInfo: without any of
    /// profile, email and phone, `openid` lets in all.
    pub fn shows(&self, attribute: &str) -> bool {
        let has = |scope| self.has_scope(scope);
        match attribute {
            "email" | "email_verified" if has("email") => true,
            "phone_number" | "phone_number_verified" if has("phone") => true,
            "email" | "email_verified" | "phone_number" | "phone_number_verified" => {
                !(has("profile") || has("email") || has("phone"))
            }
            _ => has("profile") || !(has("email") || has("phone")),
        }
    }
}

/// The keys of this server's refresh tokens: the first one makes them, and is itself made when it is first
/// needed; the others came with states of other servers.
#[derive(Default)]
pub struct RefreshTokenCipher {
    keys: RwLock<Arc<[ContentKey]>>,
    /// Whoever makes the first key.
    making: tokio::sync::Mutex<()>,
}

/// How many keys are kept: of so many servers a state can come together.
const MOST_KEYS: usize = 8;

/// One content key, encrypted once: a token then costs no RSA operation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentKey {
    content: [u8; 32],
    encrypted: String,
}

impl RefreshTokenCipher {
    pub async fn seal(
        &self,
        token: &RefreshToken,
        maker: &KeyMaker,
        random: &Random,
    ) -> Result<String> {
        let key = self.first(maker, random).await?;
        let content = key.cipher()?;
        let encrypted = key.encrypted.as_str();
        let mut text = serde_json::to_vec(token).map_err(errors::internal)?;
        text.resize(text.len().max(CONTENT_LENGTH), b' ');
        let nonce: [u8; 12] = random.bytes();
        content
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(HEADER),
                &mut text,
            )
            .map_err(errors::internal)?;
        let (ciphertext, tag) = text.split_at(text.len() - TAG_LENGTH);
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Ok([
            HEADER,
            encrypted,
            &encode(&nonce),
            &encode(ciphertext),
            &encode(tag),
        ]
        .join("."))
    }

    /// The key that makes tokens.
    pub async fn first(&self, maker: &KeyMaker, random: &Random) -> Result<ContentKey> {
        let known = || self.keys.read().first().cloned();
        if let Some(key) = known() {
            return Ok(key);
        }
        let _turn = self.making.lock().await;
        if let Some(key) = known() {
            return Ok(key);
        }
        let key = ContentKey::make(maker, random).await?;
        self.accept(vec![key.clone()]);
        Ok(key)
    }

    pub fn keys(&self) -> Arc<[ContentKey]> {
        self.keys.read().clone()
    }

    pub fn restore(&self, keys: Vec<ContentKey>) {
        *self.keys.write() = keys.into();
    }

    /// Opens what other keys made, too.
    pub fn accept(&self, others: Vec<ContentKey>) {
        let mut keys = self.keys.write();
        *keys = joined(&keys, others, MOST_KEYS);
    }

    /// `None` for whatever this server did not make.
    pub fn open(&self, token: &str) -> Option<RefreshToken> {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, key, nonce, ciphertext, tag] = parts.as_slice() else {
            return None;
        };
        let keys = self.keys.read().clone();
        let own = keys.iter().find(|it| it.encrypted == **key)?;
        if *header != HEADER {
            return None;
        }
        let content = own.cipher().ok()?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let nonce: [u8; 12] = decode(nonce)?.try_into().ok()?;
        let mut text = decode(ciphertext)?;
        text.extend(decode(tag).filter(|tag| tag.len() == TAG_LENGTH)?);
        let text = content
            .open_in_place(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(HEADER),
                &mut text,
            )
            .ok()?;
        serde_json::from_slice(text).ok()
    }
}

/// The keys of a server, and behind them those of others: the first and the newest of too many.
pub(super) fn joined<K: Clone + PartialEq>(own: &[K], others: Vec<K>, most: usize) -> Arc<[K]> {
    let mut keys = own.to_vec();
    for key in others {
        if !keys.contains(&key) {
            if keys.len() >= most {
                keys.remove(1);
            }
            keys.push(key);
        }
    }
    keys.into()
}

impl ContentKey {
    fn cipher(&self) -> Result<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, &self.content)
            .map(LessSafeKey::new)
            .map_err(errors::internal)
    }

    async fn make(maker: &KeyMaker, random: &Random) -> Result<Self> {
        let content: [u8; 32] = random.bytes();
        let pair = maker.take().await?;
        let public = pair.public_key().as_der().map_err(errors::internal)?;
        let public = PublicEncryptingKey::from_der(public.as_ref()).map_err(errors::internal)?;
        let public = OaepPublicEncryptingKey::new(public).map_err(errors::internal)?;
        let mut encrypted = vec![0; public.ciphertext_size()];
        let encrypted = public
            .encrypt(&OAEP_SHA1_MGF1SHA1, &content, &mut encrypted, None)
            .map_err(errors::internal)?;
        Ok(Self {
            encrypted: URL_SAFE_NO_PAD.encode(&*encrypted),
            content,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> RefreshToken {
        RefreshToken {
            user_pool_id: "us-east-1_a".to_owned(),
            client_id: "client".to_owned(),
            sub: "sub".to_owned(),
            origin_jti: Uuid::nil(),
            auth_time: 1,
            iat: 2,
            exp: 3,
            generation: 0,
            device_key: None,
            acr: None,
            oauth: None,
        }
    }

    #[tokio::test]
    async fn a_token_opens_where_it_was_made_and_nowhere_else() {
        let (maker, random) = (KeyMaker::start(), Random::seeded(1));
        let cipher = RefreshTokenCipher::default();
        let sealed = cipher.seal(&token(), &maker, &random).await.unwrap();
        assert_eq!(sealed.split('.').count(), 5);
        assert!((1700..=2000).contains(&sealed.len()), "{}", sealed.len());
        assert_eq!(cipher.open(&sealed), Some(token()));
        let other = RefreshTokenCipher::default();
        other.seal(&token(), &maker, &random).await.unwrap();
        assert_eq!(other.open(&sealed), None);
    }

    #[tokio::test]
    async fn a_changed_token_does_not_open() {
        let (maker, random) = (KeyMaker::start(), Random::seeded(1));
        let cipher = RefreshTokenCipher::default();
        let sealed = cipher.seal(&token(), &maker, &random).await.unwrap();
        for position in (0..sealed.len()).step_by(97) {
            let mut changed = sealed.clone().into_bytes();
            changed[position] = if changed[position] == b'A' {
                b'B'
            } else {
                b'A'
            };
            assert_eq!(
                cipher.open(std::str::from_utf8(&changed).unwrap()),
                None,
                "at {position}"
            );
        }
        for garbage in ["", "....", "a.b.c.d.e", "not a token"] {
            assert_eq!(cipher.open(garbage), None);
        }
    }
}
