//! What the settings of an app client may not be, by themselves and in their pool (facts/wire.md §3,
//! captured.md 99).

use std::ops::RangeInclusive;

use cognito_model::idp::{
    CreateUserPoolClientRequest, ExplicitAuthFlowsType, FeatureType, OAuthFlowType,
};

use super::client::Validity;
use super::{IdentityProvider, REGISTRATION_SCOPE, ResourceServer, Schema, UserPool};
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

/// Whether every pool has a scope. The last is of no resource server, though a client that acts for itself
/// may have it (documented).
pub fn is_standard_scope(scope: &str) -> bool {
    STANDARD_SCOPES.contains(&scope) || scope == REGISTRATION_SCOPE
}

/// What a client's settings refer to.
pub struct Surroundings<'a> {
    pub pool: &'a UserPool,
    pub identity_providers: &'a Ordered<IdentityProvider>,
    pub resource_servers: &'a Ordered<ResourceServer>,
}

impl Surroundings<'_> {
    /// `verb` is `creating` or `updating`, as AWS tells it.
    pub(super) fn check(
        &self,
        request: &CreateUserPoolClientRequest,
        has_secret: bool,
        verb: &str,
    ) -> Result<()> {
        check_flows(request)?;
        let is_custom_scope =
            |scope: &str| self.resource_servers.iter().any(|it| it.has_scope(scope));
        check_oauth(request, has_secret, is_custom_scope)?;
        check_redirects(request)?;
        check_attributes(request, self.pool.schema(), verb)?;
        for name in request.supported_identity_providers.iter().flatten() {
            if name != "COGNITO" && !self.identity_providers.contains(name) {
                return Err(errors::client_provider_not_found(name, self.pool.id()));
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
        Ok(())
    }
}

pub(super) fn check_validity(validity: Validity) -> Result<()> {
    const SHORT: RangeInclusive<i64> = 5 * aws_time::MINUTE..=aws_time::DAY;
    const LONG: RangeInclusive<i64> = 60 * aws_time::MINUTE..=3650 * aws_time::DAY;
    let Validity {
        access,
        id,
        refresh,
    } = validity;
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

fn check_oauth(
    request: &CreateUserPoolClientRequest,
    has_secret: bool,
    is_custom_scope: impl Fn(&str) -> bool,
) -> Result<()> {
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
    let is_scope = |scope: &&String| is_standard_scope(scope) || is_custom_scope(scope);
    match scopes.iter().find(|scope| !is_scope(scope)) {
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
pub fn is_redirect_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        // An app's own scheme may stand without an authority: `myapp:callback`.
        return text.split_once(':').is_some_and(|(scheme, rest)| {
            is_scheme(scheme)
                && !rest.is_empty()
                && !matches!(scheme, "http" | "https")
                && !text.contains('#')
        });
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => host,
        _ => authority,
    };
    is_scheme(scheme)
        && !text.contains('#')
        && match scheme {
            "https" => !host.is_empty(),
            "http" => matches!(host, "localhost" | "127.0.0.1" | "[::1]"),
            _ => true,
        }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

pub(super) fn is_read_only(attribute: &str) -> bool {
    matches!(
        attribute,
        "sub" | "email_verified" | "phone_number_verified"
    )
}

fn check_attributes(
    request: &CreateUserPoolClientRequest,
    schema: Schema<'_>,
    verb: &str,
) -> Result<()> {
    if request
        .read_attributes
        .iter()
        .flatten()
        .any(|name| name != "identities" && schema.find(name).is_none())
    {
        return Err(errors::invalid_client_attributes("read", verb));
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
        return Err(errors::invalid_client_attributes("write", verb));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "http://localhost:80@example.com/",
            "http://[::1].example.com/",
            "http://localhost.example.com",
            "https://",
            "https://:443/",
            "https://a.b/#c",
            "http:localhost",
            "1app://a",
        ] {
            assert!(!is_redirect_uri(uri), "{uri}");
        }
    }
}
