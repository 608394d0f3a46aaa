//! Tokens: what they claim, and how one is checked that comes back (facts/tokens.md).

mod access;
mod claims;
mod discovery;
mod overrides;
mod presented;
mod verify;

pub use access::AccessToken;
pub use claims::{API_SCOPE, Issuance, access_claims, id_claims};
pub use discovery::openid_configuration;
pub use overrides::{Overrides, is_fixed};
pub use presented::Presented;
pub use verify::Unverified;
