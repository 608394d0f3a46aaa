//! An app client: its settings with AWS's defaults, what it may do, and the checks of what is asked
//! for (facts/wire.md §3).

use cognito_model::Timestamp;
use cognito_model::idp::{
    ClientTypeType, CreateUserPoolClientRequest, ExplicitAuthFlowsType, FeatureType, OAuthFlowType,
    PreventUserExistenceErrorTypes, TimeUnitsType, TokenValidityUnitsType,
    UserPoolClientDescription, UserPoolClientType,
};
use serde::{Deserialize, Serialize};

use super::{IdentityProvider, Schema, UserPool};
use crate::aws_time;
use crate::errors::{self, Result};
use crate::ordered::Ordered;

/// Scopes that every pool has (facts/oauth.md).
const STANDARD_SCOPES: [&str; 5] = [
    "phone",
    "email",
    "openid",
    "profile",
    "aws.cognito.signin.user.admin",
];

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
    /// A new client of the pool; `secret` is the one to use where the request wants one made.
    pub fn create(
        request: CreateUserPoolClientRequest,
        id: String,
        secret: impl FnOnce() -> String,
        pool: &UserPool,
        providers: &Ordered<IdentityProvider>,
        now: Timestamp,
    ) -> Result<Self> {
        let has_secret = request.generate_secret == Some(true) || request.client_secret.is_some();
        check_flows(&request)?;
        check_oauth(&request, has_secret)?;
        check_redirects(&request)?;
        check_attributes(&request, pool.schema())?;
        for name in request.supported_identity_providers.iter().flatten() {
            if name != "COGNITO" && !providers.contains(name) {
                return Err(errors::client_provider_not_found(name));
            }
        }
        if request.enable_propagate_additional_user_context_data == Some(true) && !has_secret {
            return Err(errors::context_data_needs_secret());
        }
        if let Some(analytics) = &request.analytics_configuration
            && analytics.application_id.is_some() == analytics.application_arn.is_some()
        {
            return Err(errors::invalid_analytics_configuration());
        }
        let value = match (request.generate_secret, request.client_secret) {
            (Some(true), Some(_)) => return Err(errors::two_client_secrets()),
            (Some(true), None) => Some(secret()),
            (_, given) => given,
        };
        let mut units = request.token_validity_units.unwrap_or_default();
        let refresh_token_validity = request.refresh_token_validity.filter(|it| *it != 0);
        // The default is 30 days, whatever the unit of a validity that is not given.
        if refresh_token_validity.is_none() && units.refresh_token.is_some() {
            units.refresh_token = Some(TimeUnitsType::Days);
        }
        let seconds = now.as_millis().div_euclid(1000);
        let secrets = value
            .map(|value| ClientSecret {
                id: format!("{id}--{seconds}"),
                value,
                created: now,
            })
            .into_iter()
            .collect();
        let description = UserPoolClientType {
            user_pool_id: Some(request.user_pool_id),
            client_name: Some(request.client_name),
            client_id: Some(id),
            client_secret: None,
            last_modified_date: Some(now),
            creation_date: Some(now),
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
        };
        let client = Self {
            description,
            secrets,
        };
        client.check_validity()?;
        Ok(client)
    }

    pub fn id(&self) -> &str {
        self.description.client_id.as_deref().unwrap_or_default()
    }

    pub fn name(&self) -> &str {
        self.description.client_name.as_deref().unwrap_or_default()
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

    pub fn hides_user_existence(&self) -> bool {
        self.description.prevent_user_existence_errors
            == Some(PreventUserExistenceErrorTypes::Enabled)
    }

    pub fn revokes_tokens(&self) -> bool {
        self.description.enable_token_revocation != Some(false)
    }

    pub fn rotates_refresh_tokens(&self) -> bool {
        self.description
            .refresh_token_rotation
            .as_ref()
            .is_some_and(|rotation| rotation.feature == FeatureType::Enabled)
    }

    /// How long a `Session` of a challenge lives, in seconds.
    pub fn session_seconds(&self) -> i64 {
        i64::from(self.description.auth_session_validity.unwrap_or(3)) * 60
    }

    /// Whether the client may read an attribute: those it lists, else every standard one.
    pub fn may_read(&self, attribute: &str) -> bool {
        attribute == "sub"
            || match &self.description.read_attributes {
                Some(listed) => listed.iter().any(|name| name == attribute),
                None => Schema::is_standard(attribute),
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

    fn check_validity(&self) -> Result<()> {
        const SHORT: std::ops::RangeInclusive<i64> = 5 * aws_time::MINUTE..=aws_time::DAY;
        const LONG: std::ops::RangeInclusive<i64> = 60 * aws_time::MINUTE..=3650 * aws_time::DAY;
        let Validity {
            access,
            id,
            refresh,
        } = self.validity();
        for (token, seconds) in [("access", access), ("id", id)] {
            if !SHORT.contains(&seconds) {
                return Err(errors::invalid_token_validity(token, "5 minutes", "1 day"));
            }
        }
        if !LONG.contains(&refresh) {
            return Err(errors::invalid_token_validity(
                "refresh",
                "60 minutes",
                "3650 days",
            ));
        }
        if refresh < access.max(id) {
            return Err(errors::refresh_token_too_short());
        }
        Ok(())
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

fn check_flows(request: &CreateUserPoolClientRequest) -> Result<()> {
    let flows = request.explicit_auth_flows.as_deref().unwrap_or_default();
    let allow = flows
        .iter()
        .filter(|flow| flow.as_str().starts_with("ALLOW_"))
        .count();
    if allow != 0 && allow != flows.len() {
        return Err(errors::mixed_auth_flows());
    }
    let rotates = request
        .refresh_token_rotation
        .as_ref()
        .is_some_and(|it| it.feature == FeatureType::Enabled);
    if rotates && flows.contains(&ExplicitAuthFlowsType::AllowRefreshTokenAuth) {
        return Err(errors::rotation_excludes_refresh_flow());
    }
    Ok(())
}

fn check_oauth(request: &CreateUserPoolClientRequest, has_secret: bool) -> Result<()> {
    let flows = request.allowed_oauth_flows.as_deref().unwrap_or_default();
    let scopes = request.allowed_oauth_scopes.as_deref().unwrap_or_default();
    if request.allowed_oauth_flows_user_pool_client == Some(true)
        && (flows.is_empty() || scopes.is_empty())
    {
        return Err(errors::flows_and_scopes_come_together());
    }
    if flows.contains(&OAuthFlowType::ClientCredentials) {
        if flows.len() > 1 {
            return Err(errors::client_credentials_stands_alone());
        }
        if let Some(scope) = scopes
            .iter()
            .find(|scope| STANDARD_SCOPES.contains(&scope.as_str()))
        {
            return Err(errors::scope_not_for_client_credentials(scope));
        }
        if !has_secret {
            return Err(errors::client_credentials_needs_secret());
        }
    } else if !flows.is_empty()
        && request
            .callback_urls
            .as_deref()
            .unwrap_or_default()
            .is_empty()
    {
        return Err(errors::callback_urls_needed());
    }
    // Scopes of resource servers join the standard ones with the resource servers themselves.
    match scopes
        .iter()
        .find(|scope| !STANDARD_SCOPES.contains(&scope.as_str()))
    {
        Some(scope) => Err(errors::scope_does_not_exist(scope)),
        None => Ok(()),
    }
}

fn check_redirects(request: &CreateUserPoolClientRequest) -> Result<()> {
    let urls = request
        .callback_urls
        .iter()
        .chain(&request.logout_urls)
        .flatten();
    if let Some(url) = urls
        .chain(&request.default_redirect_uri)
        .find(|url| !is_redirect_uri(url))
    {
        return Err(errors::invalid_redirect_uri(url));
    }
    match &request.default_redirect_uri {
        Some(default)
            if !request
                .callback_urls
                .iter()
                .flatten()
                .any(|url| url == default) =>
        {
            Err(errors::default_redirect_not_listed())
        }
        _ => Ok(()),
    }
}

/// Absolute and without a fragment; plain HTTP for the own machine only; any scheme of an app.
fn is_redirect_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        // An app's own scheme may stand without an authority: `myapp:callback`.
        return text.split_once(':').is_some_and(|(scheme, rest)| {
            is_scheme(scheme)
                && !rest.is_empty()
                && !matches!(scheme, "http" | "https")
                && !text.contains('#')
        });
    };
    let host = rest.split(['/', '?', ':']).next().unwrap_or_default();
    is_scheme(scheme)
        && !text.contains('#')
        && match scheme {
            "https" => !host.is_empty(),
            "http" => matches!(host, "localhost" | "127.0.0.1") || rest.starts_with("[::1]"),
            _ => true,
        }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_read_only(attribute: &str) -> bool {
    matches!(
        attribute,
        "sub" | "email_verified" | "phone_number_verified"
    )
}

fn check_attributes(request: &CreateUserPoolClientRequest, schema: Schema<'_>) -> Result<()> {
    if request
        .read_attributes
        .iter()
        .flatten()
        .any(|name| schema.find(name).is_none())
    {
        return Err(errors::invalid_client_attributes("read"));
    }
    let Some(writable) = &request.write_attributes else {
        return Ok(());
    };
    let is_writable = |name: &String| {
        schema
            .find(name)
            .is_some_and(|attribute| attribute.developer_only_attribute != Some(true))
            && !is_read_only(name)
    };
    let lacks_required = schema
        .required()
        .any(|required| !writable.iter().any(|name| name == required));
    if lacks_required || !writable.iter().all(is_writable) {
        return Err(errors::invalid_client_attributes("write"));
    }
    Ok(())
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

    #[test]
    fn redirect_uris_are_absolute_and_safe() {
        for uri in [
            "https://example.com",
            "https://a.b/c?d=e",
            "http://localhost:3000/cb",
            "http://127.0.0.1/",
            "myapp://cb",
            "myapp:cb",
            "com.example.app://",
        ] {
            assert!(is_redirect_uri(uri), "{uri}");
        }
        for uri in [
            "",
            "example.com",
            "/path",
            "http://example.com",
            "https://",
            "https://a.b/#c",
            "http:localhost",
            "1app://a",
        ] {
            assert!(!is_redirect_uri(uri), "{uri}");
        }
    }
}
