//! Refusals of the sign-in engine, of tokens and triggers.

use cognito_model::ErrorCode;

use super::{ApiError, invalid_parameter, not_authorized, not_found};

/// Captured: facts/wire.md §1.4.
pub fn missing_parameter(name: &str) -> ApiError {
    invalid_parameter(format!("Missing required parameter {name}"))
}

/// Captured: facts/auth.md §1.1.
pub fn flow_not_enabled(flow: &str) -> ApiError {
    invalid_parameter(format!("{flow} flow not enabled for this client"))
}

/// Captured: getmoto/moto#4836.
pub fn initiate_auth_method_not_supported() -> ApiError {
    invalid_parameter("Initiate Auth method not supported.")
}

/// Captured: floci fixtures.
pub fn incorrect_username_or_password() -> ApiError {
    not_authorized("Incorrect username or password.")
}

/// Captured: aws/aws-sdk-js#4608.
pub fn user_not_confirmed() -> ApiError {
    ApiError::new(
        ErrorCode::UserNotConfirmedException,
        "User is not confirmed.",
    )
}

/// Captured: amazon-cognito-identity-js#468.
pub fn password_reset_required() -> ApiError {
    ApiError::new(
        ErrorCode::PasswordResetRequiredException,
        "Password reset required for the user",
    )
}

/// Captured: amazon-cognito-identity-js#373.
pub fn user_is_disabled() -> ApiError {
    not_authorized("User is disabled.")
}

/// Captured: amplify-js#1182.
pub fn temporary_password_expired() -> ApiError {
    not_authorized("Temporary password has expired and must be reset by an administrator.")
}

/// Captured: amazon-cognito-identity-js#506.
pub fn password_attempts_exceeded() -> ApiError {
    not_authorized("Password attempts exceeded")
}

/// Captured: facts/auth.md §2.
pub fn secret_hash_missing(client_id: &str) -> ApiError {
    not_authorized(format!(
        "Client {client_id} is configured with secret but SECRET_HASH was not received"
    ))
}

/// Captured: facts/auth.md §2.
pub fn secret_hash_wrong(client_id: &str) -> ApiError {
    not_authorized(format!(
        "Unable to verify secret hash for client {client_id}"
    ))
}

/// *Assumed* (facts/auth.md §2).
pub fn secret_hash_unexpected(client_id: &str) -> ApiError {
    not_authorized(format!(
        "Client {client_id} is not configured for secret but secret was received"
    ))
}

/// Captured: aws/aws-sdk-net#1055.
pub fn device_not_found() -> ApiError {
    not_found("Device does not exist.")
}

/// Captured: aws/aws-sdk-js-v3#7162.
pub fn invalid_refresh_token() -> ApiError {
    not_authorized("Invalid Refresh Token.")
}

/// Captured: facts/auth.md §10.
pub fn refresh_token_expired() -> ApiError {
    not_authorized("Refresh Token has expired")
}

/// *Assumed*: documented that rotation refuses this flow; the text is not established.
pub fn refresh_flow_excluded_by_rotation() -> ApiError {
    invalid_parameter(
        "REFRESH_TOKEN_AUTH flow is not supported when refresh token rotation is enabled for the client",
    )
}

/// Captured: facts/wire.md §1.3.
pub fn invalid_access_token() -> ApiError {
    not_authorized("Invalid Access Token")
}

/// Captured: facts/wire.md §1.3.
pub fn access_token_signature() -> ApiError {
    not_authorized("Could not verify signature for Access Token")
}

/// Captured: aws-sdk-ios#1376.
pub fn access_token_expired() -> ApiError {
    not_authorized("Access Token has expired")
}

/// Captured: amplify-js#3540.
pub fn access_token_revoked() -> ApiError {
    not_authorized("Access Token has been revoked")
}

/// Captured: amplify-js#1906.
pub fn access_token_lacks_scope() -> ApiError {
    not_authorized("Access Token does not have required scopes")
}

/// *Assumed* (facts/auth.md §11): no invoker knows the function.
pub fn trigger_not_invocable(trigger: &str, function: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UnexpectedLambdaException,
        format!(
            "{trigger} invocation failed due to configuration. \
             Lambda triggers are not implemented by Cognitwin yet, and this pool names {function}."
        ),
    )
}
