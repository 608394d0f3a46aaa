//! Every refusal, in AWS's words. An operation never writes a message of its own: it calls one of
//! these functions, each of which names the evidence for its wording, or says *assumed*.
//!
//! Evidence: "captured" is an answer of the real service (with the issue or repository that shows
//! it), "documented" is AWS's own text, *assumed* is what AWS most likely says.

use std::error::Error;
use std::fmt;

use cognito_model::ErrorCode;
use http::StatusCode;

pub type Result<T> = std::result::Result<T, ApiError>;

/// A refusal as the caller sees it. One pointer wide, so that results stay small.
#[derive(Debug)]
pub struct ApiError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    code: ErrorCode,
    message: Option<String>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl ApiError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: Some(message.into()),
            cause: None,
        }))
    }

    fn bare(code: ErrorCode) -> Self {
        Self(Box::new(Inner {
            code,
            message: None,
            cause: None,
        }))
    }

    /// For the log only; never sent.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// 400 for every modelled client error, whatever the model's own number says
    /// (captured: aws/aws-sdk-java#2301, ellaisys/aws-cognito#94).
    pub fn status(&self) -> StatusCode {
        match self.0.code {
            ErrorCode::InternalErrorException | ErrorCode::InternalServerException => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
            ErrorCode::NotImplementedException => StatusCode::NOT_IMPLEMENTED,
            ErrorCode::RequestEntityTooLargeException => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::RequestTimeoutException => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.message {
            Some(message) => write!(f, "{}: {message}", self.0.code.as_str()),
            None => f.write_str(self.0.code.as_str()),
        }
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.cause.as_ref().map(|cause| &**cause as _)
    }
}

fn invalid_parameter(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::InvalidParameterException, message)
}

fn not_authorized(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::NotAuthorizedException, message)
}

fn not_found(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::ResourceNotFoundException, message)
}

// ---- The envelope ----

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

/// *Assumed*: the text that AWS's JSON services share.
pub fn missing_authentication_token() -> ApiError {
    ApiError::new(
        ErrorCode::MissingAuthenticationTokenException,
        "Missing Authentication Token",
    )
}

/// *Assumed*: the text that AWS's services share, shortened to the part that is missing.
pub fn incomplete_signature(parameter: &str) -> ApiError {
    ApiError::new(
        ErrorCode::IncompleteSignatureException,
        format!("Authorization header requires '{parameter}' parameter."),
    )
}

/// *Assumed*: AWS's text for credentials past their time (wire.md §1.1).
pub fn expired_token() -> ApiError {
    ApiError::new(
        ErrorCode::ExpiredTokenException,
        "The security token included in the request is expired",
    )
}

/// *Assumed*: the message is not established.
pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> ApiError {
    ApiError::new(ErrorCode::InternalErrorException, "Something went wrong").caused_by(cause)
}

// ---- User pools ----

/// Captured: floci-io/floci#2853.
pub fn user_pool_not_found(id: &str) -> ApiError {
    not_found(format!("User pool {id} does not exist."))
}

/// Captured: floci fixtures (wire.md §1.5).
pub fn client_not_found(id: &str) -> ApiError {
    not_found(format!("User pool client {id} does not exist."))
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

// ---- App clients ----

/// *Assumed*: documented that one excludes the other.
pub fn two_client_secrets() -> ApiError {
    invalid_parameter("ClientSecret cannot be specified when GenerateSecret is true.")
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

/// *Assumed*.
pub fn client_provider_not_found(name: &str) -> ApiError {
    invalid_parameter(format!("The provider {name} does not exist for User Pool."))
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

// ---- Resource servers ----

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

// ---- Identity providers ----

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

/// *Assumed*.
pub fn duplicate_provider(name: &str) -> ApiError {
    ApiError::new(
        ErrorCode::DuplicateProviderException,
        format!("A provider {name} already exists in this user pool."),
    )
}

/// *Assumed*: a social provider has the name of its type (documented).
pub fn provider_name_is_its_type(provider_type: &str) -> ApiError {
    invalid_parameter(format!(
        "ProviderName must be {provider_type} for ProviderType {provider_type}."
    ))
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

// ---- Groups ----

/// *Assumed* (three emulators agree; facts/users.md §10).
pub fn group_exists() -> ApiError {
    ApiError::new(
        ErrorCode::GroupExistsException,
        "A group with the name already exists.",
    )
}

/// *Assumed* (three emulators agree; facts/users.md §10).
pub fn group_not_found() -> ApiError {
    not_found("Group not found.")
}

// ---- Users ----

/// Captured: floci fixtures.
pub fn user_not_found() -> ApiError {
    ApiError::new(ErrorCode::UserNotFoundException, "User does not exist.")
}

/// Captured: localstack/localstack#4465.
pub fn user_account_exists() -> ApiError {
    ApiError::new(
        ErrorCode::UsernameExistsException,
        "User account already exists",
    )
}

/// Captured: facts/users.md §6; `attribute` is `email` or `phone_number`.
pub fn username_attribute_taken(attribute: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UsernameExistsException,
        format!("An account with the given {attribute} already exists."),
    )
}

/// Captured: facts/users.md §3. Not a declared error of AdminCreateUser, but its documentation
/// says that it throws it.
pub fn alias_exists(attribute: &str) -> ApiError {
    ApiError::new(
        ErrorCode::AliasExistsException,
        format!("An account with the given {attribute} already exists."),
    )
}

/// Captured: sample-aws-genai-ops#2 (email); the other two *assumed* alike.
pub fn username_should_be(what: &str) -> ApiError {
    invalid_parameter(format!("Username should be {what}."))
}

/// Captured for email (facts/users.md §2); phone *assumed* alike.
pub fn username_looks_like_alias(format: &str, alias: &str) -> ApiError {
    invalid_parameter(format!(
        "Username cannot be of {format} format, since user pool is configured for {alias} alias."
    ))
}

/// Captured: facts/users.md §2.
pub fn invalid_email() -> ApiError {
    invalid_parameter("Invalid email address format.")
}

/// Captured: aws-amplify/amazon-cognito-identity-js#316.
pub fn invalid_phone_number() -> ApiError {
    invalid_parameter("Invalid phone number format.")
}

/// Captured: amplify-flutter#509 (newline after each).
pub fn attributes_not_in_schema(problems: &str) -> ApiError {
    invalid_parameter(format!(
        "Attributes did not conform to the schema: {problems}"
    ))
}

/// Captured: aws-amplify/amplify-js#3174.
pub fn attribute_value_is_null(name: &str) -> ApiError {
    invalid_parameter(format!("Attribute value for {name} must not be null"))
}

/// *Assumed* (facts/users.md §8).
pub fn sub_is_fixed() -> ApiError {
    invalid_parameter("Cannot modify the non-mutable attribute sub")
}

/// Captured for the reasons (facts/users.md §2); which operation says which prefix is *assumed*.
pub fn password_did_not_conform(reason: &str) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidPasswordException,
        format!("Password did not conform with policy: {reason}"),
    )
}

/// As above, for ConfirmForgotPassword, NEW_PASSWORD_REQUIRED and AdminSetUserPassword.
pub fn password_does_not_conform(reason: &str) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidPasswordException,
        format!("Password does not conform to policy: {reason}"),
    )
}

/// *Assumed*: the text is not established.
pub fn password_used_before() -> ApiError {
    ApiError::new(
        ErrorCode::PasswordHistoryPolicyViolationException,
        "Password has previously been used.",
    )
}

/// *Assumed* (three emulators agree; facts/users.md §6).
pub fn resend_not_possible(username: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UnsupportedUserStateException,
        format!("Resend not possible. {username} status is not FORCE_CHANGE_PASSWORD"),
    )
}

/// *Assumed*: documented that a requested medium needs its attribute.
pub fn medium_needs_attribute(attribute: &str) -> ApiError {
    invalid_parameter(format!(
        "User does not have the attribute {attribute} to deliver the invitation to."
    ))
}

/// *Assumed*: documented that a verified flag needs its attribute.
pub fn verified_needs_attribute(attribute: &str) -> ApiError {
    invalid_parameter(format!(
        "{attribute} is required to be specified as verified"
    ))
}

/// Captured: aws/aws-sdk-php#1088.
pub fn filter_syntax() -> ApiError {
    invalid_parameter("Error while parsing filter.")
}

/// *Assumed* (facts/users.md §9).
pub fn invalid_search_attribute(name: &str) -> ApiError {
    invalid_parameter(format!("Invalid search attribute: {name}"))
}

/// Captured: captured.md 104 (May 2026).
pub fn sub_cannot_be_requested() -> ApiError {
    invalid_parameter("Input fails to satisfy the constraints.")
}

/// *Assumed*: where users have no usernames, the name that is given is the attribute's value.
pub fn username_is_another_address(attribute: &str) -> ApiError {
    invalid_parameter(format!("Username should match the attribute {attribute}."))
}

/// Captured for the words (dart-2#89); each name on a line of its own.
pub fn required_attributes_missing(names: &[&str]) -> ApiError {
    let problems: String = names
        .iter()
        .map(|name| format!("{name}: The attribute is required\n"))
        .collect();
    attributes_not_in_schema(&problems)
}

/// *Assumed*: that a user without a password needs the address of a one-time code is captured
/// (facts/users.md §1), the text is not.
pub fn passwordless_user_needs_address() -> ApiError {
    invalid_parameter(
        "A user without a password needs an email address or phone number to sign in with.",
    )
}

/// Captured: floci fixtures.
pub fn code_mismatch() -> ApiError {
    ApiError::new(
        ErrorCode::CodeMismatchException,
        "Invalid verification code provided, please try again.",
    )
}

/// Captured: amplify-flutter#1128; also where no code is outstanding.
pub fn code_expired() -> ApiError {
    ApiError::new(
        ErrorCode::ExpiredCodeException,
        "Invalid code provided, please request a code again.",
    )
}

/// Captured: amplify-js#8013.
pub fn attempt_limit_exceeded() -> ApiError {
    ApiError::new(
        ErrorCode::LimitExceededException,
        "Attempt limit exceeded, please try after some time.",
    )
}

/// Captured: pmill#37 and seven others.
pub fn sign_up_not_permitted() -> ApiError {
    not_authorized("SignUp is not permitted for this user pool")
}

/// Captured: floci fixtures.
pub fn user_already_exists() -> ApiError {
    ApiError::new(ErrorCode::UsernameExistsException, "User already exists")
}

/// Captured: aws/aws-sdk-js#3603.
pub fn unauthorized_attribute() -> ApiError {
    not_authorized("A client attempted to write unauthorized attribute")
}

/// Captured: dart-2#80.
pub fn user_cannot_be_confirmed(status: &str) -> ApiError {
    not_authorized(format!(
        "User cannot be confirmed. Current status is {status}"
    ))
}

/// Captured: amplify-ui#219.
pub fn user_is_already_confirmed() -> ApiError {
    invalid_parameter("User is already confirmed.")
}

/// *Assumed* (facts/users.md §4).
pub fn auto_verification_off() -> ApiError {
    invalid_parameter("Cannot resend codes. Auto verification not turned on.")
}

/// Captured: floci fixtures.
pub fn username_client_combination_not_found() -> ApiError {
    ApiError::new(
        ErrorCode::UserNotFoundException,
        "Username/client id combination not found.",
    )
}

/// Captured: amazon-cognito-identity-js#678.
pub fn no_verified_address() -> ApiError {
    invalid_parameter(
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
    )
}

/// Captured: aws/aws-cdk#19036.
pub fn password_cannot_be_reset() -> ApiError {
    not_authorized("User password cannot be reset in the current state.")
}

/// *Assumed* (facts/users.md §5).
pub fn contact_administrator() -> ApiError {
    not_authorized("Contact administrator to reset password.")
}

/// Documented: confirming the second claimant of an alias.
pub fn alias_exists_at_confirmation(attribute: &str) -> ApiError {
    ApiError::new(
        ErrorCode::AliasExistsException,
        format!("An account with the {attribute} already exists."),
    )
}

/// Captured: facts/users.md §8; every one with a line of its own.
pub fn attributes_cannot_be_updated(problems: &str) -> ApiError {
    invalid_parameter(problems)
}

/// *Assumed*: the text is not established.
pub fn required_attribute_cannot_be_deleted(name: &str) -> ApiError {
    invalid_parameter(format!("Cannot delete the required attribute {name}."))
}

/// *Assumed*: only addresses are verified by a code.
pub fn attribute_is_not_verifiable(name: &str) -> ApiError {
    invalid_parameter(format!(
        "Invalid attribute {name}: only email and phone_number can be verified."
    ))
}

/// *Assumed* (facts/users.md §8).
pub fn no_registered_address(attribute: &str) -> ApiError {
    let what = if attribute == "email" {
        "email address"
    } else {
        "phone number"
    };
    invalid_parameter(format!("User does not have a valid registered {what}."))
}

/// Captured: amplify-js#166.
pub fn no_sms_configuration() -> ApiError {
    invalid_parameter("User pool does not have SMS configuration to send messages.")
}

/// *Assumed*: documented that this alias can be set after confirmation only.
pub fn preferred_username_at_sign_up() -> ApiError {
    invalid_parameter(
        "preferred_username can only be set after the user is confirmed, since it is an alias.",
    )
}

/// Captured for SignUp: facts/auth.md §2; operations with a member SecretHash say it so.
pub fn secret_not_received(client_id: &str) -> ApiError {
    not_authorized(format!(
        "Client {client_id} is configured for secret but secret was not received"
    ))
}

/// Captured: facts/users.md §9.
pub fn requested_attributes_do_not_exist() -> ApiError {
    invalid_parameter("One or more requested attributes do not exist.")
}

// ---- Signing in ----

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

// ---- Identity pools ----

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
