//! The server's keys: those that sign tokens, the one that encrypts refresh tokens, and the one that
//! seals what callers carry without reading it; the keys of KMS, and the messages that are encrypted with them;
//! and the keys of other issuers, as they publish them. Nothing here knows a pool or a user.

mod certified_key;
mod client_assertion;
pub mod encryption_sdk;
mod issuer_keys;
mod kms_key;
mod refresh_tokens;
mod sealer;
mod signing;

pub use certified_key::CertifiedKey;
pub use client_assertion::client_assertion;
pub use issuer_keys::{IssuerKeys, Source, Untrusted, is_signed_with_secret};
pub use kms_key::{EncryptionContext, KmsKey};
pub use refresh_tokens::{ContentKey, OAuthGrant, RefreshToken, RefreshTokenCipher};
pub use sealer::{Sealer, SealingKey};
pub use signing::{KeyMaker, KeySecrets, PoolKeys, SigningKey};
