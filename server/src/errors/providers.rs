//! Refusals about resource servers and identity providers.

use cognito_model::ErrorCode;

use super::{ApiError, invalid_parameter, not_found};

/// *Assumed*.
pub fn resource_server_not_found(identifier: &str) -> ApiError {
    not_found(format!("Resource server {identifier} does not exist."))
}

/// *Assumed*.
pub fn resource_server_exists(identifier: &str) -> ApiError {
    invalid_parameter(format!("{identifier} already exists in this user pool."))
}

/// *Assumed*.
pub fn scope_is_there_twice(name: &str) -> ApiError {
    invalid_parameter(format!("Scope {name} is specified more than once."))
}

/// *Assumed*.
pub fn identifier_not_found(identifier: &str, user_pool_id: &str) -> ApiError {
    not_found(format!(
        "Identity provider with identifier {identifier} for tenantId {user_pool_id} does not exist."
    ))
}

/// Captured: the article's program (captured.md 137).
pub fn identity_provider_not_found(name: &str, user_pool_id: &str) -> ApiError {
    not_found(format!(
        "Identity provider {name} for tenantId {user_pool_id} does not exist."
    ))
}

/// Captured: facts/oauth.md §13.
pub fn duplicate_provider(name: &str, user_pool_id: &str) -> ApiError {
    ApiError::new(
        ErrorCode::DuplicateProviderException,
        format!("{name} already exists in user pool {user_pool_id}"),
    )
}

/// Captured: facts/oauth.md §13. A social provider has the name of its type.
pub fn provider_name_is_its_type(name: &str, provider_type: &str) -> ApiError {
    invalid_parameter(format!(
        "Provider {name} cannot be of type {provider_type}."
    ))
}

/// *Assumed*; documented that it cannot be changed.
pub fn provider_username_changed() -> ApiError {
    invalid_parameter("The username of an identity provider's AttributeMapping cannot be changed.")
}

/// *Assumed*.
pub fn reserved_provider_name(name: &str) -> ApiError {
    invalid_parameter(format!("{name} is a reserved provider name."))
}

/// *Assumed*; `key` is a member of ProviderDetails.
pub fn provider_detail_missing(key: &str) -> ApiError {
    invalid_parameter(format!(
        "Missing required attribute {key} in ProviderDetails."
    ))
}

/// *Assumed*; `key` is a member of ProviderDetails.
pub fn provider_detail_unknown(key: &str) -> ApiError {
    invalid_parameter(format!("Unrecognized attribute {key} in ProviderDetails."))
}

/// *Assumed*.
pub fn provider_attribute_unknown(name: &str) -> ApiError {
    invalid_parameter(format!(
        "Invalid AttributeMapping: attribute {name} does not exist in the schema."
    ))
}

/// *Assumed*: documented that an identifier names one provider of the pool.
pub fn idp_identifier_is_taken(identifier: &str) -> ApiError {
    invalid_parameter(format!(
        "The identifier {identifier} is already in use by another provider."
    ))
}

/// *Assumed*: documented that only OIDC providers map ACR values.
pub fn acr_mapping_is_for_oidc() -> ApiError {
    invalid_parameter("AcrMapping is supported for OIDC identity providers only.")
}

/// Captured: aws/aws-sdk-net#1000.
pub fn merging_is_not_supported() -> ApiError {
    invalid_parameter(
        "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
    )
}

/// Captured: boto/boto3#4163.
pub fn source_user_is_native() -> ApiError {
    invalid_parameter(
        "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser",
    )
}

/// Captured: programs that link on a user's first sign-in compare with this text.
pub fn source_user_is_linked() -> ApiError {
    invalid_parameter("SourceUser is already linked to DestinationUser")
}

/// Captured: aws/aws-sdk-go#4218; the code is *assumed*.
pub fn account_is_not_linked() -> ApiError {
    invalid_parameter(
        "Account isn't linked to anyone else, verify that the account has been linked",
    )
}

/// *Assumed*; `member` is `SourceUser`, `DestinationUser` or `User`.
pub fn provider_user_member_missing(member: &str, name: &str) -> ApiError {
    invalid_parameter(format!("Invalid {member}: {name} is required."))
}

/// *Assumed*: documented that a social provider takes `Cognito_Subject` only, and another one the
/// attributes that it maps.
pub fn cannot_link_by(attribute: &str, provider: &str) -> ApiError {
    invalid_parameter(format!(
        "Invalid ProviderAttributeName {attribute} for provider {provider}."
    ))
}

/// Captured: what apps tell their users of, such as Facebook accounts without an email address.
pub fn mapped_attributes_required(names: &[&str]) -> ApiError {
    invalid_parameter(format!("attributes required: [{}]", names.join(", ")))
}

/// Captured: facts/oauth.md §2, with the space at its end.
pub fn mapped_attributes_cannot_be_updated(problems: &str) -> ApiError {
    invalid_parameter(format!("Invalid user attributes: {problems} "))
}

/// Captured: facts/oauth.md §2.
pub fn username_mapping_required() -> ApiError {
    invalid_parameter("username attribute mapping required")
}

/// Captured: facts/captured.md 97.
pub fn federated_user_exists(username: &str) -> ApiError {
    invalid_parameter(format!("Already found an entry for username {username}"))
}

/// *Assumed*: the provider was taken from the client, or deleted, while the user was there.
pub fn provider_is_gone(name: &str) -> ApiError {
    invalid_parameter(format!(
        "The identity provider {name} does not exist for this app client."
    ))
}

/// *Assumed*: in the words of the model, which says how long usernames are, and of what.
pub fn federated_username(problem: String) -> ApiError {
    invalid_parameter(problem)
}

/// Captured: facts/oauth.md §13.2.
pub fn metadata_unreadable(address: &str) -> ApiError {
    invalid_parameter(format!("Error retrieving metadata from {address}"))
}

/// *Assumed*: like that of an address, which is captured.
pub fn metadata_invalid() -> ApiError {
    invalid_parameter("Error parsing metadata from MetadataFile")
}
