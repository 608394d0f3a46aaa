//! An app client: its settings with AWS's defaults, what it may do, and the checks of what is asked
//! for (facts/wire.md §3).

use cognito_model::Timestamp;
use cognito_model::idp::{
    ClientTypeType, CreateUserPoolClientRequest, ExplicitAuthFlowsType, FeatureType, OAuthFlowType,
    PreventUserExistenceErrorTypes, TimeUnitsType, TokenValidityUnitsType,
    UpdateUserPoolClientRequest, UserPoolClientDescription, UserPoolClientType,
};
use serde::{Deserialize, Serialize};

use super::client_checks::{Surroundings, check_validity, is_read_only};
use super::{REGISTRATION_SCOPE, Schema};
use crate::aws_time;
use crate::errors::{self, Result};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// What DescribeUserPoolClient returns, the secret aside.
    pub description: UserPoolClientType,
    pub secrets: Vec<ClientSecret>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// `<client id>--<epoch seconds of its creation>`.
    pub id: String,
    pub value: String,
    pub created: Timestamp,
}

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientSecret")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A way to sign in that a client may or may not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthFlow {
    UserPassword,
    AdminUserPassword,
    UserSrp,
    Custom,
    User,
    Refresh,
}

/// How long a client's tokens live, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    pub access: i64,
    pub id: i64,
    pub refresh: i64,
}

impl Client {
    /// In one pool (facts/wire.md §4).
    pub const MOST: usize = 1000;

    /// A new client; `secret` is the one to use where the request wants one made.
    pub fn create(
        request: CreateUserPoolClientRequest,
        id: String,
        secret: impl FnOnce() -> String,
        surroundings: &Surroundings<'_>,
        now: Timestamp,
    ) -> Result<Self> {
        let value = match (request.generate_secret, request.client_secret.clone()) {
            (Some(true), Some(_)) => return Err(errors::two_client_secrets()),
            (Some(true), None) => Some(secret()),
            (_, given) => given,
        };
        surroundings.check(&request, value.is_some(), "creating")?;
        let seconds = now.as_millis().div_euclid(1000);
        let with_id = |value| ClientSecret {
            id: format!("{id}--{seconds}"),
            value,
            created: now,
        };
        let secrets = value.map(with_id).into_iter().collect();
        let description = describe(request, id, (now, now));
        let client = Self {
            description,
            secrets,
        };
        check_validity(client.validity())?;
        Ok(client)
    }

    /// The client with new settings: what the request leaves out returns to its default, but for the
    /// name (facts/wire.md §3).
    pub fn update(
        &self,
        request: UpdateUserPoolClientRequest,
        surroundings: &Surroundings<'_>,
        now: Timestamp,
    ) -> Result<Self> {
        let request = CreateUserPoolClientRequest {
            user_pool_id: request.user_pool_id,
            client_name: request
                .client_name
                .unwrap_or_else(|| self.name().to_owned()),
            generate_secret: None,
            client_secret: None,
            refresh_token_validity: request.refresh_token_validity,
            access_token_validity: request.access_token_validity,
            id_token_validity: request.id_token_validity,
            token_validity_units: request.token_validity_units,
            read_attributes: request.read_attributes,
            write_attributes: request.write_attributes,
            explicit_auth_flows: request.explicit_auth_flows,
            supported_identity_providers: request.supported_identity_providers,
            callback_urls: request.callback_urls,
            logout_urls: request.logout_urls,
            default_redirect_uri: request.default_redirect_uri,
            allowed_oauth_flows: request.allowed_oauth_flows,
            allowed_oauth_scopes: request.allowed_oauth_scopes,
            allowed_oauth_flows_user_pool_client: request.allowed_oauth_flows_user_pool_client,
            analytics_configuration: request.analytics_configuration,
            prevent_user_existence_errors: request.prevent_user_existence_errors,
            enable_token_revocation: request.enable_token_revocation,
            enable_propagate_additional_user_context_data: request
                .enable_propagate_additional_user_context_data,
            auth_session_validity: request.auth_session_validity,
            refresh_token_rotation: request.refresh_token_rotation,
        };
        surroundings.check(&request, !self.secrets.is_empty(), "updating")?;
        let mut scopes = request.allowed_oauth_scopes.iter().flatten();
        if self.is_registered() && scopes.any(|it| it == REGISTRATION_SCOPE) {
            return Err(errors::scope_not_for_registered_client(REGISTRATION_SCOPE));
        }
        let created = self.description.creation_date.unwrap_or(now);
        let description = UserPoolClientType {
            client_type: self.description.client_type,
            ..describe(request, self.id().to_owned(), (created, now))
        };
        let client = Self {
            description,
            secrets: self.secrets.clone(),
        };
        check_validity(client.validity())?;
        Ok(client)
    }

    /// The client with one more secret: the given one, or one that is made.
    pub fn with_secret(
        &self,
        given: Option<String>,
        made: impl FnOnce() -> String,
        now: Timestamp,
    ) -> Result<(Self, ClientSecret)> {
        const MOST_SECRETS: usize = 2;
        if self.is_registered() {
            return Err(errors::secrets_of_registered_client());
        }
        match self.secrets.len() {
            0 => return Err(errors::client_has_no_secret()),
            MOST_SECRETS.. => return Err(errors::too_many_client_secrets()),
            _ => {}
        }
        let mut seconds = now.as_millis().div_euclid(1000);
        // Two of one second still have ids of their own.
        while self
            .secrets
            .iter()
            .any(|it| it.id == format!("{}--{seconds}", self.id()))
        {
            seconds += 1;
        }
        let id = format!("{}--{seconds}", self.id());
        let secret = ClientSecret {
            id,
            value: given.unwrap_or_else(made),
            created: now,
        };
        let mut client = self.clone();
        client.secrets.push(secret.clone());
        Ok((client, secret))
    }

    pub fn without_secret(&self, id: &str) -> Result<Self> {
        if self.is_registered() {
            return Err(errors::secrets_of_registered_client());
        }
        let mut client = self.clone();
        client.secrets.retain(|secret| secret.id != id);
        match (client.secrets.len(), self.secrets.len()) {
            (left, before) if left == before => Err(errors::client_secret_not_found(id)),
            (0, _) => Err(errors::last_client_secret()),
            _ => Ok(client),
        }
    }

    pub fn id(&self) -> &str {
        self.description.client_id.as_deref().unwrap_or_default()
    }

    pub fn name(&self) -> &str {
        self.description.client_name.as_deref().unwrap_or_default()
    }

    /// Whether an application made it itself.
    fn is_registered(&self) -> bool {
        self.description.client_type == Some(ClientTypeType::Dcr)
    }

    /// Whether a text can be the id of a client.
    pub fn is_id(id: &str) -> bool {
        (1..=128).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_+".contains(&byte))
    }

    /// As ListUserPoolClients describes it.
    pub fn summary(&self) -> UserPoolClientDescription {
        UserPoolClientDescription {
            client_id: self.description.client_id.clone(),
            user_pool_id: self.description.user_pool_id.clone(),
            client_name: self.description.client_name.clone(),
        }
    }

    /// As AWS describes it: with the secret, if it has one.
    pub fn describe(&self) -> UserPoolClientType {
        UserPoolClientType {
            client_secret: self.secrets.first().map(|secret| secret.value.clone()),
            ..self.description.clone()
        }
    }

    /// Whether ExplicitAuthFlows allows a flow. Without a list it is refresh, SRP and custom; the
    /// legacy names leave SRP and refresh on.
    pub fn allows(&self, flow: AuthFlow) -> bool {
        use ExplicitAuthFlowsType as Flow;
        let flows = self
            .description
            .explicit_auth_flows
            .as_deref()
            .unwrap_or_default();
        let listed = |names: &[Flow]| names.iter().any(|name| flows.contains(name));
        if flows.is_empty() {
            return matches!(
                flow,
                AuthFlow::UserSrp | AuthFlow::Custom | AuthFlow::Refresh
            );
        }
        let is_legacy = listed(&[
            Flow::AdminNoSrpAuth,
            Flow::CustomAuthFlowOnly,
            Flow::UserPasswordAuth,
        ]);
        match flow {
            AuthFlow::UserPassword => {
                listed(&[Flow::AllowUserPasswordAuth, Flow::UserPasswordAuth])
            }
            AuthFlow::AdminUserPassword => {
                listed(&[Flow::AllowAdminUserPasswordAuth, Flow::AdminNoSrpAuth])
            }
            AuthFlow::Custom => listed(&[Flow::AllowCustomAuth, Flow::CustomAuthFlowOnly]),
            AuthFlow::User => listed(&[Flow::AllowUserAuth]),
            AuthFlow::UserSrp => {
                listed(&[Flow::AllowUserSrpAuth])
                    || is_legacy && !listed(&[Flow::CustomAuthFlowOnly])
            }
            AuthFlow::Refresh => listed(&[Flow::AllowRefreshTokenAuth]) || is_legacy,
        }
    }

    pub fn allows_oauth_flow(&self, flow: OAuthFlowType) -> bool {
        let flows = self.description.allowed_oauth_flows.as_deref();
        flows.is_some_and(|flows| flows.contains(&flow))
    }

    /// Whether it may use the domain at all.
    pub fn is_oauth_client(&self) -> bool {
        self.description.allowed_oauth_flows_user_pool_client == Some(true)
            && self
                .description
                .allowed_oauth_flows
                .as_ref()
                .is_some_and(|it| !it.is_empty())
    }

    /// To the letter.
    pub fn has_callback_url(&self, uri: &str) -> bool {
        let urls = self.description.callback_urls.iter().flatten();
        urls.into_iter().any(|it| it == uri)
    }

    /// To the letter.
    pub fn has_logout_url(&self, uri: &str) -> bool {
        let urls = self.description.logout_urls.iter().flatten();
        urls.into_iter().any(|it| it == uri)
    }

    /// `DefaultRedirectURI`, which counts where there is one identity provider (documented).
    pub fn only_redirect_uri(&self) -> Option<&str> {
        let providers = self.description.supported_identity_providers.as_deref();
        let uri = self.description.default_redirect_uri.as_deref();
        uri.filter(|_| providers.is_none_or(|it| it.len() <= 1))
    }

    /// Whether users sign in through it by a provider; without a list by the pool alone.
    pub fn supports_provider(&self, name: &str) -> bool {
        match self.description.supported_identity_providers.as_deref() {
            None | Some([]) => name == "COGNITO",
            Some(listed) => listed.iter().any(|it| it == name),
        }
    }

    pub fn has_local_users(&self) -> bool {
        self.supports_provider("COGNITO")
    }

    /// `AllowedOAuthScopes`.
    pub fn allowed_scopes(&self) -> &[String] {
        self.description
            .allowed_oauth_scopes
            .as_deref()
            .unwrap_or_default()
    }

    pub fn hides_user_existence(&self) -> bool {
        self.description.prevent_user_existence_errors
            == Some(PreventUserExistenceErrorTypes::Enabled)
    }

    /// Whether callers may say where its users are.
    pub fn propagates_additional_user_context_data(&self) -> bool {
        self.description
            .enable_propagate_additional_user_context_data
            == Some(true)
    }

    pub fn revokes_tokens(&self) -> bool {
        self.description.enable_token_revocation != Some(false)
    }

    pub fn rotates_refresh_tokens(&self) -> bool {
        self.rotation_grace_seconds().is_some()
    }

    /// How long a rotated refresh token stays good; `None` where none is rotated.
    pub fn rotation_grace_seconds(&self) -> Option<i64> {
        let rotation = self.description.refresh_token_rotation.as_ref()?;
        let is_on = rotation.feature == FeatureType::Enabled;
        is_on.then(|| i64::from(rotation.retry_grace_period_seconds.unwrap_or(0)))
    }

    /// How long a `Session` of a challenge lives, in seconds.
    pub fn session_seconds(&self) -> i64 {
        i64::from(self.description.auth_session_validity.unwrap_or(3)) * 60
    }

    /// Whether the client may read an attribute: those it lists, else every standard one and
    /// `identities`.
    pub fn may_read(&self, attribute: &str) -> bool {
        attribute == "sub"
            || match &self.description.read_attributes {
                Some(listed) => listed.iter().any(|name| name == attribute),
                None => Schema::is_standard(attribute) || attribute == "identities",
            }
    }

    /// Whether the client may write an attribute: those it lists, else every standard one. Whether an
    /// address is verified is never for a client to say.
    pub fn may_write(&self, attribute: &str) -> bool {
        match &self.description.write_attributes {
            Some(listed) => listed.iter().any(|name| name == attribute),
            None => Schema::is_standard(attribute) && !is_read_only(attribute),
        }
    }

    pub fn validity(&self) -> Validity {
        let units = self
            .description
            .token_validity_units
            .clone()
            .unwrap_or_default();
        let TokenValidityUnitsType {
            access_token,
            id_token,
            refresh_token,
        } = units;
        let of = |amount: Option<i32>,
                  unit: Option<TimeUnitsType>,
                  default: (i32, TimeUnitsType)| match amount {
            Some(amount) => seconds(amount, unit.unwrap_or(default.1)),
            None => seconds(default.0, default.1),
        };
        Validity {
            access: of(
                self.description.access_token_validity,
                access_token,
                (1, TimeUnitsType::Hours),
            ),
            id: of(
                self.description.id_token_validity,
                id_token,
                (1, TimeUnitsType::Hours),
            ),
            refresh: of(
                self.description.refresh_token_validity,
                refresh_token,
                (30, TimeUnitsType::Days),
            ),
        }
    }
}

/// What a client is described as, its secret aside; the dates are of its creation and its last change.
fn describe(
    request: CreateUserPoolClientRequest,
    id: String,
    (created, modified): (Timestamp, Timestamp),
) -> UserPoolClientType {
    let mut units = request.token_validity_units.unwrap_or_default();
    let refresh_token_validity = request.refresh_token_validity.filter(|it| *it != 0);
    // The default is 30 days, whatever the unit of a validity that is not given.
    if refresh_token_validity.is_none() && units.refresh_token.is_some() {
        units.refresh_token = Some(TimeUnitsType::Days);
    }
    UserPoolClientType {
        user_pool_id: Some(request.user_pool_id),
        client_name: Some(request.client_name),
        client_id: Some(id),
        client_secret: None,
        last_modified_date: Some(modified),
        creation_date: Some(created),
        refresh_token_validity: Some(refresh_token_validity.unwrap_or(30)),
        access_token_validity: request.access_token_validity,
        id_token_validity: request.id_token_validity,
        token_validity_units: Some(units),
        read_attributes: request.read_attributes,
        write_attributes: request.write_attributes,
        explicit_auth_flows: request.explicit_auth_flows,
        supported_identity_providers: request.supported_identity_providers,
        callback_urls: request.callback_urls,
        logout_urls: request.logout_urls,
        default_redirect_uri: request.default_redirect_uri,
        allowed_oauth_flows: request.allowed_oauth_flows,
        allowed_oauth_scopes: request.allowed_oauth_scopes,
        allowed_oauth_flows_user_pool_client: Some(
            request
                .allowed_oauth_flows_user_pool_client
                .unwrap_or(false),
        ),
        analytics_configuration: request.analytics_configuration,
        prevent_user_existence_errors: request.prevent_user_existence_errors,
        enable_token_revocation: Some(request.enable_token_revocation.unwrap_or(true)),
        enable_propagate_additional_user_context_data: Some(
            request
                .enable_propagate_additional_user_context_data
                .unwrap_or(false),
        ),
        auth_session_validity: Some(request.auth_session_validity.unwrap_or(3)),
        refresh_token_rotation: request.refresh_token_rotation,
        client_type: Some(ClientTypeType::Regular),
    }
}

fn seconds(amount: i32, unit: TimeUnitsType) -> i64 {
    i64::from(amount)
        * match unit {
            TimeUnitsType::Seconds => 1,
            TimeUnitsType::Minutes => aws_time::MINUTE,
            TimeUnitsType::Hours => aws_time::HOUR,
            TimeUnitsType::Days => aws_time::DAY,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_flows(flows: Option<Vec<ExplicitAuthFlowsType>>) -> Client {
        let description = UserPoolClientType {
            explicit_auth_flows: flows,
            ..Default::default()
        };
        Client {
            description,
            secrets: Vec::new(),
        }
    }

    #[test]
    fn a_client_without_a_list_allows_srp_custom_and_refresh() {
        let client = with_flows(None);
        for flow in [AuthFlow::UserSrp, AuthFlow::Custom, AuthFlow::Refresh] {
            assert!(client.allows(flow), "{flow:?}");
        }
        for flow in [
            AuthFlow::UserPassword,
            AuthFlow::AdminUserPassword,
            AuthFlow::User,
        ] {
            assert!(!client.allows(flow), "{flow:?}");
        }
    }

    #[test]
    fn legacy_names_leave_srp_and_refresh_on() {
        let client = with_flows(Some(vec![ExplicitAuthFlowsType::UserPasswordAuth]));
        for flow in [AuthFlow::UserPassword, AuthFlow::UserSrp, AuthFlow::Refresh] {
            assert!(client.allows(flow), "{flow:?}");
        }
        assert!(!client.allows(AuthFlow::Custom));
        let custom = with_flows(Some(vec![ExplicitAuthFlowsType::CustomAuthFlowOnly]));
        assert!(custom.allows(AuthFlow::Custom) && !custom.allows(AuthFlow::UserSrp));
    }

    #[test]
    fn allowed_names_allow_themselves_only() {
        let client = with_flows(Some(vec![ExplicitAuthFlowsType::AllowUserPasswordAuth]));
        assert!(client.allows(AuthFlow::UserPassword));
        assert!(!client.allows(AuthFlow::UserSrp) && !client.allows(AuthFlow::Refresh));
    }

    #[test]
    fn validity_counts_in_the_units_of_the_client() {
        let mut client = with_flows(None);
        assert_eq!(
            client.validity(),
            Validity {
                access: 3600,
                id: 3600,
                refresh: 30 * 86_400
            }
        );
        client.description.access_token_validity = Some(60);
        client.description.id_token_validity = Some(2);
        client.description.token_validity_units = Some(TokenValidityUnitsType {
            access_token: Some(TimeUnitsType::Minutes),
            id_token: None,
            refresh_token: None,
        });
        assert_eq!(
            client.validity(),
            Validity {
                access: 3600,
                id: 7200,
                refresh: 30 * 86_400
            }
        );
    }
}
