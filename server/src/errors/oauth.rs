//! Refusals of the domain's addresses: as OAuth says them, in JSON or on the way back to the app, and as a
//! page says them (facts/oauth.md §2–§7).

use cognito_model::ErrorCode;
use http::StatusCode;

use super::ApiError;

/// A refusal as OAuth tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    pub status: StatusCode,
    pub error: &'static str,
    pub description: Option<String>,
}

fn bad_request(error: &'static str) -> OAuthError {
    OAuthError {
        status: StatusCode::BAD_REQUEST,
        error,
        description: None,
    }
}

impl OAuthError {
    #[must_use]
    fn saying(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    #[must_use]
    fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

/// Captured: facts/captured.md 89.
pub fn invalid_request() -> OAuthError {
    bad_request("invalid_request")
}

/// Captured: facts/captured.md 89.
pub fn invalid_client() -> OAuthError {
    bad_request("invalid_client")
}

/// Captured: facts/oauth.md §4.
pub fn invalid_client_secret() -> OAuthError {
    bad_request("invalid_client").saying("invalid_client_secret")
}

/// Captured: facts/captured.md 89.
pub fn invalid_grant() -> OAuthError {
    bad_request("invalid_grant")
}

/// Captured: facts/oauth.md §4.
pub fn invalid_scope() -> OAuthError {
    bad_request("invalid_scope")
}

/// Captured: facts/captured.md 89.
pub fn unauthorized_client() -> OAuthError {
    bad_request("unauthorized_client")
}

/// The same on the way back to the app, where the code is the description of another (captured, against the
/// documentation: live redirects have `error_description=invalid_scope&state=…&error=invalid_request`).
pub fn invalid_scope_of_authorization() -> OAuthError {
    invalid_request().saying("invalid_scope")
}

/// A flow that the client does not allow, told as [`invalid_scope_of_authorization`] (captured, too).
pub fn unauthorized_client_of_authorization() -> OAuthError {
    invalid_request().saying("unauthorized_client")
}

/// Documented: facts/oauth.md §4.
pub fn invalid_redirect() -> OAuthError {
    bad_request("unauthorized_client").saying("invalid_redirect")
}

/// Captured: facts/captured.md 89.
pub fn unsupported_grant_type() -> OAuthError {
    bad_request("unsupported_grant_type")
}

/// Documented for the revocation endpoint: facts/oauth.md §6.
pub fn unsupported_token_type() -> OAuthError {
    bad_request("unsupported_token_type")
}

/// Documented for the revocation endpoint, which answers 401 where the token endpoint answers 400:
/// facts/oauth.md §6.
pub fn invalid_client_of_revocation() -> OAuthError {
    invalid_client().with_status(StatusCode::UNAUTHORIZED)
}

/// Documented: facts/oauth.md §2.
pub fn login_required() -> OAuthError {
    bad_request("login_required")
}

/// *Assumed* (RFC 8707 §2): a service that is none, or more than one.
pub fn invalid_target() -> OAuthError {
    bad_request("invalid_target")
}

/// *Assumed*.
pub fn provider_not_found(name: &str) -> OAuthError {
    bad_request("invalid_request").saying(format!(
        "The identity provider {name} does not exist for this app client."
    ))
}

/// What the sign-in engine refuses, at the token endpoint. A trigger's words are passed on (*assumed*);
/// the rest is one error without a description (captured: facts/captured.md 89).
pub fn refused_grant(error: &ApiError) -> OAuthError {
    match error.code() {
        ErrorCode::UnexpectedLambdaException
        | ErrorCode::UserLambdaValidationException
        | ErrorCode::InvalidLambdaResponseException => {
            invalid_grant().saying(error.message().unwrap_or_default())
        }
        _ if error.status().is_server_error() => {
            tracing::error!(cause = ?std::error::Error::source(error), "{error}");
            bad_request("server_error").with_status(StatusCode::INTERNAL_SERVER_ERROR)
        }
        _ => invalid_grant(),
    }
}

/// The same on the way back to the app: trigger errors are `invalid_request`, with their words (captured:
/// facts/oauth.md §2), what is unexpected is `server_error` (captured there, too).
pub fn refused_authorization(error: &ApiError) -> OAuthError {
    if error.status().is_server_error() {
        tracing::error!(cause = ?std::error::Error::source(error), "{error}");
        bad_request("server_error").saying("Exception processing authorization code")
    } else {
        bad_request("invalid_request").saying(error.message().unwrap_or_default())
    }
}

/// Documented: facts/oauth.md §5.
pub fn bad_user_info_request() -> OAuthError {
    bad_request("invalid_request").saying("Bad OAuth2 request at UserInfo Endpoint")
}

/// Documented: facts/oauth.md §5.
pub fn user_info_token_is_dead() -> OAuthError {
    bad_request("invalid_token")
        .saying(
            "Access token is expired, disabled, or deleted, or the user has globally signed out.",
        )
        .with_status(StatusCode::UNAUTHORIZED)
}

/// Captured, the status *assumed*: facts/oauth.md §5.
pub fn user_info_lacks_scope() -> OAuthError {
    bad_request("invalid_token")
        .saying("Access token does not contain openid scope")
        .with_status(StatusCode::UNAUTHORIZED)
}

/// *Assumed*: a pool that registers no clients, or none of those who come so.
pub fn registration_is_off() -> OAuthError {
    bad_request("access_denied")
        .saying("Dynamic client registration is not enabled for this user pool.")
        .with_status(StatusCode::FORBIDDEN)
}

/// *Assumed*, after RFC 6750 §3.1: a pool that is not open to anybody.
pub fn registration_needs_token() -> OAuthError {
    bad_request("invalid_token")
        .saying("An initial access token is required.")
        .with_status(StatusCode::UNAUTHORIZED)
}

/// *Assumed*, after RFC 6750 §3.1.
pub fn registration_token_is_dead() -> OAuthError {
    bad_request("invalid_token")
        .saying("The initial access token is not valid.")
        .with_status(StatusCode::UNAUTHORIZED)
}

/// *Assumed*, after RFC 6750 §3.1.
pub fn registration_lacks_scope() -> OAuthError {
    bad_request("insufficient_scope")
        .saying("The initial access token does not contain the aws.cognito/dcr/register scope.")
        .with_status(StatusCode::FORBIDDEN)
}

/// The code is RFC 7591's (§3.2.2), the words *assumed*.
pub fn invalid_client_metadata(text: impl Into<String>) -> OAuthError {
    bad_request("invalid_client_metadata").saying(text)
}

/// The code is RFC 7591's (§3.2.2), the words *assumed*.
pub fn invalid_redirect_uri(text: &str) -> OAuthError {
    bad_request("invalid_redirect_uri").saying(text)
}

/// What an app client may not be, told to an application (*assumed*).
pub fn refused_registration(error: &ApiError) -> OAuthError {
    if error.status().is_server_error() {
        return refused_grant(error);
    }
    invalid_client_metadata(error.message().unwrap_or_default())
}

// ---- What pages say ----

/// Captured: facts/oauth.md §2; the second is managed login's.
pub fn missing_query_parameter(name: &str, is_managed: bool) -> String {
    if is_managed {
        format!("Missing required parameter {name} in request URL")
    } else {
        format!("Required String parameter '{name}' is not present")
    }
}

/// Captured: facts/oauth.md §2.
pub const PAGE_ERROR: &str = "An error was encountered with the requested page.";

/// Captured, with 403 and "Login pages unavailable" before it: what stacks of the CDK say that they met in
/// 2026 on a domain of managed login whose client has no style.
pub const NO_PAGES: &str = "Please contact an administrator.";

/// *Assumed*: a form that does not come from the page that was shown to this browser.
pub const FORGED_FORM: &str = "Invalid CSRF token. Go back, reload the page, and try again.";

/// *Assumed* (documented: a sign-in has five minutes).
pub const TOOK_TOO_LONG: &str = "Something went wrong. Your sign-in took too long. Try again.";

/// *Assumed*: no user of the pool itself signs in through this client.
pub const NO_LOCAL_USERS: &str = "Login option is not available. Please try another one";

/// *Assumed*.
pub const PASSWORDS_DIFFER: &str = "The passwords do not match.";

/// Documented: AWS's article on invalid SAML responses. There is no app to tell.
pub const INVALID_SAML: &str = "Invalid samlResponse or relayState from identity provider";

// ---- What other identity providers lead to: told to the app ----

fn refused_by_provider(description: impl Into<String>) -> OAuthError {
    bad_request("invalid_request").saying(description)
}

/// The provider's own refusal, in its words (documented: facts/oauth.md §13.1). A word that is not OAuth's is
/// a part of the description (*assumed*).
pub fn provider_refused(error: &str, description: Option<&str>) -> OAuthError {
    const KNOWN: [&str; 12] = [
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "request_not_supported",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    ];
    match KNOWN.iter().find(|it| **it == error) {
        Some(known) => OAuthError {
            description: description.map(str::to_owned),
            ..bad_request(known)
        },
        None => {
            let words: Vec<_> = [Some(error), description].into_iter().flatten().collect();
            refused_by_provider(words.join(" "))
        }
    }
}

/// Documented: facts/oauth.md §2, and with what the provider says in the guide's example.
pub fn provider_gave_no_token(provider: &str, status: StatusCode, words: &str) -> OAuthError {
    let words = if words.is_empty() {
        "error getting token"
    } else {
        words
    };
    refused_by_provider(format!("{provider} Error - {} {words}", status.as_u16()))
}

/// Documented: facts/oauth.md §2.
pub fn token_endpoint_timed_out() -> OAuthError {
    refused_by_provider("Timeout occurred in calling IdP token endpoint")
}

/// *Assumed*: like the token endpoint's, which is documented.
pub fn user_info_endpoint_timed_out() -> OAuthError {
    refused_by_provider("Timeout occurred in calling IdP userInfo endpoint")
}

/// Documented: facts/oauth.md §2.
pub fn provider_keys_timed_out() -> OAuthError {
    refused_by_provider("Timeout in calling jwks uri")
}

/// *Assumed*; `what` is not to be reached, or does not answer as it has to.
pub fn provider_unreachable(what: &str) -> OAuthError {
    refused_by_provider(format!("Error in calling {what}"))
}

/// Captured: TimothyJones/github-cognito-openid-wrapper#100.
pub fn id_token_of_other_issuer(issuer: &str) -> OAuthError {
    refused_by_provider(format!("Bad id_token issuer {issuer}"))
}

/// *Assumed*: like that of another issuer, which is captured.
pub fn bad_id_token(what: &str) -> OAuthError {
    refused_by_provider(format!("Bad id_token {what}"))
}

/// *Assumed* (OpenID Connect Core §5.3.2): attributes of somebody else.
pub fn user_info_of_another() -> OAuthError {
    refused_by_provider("Bad userInfo sub")
}

/// Captured: aws-sdk-js-v3, issue 6201.
pub fn saml_refused(reason: &str) -> OAuthError {
    bad_request("server_error").saying(super::saml::invalid_response(reason))
}

/// *Assumed*: in the words of CreateIdentityProvider.
pub fn metadata_unreadable(address: &str) -> OAuthError {
    bad_request("server_error").saying(format!("Error retrieving metadata from {address}"))
}

/// What the core of federation refuses. Words of a function end in a space (captured: facts/oauth.md §2).
pub fn refused_federation(error: &ApiError) -> OAuthError {
    let mut refused = refused_authorization(error);
    if error.code() == ErrorCode::UserLambdaValidationException
        && let Some(description) = &mut refused.description
    {
        description.push(' ');
    }
    refused
}

/// *Assumed*: an answer of a provider that this browser has not asked for, or asked for too long ago, or that
/// was given already. Nothing says which app to tell.
pub const INVALID_STATE: &str = "Invalid state";

// ---- What the page of a provider that is built in says ----

pub const NOBODY_OF_PROVIDER: &str = "Say who signs in: by a subject, or an email address.";

pub const CLAIMS_ARE_NO_OBJECT: &str = "More claims are a JSON object.";
