//! SAML 2.0 as user pools speak it: metadata, requests by redirect, responses by POST, and the other side of
//! both for the providers that are built in (facts/oauth.md §13.2). It knows no pool. Signatures, encryption
//! and canonical forms are bergshamra's; which node was signed, and that only this node is read, is decided
//! in [`response`].

mod document;
mod metadata;
mod provider;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub(crate) use metadata::Metadata;
pub(crate) use provider::{Asked, Issued, asked, issue, logged_out, logout_asked};
pub(crate) use request::{LogoutRequest, SignInRequest, redirect};
pub(crate) use response::{Expected, read};

/// What cannot be used, in AWS's words or, where nobody reads it but the log, in ours.
pub(crate) type Refusal = std::borrow::Cow<'static, str>;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const REDIRECT_BINDING: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const POST_BINDING: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";

/// What identity providers know a user pool as (facts/oauth.md §13.2).
pub(crate) fn audience(user_pool_id: &str) -> String {
    format!("urn:amazon:cognito:sp:{user_pool_id}")
}
