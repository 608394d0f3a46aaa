//! Refusals about groups and users.

use cognito_model::ErrorCode;

use super::{ApiError, invalid_parameter, not_authorized, not_found};

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

/// *Assumed*: the text is not established.
pub fn auth_event_not_found() -> ApiError {
    not_found("Auth event does not exist.")
}

/// *Assumed*: the text is not established.
pub fn invalid_feedback_token() -> ApiError {
    not_authorized("Invalid feedback token.")
}
