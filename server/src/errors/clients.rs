//! Refusals about app clients.

use cognito_model::ErrorCode;

use super::{ApiError, invalid_parameter, not_found};

/// *Assumed*: documented that one excludes the other.
pub fn two_client_secrets() -> ApiError {
    invalid_parameter("ClientSecret cannot be specified when GenerateSecret is true.")
}

/// *Assumed*: two active secrets at the most (documented).
pub fn too_many_client_secrets() -> ApiError {
    ApiError::new(
        ErrorCode::LimitExceededException,
        "An app client can have at most 2 active client secrets.",
    )
}

/// *Assumed*: for confidential clients only (documented).
pub fn client_has_no_secret() -> ApiError {
    invalid_parameter("The app client is not configured with a client secret.")
}

/// The words *assumed*, the rule documented: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolClientType.html>.
pub fn secrets_of_registered_client() -> ApiError {
    invalid_parameter("The app client was created through dynamic client registration.")
}

/// The words *assumed*, the rule documented as that of [`secrets_of_registered_client`].
pub fn scope_not_for_registered_client(scope: &str) -> ApiError {
    invalid_parameter(format!(
        "{scope} is not supported by app clients that were created through dynamic client registration."
    ))
}

/// *Assumed*.
pub fn client_secret_not_found(id: &str) -> ApiError {
    not_found(format!("Client secret {id} does not exist."))
}

/// *Assumed*: documented that the last one stays.
pub fn last_client_secret() -> ApiError {
    invalid_parameter("The last client secret of an app client cannot be deleted.")
}

/// *Assumed*: documented that the two generations of names do not mix.
pub fn mixed_auth_flows() -> ApiError {
    invalid_parameter(
        "ExplicitAuthFlows cannot contain both legacy values and values that begin with ALLOW_.",
    )
}

/// *Assumed*: rotation replaces REFRESH_TOKEN_AUTH (documented).
pub fn rotation_excludes_refresh_flow() -> ApiError {
    invalid_parameter(
        "ALLOW_REFRESH_TOKEN_AUTH cannot be enabled when refresh token rotation is enabled.",
    )
}

/// *Assumed*; `token` is `access`, `id` or `refresh`, the range documented.
pub fn invalid_token_validity(token: &str, least: &str, most: &str) -> ApiError {
    invalid_parameter(format!(
        "Invalid range for {token} token validity, it must be between {least} and {most}."
    ))
}

/// *Assumed*: the ID and access token may not outlive the refresh token.
pub fn refresh_token_too_short() -> ApiError {
    invalid_parameter(
        "Refresh token validity must be greater than or equal to the validity of the access and ID tokens.",
    )
}

/// Captured: facts/captured.md 99.
pub fn callback_urls_needed() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidOAuthFlowException,
        "CallbackUrls can not be empty when code flow or implicit flow is selected",
    )
}

/// Captured: hashicorp/terraform-provider-aws#4984.
pub fn scope_not_for_client_credentials(scope: &str) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidOAuthFlowException,
        format!("{scope} is not supported with client_credentials flow"),
    )
}

/// *Assumed*: documented that client_credentials stands alone.
pub fn client_credentials_stands_alone() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidOAuthFlowException,
        "client_credentials flow can not be selected along with code flow or implicit flow.",
    )
}

/// *Assumed*: documented that client_credentials needs a secret.
pub fn client_credentials_needs_secret() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidOAuthFlowException,
        "client_credentials flow is not supported for clients without a client secret.",
    )
}

/// *Assumed*: flows and scopes come together.
pub fn flows_and_scopes_come_together() -> ApiError {
    ApiError::new(
        ErrorCode::InvalidOAuthFlowException,
        "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
    )
}

/// Captured: awsdocs/aws-cloudformation-user-guide#564.
pub fn scope_does_not_exist(scope: &str) -> ApiError {
    ApiError::new(
        ErrorCode::ScopeDoesNotExistException,
        format!("Invalid scope requested: {scope}"),
    )
}

/// *Assumed*: documented that the default is one of the list.
pub fn default_redirect_not_listed() -> ApiError {
    invalid_parameter("Default redirect URI should be in CallbackURLs list.")
}

/// *Assumed* (documented rules: absolute, no fragment, https but for localhost and app schemes).
pub fn invalid_redirect_uri(uri: &str) -> ApiError {
    invalid_parameter(format!("{uri} is not a valid redirect URI."))
}

/// Captured: facts/oauth.md §10.
pub fn client_provider_not_found(name: &str, user_pool_id: &str) -> ApiError {
    invalid_parameter(format!(
        "The provider {name} does not exist for User Pool {user_pool_id}."
    ))
}

/// Captured for updates (aws/aws-sdk-java#1395); *assumed* alike for creation. `verb` is `creating` or
/// `updating`.
pub fn invalid_client_attributes(kind: &str, verb: &str) -> ApiError {
    invalid_parameter(format!(
        "Invalid {kind} attributes specified while {verb} a client"
    ))
}

/// *Assumed*: documented that it needs a client secret.
pub fn context_data_needs_secret() -> ApiError {
    invalid_parameter(
        "EnablePropagateAdditionalUserContextData can only be enabled for clients with a client secret.",
    )
}

/// *Assumed*: documented that an application is named by its id or its ARN.
pub fn invalid_analytics_configuration() -> ApiError {
    invalid_parameter(
        "Invalid analytics configuration, either ApplicationId or ApplicationArn is required.",
    )
}
