//! The OpenID tokens of identity pools: what they claim, and the reading of one that comes back
//! (facts/identity.md §7).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::aws::Arn;
use crate::context::Context;
use crate::errors::Result;
use crate::store::IdentityPool;
use crate::tokens::Unverified;

const POOL_ARN: &str = "https://cognito-identity.amazonaws.com/identity-pool-arn";
const TAGS: &str = "https://aws.amazon.com/tags";

/// Who an OpenID token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bearer {
    pub(crate) identity_id: String,
    pub(crate) pool_id: String,
    /// `unauthenticated`, or `authenticated` and by whom.
    pub(crate) amr: Vec<String>,
    /// Tags of the sessions that begin with the token.
    pub(crate) tags: BTreeMap<String, String>,
}

impl Bearer {
    pub(crate) fn is_guest(&self) -> bool {
        self.amr.first().is_none_or(|it| it == "unauthenticated")
    }
}

/// Why a text is no OpenID token of an identity pool.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    NoToken,
    OtherIssuer(String),
    Forged,
}

pub(crate) async fn issue(
    cx: &Context,
    pool: &IdentityPool,
    bearer: &Bearer,
    life_seconds: i64,
) -> Result<String> {
    let mut claims = Map::new();
    let mut claim = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    claim("sub", json!(bearer.identity_id));
    claim("aud", json!(bearer.pool_id));
    claim("amr", json!(bearer.amr));
    claim("iss", json!(cx.app.identity_issuer(&cx.origin.base_url)));
    claim(POOL_ARN, json!(Arn::identity_pool(pool.scope(), pool.id())));
    claim("iat", json!(cx.now_seconds()));
    claim("exp", json!(cx.now_seconds() + life_seconds));
    if !bearer.tags.is_empty() {
        let tags = bearer
            .tags
            .iter()
            .map(|(tag, value)| (tag.clone(), json!([value])));
        claim(TAGS, json!({"principal_tags": Map::from_iter(tags)}));
    }
    cx.app.make_identity_key().await?.sign(&claims)
}

/// A token that a key of this server signed, and when it expires, in seconds.
pub(crate) fn read(app: &App, token: &str) -> std::result::Result<(Bearer, i64), Unreadable> {
    let unverified = Unverified::parse(token).ok_or(Unreadable::NoToken)?;
    let issuer = unverified.text("iss").ok_or(Unreadable::NoToken)?;
    if issuer != "https://cognito-identity.amazonaws.com" && !issuer.ends_with("/cognito-identity")
    {
        return Err(Unreadable::OtherIssuer(issuer.to_owned()));
    }
    let key = app.identity_key().ok_or(Unreadable::Forged)?;
    if !key.signed(token) {
        return Err(Unreadable::Forged);
    }
    let text = |name| unverified.text(name).unwrap_or_default().to_owned();
    let tags = unverified
        .claims
        .get(TAGS)
        .and_then(|it| it.get("principal_tags"));
    let tags = tags.and_then(Value::as_object).into_iter().flatten();
    let tags =
        tags.filter_map(|(tag, values)| Some((tag.clone(), values.get(0)?.as_str()?.to_owned())));
    let bearer = Bearer {
        identity_id: text("sub"),
        pool_id: text("aud"),
        amr: unverified.texts("amr"),
        tags: tags.collect(),
    };
    Ok((bearer, unverified.seconds("exp").unwrap_or_default()))
}

/// What the issuer says of itself, at the address that it was asked at.
pub(crate) fn discovery(app: &App, base_url: &str) -> Value {
    let base = match app.settings.issuer {
        crate::config::IssuerMode::Public => &app.settings.public_url,
        _ => base_url,
    };
    json!({
        "issuer": app.identity_issuer(base_url),
        "jwks_uri": format!("{base}/cognito-identity/.well-known/jwks_uri"),
        "authorization_endpoint": format!("{base}/cognito-identity"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS512"],
    })
}

pub(crate) async fn jwks(app: &App) -> Result<Value> {
    Ok(json!({"keys": [app.make_identity_key().await?.jwk()]}))
}
