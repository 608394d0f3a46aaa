//! The checks of login tokens (facts/identity.md §3, §5): who issued one, for whom, and until when.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::context::Context;
use crate::errors::{self, Result};
use crate::identity_pools::{Claims, Login, Settings};
use crate::tokens::Unverified;

/// A login whose token is right.
#[derive(Debug)]
pub(super) struct CheckedLogin {
    pub(super) login: Login,
    /// The key under which RoleMappings know the provider.
    pub(super) role_mapping_key: String,
    pub(super) claims: Claims,
}

/// Checks every login of a request.
pub(super) fn check(
    cx: &Context,
    settings: &Settings,
    logins: &BTreeMap<String, String>,
) -> Result<Vec<CheckedLogin>> {
    logins
        .iter()
        .map(|(provider, token)| check_one(cx, settings, provider, token))
        .collect()
}

fn check_one(
    cx: &Context,
    settings: &Settings,
    provider: &str,
    token: &str,
) -> Result<CheckedLogin> {
    if settings.description.developer_provider_name.as_deref() == Some(provider) {
        return Err(errors::not_a_public_provider());
    }
    if !provider.starts_with("cognito-idp.") {
        return Err(if settings.has_other_provider(provider) {
            errors::not_implemented(&format!("Signing in to an identity pool with {provider}"))
        } else {
            errors::token_from_unsupported_provider()
        });
    }
    let token_is_no_jwt =
        || errors::invalid_login_token("Not a valid OpenId Connect identity token.");
    let unverified = Unverified::parse(token).ok_or_else(token_is_no_jwt)?;
    // An access token has no aud, and is told so before anything else.
    let client_id = unverified
        .text("aud")
        .ok_or_else(|| errors::invalid_login_token("Missing a required claim: aud"))?;
    let pool_id = provider.split_once('/').map(|(_, id)| id);
    if pool_id.is_none() || unverified.user_pool_id() != pool_id {
        return Err(errors::invalid_login_token(
            "Issuer doesn't match providerName",
        ));
    }
    let configured = settings
        .cognito_provider(provider, client_id)
        .ok_or_else(errors::token_from_unsupported_provider)?;
    let pool = pool_id
        .and_then(|id| cx.app.store.user_pool(id))
        .ok_or_else(errors::token_from_unsupported_provider)?;
    if !unverified.is_signed_by(&pool, token) {
        return Err(errors::invalid_login_token("Couldn't verify signed token."));
    }
    let (Some("id"), Some(subject), Some(expiry)) = (
        unverified.text("token_use"),
        unverified.text("sub"),
        unverified.seconds("exp"),
    ) else {
        return Err(token_is_no_jwt());
    };
    if cx.now_seconds() >= expiry {
        return Err(errors::login_token_expired(cx.now_seconds(), expiry));
    }
    if configured.server_side_token_check == Some(true) {
        let may_sign_in = pool.read(|state| {
            state
                .users()
                .find_by_sub(subject)
                .is_some_and(|user| user.enabled)
        });
        if !may_sign_in {
            return Err(errors::login_token_revoked());
        }
    }
    Ok(CheckedLogin {
        login: Login {
            provider: provider.to_owned(),
            subject: subject.to_owned(),
        },
        role_mapping_key: format!("{provider}:{client_id}"),
        claims: claims(&unverified),
    })
}

fn claims(token: &Unverified) -> Claims {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let values = token.claims.iter().map(|(name, value)| {
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
