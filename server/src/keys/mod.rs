//! The server's keys: those that sign tokens, the one that encrypts refresh tokens, and the one that
//! seals what callers carry without reading it; the keys of KMS, and the messages that are encrypted with them.
//! Nothing here knows a pool or a user.

pub mod encryption_sdk;
mod kms_key;
mod refresh_tokens;
mod sealer;
mod signing;
mod signing_certificate;

pub use kms_key::{EncryptionContext, KmsKey};
pub use refresh_tokens::{RefreshToken, RefreshTokenCipher};
pub use sealer::Sealer;
pub use signing::{KeyMaker, PoolKeys, SigningKey};
pub use signing_certificate::SigningCertificate;
