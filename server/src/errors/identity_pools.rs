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

/// *Assumed* (50 tags: documented).
pub fn too_many_identity_pool_tags() -> ApiError {
    invalid_parameter("An identity pool can have at most 50 tags.")
}

/// *Assumed*: documented of all tags that AWS keeps the prefix to itself.
pub fn reserved_tag(key: &str) -> ApiError {
    invalid_parameter(format!("Tag keys cannot start with aws:, as {key} does."))
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

/// Captured for GetId (soto-project/soto#452, aws/aws-sdk-net#420); *assumed* for the other operations that
/// want the logins themselves.
pub fn own_token_is_no_login() -> ApiError {
    invalid_login_token("Can't pass in a Cognito token.")
}

/// *Assumed*: in the words of a token past its time.
pub fn login_token_not_yet_valid(now: i64, begin: i64) -> ApiError {
    invalid_login_token(&format!("Token is not yet valid: {now} < {begin}"))
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

/// Captured: aws/aws-sdk-net#6; *assumed* for a role that is none, or of another account than the pool's.
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

/// *Assumed*: documented that the name cannot be changed once it is set.
pub fn developer_provider_cannot_change() -> ApiError {
    invalid_parameter("DeveloperProviderName cannot be changed once it has been set.")
}

/// Captured: danilop/LambdAuth#32; the code is *assumed*.
pub fn developer_provider_not_supported() -> ApiError {
    not_authorized("This identity pool does not support the specified developer provider.")
}

/// The text of the model's own documentation of the exception's message.
pub fn developer_user_already_registered() -> ApiError {
    ApiError::new(
        ErrorCode::DeveloperUserAlreadyRegisteredException,
        "This developer user identifier is already registered with Cognito.",
    )
}

/// *Assumed*: as for an identity.
pub fn developer_user_not_found(user: &str) -> ApiError {
    not_found(format!("Developer user identifier '{user}' not found."))
}

/// *Assumed*: documented that the two must be of one identity.
pub fn developer_user_of_another_identity() -> ApiError {
    ApiError::new(
        ErrorCode::ResourceConflictException,
        "The developer user identifier does not belong to the identity.",
    )
}

/// *Assumed*: a developer user identifier has 1 to 1024 characters (documented for the other operations).
pub fn invalid_developer_user() -> ApiError {
    invalid_parameter("A developer user identifier has 1 to 1024 characters.")
}

/// *Assumed*: documented that one of the two is required.
pub fn nothing_to_look_up() -> ApiError {
    invalid_parameter("Either IdentityId or DeveloperUserIdentifier must be provided.")
}

/// *Assumed*: documented that users of one identity cannot be merged.
pub fn nothing_to_merge() -> ApiError {
    invalid_parameter("The developer user identifiers belong to the same identity.")
}

/// *Assumed*: documented that more logins raise an exception.
pub fn too_many_logins(limit: usize) -> ApiError {
    ApiError::new(
        ErrorCode::ResourceConflictException,
        format!("An identity can have at most {limit} linked logins."),
    )
}

/// *Assumed*: the text is not established.
pub fn unknown_identity_provider_name(name: &str) -> ApiError {
    invalid_parameter(format!("{name} is not a provider of this identity pool."))
}

/// Captured: facts/identity.md §5.
pub fn classic_flow_is_off() -> ApiError {
    invalid_parameter("Basic (classic) flow is not enabled, please use enhanced flow.")
}

/// Captured: facts/identity.md §5.
pub fn classic_flow_has_no_role_mappings() -> ApiError {
    invalid_parameter(
        "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
    )
}

/// *Assumed*: the text is not established. The provider is one that does not answer, or that only its own
/// service can ask.
pub fn provider_not_reached(provider: &str) -> ApiError {
    ApiError::new(
        ErrorCode::ExternalServiceException,
        format!("{provider} could not be reached to verify the login token."),
    )
}
