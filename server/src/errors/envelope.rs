//! The refusals of the envelope, before any operation.

use std::error::Error;

use cognito_model::ErrorCode;

use super::{ApiError, invalid_parameter};

/// *Assumed*: what the JSON front end of AWS services answers.
pub fn unknown_operation() -> ApiError {
    ApiError::bare(ErrorCode::UnknownOperationException)
}

/// *Assumed*: other services of the same front end answer without a message
/// (captured for Firehose: pplu/aws-sdk-perl#237).
pub fn malformed_json() -> ApiError {
    ApiError::bare(ErrorCode::SerializationException)
}

/// A member of the wrong JSON type; the wording comes from the validator.
pub fn wrong_type(message: String) -> ApiError {
    ApiError::new(ErrorCode::SerializationException, message)
}

/// Ours: the body limit is the server's own.
pub fn body_too_large(limit: usize) -> ApiError {
    ApiError::new(
        ErrorCode::RequestEntityTooLargeException,
        format!("The request body is larger than {limit} bytes"),
    )
}

/// Ours, as the body limit is.
pub fn body_too_slow() -> ApiError {
    ApiError::new(
        ErrorCode::RequestTimeoutException,
        "The request body did not arrive in time",
    )
}

/// Ours, until every operation has its file.
pub fn not_implemented(what: &str) -> ApiError {
    ApiError::new(
        ErrorCode::NotImplementedException,
        format!("{what} is not implemented by Cognitwin yet"),
    )
}

/// Constraint violations on user pools (captured: aws/aws-sdk-js#4177).
pub fn invalid_members(message: String) -> ApiError {
    invalid_parameter(message)
}

/// Constraint violations on identity pools (captured: facts/identity.md §1).
pub fn validation(message: String) -> ApiError {
    ApiError::new(ErrorCode::ValidationException, message)
}

/// *Assumed*: the message is not established.
pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> ApiError {
    ApiError::new(ErrorCode::InternalErrorException, "Something went wrong").caused_by(cause)
}
