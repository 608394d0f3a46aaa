//! Refusals about identity pools, identities and their logins.

use cognito_model::ErrorCode;

use super::{ApiError, invalid_parameter, not_authorized, not_found};

/// Captured: facts/identity.md §5.
pub fn identity_pool_not_found(id: &str) -> ApiError {
    not_found(format!("IdentityPool '{id}' not found."))
}

/// Captured: amplify-js#2301.
pub fn identity_not_found(id: &str) -> ApiError {
    not_found(format!("Identity '{id}' not found."))
}

/// Captured: aws/aws-cdk#11054.
pub fn invalid_cognito_identity_provider() -> ApiError {
    invalid_parameter("Invalid Cognito Identity Provider")
}

/// Captured: aws/aws-cdk#22951.
pub fn invalid_role_mapping_provider(key: &str) -> ApiError {
    invalid_parameter(format!(
        "({key}) is not a valid RoleMapping ProviderName or is not a configured provider."
    ))
}

/// *Assumed*: documented as required with either type.
pub fn ambiguous_role_resolution_needed() -> ApiError {
    invalid_parameter("AmbiguousRoleResolution is required for RoleMapping.")
}

/// *Assumed*: documented that Rules need rules, and Token takes none.
pub fn invalid_rules_configuration() -> ApiError {
    invalid_parameter("RulesConfiguration is required for, and only for, RoleMapping type Rules.")
}

/// *Assumed* (25 rules a provider: documented).
pub fn too_many_mapping_rules() -> ApiError {
    invalid_parameter("A RoleMapping can have at most 25 rules.")
}

/// *Assumed*: an ARN member that names something else.
pub fn invalid_arn(arn: &str) -> ApiError {
    invalid_parameter(format!("{arn} is not a valid ARN for this parameter."))
}

/// Captured: facts/captured.md 127.
pub fn unauthenticated_not_supported() -> ApiError {
    not_authorized("Unauthenticated access is not supported for this identity pool.")
}

/// Captured: facts/captured.md 127.
pub fn token_from_unsupported_provider() -> ApiError {
    not_authorized("Token is not from a supported provider of this identity pool.")
}

/// Captured: facts/identity.md §5; `reason` completes the sentence.
pub fn invalid_login_token(reason: &str) -> ApiError {
    not_authorized(format!("Invalid login token. {reason}"))
}

/// *Assumed*: documented that the server-side check refuses; the text is not established.
pub fn login_token_revoked() -> ApiError {
    invalid_login_token("Token has been revoked.")
}

/// Captured: facts/identity.md §5 (epoch seconds: now, then the expiry).
pub fn login_token_expired(now: i64, expiry: i64) -> ApiError {
    invalid_login_token(&format!("Token expired: {now} >= {expiry}"))
}

/// Captured: facts/identity.md §5.
pub fn logins_do_not_match() -> ApiError {
    not_authorized(
        "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    )
}

/// Captured: facts/identity.md §5.
pub fn access_to_identity_forbidden(id: &str) -> ApiError {
    not_authorized(format!("Access to Identity '{id}' is forbidden."))
}

/// Captured: facts/identity.md §5; what stands after `for:` is *assumed*.
pub fn ambiguous_role_denied(provider: &str) -> ApiError {
    not_authorized(format!(
        "The ambiguous role mapping rules for: {provider} denied this request."
    ))
}

/// Captured for SetIdentityPoolRoles; *assumed* alike for a CustomRoleArn that is not the user's.
pub fn access_to_role_forbidden(arn: &str) -> ApiError {
    not_authorized(format!("Access to Role '{arn}' is forbidden."))
}

/// Captured: aws/aws-sdk-net#6.
pub fn invalid_identity_pool_configuration() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidIdentityPoolConfigurationException,
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    )
}

/// Captured: facts/identity.md §5.
pub fn not_a_public_provider() -> ApiError {
    invalid_parameter("Please provide a valid public provider")
}

/// *Assumed*: the text is not established.
pub fn login_belongs_to_another_identity() -> ApiError {
    ApiError::new(
        ErrorCode::ResourceConflictException,
        "Logins are already linked to another identity.",
    )
}
