//! Refusals because of Lambda triggers (facts/triggers.md §7).

use cognito_model::ErrorCode;

use super::{ApiError, invalid_parameter};

fn unexpected(message: String) -> ApiError {
    ApiError::new(ErrorCode::UnexpectedLambdaException, message)
}

/// *Assumed* (facts/auth.md §11): a trigger that this server does not ask yet.
pub fn trigger_not_implemented(trigger: &str, function: &str) -> ApiError {
    unexpected(format!(
        "{trigger} invocation failed due to configuration. \
         This trigger is not implemented by Cognitwin yet, and this pool names {function}."
    ))
}

/// *Assumed* (facts/auth.md §11): nobody knows where the function runs.
pub fn trigger_not_invocable(trigger: &str, name: &str, public_url: &str) -> ApiError {
    let address = public_url.split("://").last().unwrap_or(public_url);
    unexpected(format!(
        "{trigger} invocation failed due to configuration. \
         Start Cognitwin with --lambda {name}=http://… or --lambda {name}=exec:COMMAND or --lambda-endpoint URL, \
         or run the function with AWS_LAMBDA_RUNTIME_API={address}/_cognitwin/lambda/{name}."
    ))
}

/// Captured: amplify-js#5623, for DefineAuthChallenge; for the others *assumed* alike.
pub fn trigger_not_configured() -> ApiError {
    invalid_parameter("Custom auth lambda trigger is not configured for the user pool.")
}

/// Captured: facts/triggers.md §7.
pub fn trigger_timed_out(trigger: &str) -> ApiError {
    unexpected(format!(
        "{trigger} invocation failed due to error Socket timeout while invoking Lambda function."
    ))
}

/// Captured for AccessDeniedException (facts/triggers.md §7); for other errors *assumed* alike.
pub fn trigger_unreachable(trigger: &str, error: &str) -> ApiError {
    unexpected(format!("{trigger} invocation failed due to error {error}."))
}

/// *Assumed*: AWS has no such case, since it asks each question once.
pub fn trigger_changes_question(trigger: &str) -> ApiError {
    unexpected(format!(
        "{trigger} invocation failed due to error The function keeps changing the user that it is asked about."
    ))
}

/// Captured: amplify-flutter#1051; the period is appended.
pub fn trigger_failed(trigger: &str, message: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UserLambdaValidationException,
        format!("{trigger} failed with error {message}."),
    )
}

/// *Assumed*: the error of a trigger, in an operation whose model declares none of them.
pub fn undeclared_trigger_error(error: ApiError) -> ApiError {
    match error.code() {
        ErrorCode::UnexpectedLambdaException
        | ErrorCode::UserLambdaValidationException
        | ErrorCode::InvalidLambdaResponseException => {
            invalid_parameter(error.message().unwrap_or_default().to_owned())
        }
        _ => error,
    }
}

/// Documented by AWS's knowledge center (cognito-migration-lambda-trigger-errors): what a client that is
/// told who is not there hears of an answer that makes no user, and why.
pub fn not_migrated(why: &ApiError) -> ApiError {
    let why = why.message().unwrap_or_default();
    ApiError::new(ErrorCode::UserNotFoundException, why)
}

/// Documented there in translation; the English words are *assumed*.
pub fn migration_value_invalid(member: &str) -> ApiError {
    invalid_parameter(format!("Error during migration: Invalid {member}"))
}

/// *Assumed*: that the number is needed is documented.
pub fn sms_mfa_needs_phone_number() -> ApiError {
    invalid_parameter("Error during migration: enableSMSMFA needs a phone_number")
}

/// Captured: facts/triggers.md §7.
pub fn lambda_output_is_no_json() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidLambdaResponseException,
        "Invalid lambda function output : Invalid JSON",
    )
}

/// Captured: amazon-cognito-identity-js#633.
pub fn lambda_output_unrecognizable() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidLambdaResponseException,
        "Unrecognizable lambda output",
    )
}
