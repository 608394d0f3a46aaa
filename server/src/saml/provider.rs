//! The other side, for providers that are built in: a request is understood, and answered with a signed
//! response.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_dsig::DsigContext;
use bergshamra_dsig::sign::{EnvelopedSignatureOptions, sign_enveloped_document};
use bergshamra_keys::{Key, KeyData, KeyUsage, KeysManager};
use cognito_model::Timestamp;
use kryptering::KeyAlgorithm;

use super::document::{self, Element, escaped, written};
use super::request::inflated;
use super::{ASSERTION, BEARER, PERSISTENT, PROTOCOL, Refusal, SUCCESS};

const LIFE_MILLIS: i64 = 5 * 60 * 1000;
const CLASS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";

/// What somebody asks in an `AuthnRequest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) id: String,
    pub(crate) issuer: String,
    pub(crate) answer_to: String,
}

/// A request that came by redirect; `None` if it is none.
pub(crate) fn asked(parameter: &str) -> Option<Asked> {
    let text = inflated(parameter)?;
    let parsed = document::parse(&text)?;
    let request = Element::root(&parsed, PROTOCOL, "AuthnRequest")?;
    Some(Asked {
        id: request.attribute("ID")?.to_owned(),
        issuer: request.child(ASSERTION, "Issuer")?.text(),
        answer_to: request.attribute("AssertionConsumerServiceURL")?.to_owned(),
    })
}

/// The id of a request to sign out; `None` if it is none.
pub(crate) fn logout_asked(parameter: &str) -> Option<String> {
    let text = inflated(parameter)?;
    let parsed = document::parse(&text)?;
    let request = Element::root(&parsed, PROTOCOL, "LogoutRequest")?;
    request.attribute("ID").map(str::to_owned)
}

/// The `SAMLResponse` to it.
pub(crate) fn logged_out(id: &str, request: &str, to: &str, now: Timestamp) -> String {
    STANDARD.encode(format!(
        "<saml2p:LogoutResponse xmlns:saml2p=\"{PROTOCOL}\" Destination=\"{}\" ID=\"{}\" InResponseTo=\"{}\" \
         IssueInstant=\"{}\" Version=\"2.0\"><saml2p:Status><saml2p:StatusCode Value=\"{SUCCESS}\"/>\
         </saml2p:Status></saml2p:LogoutResponse>",
        escaped(to),
        escaped(id),
        escaped(request),
        written(now),
    ))
}

/// What a provider vouches for.
pub(crate) struct Issued<'a> {
    /// Random, of the response and of its assertion.
    pub(crate) ids: [&'a str; 2],
    pub(crate) issuer: &'a str,
    pub(crate) asked: &'a Asked,
    pub(crate) name_id: &'a str,
    pub(crate) attributes: &'a [(String, Vec<String>)],
    pub(crate) now: Timestamp,
}

/// The `SAMLResponse`, signed with a key (PKCS #8, DER).
pub(crate) fn issue(issued: &Issued<'_>, key: &[u8]) -> Result<String, Refusal> {
    let failed = |_| "the response could not be signed";
    let key = KeyData::from_pkcs8_der(KeyAlgorithm::Rsa, key).map_err(failed)?;
    let mut keys = KeysManager::new();
    keys.add_key(Key::new(key, KeyUsage::Sign));
    let text = response(issued);
    let mut document = document::parse(&text).ok_or("the response is no XML")?;
    let mut options = EnvelopedSignatureOptions::default();
    options.reference_id = Some(issued.ids[0]);
    sign_enveloped_document(&DsigContext::new(keys), &mut document, options).map_err(failed)?;
    Ok(STANDARD.encode(document.to_xml()))
}

fn response(issued: &Issued<'_>) -> String {
    let [id, assertion_id] = issued.ids;
    let now = written(issued.now);
    let end = written(Timestamp::from_millis(issued.now.as_millis() + LIFE_MILLIS));
    let issuer = escaped(issued.issuer);
    let (to, request) = (escaped(&issued.asked.answer_to), escaped(&issued.asked.id));
    let attributes: String = issued.attributes.iter().map(attribute).collect();
    let statement = if attributes.is_empty() {
        String::new()
    } else {
        format!("<saml2:AttributeStatement>{attributes}</saml2:AttributeStatement>")
    };
    format!(
        "<saml2p:Response xmlns:saml2p=\"{PROTOCOL}\" xmlns:saml2=\"{ASSERTION}\" Destination=\"{to}\" \
         ID=\"{id}\" InResponseTo=\"{request}\" IssueInstant=\"{now}\" Version=\"2.0\">\
         <saml2:Issuer>{issuer}</saml2:Issuer>\
         <saml2p:Status><saml2p:StatusCode Value=\"{SUCCESS}\"/></saml2p:Status>\
         <saml2:Assertion ID=\"{assertion_id}\" IssueInstant=\"{now}\" Version=\"2.0\">\
         <saml2:Issuer>{issuer}</saml2:Issuer><saml2:Subject><saml2:NameID Format=\"{PERSISTENT}\">{name}\
         </saml2:NameID><saml2:SubjectConfirmation Method=\"{BEARER}\"><saml2:SubjectConfirmationData \
         InResponseTo=\"{request}\" NotOnOrAfter=\"{end}\" Recipient=\"{to}\"/></saml2:SubjectConfirmation>\
         </saml2:Subject><saml2:Conditions NotBefore=\"{now}\" NotOnOrAfter=\"{end}\">\
         <saml2:AudienceRestriction><saml2:Audience>{audience}</saml2:Audience></saml2:AudienceRestriction>\
         </saml2:Conditions><saml2:AuthnStatement AuthnInstant=\"{now}\" SessionIndex=\"{assertion_id}\">\
         <saml2:AuthnContext><saml2:AuthnContextClassRef>{CLASS}</saml2:AuthnContextClassRef>\
         </saml2:AuthnContext></saml2:AuthnStatement>{statement}</saml2:Assertion></saml2p:Response>",
        name = escaped(issued.name_id),
        audience = escaped(&issued.asked.issuer),
    )
}

fn attribute((name, values): &(String, Vec<String>)) -> String {
    let values: String = values
        .iter()
        .map(|it| {
            format!(
                "<saml2:AttributeValue>{}</saml2:AttributeValue>",
                escaped(it)
            )
        })
        .collect();
    let name = escaped(name);
    format!("<saml2:Attribute Name=\"{name}\">{values}</saml2:Attribute>")
}
