//! Refusals about what login pages look like and link to.

use cognito_model::ErrorCode;

use super::{ApiError, invalid_parameter, not_found};

/// Captured: hashicorp/terraform-provider-aws (facts/oauth.md §11).
pub fn domain_needed() -> ApiError {
    invalid_parameter("There has to be an existing domain associated with this user pool")
}

/// *Assumed*: documented which classes a style sheet may have, and that at-rules are not allowed.
pub fn invalid_css(problem: &str) -> ApiError {
    invalid_parameter(format!("Invalid CSS: {problem}"))
}

/// *Assumed*: the rule is documented.
pub fn invalid_image() -> ApiError {
    invalid_parameter("ImageFile must be a PNG or JPEG image of 100 KB at the most.")
}

/// *Assumed*: the code is documented.
pub fn managed_login_branding_exists(client_id: &str) -> ApiError {
    ApiError::new(
        ErrorCode::ManagedLoginBrandingExistsException,
        format!("Managed login branding already exists for client {client_id}."),
    )
}

/// *Assumed*.
pub fn managed_login_branding_not_found(id: &str) -> ApiError {
    not_found(format!("Managed login branding {id} does not exist."))
}

/// *Assumed*.
pub fn client_has_no_branding(client_id: &str) -> ApiError {
    not_found(format!(
        "Managed login branding does not exist for client {client_id}."
    ))
}

/// *Assumed*: documented that one excludes the others.
pub fn cognito_values_stand_alone() -> ApiError {
    invalid_parameter(
        "Settings and Assets cannot be specified when UseCognitoProvidedValues is true.",
    )
}

/// *Assumed*: documented as a JSON object.
pub fn invalid_branding_settings() -> ApiError {
    invalid_parameter("Settings must be a JSON object.")
}

/// *Assumed*: the size of a request is documented, that of all settings is not.
pub fn branding_settings_too_large() -> ApiError {
    invalid_parameter("Settings must not be larger than 2 MB.")
}

/// *Assumed*.
pub fn asset_needs_bytes_or_resource() -> ApiError {
    invalid_parameter("Each asset needs either Bytes or ResourceId.")
}

/// *Assumed*: a request may have forty (the model), so a style may.
pub fn too_many_assets(most: usize) -> ApiError {
    invalid_parameter(format!("A style can have at most {most} assets."))
}

/// *Assumed*: UpdateManagedLoginBranding's model asks for neither, and without them there is nothing
/// to update.
pub fn branding_member_missing(member: &str) -> ApiError {
    invalid_parameter(format!("{member} is required."))
}

/// *Assumed*: the code is documented.
pub fn terms_exist(name: &str, client_id: &str) -> ApiError {
    ApiError::new(
        ErrorCode::TermsExistsException,
        format!("Terms {name} already exist for client {client_id}."),
    )
}

/// *Assumed*.
pub fn terms_not_found(id: &str) -> ApiError {
    not_found(format!("Terms {id} do not exist."))
}

/// *Assumed*.
pub fn client_has_no_terms(name: &str, client_id: &str) -> ApiError {
    not_found(format!("Terms {name} do not exist for client {client_id}."))
}
