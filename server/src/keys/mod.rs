//! The server's keys: those that sign tokens, the one that encrypts refresh tokens, and the one that
//! seals what callers carry without reading it. Nothing here knows a pool or a user.

mod refresh_tokens;
mod sealer;
mod signing;
mod signing_certificate;

pub use refresh_tokens::{RefreshToken, RefreshTokenCipher};
pub use sealer::Sealer;
pub use signing::{KeyMaker, PoolKeys, SigningKey};
pub use signing_certificate::SigningCertificate;
