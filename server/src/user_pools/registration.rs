//! Dynamic registration: what a pool's DcrConfiguration lets applications make themselves, and which app
//! client an application's metadata (RFC 7591 §2) asks for. What is not known of it is left out of the
//! answer, as the RFC has it.

use cognito_model::idp::{
    CreateUserPoolClientRequest, DcrConfigurationType, OAuthFlowType, StatusType,
};
use serde::Deserialize;

use super::UserPool;
use super::client_checks::is_redirect_uri;
use crate::errors::oauth::{self, OAuthError};

/// What the access token of an authenticated registration has (documented). No resource server has it, and
/// no registered client may (documented).
pub const REGISTRATION_SCOPE: &str = "aws.cognito/dcr/register";

/// What every registered client may ask for (documented).
const OPEN_ID_SCOPES: [&str; 4] = ["openid", "email", "phone", "profile"];

/// How an application comes to be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registrant {
    /// Without a token.
    Anyone,
    /// With a token that has the scope.
    Authenticated,
}

/// What an application says of itself.
#[derive(Debug, Deserialize)]
pub struct ClientMetadata {
    redirect_uris: Option<Vec<String>>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    client_name: Option<String>,
    scope: Option<String>,
}

/// The app client that it asks for, and what the answer says that the client's settings do not.
#[derive(Debug)]
pub struct Registration {
    pub request: CreateUserPoolClientRequest,
    pub grant_types: Vec<String>,
    pub response_types: Vec<String>,
    pub auth_method: String,
}

/// What a pool registers. A configuration that does not say whether it counts does (documented).
fn configuration(pool: &UserPool) -> Option<&DcrConfigurationType> {
    let configuration = pool.description.dcr_configuration.as_ref();
    configuration.filter(|it| is_on(it))
}

pub(super) fn is_on(configuration: &DcrConfigurationType) -> bool {
    configuration.enable_status != Some(StatusType::Disabled)
}

impl UserPool {
    pub fn registers_clients(&self) -> bool {
        configuration(self).is_some()
    }

    /// The grants for applications that come so; the defaults are documented, and no grant is no
    /// registration.
    pub fn registered_grants(
        &self,
        registrant: Registrant,
    ) -> Result<Vec<OAuthFlowType>, OAuthError> {
        use OAuthFlowType::{ClientCredentials, Code};
        let configuration = configuration(self).ok_or_else(oauth::registration_is_off)?;
        let mut grants = match registrant {
            Registrant::Anyone if configuration.open_dcr_enabled != Some(true) => Vec::new(),
            Registrant::Anyone => match &configuration.open_dcr_grant_types {
                Some(grants) => grants.clone(),
                None => vec![Code],
            },
            Registrant::Authenticated => match &configuration.authenticated_grant_types {
                Some(grants) => grants.clone(),
                None => vec![Code, ClientCredentials],
            },
        };
        // Accepted in the list and ignored (documented).
        grants.retain(|it| *it != OAuthFlowType::Implicit);
        match registrant {
            _ if !grants.is_empty() => Ok(grants),
            Registrant::Anyone => Err(oauth::registration_needs_token()),
            Registrant::Authenticated => Err(oauth::registration_is_off()),
        }
    }

    fn registered_scopes(&self) -> &[String] {
        let scopes = configuration(self).and_then(|it| it.allowed_scopes.as_deref());
        scopes.unwrap_or_default()
    }
}

impl ClientMetadata {
    /// The client that `id` is for. Defaults are the RFC's; those of name, scopes and identity providers are
    /// *assumed*.
    pub fn registration(
        self,
        pool: &UserPool,
        registrant: Registrant,
        id: &str,
    ) -> Result<Registration, OAuthError> {
        let allowed = pool.registered_grants(registrant)?;
        let grant_types = self
            .grant_types
            .unwrap_or_else(|| vec!["authorization_code".to_owned()]);
        let flows = flows(&grant_types, &allowed)?;
        let by_code = flows.contains(&OAuthFlowType::Code);
        let response_types = self
            .response_types
            .unwrap_or_else(|| by_code.then(|| "code".to_owned()).into_iter().collect());
        if response_types.iter().any(|it| it != "code") || by_code == response_types.is_empty() {
            return Err(oauth::invalid_client_metadata(
                "response_types does not fit grant_types",
            ));
        }
        let auth_method = self
            .token_endpoint_auth_method
            .unwrap_or_else(|| "client_secret_basic".to_owned());
        let has_secret = match auth_method.as_str() {
            "client_secret_basic" | "client_secret_post" => true,
            "none" => false,
            _ => {
                return Err(oauth::invalid_client_metadata(
                    "token_endpoint_auth_method is not supported",
                ));
            }
        };
        let redirect_uris = self.redirect_uris.unwrap_or_default();
        if redirect_uris.is_empty() == by_code {
            return Err(oauth::invalid_redirect_uri(
                "redirect_uris does not fit grant_types",
            ));
        }
        if !redirect_uris.iter().all(|it| is_redirect_uri(it)) {
            return Err(oauth::invalid_redirect_uri("redirect_uris is not valid"));
        }
        let scopes = scopes(self.scope.as_deref(), by_code, pool.registered_scopes())?;
        let request = CreateUserPoolClientRequest {
            user_pool_id: pool.id().to_owned(),
            client_name: self.client_name.unwrap_or_else(|| id.to_owned()),
            generate_secret: Some(has_secret),
            callback_urls: (!redirect_uris.is_empty()).then_some(redirect_uris),
            allowed_oauth_flows: Some(flows),
            allowed_oauth_scopes: Some(scopes),
            allowed_oauth_flows_user_pool_client: Some(true),
            supported_identity_providers: by_code.then(|| vec!["COGNITO".to_owned()]),
            ..Default::default()
        };
        Ok(Registration {
            request,
            grant_types,
            response_types,
            auth_method,
        })
    }
}

/// What grants are called here. Refresh tokens come with the code grant.
fn flows(
    grant_types: &[String],
    allowed: &[OAuthFlowType],
) -> Result<Vec<OAuthFlowType>, OAuthError> {
    let mut flows = Vec::new();
    for name in grant_types {
        let flow = match name.as_str() {
            "authorization_code" => OAuthFlowType::Code,
            "client_credentials" => OAuthFlowType::ClientCredentials,
            "refresh_token" if grant_types.iter().any(|it| it == "authorization_code") => continue,
            _ => {
                return Err(oauth::invalid_client_metadata(
                    "grant_types is not supported",
                ));
            }
        };
        if !allowed.contains(&flow) {
            return Err(oauth::invalid_client_metadata(
                "grant_types is not allowed by the user pool",
            ));
        }
        if !flows.contains(&flow) {
            flows.push(flow);
        }
    }
    match flows.len() {
        1 => Ok(flows),
        0 => Err(oauth::invalid_client_metadata(
            "grant_types is not supported",
        )),
        // A client acts for itself or for users (documented of CreateUserPoolClient).
        _ => Err(oauth::invalid_client_metadata(
            "client_credentials can not be combined with other grant_types",
        )),
    }
}

fn scopes(
    asked: Option<&str>,
    by_code: bool,
    allowed: &[String],
) -> Result<Vec<String>, OAuthError> {
    let is_allowed = |scope: &str| {
        scope != REGISTRATION_SCOPE
            && (OPEN_ID_SCOPES.contains(&scope) || allowed.iter().any(|it| it == scope))
    };
    let scopes: Vec<String> = match asked {
        Some(asked) => asked.split_ascii_whitespace().map(str::to_owned).collect(),
        None if by_code => OPEN_ID_SCOPES.map(str::to_owned).into(),
        None => {
            let is_custom = |it: &&String| !super::is_standard_scope(it);
            allowed.iter().filter(is_custom).cloned().collect()
        }
    };
    if scopes.is_empty() || !scopes.iter().all(|it| is_allowed(it)) {
        return Err(oauth::invalid_client_metadata(
            "scope is not allowed by the user pool",
        ));
    }
    Ok(scopes)
}
