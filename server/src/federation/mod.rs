//! Sign-in through other identity providers (facts/oauth.md §13). How a provider proves who somebody is
//! differs, one file each; what comes of it is the same for all: `sign_in`. Some providers are built in.

pub(crate) mod built_in;
pub(crate) mod certificates;
mod exchange;
mod mapping;
pub(crate) mod openid;
pub(crate) mod saml;
mod sign_in;

use cognito_model::idp::IdentityProviderTypeType;
use serde_json::{Map, Value};

pub(crate) use exchange::derived_token;
pub(crate) use sign_in::sign_in;

/// What a provider has said of somebody, once it is checked.
#[derive(Debug)]
pub(crate) struct Proof {
    /// By its name in the pool.
    pub(crate) provider: String,
    /// The entity id of a SAML provider.
    pub(crate) issuer: Option<String>,
    /// The subject that the provider gives the user, in its own letters.
    pub(crate) subject: String,
    /// What it says of the user, by its own names.
    pub(crate) claims: Claims,
    /// The same as it came, for InboundFederation: `tokenResponse`, `idToken`, `userInfo`, `samlResponse`.
    pub(crate) told: Value,
    /// What ends the session at a SAML provider.
    pub(crate) saml: Option<saml::SamlSession>,
}

pub(crate) type Claims = Map<String, Value>;

/// The claim that names a provider's users where its mapping does not say so.
pub(crate) fn subject_claim(provider_type: IdentityProviderTypeType) -> &'static str {
    match provider_type {
        IdentityProviderTypeType::Facebook => "id",
        IdentityProviderTypeType::LoginWithAmazon => "user_id",
        _ => "sub",
    }
}
