//! What a user pool asks an identity provider: by redirect, deflated, and signed where the provider wants it.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_model::Timestamp;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use super::document::{escaped, written};
use super::{ASSERTION, POST_BINDING, PROTOCOL, Refusal};

/// zlib's usual.
const LEVEL: u8 = 6;
pub(super) const MOST_MESSAGE: usize = 100_000;
const ALGORITHM: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

/// An `AuthnRequest`.
pub(crate) struct SignInRequest<'a> {
    /// What the answer names in `InResponseTo`.
    pub(crate) id: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) destination: &'a str,
    /// Where the answer is to be posted.
    pub(crate) answer_to: &'a str,
    pub(crate) forces_sign_in: bool,
    pub(crate) now: Timestamp,
}

impl SignInRequest<'_> {
    pub(crate) fn document(&self) -> String {
        let force = if self.forces_sign_in {
            " ForceAuthn=\"true\""
        } else {
            ""
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><saml2p:AuthnRequest xmlns:saml2p=\"{PROTOCOL}\" \
             AssertionConsumerServiceURL=\"{}\" Destination=\"{}\"{force} ID=\"{}\" IssueInstant=\"{}\" \
             ProtocolBinding=\"{POST_BINDING}\" Version=\"2.0\"><saml2:Issuer xmlns:saml2=\"{ASSERTION}\">{}\
             </saml2:Issuer></saml2p:AuthnRequest>",
            escaped(self.answer_to),
            escaped(self.destination),
            escaped(self.id),
            written(self.now),
            escaped(self.issuer),
        )
    }
}

/// A `LogoutRequest`.
pub(crate) struct LogoutRequest<'a> {
    pub(crate) id: &'a str,
    pub(crate) issuer: &'a str,
    pub(crate) destination: &'a str,
    pub(crate) name_id: &'a str,
    pub(crate) name_id_format: Option<&'a str>,
    pub(crate) session_index: Option<&'a str>,
    pub(crate) now: Timestamp,
}

impl LogoutRequest<'_> {
    pub(crate) fn document(&self) -> String {
        let format = self
            .name_id_format
            .map_or_else(String::new, |it| format!(" Format=\"{}\"", escaped(it)));
        let session = self.session_index.map_or_else(String::new, |it| {
            let it = escaped(it);
            format!("<saml2p:SessionIndex>{it}</saml2p:SessionIndex>")
        });
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><saml2p:LogoutRequest xmlns:saml2p=\"{PROTOCOL}\" \
             Destination=\"{}\" ID=\"{}\" IssueInstant=\"{}\" Version=\"2.0\"><saml2:Issuer \
             xmlns:saml2=\"{ASSERTION}\">{}</saml2:Issuer><saml2:NameID xmlns:saml2=\"{ASSERTION}\"{format}>{}\
             </saml2:NameID>{session}</saml2p:LogoutRequest>",
            escaped(self.destination),
            escaped(self.id),
            written(self.now),
            escaped(self.issuer),
            escaped(self.name_id),
        )
    }
}

/// The address that a browser is sent to with a message; signed with a key (PKCS #8, DER) where one is given.
pub(crate) fn redirect(
    destination: &str,
    message: &str,
    relay_state: &str,
    key: Option<&[u8]>,
) -> Result<String, Refusal> {
    let deflated = compress_to_vec(message.as_bytes(), LEVEL);
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("SAMLRequest", &STANDARD.encode(deflated));
    query.append_pair("RelayState", relay_state);
    if key.is_some() {
        query.append_pair("SigAlg", ALGORITHM);
    }
    let mut query = query.finish();
    if let Some(key) = key {
        let signature = signed(key, query.as_bytes()).ok_or("the request could not be signed")?;
        let mut more = form_urlencoded::Serializer::new(query);
        more.append_pair("Signature", &STANDARD.encode(signature));
        query = more.finish();
    }
    let joint = if destination.contains('?') { '&' } else { '?' };
    Ok(format!("{destination}{joint}{query}"))
}

fn signed(key: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let pair = RsaKeyPair::from_pkcs8(key).ok()?;
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature)
        .ok()?;
    Some(signature)
}

/// A message that came by redirect.
pub(super) fn inflated(parameter: &str) -> Option<String> {
    if parameter.len() > MOST_MESSAGE {
        return None;
    }
    let deflated = STANDARD.decode(parameter).ok()?;
    let message = decompress_to_vec_with_limit(&deflated, MOST_MESSAGE).ok()?;
    String::from_utf8(message).ok()
}
