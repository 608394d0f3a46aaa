//! Refusals about passkeys and authenticator apps.

use cognito_model::ErrorCode;

use super::{ApiError, invalid_parameter, not_found};

/// *Assumed*: the text is not established.
pub fn web_authn_not_enabled() -> ApiError {
    ApiError::new(
        ErrorCode::WebAuthnNotEnabledException,
        "WebAuthn is not enabled for this user pool.",
    )
}

/// *Assumed*: the text is not established.
pub fn web_authn_configuration_missing() -> ApiError {
    ApiError::new(
        ErrorCode::WebAuthnConfigurationMissingException,
        "User pool has neither a relying party id nor a domain configured.",
    )
}

/// *Assumed*: the text is not established.
pub fn web_authn_challenge_not_found() -> ApiError {
    ApiError::new(
        ErrorCode::WebAuthnChallengeNotFoundException,
        "WebAuthn challenge not found or expired.",
    )
}

/// *Assumed*: the text is not established.
pub fn web_authn_client_mismatch() -> ApiError {
    ApiError::new(
        ErrorCode::WebAuthnClientMismatchException,
        "Access token is for another client than the one that started the registration.",
    )
}

/// *Assumed*: the text is not established.
pub fn web_authn_origin_not_allowed() -> ApiError {
    ApiError::new(
        ErrorCode::WebAuthnOriginNotAllowedException,
        "Credential origin is not allowed for the relying party id.",
    )
}

/// *Assumed*: the text is not established.
pub fn web_authn_relying_party_mismatch() -> ApiError {
    ApiError::new(
        ErrorCode::WebAuthnRelyingPartyMismatchException,
        "Credential is for another relying party id.",
    )
}

/// *Assumed*: the text is not established.
pub fn web_authn_credential_not_supported() -> ApiError {
    ApiError::new(
        ErrorCode::WebAuthnCredentialNotSupportedException,
        "Credential is not supported.",
    )
}

/// Captured for CompleteWebAuthnRegistration (aws/aws-sdk-net#4386); at a sign-in *assumed* alike.
pub fn credential_not_valid() -> ApiError {
    invalid_parameter("Credential data is not valid")
}

/// *Assumed*: the text is not established.
pub fn web_authn_credential_not_found() -> ApiError {
    not_found("WebAuthn credential does not exist.")
}

/// Captured: facts/auth.md §7.
pub fn software_token_code_mismatch() -> ApiError {
    ApiError::new(
        ErrorCode::CodeMismatchException,
        "Invalid code received for user",
    )
}

/// Captured: facts/auth.md §7.
pub fn software_token_code_used() -> ApiError {
    ApiError::new(
        ErrorCode::ExpiredCodeException,
        "Your software token has already been used once.",
    )
}
