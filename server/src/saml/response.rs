//! What an identity provider answers. A response is read from the one node that was signed, and never from
//! another: the assertion is the only one of the response, and what is signed is either it or the response,
//! by a signature that stands directly in it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_dsig::{DsigContext, verify};
use bergshamra_enc::{EncContext, decrypt};
use bergshamra_keys::{Key, KeyData, KeyUsage, KeysManager, loader};
use cognito_model::Timestamp;
use kryptering::KeyAlgorithm;
use uppsala::{Document, NodeId};

use super::document::{self, Element};
use super::request::MOST_MESSAGE;
use super::{ASSERTION, BEARER, Metadata, PROTOCOL, Refusal, SIGNATURE, SUCCESS};
use crate::errors::saml as texts;

/// Clocks differ (assumed: five minutes; AWS documents nothing).
const SKEW_MILLIS: i64 = 5 * 60 * 1000;
/// How old an assertion may be that nobody asked for (documented: facts/oauth.md §13.2).
const UNASKED_MILLIS: i64 = 6 * 60 * 1000;
/// How long there is a request to answer (documented: as long as a browser has for its sign-in).
const ASKED_MILLIS: i64 = 5 * 60 * 1000;

/// What the pool that is answered knows.
pub(crate) struct Expected<'a> {
    pub(crate) provider: &'a Metadata,
    pub(crate) audience: &'a str,
    /// The addresses at which the pool takes answers.
    pub(crate) recipients: &'a [String],
    /// Of the request that is answered; `None` where nobody asked.
    pub(crate) in_response_to: Option<&'a str>,
    /// What assertions have to be encrypted for, if they have to be: PKCS #8, DER.
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) now: Timestamp,
}

/// What a provider says of somebody, once it is known to be the provider's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assertion {
    /// It is accepted once.
    pub(crate) id: String,
    /// When it would be accepted no more, whatever it says of itself.
    pub(crate) expires: Timestamp,
    pub(crate) name_id: String,
    pub(crate) name_id_format: Option<String>,
    pub(crate) session_index: Option<String>,
    pub(crate) attributes: BTreeMap<String, Vec<String>>,
}

/// The `SAMLResponse` of a form.
pub(crate) fn read(parameter: &str, expected: &Expected<'_>) -> Result<Assertion, Refusal> {
    if parameter.len() > MOST_MESSAGE {
        return Err(texts::TOO_LONG.into());
    }
    let compact: String = parameter.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(compact).map_err(|_| texts::NOT_BASE64)?;
    let text = String::from_utf8(bytes).map_err(|_| texts::NOT_XML)?;
    if text.chars().any(|c| c.len_utf8() == 4) {
        return Err(texts::FOUR_BYTES.into());
    }
    let parsed = document::parse(&text).ok_or(texts::NOT_XML)?;
    let response = Element::root(&parsed, PROTOCOL, "Response").ok_or(texts::NOT_XML)?;
    check_response(response, expected)?;
    let signed = signed_nodes(&parsed, &text, response, expected.provider)?;
    let is_signed = check_signature(response, &signed, texts::RESPONSE_SIGNATURE)?;
    let clear = response.children(ASSERTION, "Assertion").count();
    let encrypted = response.children(ASSERTION, "EncryptedAssertion").count();
    match (clear, encrypted, expected.key) {
        (1, 0, None) => {
            let assertion = response.child(ASSERTION, "Assertion");
            let assertion = assertion.ok_or(texts::ONE_ASSERTION)?;
            let own = check_signature(assertion, &signed, texts::ASSERTION_SIGNATURE)?;
            if !(is_signed || own) {
                return Err(texts::NOT_SIGNED.into());
            }
            read_assertion(assertion, expected)
        }
        (0, 1, Some(key)) => read_encrypted(&text, key, is_signed, expected),
        (1, 0, Some(_)) => Err(texts::NOT_ENCRYPTED.into()),
        (0, 1, None) => Err(texts::ENCRYPTED.into()),
        _ => Err(texts::ONE_ASSERTION.into()),
    }
}

fn check_response(response: Element<'_, '_>, expected: &Expected<'_>) -> Result<(), Refusal> {
    if response.attribute("Version") != Some("2.0") {
        return Err(texts::VERSION.into());
    }
    let is_here = |it: &str| expected.recipients.iter().any(|own| own == it);
    if response
        .attribute("Destination")
        .is_some_and(|it| !is_here(it))
    {
        return Err(texts::DESTINATION.into());
    }
    check_in_response_to(response, expected)?;
    check_issuer(response, expected, false)?;
    let status = response.child(PROTOCOL, "Status").ok_or(texts::NOT_XML)?;
    let code = status.child(PROTOCOL, "StatusCode");
    if code.and_then(|it| it.attribute("Value")) != Some(SUCCESS) {
        let message = status.child(PROTOCOL, "StatusMessage");
        return Err(texts::not_successful(message.map(Element::text)).into());
    }
    Ok(())
}

fn check_in_response_to(element: Element<'_, '_>, expected: &Expected<'_>) -> Result<(), Refusal> {
    if element.attribute("InResponseTo") == expected.in_response_to {
        return Ok(());
    }
    Err(texts::IN_RESPONSE_TO.into())
}

fn check_issuer(
    element: Element<'_, '_>,
    expected: &Expected<'_>,
    is_needed: bool,
) -> Result<(), Refusal> {
    match element.child(ASSERTION, "Issuer") {
        Some(issuer) if issuer.text() == expected.provider.entity_id => Ok(()),
        None if !is_needed => Ok(()),
        _ => Err(texts::ISSUER.into()),
    }
}

/// The signatures that hold, each with the node that it stands in, where that is what it signs.
fn signed_nodes(
    parsed: &Document<'_>,
    text: &str,
    response: Element<'_, '_>,
    provider: &Metadata,
) -> Result<Vec<NodeId>, Refusal> {
    check_signatures(parsed, response)?;
    let mut keys = KeysManager::new();
    keys.add_keys(provider.certificates.iter().filter_map(|it| {
        // Its key is what the metadata vouches for; that it has expired since is no reason (documented:
        // the check is made when the provider is configured).
        loader::load_x509_cert_der(it).ok()
    }));
    let context = DsigContext::new(keys);
    let results = verify::verify_all_document_with_source(&context, parsed, Some(text));
    let own = |result| match result {
        verify::VerifyResult::Valid {
            signature_node,
            references,
            ..
        } => {
            let [reference] = references.as_slice() else {
                return None;
            };
            let parent = parsed.parent(signature_node)?;
            (reference.digest_verified && reference.resolved_node == Some(parent)).then_some(parent)
        }
        verify::VerifyResult::Invalid { .. } => None,
    };
    let results = results.unwrap_or_default().into_iter();
    Ok(results.filter_map(own).collect())
}

/// Every signature stands in the response or in its assertion, names just this, by its id, and canonicalizes
/// it: so a check of it reads nothing else, be it of this document or of this machine.
fn check_signatures(parsed: &Document<'_>, response: Element<'_, '_>) -> Result<(), Refusal> {
    let is_assertion = |it: &Element<'_, '_>| it.is(ASSERTION, "Assertion");
    for node in parsed.get_elements_by_tag_name_ns(SIGNATURE, "Signature") {
        let signature = response.at(node);
        let parent = signature.parent().ok_or(texts::NOT_XML)?;
        let refusal = if is_assertion(&parent) {
            texts::ASSERTION_SIGNATURE
        } else {
            texts::RESPONSE_SIGNATURE
        };
        let is_placed = parent.node == response.node || is_assertion(&parent);
        if !(is_placed && names_only(signature, parent)) {
            return Err(refusal.into());
        }
    }
    let lookups = parsed.get_elements_by_tag_name_ns(SIGNATURE, "RetrievalMethod");
    if !lookups.is_empty() {
        return Err(texts::RESPONSE_SIGNATURE.into());
    }
    Ok(())
}

fn names_only(signature: Element<'_, '_>, parent: Element<'_, '_>) -> bool {
    const TRANSFORMS: [&str; 3] = [
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    ];
    let check = || {
        let info = signature.child(SIGNATURE, "SignedInfo")?;
        let reference = info.child(SIGNATURE, "Reference")?;
        let id = reference.attribute("URI")?.strip_prefix('#')?;
        let is_its = !id.is_empty() && parent.attribute("ID") == Some(id);
        let mut transforms = reference
            .children(SIGNATURE, "Transforms")
            .flat_map(|it| it.children(SIGNATURE, "Transform"));
        let is_plain = |it: Element<'_, '_>| {
            let name = it.attribute("Algorithm");
            name.is_some_and(|name| TRANSFORMS.contains(&name))
        };
        Some(is_its && transforms.all(is_plain))
    };
    check() == Some(true)
}

/// Whether an element is signed; a signature that does not hold is worse than none.
fn check_signature(
    element: Element<'_, '_>,
    signed: &[NodeId],
    refusal: &'static str,
) -> Result<bool, Refusal> {
    match element.children(SIGNATURE, "Signature").count() {
        0 => Ok(false),
        1 if signed.contains(&element.node) => Ok(true),
        _ => Err(refusal.into()),
    }
}

/// What is encrypted is put in its place first, since its names may be declared around it. `is_signed`: the
/// response was, as it came.
fn read_encrypted(
    text: &str,
    key: &[u8],
    is_signed: bool,
    expected: &Expected<'_>,
) -> Result<Assertion, Refusal> {
    let refused = |_| texts::NOT_DECRYPTED;
    let key = KeyData::from_pkcs8_der(KeyAlgorithm::Rsa, key).map_err(refused)?;
    let mut keys = KeysManager::new();
    keys.add_key(Key::new(key, KeyUsage::Any));
    let context = EncContext::new(keys).with_disable_cipher_reference(true);
    let text = decrypt::decrypt(&context, text).map_err(|error| {
        tracing::debug!(%error, "an assertion could not be decrypted");
        texts::NOT_DECRYPTED
    })?;
    let parsed = document::parse(&text).ok_or(texts::NOT_DECRYPTED)?;
    let response = Element::root(&parsed, PROTOCOL, "Response").ok_or(texts::NOT_DECRYPTED)?;
    let assertion = response
        .child(ASSERTION, "EncryptedAssertion")
        .and_then(|it| it.child(ASSERTION, "Assertion"))
        .ok_or(texts::NOT_DECRYPTED)?;
    let signed = signed_nodes(&parsed, &text, response, expected.provider)?;
    let own = check_signature(assertion, &signed, texts::ASSERTION_SIGNATURE)?;
    if !(is_signed || own) {
        return Err(texts::NOT_SIGNED.into());
    }
    read_assertion(assertion, expected)
}

fn read_assertion(
    assertion: Element<'_, '_>,
    expected: &Expected<'_>,
) -> Result<Assertion, Refusal> {
    if assertion.attribute("Version") != Some("2.0") {
        return Err(texts::VERSION.into());
    }
    check_issuer(assertion, expected, true)?;
    let id = assertion.attribute("ID").ok_or(texts::NOT_XML)?;
    let issued = time(assertion, "IssueInstant")?.ok_or(texts::NOT_XML)?;
    let now = expected.now.as_millis();
    let expires = match expected.in_response_to {
        Some(_) => now + ASKED_MILLIS,
        None => issued.as_millis() + UNASKED_MILLIS,
    };
    if now >= expires {
        return Err(texts::EXPIRED.into());
    }
    if now + SKEW_MILLIS < issued.as_millis() {
        return Err(texts::EARLY.into());
    }
    let conditions = assertion.child(ASSERTION, "Conditions");
    if let Some(conditions) = conditions {
        check_times(conditions, expected.now)?;
    }
    check_audience(conditions, expected)?;
    let subject = assertion
        .child(ASSERTION, "Subject")
        .ok_or(texts::NAME_ID)?;
    let name = subject.child(ASSERTION, "NameID").ok_or(texts::NAME_ID)?;
    let name_id = name.whole_text();
    if name_id.is_empty() || name_id.trim() != name_id {
        return Err(texts::NAME_ID.into());
    }
    check_confirmation(subject, expected)?;
    let statement = assertion.children(ASSERTION, "AuthnStatement").next();
    let session_index = statement.and_then(|it| it.attribute("SessionIndex"));
    Ok(Assertion {
        id: id.to_owned(),
        expires: Timestamp::from_millis(expires),
        name_id,
        name_id_format: name.attribute("Format").map(str::to_owned),
        session_index: session_index.map(str::to_owned),
        attributes: attributes(assertion),
    })
}

fn time(element: Element<'_, '_>, name: &str) -> Result<Option<Timestamp>, Refusal> {
    element.time(name).map_err(|()| texts::NOT_XML.into())
}

fn check_times(element: Element<'_, '_>, now: Timestamp) -> Result<(), Refusal> {
    let now = now.as_millis();
    let early = time(element, "NotBefore")?;
    if early.is_some_and(|it| now + SKEW_MILLIS < it.as_millis()) {
        return Err(texts::EARLY.into());
    }
    let end = time(element, "NotOnOrAfter")?;
    if end.is_some_and(|it| now >= it.as_millis()) {
        return Err(texts::EXPIRED.into());
    }
    Ok(())
}

fn check_audience(
    conditions: Option<Element<'_, '_>>,
    expected: &Expected<'_>,
) -> Result<(), Refusal> {
    let refused = || texts::audience(expected.audience).into();
    let conditions = conditions.ok_or_else(refused)?;
    let mut restrictions = conditions
        .children(ASSERTION, "AudienceRestriction")
        .peekable();
    if restrictions.peek().is_none() {
        return Err(refused());
    }
    // Every restriction holds, each by one of its audiences.
    let allows = |it: Element<'_, '_>| {
        let mut audiences = it.children(ASSERTION, "Audience");
        audiences.any(|it| it.text() == expected.audience)
    };
    if restrictions.all(allows) {
        Ok(())
    } else {
        Err(refused())
    }
}

/// That whoever brings it is the one it speaks of: one confirmation that holds is enough.
fn check_confirmation(subject: Element<'_, '_>, expected: &Expected<'_>) -> Result<(), Refusal> {
    let mut refusal: Refusal = texts::CONFIRMATION.into();
    for confirmation in subject.children(ASSERTION, "SubjectConfirmation") {
        if confirmation.attribute("Method") != Some(BEARER) {
            continue;
        }
        match check_bearer(confirmation, expected) {
            Ok(()) => return Ok(()),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

fn check_bearer(confirmation: Element<'_, '_>, expected: &Expected<'_>) -> Result<(), Refusal> {
    let data = confirmation
        .child(ASSERTION, "SubjectConfirmationData")
        .ok_or(texts::CONFIRMATION)?;
    let recipient = data.attribute("Recipient").ok_or(texts::RECIPIENT)?;
    if !expected.recipients.iter().any(|own| own == recipient) {
        return Err(texts::RECIPIENT.into());
    }
    check_in_response_to(data, expected)?;
    if data.attribute("NotOnOrAfter").is_none() {
        return Err(texts::CONFIRMATION.into());
    }
    check_times(data, expected.now)
}

fn attributes(assertion: Element<'_, '_>) -> BTreeMap<String, Vec<String>> {
    let mut attributes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let statements = assertion.children(ASSERTION, "AttributeStatement");
    for attribute in statements.flat_map(|it| it.children(ASSERTION, "Attribute")) {
        let Some(name) = attribute.attribute("Name") else {
            continue;
        };
        let values = attribute.children(ASSERTION, "AttributeValue");
        let all = attributes.entry(name.to_owned()).or_default();
        all.extend(values.map(Element::text));
    }
    attributes
}
