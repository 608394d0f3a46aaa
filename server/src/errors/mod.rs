//! Every refusal, in AWS's words. An operation never writes a message of its own: it calls one of
//! these functions, each of which names the evidence for its wording, or says *assumed*.
//!
//! Evidence: "captured" is an answer of the real service (with the issue or repository that shows
//! it), "documented" is AWS's own text, *assumed* is what AWS most likely says.

mod branding;
mod clients;
mod envelope;
mod factors;
mod identity_pools;
mod imports;
mod kms;
pub mod oauth;
mod providers;
pub mod saml;
mod sign_in;
mod signatures;
mod triggers;
mod user_pools;
mod users;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use cognito_model::ErrorCode;
use http::StatusCode;

pub use self::branding::*;
pub use self::clients::*;
pub use self::envelope::*;
pub use self::factors::*;
pub use self::identity_pools::*;
pub use self::imports::*;
pub use self::kms::*;
pub use self::providers::*;
pub use self::sign_in::*;
pub use self::signatures::*;
pub use self::triggers::*;
pub use self::user_pools::*;
pub use self::users::*;

pub type Result<T> = std::result::Result<T, ApiError>;

/// A refusal as the caller sees it. One pointer wide, so that results stay small.
#[derive(Debug, Clone)]
pub struct ApiError(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: ErrorCode,
    message: Option<String>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl ApiError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: Some(message.into()),
            cause: None,
        }))
    }

    fn bare(code: ErrorCode) -> Self {
        Self(Box::new(Inner {
            code,
            message: None,
            cause: None,
        }))
    }

    /// For the log only; never sent.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into().into());
        self
    }

    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// 400 for every modelled client error, whatever the model's own number says
    /// (captured: aws/aws-sdk-java#2301, ellaisys/aws-cognito#94).
    pub fn status(&self) -> StatusCode {
        match self.0.code {
            ErrorCode::InternalErrorException | ErrorCode::InternalServerException => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            ErrorCode::NotImplementedException => StatusCode::NOT_IMPLEMENTED,
            ErrorCode::RequestEntityTooLargeException => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::RequestTimeoutException => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.message {
            Some(message) => write!(f, "{}: {message}", self.0.code.as_str()),
            None => f.write_str(self.0.code.as_str()),
        }
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.cause.as_ref().map(|cause| &**cause as _)
    }
}

fn invalid_parameter(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidParameterException, message)
}

fn not_authorized(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::NotAuthorizedException, message)
}

fn not_found(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::ResourceNotFoundException, message)
}
