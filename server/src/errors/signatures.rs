//! Refusals of signatures, and those of STS, whose codes differ from those of the JSON services.

use cognito_model::ErrorCode;
use http::StatusCode;

use super::ApiError;
use crate::aws::signature::{Incomplete, Mismatch};

/// *Assumed*: the text that AWS's JSON services share.
pub fn missing_authentication_token() -> ApiError {
    ApiError::new(
        ErrorCode::MissingAuthenticationTokenException,
        "Missing Authentication Token",
    )
}

/// *Assumed*: the text that AWS's services share, shortened to the part that is missing.
fn incomplete_text(missing: &Incomplete) -> String {
    format!("Authorization header requires '{}' parameter.", missing.0)
}

pub(crate) fn incomplete_signature(missing: &Incomplete) -> ApiError {
    ApiError::new(
        ErrorCode::IncompleteSignatureException,
        incomplete_text(missing),
    )
}

/// *Assumed*: AWS's text for credentials past their time (wire.md §1.1).
pub fn expired_token() -> ApiError {
    ApiError::new(ErrorCode::ExpiredTokenException, EXPIRED)
}

/// Captured for other services of the same front end, and commonly known.
pub fn unrecognized_client() -> ApiError {
    ApiError::new(ErrorCode::UnrecognizedClientException, UNKNOWN)
}

pub(crate) fn invalid_signature(mismatch: &Mismatch) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidSignatureException,
        mismatch_text(mismatch),
    )
}

const EXPIRED: &str = "The security token included in the request is expired";
const UNKNOWN: &str = "The security token included in the request is invalid.";

/// The texts that AWS's services share. Captured: those of time (aws/aws-sdk-js#573, s12v/awsbeats#48),
/// of the signature itself, of the service and of an unsigned host, and of S3 those of a presigned address
/// (bryanjos/aws_auth#31, s3tools/s3cmd#1376); *assumed*: the others.
fn mismatch_text(mismatch: &Mismatch) -> String {
    match mismatch {
        Mismatch::Signature => {
            "The request signature we calculated does not match the signature you provided. Check your AWS \
             Secret Access Key and signing method. Consult the service documentation for details."
                .to_owned()
        }
        Mismatch::Header(name) => {
            format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")
        }
        Mismatch::Algorithm => "The authorization mechanism you have provided is not supported. Please use \
                                AWS4-HMAC-SHA256."
            .to_owned(),
        Mismatch::Life => "X-Amz-Expires must be less than a week (in seconds); that is, the given \
                           X-Amz-Expires must be less than 604800 seconds"
            .to_owned(),
        Mismatch::Host => {
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned()
        }
        Mismatch::Service(service) => {
            format!("Credential should be scoped to correct service: '{service}'.")
        }
        Mismatch::Time => {
            "Date must be in ISO-8601 'basic format': YYYYMMDD'T'HHMMSS'Z'.".to_owned()
        }
        Mismatch::Date {
            credential,
            date,
            time,
        } => format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{credential}' != '{date}', from '{time}'."
        ),
        Mismatch::Expired {
            time,
            earliest,
            now,
            minutes,
        } => format!(
            "Signature expired: {time} is now earlier than {earliest} ({now} - {minutes} min.)"
        ),
        Mismatch::NotYet {
            time,
            latest,
            now,
            minutes,
        } => format!(
            "Signature not yet current: {time} is still later than {latest} ({now} + {minutes} min.)"
        ),
    }
}

/// A refusal of STS: HTTP status, code and message (facts/identity.md §8).
#[derive(Debug)]
pub struct StsError {
    pub status: StatusCode,
    pub code: &'static str,
    pub message: String,
}

impl StsError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// *Assumed*.
    pub fn unknown_action(action: &str, version: &str) -> Self {
        let message = format!("Could not find operation {action} for version {version}");
        Self::bad("InvalidAction", message)
    }

    /// *Assumed*.
    pub fn missing_authentication_token() -> Self {
        let message = "Request is missing Authentication Token";
        Self::forbidden("MissingAuthenticationToken", message)
    }

    pub(crate) fn incomplete_signature(missing: &Incomplete) -> Self {
        Self::bad("IncompleteSignature", incomplete_text(missing))
    }

    /// Captured: facts/identity.md §8.1.
    pub fn invalid_client_token() -> Self {
        Self::forbidden("InvalidClientTokenId", UNKNOWN)
    }

    /// Captured: facts/identity.md §8.1.
    pub fn expired_token() -> Self {
        Self::forbidden("ExpiredToken", EXPIRED)
    }

    pub(crate) fn signature_does_not_match(mismatch: &Mismatch) -> Self {
        Self::forbidden("SignatureDoesNotMatch", mismatch_text(mismatch))
    }

    /// The validator's wording, by the list of what is wrong.
    pub fn validation(violations: &[String]) -> Self {
        let count = violations.len();
        let plural = if count == 1 { "" } else { "s" };
        let list = violations.join("; ");
        let message = format!("{count} validation error{plural} detected: {list}");
        Self::bad("ValidationError", message)
    }

    /// Commonly known for a role; *assumed* for a policy.
    pub fn invalid_arn(arn: &str) -> Self {
        Self::bad("ValidationError", format!("{arn} is invalid"))
    }

    /// *Assumed*: ProviderId names the issuers of opaque tokens only.
    pub fn unknown_provider_id(provider: &str) -> Self {
        Self::bad(
            "ValidationError",
            format!("Unsupported ProviderId: {provider}"),
        )
    }

    /// *Assumed*: the text varies.
    pub fn provider_not_reached(provider: &str) -> Self {
        let message = format!("{provider} could not be reached to verify the token");
        Self::bad("IDPCommunicationError", message)
    }

    /// Captured: facts/identity.md §8.1.
    pub fn no_identity_token() -> Self {
        Self::bad(
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        )
    }

    /// Captured: facts/identity.md §8.1; the scheme is *assumed* for an issuer that names none, or another.
    pub fn no_provider(issuer: &str) -> Self {
        let name = issuer.split_once("://").map_or(issuer, |(_, name)| name);
        let message = format!("No OpenIDConnect provider found in your account for https://{name}");
        Self::bad("InvalidIdentityToken", message)
    }

    /// Widely reported: facts/identity.md §8.1.
    pub fn no_verification_key() -> Self {
        Self::bad(
            "InvalidIdentityToken",
            "Couldn't retrieve verification key from your identity provider, please reference \
             AssumeRoleWithWebIdentity documentation for requirements",
        )
    }

    /// Widely reported: facts/identity.md §8.1.
    pub fn identity_token_expired(now: i64, expiry: i64) -> Self {
        let message = format!(
            "Token expired: current date/time {now} must be before the expiration date/time {expiry}"
        );
        Self::bad("ExpiredTokenException", message)
    }

    /// Captured: facts/identity.md §8.1.
    pub fn assumption_denied() -> Self {
        let message = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
        Self::forbidden("AccessDenied", message)
    }

    /// *Assumed*: the text varies.
    pub fn malformed_policy() -> Self {
        Self::bad("MalformedPolicyDocument", "Syntax errors in policy.")
    }

    /// *Assumed*.
    pub fn internal() -> Self {
        let message = "Something went wrong";
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            message,
        )
    }
}
