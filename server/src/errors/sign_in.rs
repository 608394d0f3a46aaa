//! Refusals of the sign-in engine, of tokens and triggers.

use cognito_model::ErrorCode;

use super::{ApiError, invalid_parameter, not_authorized, not_found};

/// Of this server: only sign-ins on a page end so.
pub fn ended_without_tokens() -> ApiError {
    super::internal("a sign-in of the API ended without tokens")
}

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

/// Captured: facts/auth.md §1.1.
pub fn auth_flow_not_enabled() -> ApiError {
    invalid_parameter("Auth flow not enabled for this client")
}

/// *Assumed* (facts/auth.md §1.1).
pub fn srp_not_enabled() -> ApiError {
    invalid_parameter("USER_SRP_AUTH is not enabled for the client.")
}

/// *Assumed*: documented that only USER_AUTH takes the session of a confirmation.
pub fn session_needs_user_auth() -> ApiError {
    invalid_parameter("Session is only supported with the USER_AUTH flow.")
}

/// *Assumed*: that it is refused so is captured (amazon-cognito-identity-js#356), the text is not.
pub fn invalid_srp_a() -> ApiError {
    invalid_parameter("SRP_A is not a valid number.")
}

/// *Assumed* (facts/auth.md §4).
pub fn timestamp_format() -> ApiError {
    invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
}

/// Captured: amplify-js#5834.
pub fn invalid_session() -> ApiError {
    not_authorized("Invalid session for the user.")
}

/// Captured: facts/auth.md §5.
pub fn session_expired() -> ApiError {
    not_authorized("Invalid session for the user, session is expired.")
}

/// Captured: facts/auth.md §5.
pub fn session_used() -> ApiError {
    not_authorized("Invalid session for the user, session can only be used once.")
}

/// *Assumed*: the text is not established.
pub fn invalid_preferred_challenge(name: &str) -> ApiError {
    invalid_parameter(format!("{name} is not a valid PREFERRED_CHALLENGE."))
}

/// *Assumed*: the text is not established.
pub fn invalid_answer(answer: &str) -> ApiError {
    invalid_parameter(format!("{answer} is not an available challenge."))
}

/// Captured: amplify-js#10491.
pub fn attribute_already_provided(name: &str) -> ApiError {
    not_authorized(format!("Cannot modify an already provided {name}"))
}

/// Captured: angular-quickstart#116.
pub fn required_attribute_not_given(name: &str) -> ApiError {
    invalid_parameter(format!("Invalid attributes given, {name} is missing"))
}

/// Captured: facts/auth.md §7.
pub fn code_or_auth_state() -> ApiError {
    ApiError::new(
        ErrorCode::CodeMismatchException,
        "Invalid code or auth state for the user.",
    )
}

/// Captured: amazon-cognito-identity-js#630.
pub fn no_software_token() -> ApiError {
    ApiError::new(
        ErrorCode::SoftwareTokenMFANotFoundException,
        "Software Token MFA does not exist for the user.",
    )
}

/// Documented: facts/users.md §11.
pub fn software_tokens_off() -> ApiError {
    ApiError::new(
        ErrorCode::SoftwareTokenMFANotFoundException,
        "Software Token MFA has not been enabled by the userPool",
    )
}

/// Captured: amplify-auth-starters#15.
pub fn software_token_mismatch() -> ApiError {
    ApiError::new(
        ErrorCode::EnableSoftwareTokenMFAException,
        "Code mismatch and fail enable Software Token MFA",
    )
}

/// *Assumed*: a code is shown before a secret was asked for.
pub fn software_token_not_associated() -> ApiError {
    ApiError::new(
        ErrorCode::SoftwareTokenMFANotFoundException,
        "Software Token MFA does not exist for the user.",
    )
}

/// *Assumed*: documented that a request takes one of the two.
pub fn access_token_and_session() -> ApiError {
    invalid_parameter("Only one of AccessToken and Session can be provided.")
}

/// *Assumed*: documented that a request takes one of the two.
pub fn access_token_or_session() -> ApiError {
    invalid_parameter("Either AccessToken or Session must be provided.")
}

/// Captured: aws-sdk-js-v3#4645.
pub fn factor_not_set_up(factor: &str) -> ApiError {
    invalid_parameter(format!(
        "User does not have delivery config set to turn on {factor}"
    ))
}

/// *Assumed*: documented that only one factor is preferred.
pub fn several_preferred_factors() -> ApiError {
    invalid_parameter("Only one MFA factor can be set as preferred.")
}

/// *Assumed*: documented that a preferred factor is one that is on.
pub fn preferred_factor_is_off(factor: &str) -> ApiError {
    invalid_parameter(format!(
        "{factor} must be enabled to be set as the preferred MFA factor."
    ))
}

/// *Assumed*: the text is not established.
pub fn factor_not_in_pool(factor: &str) -> ApiError {
    invalid_parameter(format!("{factor} is not enabled for the user pool."))
}

/// *Assumed*: documented that a required second factor stays; the text is not established.
pub fn factor_is_required() -> ApiError {
    invalid_parameter("MFA cannot be turned off for a user while the user pool requires it.")
}

/// *Assumed*: documented that these settings are for SMS messages alone.
pub fn options_are_for_sms() -> ApiError {
    invalid_parameter("MFAOptions can only be set with the delivery medium SMS.")
}

/// Captured: facts/users.md §12.
pub fn invalid_device_key() -> ApiError {
    invalid_parameter("Invalid device key given.")
}

/// *Assumed*: the text is not established.
pub fn device_key_exists() -> ApiError {
    ApiError::new(
        ErrorCode::DeviceKeyExistsException,
        "Device key already exists.",
    )
}

/// *Assumed*: the text is not established.
pub fn devices_not_tracked() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidUserPoolConfigurationException,
        "User pool is not configured to track devices.",
    )
}

/// *Assumed*: a secret that is no base 64.
pub fn invalid_device_secret() -> ApiError {
    invalid_parameter("Invalid device secret verifier given.")
}

/// Captured: aws-sdk-net#1936.
pub fn refresh_token_revoked() -> ApiError {
    not_authorized("Refresh Token has been revoked")
}

/// *Assumed*: the text is not established.
pub fn refresh_token_reused() -> ApiError {
    ApiError::new(
        ErrorCode::RefreshTokenReuseException,
        "Refresh token has been invalidated by rotation.",
    )
}

/// *Assumed*: the type is documented, the text is not.
pub fn client_is_unauthorized() -> ApiError {
    ApiError::new(ErrorCode::UnauthorizedException, "Unauthorized")
}

/// *Assumed*: the type is documented, the text is not.
pub fn unsupported_token_type() -> ApiError {
    ApiError::new(
        ErrorCode::UnsupportedTokenTypeException,
        "Only refresh tokens can be revoked.",
    )
}

/// *Assumed*: a text that is no token at all.
pub fn not_a_refresh_token() -> ApiError {
    invalid_parameter("Invalid Refresh Token.")
}

/// *Assumed*: the type is documented, the text is not.
pub fn token_revocation_off() -> ApiError {
    ApiError::new(
        ErrorCode::UnsupportedOperationException,
        "Token revocation is not enabled for the client.",
    )
}

/// *Assumed*: the text is not established.
pub fn user_session_not_found() -> ApiError {
    not_found("Session does not exist.")
}

/// *Assumed*: documented that one cannot revoke the session that one calls from.
pub fn own_session() -> ApiError {
    invalid_parameter("The current session cannot be revoked.")
}

/// *Assumed*: the type is AWS's for this, the text is not established.
pub fn session_tracking_off() -> ApiError {
    ApiError::new(
        ErrorCode::OperationNotEnabledException,
        "Session tracking is not enabled for the user pool.",
    )
}

/// *Assumed*: AdminGetDevice and AdminListDevices declare no UserNotFoundException.
pub fn device_owner_not_found() -> ApiError {
    not_found("User does not exist.")
}

/// *Assumed*: AdminDeleteSoftwareToken declares no SoftwareTokenMFANotFoundException.
pub fn no_software_token_to_delete() -> ApiError {
    not_found("Software Token MFA does not exist for the user.")
}

/// *Assumed* (facts/users.md §14).
pub fn blocked_for_security() -> ApiError {
    not_authorized("Request not allowed due to security reasons.")
}

/// *Assumed*: documented that the client has a secret; the text is not established.
pub fn client_token_needs_secret() -> ApiError {
    invalid_parameter("The client has no secret to get a token with.")
}

/// Captured for clients: aws-cloudformation/cloudformation-coverage-roadmap#564; here *assumed* alike.
pub fn invalid_scope_requested(scope: &str) -> ApiError {
    invalid_parameter(format!("Invalid scope requested: {scope}"))
}

/// *Assumed*: documented that a request names one of the two.
pub fn audiences_and_resources() -> ApiError {
    invalid_parameter("Only one of Audiences and Resources can be provided.")
}

/// *Assumed*: the text is not established.
pub fn invalid_presented_token() -> ApiError {
    not_authorized("Invalid token.")
}

/// *Assumed*: the text is not established.
pub fn presented_token_expired() -> ApiError {
    not_authorized("Token has expired.")
}

/// *Assumed*: the text is not established.
pub fn presented_token_revoked() -> ApiError {
    not_authorized("Token has been revoked.")
}

/// *Assumed*: documented that it is an error, the text is not established.
pub fn no_valid_acr_value() -> ApiError {
    invalid_parameter("TARGET_ACR_VALUES names no valid authentication level.")
}

/// *Assumed*: documented that it is an error, the text is not established.
pub fn acr_value_out_of_reach() -> ApiError {
    invalid_parameter("User cannot reach any of the requested authentication levels.")
}

/// *Assumed*: documented that it is an error, the text is not established.
pub fn acr_value_reached_already() -> ApiError {
    invalid_parameter("User has already reached the requested authentication level.")
}

/// *Assumed*: documented that it is an error, the text is not established.
pub fn token_of_another_user() -> ApiError {
    invalid_parameter("ACCESS_TOKEN was not issued to this user.")
}

/// *Assumed*: documented as a number of seconds.
pub fn invalid_max_age() -> ApiError {
    invalid_parameter("MAX_AGE is not a number of seconds.")
}
