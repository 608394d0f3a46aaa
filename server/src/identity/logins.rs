//! The checks of login tokens (facts/identity.md §3, §5): who issued one, for whom, and until when.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::openid_token::{self, Bearer, Unreadable};
use crate::clock::Deadline;
use crate::context::Context;
use crate::errors::{self, Result};
use crate::federation::built_in;
use crate::fetch;
use crate::identity_pools::{Claims, Login, PublicProvider, Settings, user_pool_of_provider};
use crate::keys::{Source, Untrusted};
use crate::tokens::Unverified;

/// The key of Logins under which an OpenID token of an identity pool stands for its identity.
const OWN: &str = "cognito-identity.amazonaws.com";

/// For all providers of a request together.
const PATIENCE: Duration = Duration::from_secs(5);

/// A login whose token is right.
#[derive(Debug)]
pub(super) struct CheckedLogin {
    pub(super) login: Login,
    /// The key under which RoleMappings know the provider; none knows the developer's own.
    pub(super) role_mapping_key: Option<String>,
    pub(super) claims: Claims,
    /// What an OpenID token says of it.
    pub(super) amr: String,
}

impl CheckedLogin {
    /// A user of the developer's own provider, as the developer's backend says.
    pub(super) fn of_developer(pool_id: &str, provider: &str, user: &str) -> Result<Self> {
        if !(1..=1024).contains(&user.chars().count()) {
            return Err(errors::invalid_developer_user());
        }
        Ok(Self {
            amr: format!("{provider}:{pool_id}:{user}"),
            login: Login {
                provider: provider.to_owned(),
                subject: user.to_owned(),
                is_developer: true,
            },
            role_mapping_key: None,
            claims: Claims::default(),
        })
    }
}

/// What the Logins of a request prove.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) logins: Vec<CheckedLogin>,
    /// The identity that an OpenID token of the pool stands for.
    pub(super) bearer: Option<Bearer>,
}

impl Checked {
    /// Whether the pool still takes those whom it took when the tokens were checked: nothing was locked
    /// while a provider was asked.
    pub(super) fn confirm(&self, settings: &Settings) -> Result<()> {
        for it in &self.logins {
            let is_taken = match &it.role_mapping_key {
                Some(key) => settings.has_role_mapping_provider(key),
                None => settings.is_developer_provider(&it.login.provider),
            };
            if !is_taken {
                return Err(errors::token_from_unsupported_provider());
            }
        }
        Ok(())
    }
}

/// Whether an OpenID token of the pool is a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnTokens {
    Taken,
    Refused,
}

/// Checks every login of a request.
pub(super) async fn check(
    cx: &Context,
    settings: &Settings,
    logins: &BTreeMap<String, String>,
    own_tokens: OwnTokens,
) -> Result<Checked> {
    let mut checked = Checked::default();
    let deadline = Deadline::after(PATIENCE);
    for (provider, token) in logins {
        if settings.is_developer_provider(provider) {
            return Err(errors::not_a_public_provider());
        }
        if provider == OWN && own_tokens == OwnTokens::Refused {
            return Err(errors::own_token_is_no_login());
        }
        if provider == OWN {
            checked.bearer = Some(own_token(cx, settings, token)?);
        } else if let Some(name) = canonical(cx, settings, provider) {
            checked
                .logins
                .push(user_pool(cx, settings, provider, &name, token)?);
        } else {
            let login = match settings.public_provider(provider) {
                Some(PublicProvider::OpenId { arn }) => {
                    let amr = format!("{arn}:OIDC");
                    open_id(cx, provider, None, &amr, token, deadline).await?
                }
                Some(PublicProvider::Social { app }) => {
                    social(cx, provider, app, token, deadline).await?
                }
                Some(PublicProvider::Saml) => {
                    let what = format!("Signing in to an identity pool with {provider}");
                    return Err(errors::not_implemented(&what));
                }
                None => return Err(errors::token_from_unsupported_provider()),
            };
            checked.logins.push(login);
        }
    }
    Ok(checked)
}

/// The name under which the pool knows the user pool of a key of Logins: AWS's own, or the issuer of this
/// server's tokens, which clients make the key of (captured: Amplify).
fn canonical(cx: &Context, settings: &Settings, key: &str) -> Option<String> {
    if key.starts_with("cognito-idp.") {
        return Some(key.to_owned());
    }
    if settings.public_provider(key).is_some() {
        return None;
    }
    let id = key.rsplit_once('/').map(|(_, id)| id)?;
    cx.app.store.user_pool(id)?;
    let providers = settings.description.cognito_identity_providers.iter();
    let mut names = providers
        .flatten()
        .filter_map(|it| it.provider_name.as_deref());
    names
        .find(|name| user_pool_of_provider(name) == Some(id))
        .map(str::to_owned)
}

/// The key of Logins that `UnlinkIdentity` removes, as the pool knows it.
pub(super) fn provider_name(cx: &Context, settings: &Settings, key: &str) -> String {
    canonical(cx, settings, key).unwrap_or_else(|| key.to_owned())
}

fn no_token() -> errors::ApiError {
    errors::invalid_login_token("Not a valid OpenId Connect identity token.")
}

fn unsigned() -> errors::ApiError {
    errors::invalid_login_token("Couldn't verify signed token.")
}

fn other_issuer() -> errors::ApiError {
    errors::invalid_login_token("Issuer doesn't match providerName")
}

fn check_time(cx: &Context, expiry: i64) -> Result<()> {
    if cx.now_seconds() >= expiry {
        return Err(errors::login_token_expired(cx.now_seconds(), expiry));
    }
    Ok(())
}

/// An issuer as keys of Logins name it.
fn without_scheme(issuer: &str) -> &str {
    let issuer = issuer.strip_prefix("http://").unwrap_or(issuer);
    let issuer = issuer.strip_prefix("https://").unwrap_or(issuer);
    issuer.trim_end_matches('/')
}

fn own_token(cx: &Context, settings: &Settings, token: &str) -> Result<Bearer> {
    let (bearer, expiry) = openid_token::read(&cx.app, token).map_err(|reason| match reason {
        Unreadable::NoToken => no_token(),
        Unreadable::OtherIssuer(_) => errors::invalid_login_token("Not a Cognito token."),
        Unreadable::Forged => unsigned(),
    })?;
    check_time(cx, expiry)?;
    if bearer.pool_id != settings.id() {
        return Err(errors::token_from_unsupported_provider());
    }
    Ok(bearer)
}

/// `key` is the caller's name of the user pool, `name` the identity pool's.
fn user_pool(
    cx: &Context,
    settings: &Settings,
    key: &str,
    name: &str,
    token: &str,
) -> Result<CheckedLogin> {
    let unverified = Unverified::parse(token).ok_or_else(no_token)?;
    // An access token has no aud, and is told so before anything else.
    let client_id = unverified
        .text("aud")
        .ok_or_else(|| errors::invalid_login_token("Missing a required claim: aud"))?;
    let pool_id = name.split_once('/').map(|(_, id)| id);
    let is_issuer = key == name || unverified.text("iss").map(without_scheme) == Some(key);
    if pool_id.is_none() || unverified.user_pool_id() != pool_id || !is_issuer {
        return Err(other_issuer());
    }
    let configured = settings
        .cognito_provider(name, client_id)
        .ok_or_else(errors::token_from_unsupported_provider)?;
    let pool = pool_id
        .and_then(|id| cx.app.store.user_pool(id))
        .ok_or_else(errors::token_from_unsupported_provider)?;
    if !unverified.is_signed_by(&pool, token) {
        return Err(unsigned());
    }
    let (Some("id"), Some(subject), Some(expiry)) = (
        unverified.text("token_use"),
        unverified.text("sub"),
        unverified.seconds("exp"),
    ) else {
        return Err(no_token());
    };
    check_time(cx, expiry)?;
    if configured.server_side_token_check == Some(true) {
        let origin_jti = unverified.text("origin_jti").and_then(|it| it.parse().ok());
        let issued = unverified.seconds("iat").unwrap_or_default();
        let is_alive = pool.read(|state| {
            let user = state.users().find_by_sub(subject);
            user.is_some_and(|user| {
                let life = state.life();
                user.enabled && !life.has_ended(&user.sign_ins, origin_jti, issued)
            })
        });
        if !is_alive {
            return Err(errors::login_token_revoked());
        }
    }
    Ok(CheckedLogin {
        login: Login {
            provider: name.to_owned(),
            subject: subject.to_owned(),
            is_developer: false,
        },
        role_mapping_key: Some(format!("{name}:{client_id}")),
        amr: format!("{name}:CognitoSignIn:{subject}"),
        claims: claims(&unverified.claims),
    })
}

/// The providers that AWS knows by name. Google and Apple sign tokens like any OpenID Connect provider;
/// the tokens of the others mean nothing but to their own service, which is not asked, unless it is built in.
async fn social(
    cx: &Context,
    provider: &str,
    app: &str,
    token: &str,
    deadline: Deadline,
) -> Result<CheckedLogin> {
    match provider {
        "accounts.google.com" | "appleid.apple.com" => {
            open_id(cx, provider, Some(app), provider, token, deadline).await
        }
        "graph.facebook.com" => built_in_access(cx, (provider, "Facebook"), app, token),
        "www.amazon.com" => built_in_access(cx, (provider, "LoginWithAmazon"), app, token),
        _ => Err(errors::provider_not_reached(provider)),
    }
}

/// An access token of the provider that is built in under this name.
fn built_in_access(
    cx: &Context,
    (provider, name): (&str, &str),
    app: &str,
    token: &str,
) -> Result<CheckedLogin> {
    let access = built_in::access(cx, name, token);
    let access = access.ok_or_else(|| errors::provider_not_reached(provider))?;
    if access.client_id != app {
        return Err(errors::token_from_unsupported_provider());
    }
    check_time(cx, access.until)?;
    let subject = access.subject();
    Ok(CheckedLogin {
        login: Login {
            provider: provider.to_owned(),
            subject: subject.to_owned(),
            is_developer: false,
        },
        role_mapping_key: Some(provider.to_owned()),
        amr: format!("{provider}:{subject}"),
        claims: claims(&access.claims()),
    })
}

/// A token of an OpenID Connect provider. Which applications it may be for is known where the pool names
/// one; a provider of IAM has its list there, which the pool does not say: any will do.
async fn open_id(
    cx: &Context,
    provider: &str,
    app: Option<&str>,
    amr: &str,
    token: &str,
    deadline: Deadline,
) -> Result<CheckedLogin> {
    let unverified = Unverified::parse(token).ok_or_else(no_token)?;
    let audience = match unverified.claims.get("aud") {
        Some(Value::String(audience)) => audience.clone(),
        Some(Value::Array(_)) => unverified
            .texts("aud")
            .into_iter()
            .next()
            .unwrap_or_default(),
        _ => String::new(),
    };
    if audience.is_empty() {
        return Err(errors::invalid_login_token("Missing a required claim: aud"));
    }
    let name = provider.trim_end_matches('/');
    if unverified.text("iss").map(without_scheme) != Some(name) {
        return Err(other_issuer());
    }
    if app.is_some_and(|app| app != audience) {
        return Err(errors::token_from_unsupported_provider());
    }
    let address = name.split('/').next().unwrap_or_default();
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let scheme = if fetch::is_loopback(host) {
        "http"
    } else {
        "https"
    };
    let issuer = format!("{scheme}://{name}");
    let keys = &cx.app.issuer_keys;
    let own = cx.app.provider_key.get();
    let own = own.filter(|own| unverified.kid.as_deref() == Some(own.kid()));
    let verdict = match own {
        Some(key) if key.signed(token) => Ok(()),
        Some(_) => Err(Untrusted::Signature),
        None => {
            let source = Source::Issuer(&issuer);
            keys.check(source, token, cx.now, deadline).await
        }
    };
    match verdict {
        Ok(()) => {}
        Err(Untrusted::Signature) => return Err(unsigned()),
        Err(Untrusted::Unreachable(reason)) => {
            tracing::warn!(
                provider,
                reason,
                "the provider of a login was not to be reached"
            );
            return Err(errors::provider_not_reached(provider));
        }
    }
    let subject = unverified.text("sub").filter(|it| !it.is_empty());
    let (Some(subject), Some(expiry)) = (subject, unverified.seconds("exp")) else {
        return Err(no_token());
    };
    check_time(cx, expiry)?;
    let begin = unverified.seconds("nbf");
    if let Some(begin) = begin.filter(|begin| cx.now_seconds() < *begin) {
        return Err(errors::login_token_not_yet_valid(cx.now_seconds(), begin));
    }
    Ok(CheckedLogin {
        login: Login {
            provider: provider.to_owned(),
            subject: subject.to_owned(),
            is_developer: false,
        },
        role_mapping_key: Some(provider.to_owned()),
        amr: format!("{amr}:{subject}"),
        claims: claims(&unverified.claims),
    })
}

fn claims(told: &Map<String, Value>) -> Claims {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let values = told.iter().map(|(name, value)| {
        let values = match value {
            Value::Array(values) => values.iter().map(text).collect(),
            one => vec![text(one)],
        };
        (name.clone(), values)
    });
    Claims {
        values: values.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_named_without_its_scheme() {
        for (issuer, name) in [
            ("https://accounts.google.com", "accounts.google.com"),
            ("accounts.google.com", "accounts.google.com"),
            ("http://127.0.0.1:80/a/", "127.0.0.1:80/a"),
        ] {
            assert_eq!(without_scheme(issuer), name);
        }
    }
}
