//! Refusals about user pools and their settings.

use cognito_model::ErrorCode;

use super::{ApiError, invalid_parameter, not_found};

/// Captured: floci-io/floci#2853.
pub fn user_pool_not_found(id: &str) -> ApiError {
    not_found(format!("User pool {id} does not exist."))
}

/// Captured: floci fixtures (wire.md §1.5).
pub fn client_not_found(id: &str) -> ApiError {
    not_found(format!("User pool client {id} does not exist."))
}

/// Captured: hashicorp/terraform-provider-aws#16479.
pub fn user_pool_has_domain() -> ApiError {
    invalid_parameter(
        "User pool cannot be deleted. It has a domain configured that should be deleted first.",
    )
}

/// Captured: aws-samples/aws-cdk-examples#402.
pub fn domain_is_taken() -> ApiError {
    invalid_parameter("Domain already associated with another user pool.")
}

/// *Assumed*: one prefix and one custom domain a pool.
pub fn pool_has_such_a_domain() -> ApiError {
    invalid_parameter("User pool already has a domain configured.")
}

/// Captured: mineiros-io/terraform-aws-cognito-user-pool#69.
pub fn invalid_domain() -> ApiError {
    invalid_parameter(
        "The domain name contains an invalid character. Domain names can only contain lower-case letters, \
         numbers, and hyphens. Please enter a different name that follows this format: \
         ^[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?$",
    )
}

/// *Assumed*: documented that it is set after the confirmation, and so cannot be wanted at a sign-up.
pub fn required_alias(attribute: &str) -> ApiError {
    invalid_parameter(format!(
        "{attribute} can not be both an alias attribute and a required attribute."
    ))
}

/// Captured up to the colon (facts/oauth.md §9); what follows is *assumed*.
pub fn invalid_custom_domain() -> ApiError {
    invalid_parameter(
        "Custom domain is not a valid subdomain: Was not able to resolve the root domain, please ensure an A record \
         exists for the root domain.",
    )
}

/// *Assumed*.
pub fn reserved_word_in_domain(word: &str) -> ApiError {
    invalid_parameter(format!("Domain cannot contain reserved word: {word}"))
}

/// *Assumed*.
pub fn domain_not_found() -> ApiError {
    not_found("Domain does not exist.")
}

/// Captured: localstack/localstack#11947.
pub fn user_pool_is_protected() -> ApiError {
    invalid_parameter(
        "The user pool cannot be deleted because deletion protection is activated. \
         Deletion protection must be inactivated first.",
    )
}

/// *Assumed*: AWS never reuses an id, so it has no text for it.
pub fn id_is_taken(id: &str) -> ApiError {
    invalid_parameter(format!("The id {id} is already in use."))
}

/// *Assumed*: a fixed id (the tag `_custom_id_`) that is not a user pool's.
pub fn invalid_custom_id(id: &str) -> ApiError {
    invalid_parameter(format!("The id {id} is not a valid id for this resource."))
}

/// *Assumed*.
pub fn invalid_next_token() -> ApiError {
    invalid_parameter("Invalid pagination token.")
}

/// Captured: aws/aws-sdk-js#3705.
pub fn paging_marker_is_for_another_request() -> ApiError {
    invalid_parameter("Paging Marker is Invalid for Request")
}

/// *Assumed*: the text is not established (quotas: wire.md §4).
pub fn limit_exceeded(what: &str, limit: usize) -> ApiError {
    ApiError::new(
        ErrorCode::LimitExceededException,
        format!("Exceeded maximum number of {what}: {limit}"),
    )
}

/// *Assumed*: AWS documents that the two exclude one another.
pub fn aliases_and_username_attributes() -> ApiError {
    invalid_parameter(
        "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
    )
}

/// Captured: ekristen/aws-nuke#477.
pub fn update_verification_needs_auto_verified() -> ApiError {
    invalid_parameter(
        "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
    )
}

/// Captured: cloudformation-coverage-roadmap#2221.
pub fn mfa_needs_sms() -> ApiError {
    invalid_parameter(
        "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
    )
}

/// Captured: anomalyco/sst#5177.
pub fn mfa_needs_a_factor() -> ApiError {
    invalid_parameter(
        "Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.",
    )
}

/// *Assumed*: only user pools have tags here, under the ARN of their account and region.
pub fn resource_not_found(arn: &str) -> ApiError {
    not_found(format!("Resource {arn} does not exist."))
}

/// Captured: facts/wire.md §2.4.
pub fn required_custom_attribute() -> ApiError {
    invalid_parameter("Required custom attributes are not supported currently.")
}

/// Captured: aws/aws-cdk#8585.
pub fn missing_attribute_data_type() -> ApiError {
    invalid_parameter(
        "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.",
    )
}

/// Captured: hashicorp/terraform-provider-aws#23181.
pub fn standard_attribute_is_fixed(name: &str) -> ApiError {
    invalid_parameter(format!(
        "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute {name}"
    ))
}

/// *Assumed* (wire.md §2.4); `kind` is `String` or `Number`.
pub fn invalid_attribute_constraints(kind: &str, name: &str) -> ApiError {
    invalid_parameter(format!(
        "Invalid {kind}AttributeConstraints for schema attribute {name}"
    ))
}

/// *Assumed* (wire.md §2.4).
pub fn string_attribute_too_long(name: &str) -> ApiError {
    invalid_parameter(format!(
        "user.{name}: String attributes cannot have a length of more than 2048"
    ))
}

/// *Assumed* (wire.md §2.4); `what` is `length` or `value`.
pub fn attribute_maximum_below_minimum(name: &str, what: &str) -> ApiError {
    invalid_parameter(format!(
        "user.{name}: Max {what} cannot be less than min {what}."
    ))
}

/// *Assumed* (wire.md §2.4).
pub fn attribute_exists(name: &str) -> ApiError {
    invalid_parameter(format!(
        "{name}: Existing attribute already has name {name}."
    ))
}

/// *Assumed*: documented that both cannot be set.
pub fn both_verification_messages() -> ApiError {
    invalid_parameter("Please use only one of EmailMessage and EmailMessageByLink.")
}

/// *Assumed*: UnusedAccountValidityDays is the older name of TemporaryPasswordValidityDays.
pub fn two_temporary_password_validities() -> ApiError {
    invalid_parameter(
        "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
    )
}

/// *Assumed*: documented that DEVELOPER needs a source.
pub fn email_source_needed() -> ApiError {
    invalid_parameter("SourceArn is required when EmailSendingAccount is DEVELOPER.")
}

/// *Assumed*: admin_only stands alone; each mechanism and priority once.
pub fn invalid_account_recovery() -> ApiError {
    invalid_parameter("Invalid account recovery setting.")
}

/// *Assumed*: the text is not established; the tier rule is documented.
pub fn feature_unavailable_in_tier(feature: &str, tier: &str) -> ApiError {
    ApiError::new(
        ErrorCode::FeatureUnavailableInTierException,
        format!("{feature} is not available in the {tier} tier."),
    )
}

/// *Assumed*: the text is not established.
pub fn add_on_not_enabled() -> ApiError {
    ApiError::new(
        ErrorCode::UserPoolAddOnNotEnabledException,
        "Threat protection is not enabled for this user pool.",
    )
}

/// *Assumed*: documented that session tracking must be enabled first.
pub fn session_tracking_is_off() -> ApiError {
    ApiError::new(
        ErrorCode::OperationNotEnabledException,
        "Session tracking is not enabled for this user pool.",
    )
}

/// *Assumed*: a value that the documentation excludes.
pub fn invalid_setting(setting: &str, rule: &str) -> ApiError {
    invalid_parameter(format!("Invalid {setting}: {rule}"))
}

/// *Assumed*: ACR names are unique across the four levels (documented).
pub fn acr_values_not_unique() -> ApiError {
    invalid_parameter("AcrConfiguration values must be unique across all levels.")
}

/// *Assumed*: a custom sender encrypts its code with the pool's key (documented).
pub fn custom_sender_needs_key() -> ApiError {
    invalid_parameter("KMSKeyID is required for CustomEmailSender and CustomSMSSender.")
}

/// *Assumed*: that it is the ARN of a key, to which AWS gives itself a grant, is documented; that the key is in
/// the pool's region follows from it.
pub fn invalid_sender_key(arn: &str) -> ApiError {
    invalid_parameter(format!("Invalid KMSKeyID: {arn}"))
}

/// *Assumed*: that both name the same function is documented.
pub fn two_pre_token_generations() -> ApiError {
    invalid_parameter(
        "PreTokenGeneration and PreTokenGenerationConfig.LambdaArn must have the same value.",
    )
}

/// *Assumed*: another region than the pool's own.
pub fn invalid_replica_region(region: &str) -> ApiError {
    invalid_parameter(format!("Invalid RegionName: {region}"))
}

/// *Assumed*: documented that the pool must have a multi-Region customer managed key.
pub fn replica_needs_key() -> ApiError {
    invalid_parameter(
        "A replica requires a user pool with a multi-Region customer managed key in KeyConfiguration.",
    )
}

/// *Assumed*: documented that a pool has one replica at the most.
pub fn replica_exists(region: &str) -> ApiError {
    ApiError::new(
        ErrorCode::LimitExceededException,
        format!("The user pool already has a replica in {region}."),
    )
}

/// *Assumed*.
pub fn replica_not_found(region: &str) -> ApiError {
    not_found(format!("Replica in region {region} does not exist."))
}

/// *Assumed*: the primary pool is always active.
pub fn primary_is_no_replica() -> ApiError {
    invalid_parameter("The primary user pool cannot be updated or deleted as a replica.")
}

/// *Assumed*: documented that only an inactive replica can be deleted.
pub fn replica_is_active(region: &str) -> ApiError {
    invalid_parameter(format!(
        "Replica in region {region} must be INACTIVE to be deleted."
    ))
}

/// *Assumed*: a limit of an API category is named by one attribute (documented).
pub fn limit_needs_category() -> ApiError {
    invalid_parameter("LimitDefinition requires the attribute Category.")
}

/// *Assumed*.
pub fn limit_not_found(category: &str) -> ApiError {
    not_found(format!("Limit for category {category} does not exist."))
}

/// *Assumed*: documented that only adjustable categories can be provisioned.
pub fn limit_is_fixed(category: &str) -> ApiError {
    invalid_parameter(format!(
        "The limit of category {category} is not adjustable."
    ))
}

/// *Assumed*: documented that Service Quotas alone raises it.
pub fn limit_is_of_managed_login(category: &str) -> ApiError {
    invalid_parameter(format!(
        "The limit of category {category} cannot be provisioned for user pools with managed login."
    ))
}

/// *Assumed*: the rule is documented.
pub fn limit_below_default(default: i32) -> ApiError {
    invalid_parameter(format!(
        "RequestedLimitValue must be at least the default limit of {default}."
    ))
}

/// *Assumed*: the code is documented.
pub fn limit_above_quota(most: i32) -> ApiError {
    ApiError::new(
        ErrorCode::ServiceQuotaExceededException,
        format!("RequestedLimitValue exceeds the account-level maximum of {most}."),
    )
}
