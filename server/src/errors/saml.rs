//! Why an identity provider's response is not accepted, as the app is told behind "Invalid SAML response
//! received: " (the beginning is documented: AWS's article on invalid SAML responses). Of the reasons, those
//! of signatures and audience are known; the others are *assumed*.

/// Documented of every reason: facts/oauth.md §13.2.
pub fn invalid_response(reason: &str) -> String {
    format!("Invalid SAML response received: {reason}")
}

/// Captured: facts/oauth.md §13.2.
pub const RESPONSE_SIGNATURE: &str = "SAML Response signature is invalid. ";
/// Captured: aws-sdk-js-v3, issue 6201, with the space at its end.
pub const ASSERTION_SIGNATURE: &str = "SAML Assertion signature is invalid. ";

/// Documented: AWS's article on invalid SAML responses.
pub fn audience(audience: &str) -> String {
    format!("Audience restriction in SAML Assertion does not allow it for {audience}")
}

/// Assumed.
pub const NOT_SIGNED: &str = "SAML Response or SAML Assertion must be signed";
/// Assumed.
pub const NOT_BASE64: &str = "SAML Response is not valid Base64";
/// Assumed.
pub const NOT_XML: &str = "SAML Response could not be parsed";
/// Assumed.
pub const TOO_LONG: &str = "SAML Response is too long";
/// Assumed: facts/oauth.md §13.2.
pub const FOUR_BYTES: &str = "SAML Response contains unsupported characters";
/// Assumed.
pub const VERSION: &str = "SAML version is not 2.0";
/// Assumed.
pub const DESTINATION: &str = "SAML Response destination is invalid";
/// Assumed.
pub const RECIPIENT: &str = "SAML Assertion recipient is invalid";
/// Assumed.
pub const IN_RESPONSE_TO: &str = "SAML Response InResponseTo is invalid";
/// Assumed.
pub const ISSUER: &str = "SAML Response issuer is invalid";
/// Assumed.
pub const ONE_ASSERTION: &str = "SAML Response must contain exactly one assertion";
/// Assumed.
pub const NOT_ENCRYPTED: &str = "SAML Assertion must be encrypted";
/// Assumed.
pub const ENCRYPTED: &str =
    "SAML Assertion is encrypted, and the provider's EncryptedResponses is not true";
/// Assumed.
pub const NOT_DECRYPTED: &str = "SAML Assertion could not be decrypted";
/// Assumed.
pub const EARLY: &str = "SAML Assertion is not yet valid";
/// Assumed.
pub const EXPIRED: &str = "SAML Assertion has expired";
/// Assumed.
pub const CONFIRMATION: &str = "SAML Assertion has no valid subject confirmation";
/// Assumed.
pub const NAME_ID: &str = "SAML Assertion has no NameID";
/// Assumed.
pub const NO_METADATA: &str = "there is no metadata of the provider";
/// Assumed.
pub const REPLAYED: &str = "SAML Assertion was already used";

/// Assumed: with what the provider says.
pub fn not_successful(message: Option<String>) -> String {
    match message.filter(|it| !it.is_empty()) {
        Some(message) => format!("SAML Response status is not success: {message}"),
        None => "SAML Response status is not success".to_owned(),
    }
}
