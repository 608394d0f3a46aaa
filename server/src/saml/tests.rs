//! What a provider answers, as it should be and as it must not be.

use std::sync::LazyLock;

use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_model::Timestamp;

use super::response::Assertion;
use super::*;
use crate::errors::saml as texts;
use crate::keys::CertifiedKey;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const ACS: &str = "https://demo.auth.localhost:9229/saml2/idpresponse";
const ENTITY: &str = "https://idp.example.com/metadata?a=1&b=2";
const AUDIENCE: &str = "urn:amazon:cognito:sp:us-east-1_local0001";

fn certificate() -> CertifiedKey {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    CertifiedKey::make(&pair, "idp.example.com", NOW).unwrap()
}

static OWN: LazyLock<CertifiedKey> = LazyLock::new(certificate);
static FOREIGN: LazyLock<CertifiedKey> = LazyLock::new(certificate);

fn metadata() -> Metadata {
    Metadata {
        entity_id: ENTITY.to_owned(),
        sign_in: "https://idp.example.com/sso".to_owned(),
        sign_out: Some("https://idp.example.com/slo".to_owned()),
        certificates: vec![OWN.certificate().to_vec()],
        valid_until: None,
    }
}

fn request() -> Asked {
    Asked {
        id: "_request".to_owned(),
        issuer: AUDIENCE.to_owned(),
        answer_to: ACS.to_owned(),
    }
}

fn attributes() -> Vec<(String, Vec<String>)> {
    let owned = |values: &[&str]| values.iter().map(|it| (*it).to_owned()).collect();
    vec![
        ("email".to_owned(), owned(&["jane@example.com"])),
        ("groups".to_owned(), owned(&["A & B", "<C>"])),
    ]
}

/// Signed, then changed as text: what a thief can do.
fn response_with(key: &CertifiedKey, change: impl Fn(String) -> String) -> String {
    let (asked, attributes) = (request(), attributes());
    let issued = Issued {
        ids: ["_response", "_assertion"],
        issuer: ENTITY,
        asked: &asked,
        name_id: "jane",
        attributes: &attributes,
        now: NOW,
    };
    let response = issue(&issued, key.key()).unwrap();
    let text = String::from_utf8(STANDARD.decode(response).unwrap()).unwrap();
    STANDARD.encode(change(text))
}

fn response() -> String {
    response_with(&OWN, |it| it)
}

struct Reader {
    in_response_to: Option<&'static str>,
    audience: &'static str,
    recipient: &'static str,
    now: Timestamp,
}

const READER: Reader = Reader {
    in_response_to: Some("_request"),
    audience: AUDIENCE,
    recipient: ACS,
    now: NOW,
};

impl Reader {
    fn read(&self, parameter: &str) -> Result<Assertion, Refusal> {
        read(
            parameter,
            &Expected {
                provider: &metadata(),
                audience: self.audience,
                recipients: &[self.recipient.to_owned()],
                in_response_to: self.in_response_to,
                key: None,
                now: self.now,
            },
        )
    }
}

#[track_caller]
fn assert_refused(outcome: Result<Assertion, Refusal>, text: &str) {
    assert_eq!(outcome.unwrap_err(), text);
}

#[test]
fn what_a_provider_says_is_read() {
    let assertion = READER.read(&response()).unwrap();
    assert_eq!(assertion.id, "_assertion");
    assert_eq!(assertion.name_id, "jane");
    assert_eq!(assertion.name_id_format.as_deref(), Some(PERSISTENT));
    assert_eq!(assertion.session_index.as_deref(), Some("_assertion"));
    assert_eq!(assertion.attributes["email"], ["jane@example.com"]);
    assert_eq!(assertion.attributes["groups"], ["A & B", "<C>"]);
    assert_eq!(assertion.expires.as_millis(), NOW.as_millis() + 300_000);
}

#[test]
fn metadata_is_understood_as_it_is_published() {
    assert_eq!(Metadata::parse(&metadata().document()), Some(metadata()));
}

#[test]
fn metadata_that_nobody_could_use_is_none() {
    let document = metadata().document();
    for (from, to) in [
        ("https://idp.example.com/sso", "javascript:alert(1)"),
        ("https://idp.example.com/sso", "file:///etc/passwd"),
        ("IDPSSODescriptor", "SPSSODescriptor"),
        ("X509Certificate", "X509Crl"),
        ("entityID", "id"),
        (
            "<EntityDescriptor",
            "<!DOCTYPE x [<!ENTITY a \"b\">]><EntityDescriptor",
        ),
        ("</EntityDescriptor>", ""),
    ] {
        assert!(document.contains(from), "{from}");
        assert_eq!(
            Metadata::parse(&document.replace(from, to)),
            None,
            "{from} {to}"
        );
    }
    assert_eq!(Metadata::parse(""), None);
}

#[test]
fn a_foreign_key_is_refused() {
    let response = response_with(&FOREIGN, |it| it);
    assert_refused(READER.read(&response), texts::RESPONSE_SIGNATURE);
}

#[test]
fn what_was_changed_after_it_was_signed_is_refused() {
    for (from, to) in [
        (">jane<", ">root<"),
        ("jane@example.com", "root@example.com"),
        (AUDIENCE, "urn:amazon:cognito:sp:us-east-1_other"),
    ] {
        let response = response_with(&OWN, |it| it.replace(from, to));
        assert_refused(READER.read(&response), texts::RESPONSE_SIGNATURE);
    }
}

#[test]
fn what_nobody_signed_is_refused() {
    let bare = response_with(&OWN, |it| {
        let (start, end) = (
            it.find("<ds:Signature").unwrap(),
            it.find("</ds:Signature>").unwrap(),
        );
        format!("{}{}", &it[..start], &it[end + "</ds:Signature>".len()..])
    });
    assert_refused(READER.read(&bare), texts::NOT_SIGNED);
}

/// The signed element is kept whole, somewhere, and another one is put where it would be read.
#[test]
fn wrapped_signatures_are_refused() {
    let forged = |text: &str| {
        text.replace("jane", "root")
            .replace("_response", "_forged")
            .replace("\"_assertion\"", "\"_x\"")
    };
    let without_signature = |text: &str| {
        let (start, end) = (
            text.find("<ds:Signature").unwrap(),
            text.find("</ds:Signature>").unwrap(),
        );
        let end = end + "</ds:Signature>".len();
        (
            format!("{}{}", &text[..start], &text[end..]),
            text[start..end].to_owned(),
        )
    };
    // The original within an extension of the forged one, whose signature names it.
    let wrapped = response_with(&OWN, |text| {
        let (bare, signature) = without_signature(&text);
        let inner =
            format!("<samlp:Extensions xmlns:samlp=\"{PROTOCOL}\">{bare}</samlp:Extensions>");
        let forged = forged(&bare);
        let at = forged.find("<saml2p:Status>").unwrap();
        format!("{}{signature}{inner}{}", &forged[..at], &forged[at..])
    });
    assert_refused(READER.read(&wrapped), texts::RESPONSE_SIGNATURE);
    // The original, signature and all, within the signature of the forged one.
    let wrapped = response_with(&OWN, |text| {
        let (bare, signature) = without_signature(&text);
        let object = format!("<ds:Object>{bare}</ds:Object></ds:Signature>");
        let signature = signature.replace("</ds:Signature>", &object);
        let forged = forged(&bare);
        let at = forged.find("<saml2p:Status>").unwrap();
        format!("{}{signature}{}", &forged[..at], &forged[at..])
    });
    assert_refused(READER.read(&wrapped), texts::RESPONSE_SIGNATURE);
    // A second assertion beside the signed one.
    let doubled = response_with(&OWN, |text| {
        let (start, end) = (
            text.find("<saml2:Assertion ").unwrap(),
            text.find("</saml2p:Response>").unwrap(),
        );
        let second = forged(&text[start..end]);
        format!("{}{second}{}", &text[..start], &text[start..])
    });
    assert!(READER.read(&doubled).is_err());
    // A whole signed response as the child of one that is not.
    let nested = response_with(&OWN, |text| {
        let (bare, _) = without_signature(&text);
        let forged = forged(&bare);
        let at = forged.find("<saml2p:Status>").unwrap();
        format!("{}{text}{}", &forged[..at], &forged[at..])
    });
    assert!(READER.read(&nested).is_err());
}

/// Nothing is read to check a signature but what it stands in: a response of a stranger names what it likes.
#[test]
fn signatures_of_anything_else_are_refused() {
    for (from, to) in [
        ("URI=\"#_response\"", "URI=\"Cargo.toml\""),
        ("URI=\"#_response\"", "URI=\"/dev/zero\""),
        ("URI=\"#_response\"", "URI=\"file:///dev/zero\""),
        ("URI=\"#_response\"", "URI=\"\""),
        ("URI=\"#_response\"", "URI=\"#\""),
        ("URI=\"#_response\"", "URI=\"#_assertion\""),
        (
            "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
            "http://www.w3.org/TR/1999/REC-xslt-19991116",
        ),
        ("<ds:X509Data/>", "<ds:RetrievalMethod URI=\"Cargo.toml\"/>"),
    ] {
        let response = response_with(&OWN, |it| {
            assert!(it.contains(from), "{from} {it}");
            it.replace(from, to)
        });
        assert_refused(READER.read(&response), texts::RESPONSE_SIGNATURE);
    }
}

#[test]
fn a_comment_breaks_no_name_off() {
    let split = response_with(&OWN, |it| it.replace(">jane<", ">ja<!-- -->ne<"));
    // Canonical forms have no comments, so the signature holds: the name is the one that was signed.
    assert_eq!(READER.read(&split).unwrap().name_id, "jane");
}

#[test]
fn an_answer_is_for_one_request_place_and_pool() {
    let other = |change: fn(&mut Reader)| {
        let mut reader = READER;
        change(&mut reader);
        reader.read(&response())
    };
    assert_refused(
        other(|it| it.in_response_to = Some("_other")),
        texts::IN_RESPONSE_TO,
    );
    assert_refused(other(|it| it.in_response_to = None), texts::IN_RESPONSE_TO);
    assert_refused(
        other(|it| it.recipient = "https://elsewhere/saml2/idpresponse"),
        texts::DESTINATION,
    );
    assert_refused(
        other(|it| it.audience = "urn:amazon:cognito:sp:us-east-1_other"),
        "Audience restriction in SAML Assertion does not allow it for urn:amazon:cognito:sp:us-east-1_other",
    );
    let later = |millis| Timestamp::from_millis(NOW.as_millis() + millis);
    let at = |now| Reader { now, ..READER }.read(&response());
    assert!(at(later(299_999)).is_ok());
    assert_refused(at(later(300_000)), texts::EXPIRED);
    assert!(at(later(-300_000)).is_ok());
    assert_refused(at(later(-300_001)), texts::EARLY);
}

#[test]
fn what_is_no_response_is_refused() {
    let encoded = |text: &str| STANDARD.encode(text);
    assert_refused(READER.read("%%%"), texts::NOT_BASE64);
    assert_refused(READER.read(""), texts::NOT_XML);
    assert_refused(READER.read(&encoded("<a/>")), texts::NOT_XML);
    assert_refused(READER.read(&"A".repeat(100_001)), texts::TOO_LONG);
    let entity = response_with(&OWN, |it| {
        format!("<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{it}")
    });
    assert_refused(READER.read(&entity), texts::NOT_XML);
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    assert_refused(READER.read(&encoded(&deep)), texts::NOT_XML);
    let wide = response_with(&OWN, |it| it.replace("jane", "\u{1f600}"));
    assert_refused(READER.read(&wide), texts::FOUR_BYTES);
    let denied = response_with(&OWN, |it| it.replace("status:Success", "status:Responder"));
    assert_refused(READER.read(&denied), "SAML Response status is not success");
}

#[test]
fn a_request_is_understood_by_the_other_side() {
    let message = SignInRequest {
        id: "_request",
        issuer: AUDIENCE,
        destination: "https://idp.example.com/sso?a=1&b=2",
        answer_to: ACS,
        forces_sign_in: true,
        now: NOW,
    };
    let destination = "https://idp.example.com/sso?a=1&b=2";
    let address = redirect(destination, &message.document(), "state", Some(OWN.key())).unwrap();
    let query = address
        .strip_prefix("https://idp.example.com/sso?a=1&b=2&")
        .unwrap();
    let pairs: std::collections::BTreeMap<_, _> =
        form_urlencoded::parse(query.as_bytes()).collect();
    assert_eq!(pairs["RelayState"], "state");
    assert_eq!(asked(&pairs["SAMLRequest"]), Some(request()));
    let (signed, _) = query.split_once("&Signature=").unwrap();
    let signature = STANDARD.decode(&*pairs["Signature"]).unwrap();
    let certificate = OWN.certificate();
    let key = bergshamra_keys::loader::load_x509_cert_der(certificate).unwrap();
    let key = jsonwebtoken::DecodingKey::from_rsa_der(&pkcs1(&key.to_spki_der().unwrap()));
    let text = signed.as_bytes();
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(signature);
    assert!(
        jsonwebtoken::crypto::verify(&signature, text, &key, jsonwebtoken::Algorithm::RS256)
            .unwrap()
    );
}

/// The key within a SubjectPublicKeyInfo of RSA with 2,048 bits, whose head is always as long.
fn pkcs1(spki: &[u8]) -> Vec<u8> {
    spki[24..].to_vec()
}

#[test]
fn a_request_that_would_unfold_without_end_is_none() {
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![b'a'; 10_000_000], 9);
    assert_eq!(asked(&STANDARD.encode(bomb)), None);
    assert_eq!(asked("AAAA"), None);
}
