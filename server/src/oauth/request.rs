//! What an app asks the domain for: the query of authorize, which the login pages carry on. Its checks in
//! AWS's order, and whom a refusal is told: the browser, until client and redirect address are known to
//! belong together, then the app (facts/oauth.md §2).

use std::sync::Arc;

use cognito_model::idp::{OAuthFlowType, UserPoolTierType};

use super::Call;
use super::parameters::Parameters;
use crate::errors::oauth::{self, OAuthError};
use crate::keys::OAuthGrant;
use crate::store::{Pool, PoolState};
use crate::user_pools::{Client, is_redirect_uri, is_standard_scope};

pub(super) struct AuthorizationRequest<'a> {
    pub(super) pool: Arc<Pool>,
    pub(super) client_id: &'a str,
    pub(super) redirect_uri: String,
    pub(super) is_implicit: bool,
    pub(super) state: Option<&'a str>,
    pub(super) grant: OAuthGrant,
    pub(super) nonce: Option<&'a str>,
    pub(super) code_challenge: Option<&'a str>,
    pub(super) prompt: Prompt,
    pub(super) login_hint: Option<&'a str>,
    pub(super) max_age: Option<i64>,
    pub(super) acr_values: Option<&'a str>,
    /// Whether users of the pool itself sign in through the client.
    pub(super) has_local_users: bool,
}

/// The client that sends a browser here, and where in its app answers go.
pub(super) struct Asker<'a> {
    pub(super) pool: Arc<Pool>,
    pub(super) client_id: &'a str,
    pub(super) redirect_uri: String,
}

impl<'a> Asker<'a> {
    pub(super) fn check(call: &Call<'_>, parameters: &'a Parameters) -> Result<Self, Refusal> {
        let client_id = parameters
            .get("client_id")
            .ok_or_else(|| call.missing_parameter("client_id", None))?;
        let error_page = |error| Refusal::ErrorPage(error, client_id.to_owned());
        let pool = call.place.pool_of_client(&call.cx, client_id);
        let pool = pool.ok_or_else(|| error_page("invalid_request"))?;
        call.note_pool(&pool);
        let redirect_uri = pool.read(|state| {
            let client = state.client(client_id);
            let client = client.map_err(|_| error_page("invalid_request"))?;
            if !client.is_oauth_client() {
                return Err(error_page("unauthorized_client"));
            }
            let uri = match parameters.get("redirect_uri") {
                Some(uri) if client.has_callback_url(uri) => uri,
                Some(_) => return Err(error_page("redirect_mismatch")),
                None => client
                    .only_redirect_uri()
                    .ok_or_else(|| call.missing_parameter("redirect_uri", Some(state)))?,
            };
            Ok(uri.to_owned())
        })?;
        Ok(Self {
            pool,
            client_id,
            redirect_uri,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    /// Where it has to be.
    Default,
    None,
    Again,
}

/// A request that goes no further, and who is told.
pub(super) enum Refusal {
    /// The browser, by a page in the place of the answer.
    Page(String),
    /// The browser, which is sent to the page for errors.
    ErrorPage(&'static str, String),
    /// The browser: the form does not come from a page that it was shown.
    Forged,
    /// The browser: managed login has no pages for this client.
    NoPages,
    /// The app.
    App(Box<Destination>, OAuthError),
}

/// Where in an app answers go.
pub(super) struct Destination {
    pub(super) redirect_uri: String,
    pub(super) in_fragment: bool,
    pub(super) state: Option<String>,
}

const LONGEST_RESOURCE: usize = 256;

/// The longest `nonce` that is kept for a code (of this server).
const LONGEST_NONCE: usize = 2048;

impl<'a> AuthorizationRequest<'a> {
    pub(super) fn check(call: &Call<'_>, parameters: &'a Parameters) -> Result<Self, Refusal> {
        let Asker {
            pool,
            client_id,
            redirect_uri,
        } = Asker::check(call, parameters)?;
        let error_page = |error| Refusal::ErrorPage(error, client_id.to_owned());
        pool.read(|state| {
            let client = state.client(client_id);
            let client = client.map_err(|_| error_page("invalid_request"))?;
            let response_type = parameters.get("response_type");
            if response_type.is_some_and(is_combined) {
                return Err(error_page("invalid_request"));
            }
            Self::check_for_app(parameters, &pool, (client, client_id), state, &redirect_uri)
                .map_err(|error| {
                    let destination = Destination {
                        redirect_uri: redirect_uri.clone(),
                        in_fragment: response_type == Some("token"),
                        state: parameters.get("state").map(str::to_owned),
                    };
                    Refusal::App(Box::new(destination), error)
                })
        })
    }

    fn check_for_app(
        parameters: &'a Parameters,
        pool: &Arc<Pool>,
        (client, client_id): (&Client, &'a str),
        state: &PoolState,
        redirect_uri: &str,
    ) -> Result<Self, OAuthError> {
        let (is_implicit, flow) = match parameters.get("response_type") {
            Some("code") => (false, OAuthFlowType::Code),
            Some("token") => (true, OAuthFlowType::Implicit),
            _ => return Err(oauth::invalid_request()),
        };
        if !client.allows_oauth_flow(flow) {
            return Err(oauth::unauthorized_client_of_authorization());
        }
        let code_challenge = parameters.get("code_challenge");
        match (code_challenge, parameters.get("code_challenge_method")) {
            (None, None) => {}
            (Some(challenge), Some("S256")) if is_digest(challenge) => {}
            _ => return Err(oauth::invalid_request()),
        }
        let nonce = parameters.get("nonce");
        if nonce.is_some_and(|it| it.len() > LONGEST_NONCE) {
            return Err(oauth::invalid_request());
        }
        // Documented: there are levels and ages in the other tiers only, and nobody is told.
        let tier = state.settings().description.user_pool_tier;
        let steps_up = tier != Some(UserPoolTierType::Lite);
        let max_age = match parameters.get("max_age").filter(|_| steps_up) {
            None => None,
            Some(text) => match text.parse() {
                Ok(seconds) if seconds >= 0 => Some(seconds),
                _ => return Err(oauth::invalid_request()),
            },
        };
        Ok(Self {
            pool: pool.clone(),
            client_id,
            redirect_uri: redirect_uri.to_owned(),
            is_implicit,
            state: parameters.get("state"),
            grant: OAuthGrant {
                scope: scopes(parameters.get("scope"), client, state)?,
                resource: resource(parameters)?,
            },
            nonce,
            code_challenge,
            prompt: prompt(parameters.get("prompt"))?,
            login_hint: parameters.get("login_hint"),
            max_age,
            acr_values: parameters.get("acr_values").filter(|_| steps_up),
            has_local_users: client.has_local_users(),
        })
    }

    pub(super) fn destination(&self) -> Destination {
        Destination {
            redirect_uri: self.redirect_uri.clone(),
            in_fragment: self.is_implicit,
            state: self.state.map(str::to_owned),
        }
    }
}

/// What OpenID Connect combines and Cognito does not: told by a page (captured: facts/oauth.md §2).
fn is_combined(response_type: &str) -> bool {
    let mut parts = response_type.split(' ');
    response_type.contains(' ') && parts.all(|it| matches!(it, "code" | "token" | "id_token"))
}

/// A SHA-256 digest in base 64 for URLs.
fn is_digest(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    text.len() == 43 && text.bytes().all(is_letter)
}

/// All that the client may have, or what is asked for, if the client may have each of it. Those of
/// OpenID Connect come with `openid` only (documented).
fn scopes(asked: Option<&str>, client: &Client, state: &PoolState) -> Result<String, OAuthError> {
    let allowed = client.allowed_scopes();
    let Some(asked) = asked else {
        let usable = allowed.iter().filter(|it| is_scope(state, it));
        return Ok(usable.map(String::as_str).collect::<Vec<_>>().join(" "));
    };
    let mut scopes: Vec<&str> = Vec::new();
    for scope in asked.split_ascii_whitespace() {
        if !is_scope(state, scope) || !allowed.iter().any(|it| it == scope) {
            return Err(oauth::invalid_scope_of_authorization());
        }
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    let needs_openid = |scope: &&str| matches!(*scope, "email" | "phone" | "profile");
    if scopes.is_empty() || scopes.iter().any(needs_openid) && !scopes.contains(&"openid") {
        return Err(oauth::invalid_scope_of_authorization());
    }
    Ok(scopes.join(" "))
}

/// One that a deleted resource server had is none any more (documented).
pub(super) fn is_scope(state: &PoolState, scope: &str) -> bool {
    let mut servers = state.resource_servers().iter();
    is_standard_scope(scope) || servers.any(|server| server.has_scope(scope))
}

/// Exactly one, and an address; it need not be that of a resource server of the pool (documented).
fn resource(parameters: &Parameters) -> Result<Option<String>, OAuthError> {
    let mut resources = parameters.all("resource");
    match (resources.next(), resources.next()) {
        (None, _) => Ok(None),
        (Some(resource), None) if is_resource(resource) => Ok(Some(resource.to_owned())),
        _ => Err(oauth::invalid_target()),
    }
}

/// Documented: it begins with `https://`, `http://localhost` or the scheme of an app. *Assumed*: one that is longer than
/// the identifier of a resource server may be is none.
fn is_resource(text: &str) -> bool {
    text.len() <= LONGEST_RESOURCE && text.contains("://") && is_redirect_uri(text)
}

/// `none` stands alone; `consent` changes nothing for users of the pool (documented).
fn prompt(text: Option<&str>) -> Result<Prompt, OAuthError> {
    let Some(text) = text else {
        return Ok(Prompt::Default);
    };
    let mut prompt = Prompt::Default;
    for word in text.split_ascii_whitespace() {
        match word {
            "none" if text.trim() == "none" => prompt = Prompt::None,
            "login" | "select_account" => prompt = Prompt::Again,
            "consent" => {}
            _ => return Err(oauth::invalid_request()),
        }
    }
    Ok(prompt)
}
