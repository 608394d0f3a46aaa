//! The providers that this server is itself: who signs in there is whoever the tester says. What they give out
//! goes the way of every provider: a code for a secret, and a token under a key of their own. Codes and access
//! tokens are sealed, so nothing is remembered of them but that a code was used.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_model::idp::IdentityProviderTypeType as Type;
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Claims, subject_claim};
use crate::app::{App, Once};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::keys::CertifiedKey;
use crate::saml::{self, Metadata};
use crate::store::Pool;
use crate::user_pools::{IdentityProvider, Person};

/// Where they are.
pub(crate) const PATH: &str = "/_cognitwin/idp/";

const CODE: &[u8] = b"provider code";
const ACCESS_TOKEN: &[u8] = b"provider access token";
/// Google is one issuer, whoever it is for: this tells which pool's Google it was.
pub(super) const POOL_CLAIM: &str = "cognitwin:user_pool_id";
const CODE_LIFE: i64 = 5 * 60;
const TOKEN_LIFE: i64 = 60 * 60;

/// One of them: of a user pool, or one of the social ones as everybody knows it.
pub(crate) struct BuiltIn {
    pub(crate) name: String,
    kind: Type,
    of_pool: Option<(Arc<Pool>, IdentityProvider)>,
}

/// What an app asks of it.
pub(crate) struct Asked<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) nonce: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct Grant {
    id: Uuid,
    /// Epoch seconds.
    until: i64,
    provider: String,
    user_pool_id: Option<String>,
    client_id: String,
    redirect_uri: String,
    nonce: Option<String>,
    person: Person,
}

/// What an access token stands for.
#[derive(Serialize, Deserialize)]
pub(crate) struct Access {
    provider: String,
    user_pool_id: Option<String>,
    pub(crate) client_id: String,
    /// Epoch seconds.
    pub(crate) until: i64,
    person: Person,
}

impl Access {
    /// What the provider says of the user.
    pub(crate) fn claims(&self) -> Claims {
        let kind = kind_of(&self.provider).unwrap_or(Type::Oidc);
        let mut claims = self.person.clone();
        let subject = subject_claim(kind);
        if subject != "sub"
            && let Some(sub) = claims.remove("sub")
        {
            claims.insert(subject.to_owned(), sub);
        }
        claims
    }

    pub(crate) fn subject(&self) -> &str {
        let subject = self.person.get("sub").and_then(Value::as_str);
        subject.unwrap_or_default()
    }
}

fn kind_of(name: &str) -> Option<Type> {
    Some(match name {
        "Google" => Type::Google,
        "Facebook" => Type::Facebook,
        "LoginWithAmazon" => Type::LoginWithAmazon,
        "SignInWithApple" => Type::SignInWithApple,
        _ => return None,
    })
}

impl BuiltIn {
    pub(crate) fn find(app: &App, name: &str, user_pool_id: Option<&str>) -> Option<Self> {
        let Some(id) = user_pool_id else {
            return Some(Self {
                name: name.to_owned(),
                kind: kind_of(name)?,
                of_pool: None,
            });
        };
        let pool = app.store.user_pool(id)?;
        let provider = pool.read(|state| state.identity_providers().get(name).cloned())?;
        Self::of(pool, provider)
    }

    fn of(pool: Arc<Pool>, provider: IdentityProvider) -> Option<Self> {
        provider.is_built_in().then(|| Self {
            name: provider.name().to_owned(),
            kind: provider.provider_type(),
            of_pool: Some((pool, provider)),
        })
    }

    pub(crate) fn people(&self) -> &[Person] {
        let provider = self.of_pool.as_ref().map(|(_, provider)| provider);
        provider.map_or(&[], |it| &it.people)
    }

    pub(crate) fn pool(&self) -> Option<&Pool> {
        self.of_pool.as_ref().map(|(pool, _)| &**pool)
    }

    pub(crate) fn user_pool_id(&self) -> Option<&str> {
        self.pool().map(Pool::id)
    }

    pub(crate) fn base_url(&self, cx: &Context) -> String {
        base_url(cx, &self.name, self.user_pool_id())
    }

    /// Whether it knows the client of this id.
    pub(crate) fn knows(&self, client_id: &str) -> bool {
        let provider = self.of_pool.as_ref().map(|(_, provider)| provider);
        provider.is_none_or(|it| it.detail("client_id") == Some(client_id))
    }

    /// A code for whoever has signed in there.
    pub(crate) fn grant(&self, cx: &Context, asked: &Asked<'_>, person: Person) -> Result<String> {
        let grant = Grant {
            id: cx.app.random.uuid(),
            until: cx.now_seconds() + CODE_LIFE,
            provider: self.name.clone(),
            user_pool_id: self.user_pool_id().map(str::to_owned),
            client_id: asked.client_id.to_owned(),
            redirect_uri: asked.redirect_uri.to_owned(),
            nonce: asked.nonce.map(str::to_owned),
            person,
        };
        seal(cx, CODE, &grant)
    }

    /// The token endpoint.
    pub(crate) async fn token(&self, cx: &Context, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let get = |name| form.iter().find(|(it, _)| *it == name).map(|(_, it)| *it);
        let refuse = |error: &str| (StatusCode::BAD_REQUEST, json!({"error": error}));
        if get("grant_type") != Some("authorization_code") {
            return refuse("unsupported_grant_type");
        }
        let client_id = get("client_id").unwrap_or_default();
        if !self.knows(client_id) || !self.is_secret(get("client_secret")) {
            return refuse("invalid_client");
        }
        let kind = match self.of_pool {
            Some(_) => Once::PoolsCode,
            None => Once::Code,
        };
        let grant: Option<Grant> = get("code").and_then(|it| open(cx, CODE, it));
        let grant = grant.filter(|it| {
            it.provider == self.name
                && it.user_pool_id.as_deref() == self.user_pool_id()
                && it.client_id == client_id
                && Some(&*it.redirect_uri) == get("redirect_uri")
                && cx.now_seconds() < it.until
                && cx.app.spend(kind, it.id, it.until, cx.now)
        });
        let Some(grant) = grant else {
            return refuse("invalid_grant");
        };
        match self.issue(cx, grant).await {
            Ok(body) => (StatusCode::OK, body),
            Err(error) => {
                tracing::error!(cause = ?std::error::Error::source(&error), "{error}");
                let body = json!({"error": "server_error"});
                (StatusCode::INTERNAL_SERVER_ERROR, body)
            }
        }
    }

    /// Apple's clients have no secret but their key, which stays where it is.
    fn is_secret(&self, given: Option<&str>) -> bool {
        let provider = self.of_pool.as_ref().map(|(_, provider)| provider);
        let Some(own) = provider.and_then(|it| it.detail("client_secret")) else {
            return true;
        };
        let given = given.unwrap_or_default();
        verify_slices_are_equal(given.as_bytes(), own.as_bytes()).is_ok()
    }

    async fn issue(&self, cx: &Context, grant: Grant) -> Result<Value> {
        let now = cx.now_seconds();
        let access = Access {
            provider: grant.provider,
            user_pool_id: grant.user_pool_id,
            client_id: grant.client_id,
            until: now + TOKEN_LIFE,
            person: grant.person,
        };
        let mut body = json!({
            "access_token": seal(cx, ACCESS_TOKEN, &access)?,
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFE,
        });
        if !matches!(self.kind, Type::Facebook | Type::LoginWithAmazon) {
            let mut claims = access.person;
            for (name, value) in [
                ("iss", json!(self.issuer(cx))),
                ("aud", json!(access.client_id)),
                ("azp", json!(access.client_id)),
                ("iat", json!(now)),
                ("exp", json!(access.until)),
            ] {
                claims.insert(name.to_owned(), value);
            }
            // Nobody says it of himself.
            claims.remove(POOL_CLAIM);
            if let Some(id) = access.user_pool_id {
                claims.insert(POOL_CLAIM.to_owned(), id.into());
            }
            if let Some(nonce) = grant.nonce {
                claims.insert("nonce".to_owned(), nonce.into());
            }
            let key = cx.app.provider_key().await?;
            body["id_token"] = key.sign(&claims)?.into();
        }
        Ok(body)
    }

    pub(crate) fn issuer(&self, cx: &Context) -> String {
        match self.kind {
            Type::Google => "https://accounts.google.com".to_owned(),
            Type::SignInWithApple => "https://appleid.apple.com".to_owned(),
            _ => address(&cx.app.settings.public_url, &self.name, self.user_pool_id()),
        }
    }

    /// What it publishes of itself, where it speaks SAML.
    async fn saml_metadata(&self, cx: &Context) -> Result<Metadata> {
        let key = self.certified_key(cx).await?;
        let base = self.base_url(cx);
        Ok(Metadata {
            entity_id: self.issuer(cx),
            sign_in: format!("{base}/sso"),
            sign_out: Some(format!("{base}/slo")),
            certificates: vec![key.certificate().to_vec()],
            valid_until: None,
        })
    }

    /// The certificate is made anew each time, of the same key.
    async fn certified_key(&self, cx: &Context) -> Result<CertifiedKey> {
        let key = cx.app.provider_key().await?;
        CertifiedKey::make(key.pair(), &self.name, cx.now)
    }

    /// The document of the same.
    pub(crate) async fn metadata_document(&self, cx: &Context) -> Result<String> {
        Ok(self.saml_metadata(cx).await?.document())
    }

    /// What its pool is called in SAML.
    pub(crate) fn audience(&self) -> Option<String> {
        self.user_pool_id().map(saml::audience)
    }

    pub(crate) fn speaks_saml(&self) -> bool {
        self.kind == Type::Saml
    }

    /// The `SAMLResponse` for whoever has signed in there.
    pub(crate) async fn respond(
        &self,
        cx: &Context,
        asked: &saml::Asked,
        person: &Person,
    ) -> Result<String> {
        let key = self.certified_key(cx).await?;
        let name_id = person.get("sub").and_then(Value::as_str);
        let values = |value: &Value| match value {
            Value::Array(values) => values.iter().map(super::mapping::text).collect(),
            other => vec![super::mapping::text(other)],
        };
        let attributes: Vec<_> = person
            .iter()
            .filter(|(name, _)| *name != "sub")
            .map(|(name, value)| (name.clone(), values(value)))
            .collect();
        let ids = [cx.app.random.uuid(), cx.app.random.uuid()].map(|it| format!("_{it}"));
        let issued = saml::Issued {
            ids: [&ids[0], &ids[1]],
            issuer: &self.issuer(cx),
            asked,
            name_id: name_id.unwrap_or_default(),
            attributes: &attributes,
            now: cx.now,
        };
        saml::issue(&issued, key.key()).map_err(errors::internal)
    }

    /// The discovery document.
    pub(crate) fn discovery(&self, cx: &Context) -> Value {
        let base = self.base_url(cx);
        json!({
            "issuer": self.issuer(cx),
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "userinfo_endpoint": format!("{base}/userinfo"),
            "jwks_uri": format!("{base}/keys"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        })
    }
}

fn address(base_url: &str, name: &str, user_pool_id: Option<&str>) -> String {
    let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
    let pool = user_pool_id.map_or_else(String::new, |id| format!("/{id}"));
    format!("{base_url}{PATH}{name}{pool}")
}

/// Where the browser finds one of them.
pub(super) fn base_url(cx: &Context, name: &str, user_pool_id: Option<&str>) -> String {
    address(&cx.origin.base_url, name, user_pool_id)
}

/// The token endpoint, for the pool's own client: the same as over HTTP.
pub(super) async fn exchange(
    cx: &Context,
    provider: &IdentityProvider,
    user_pool_id: &str,
    form: &[(&str, &str)],
) -> (StatusCode, Value) {
    match BuiltIn::find(&cx.app, provider.name(), Some(user_pool_id)) {
        Some(it) => it.token(cx, form).await,
        None => (StatusCode::NOT_FOUND, json!({"error": "invalid_client"})),
    }
}

/// What a provider of a pool publishes of itself, where it speaks SAML.
pub(super) async fn metadata(cx: &Context, name: &str, user_pool_id: &str) -> Result<Metadata> {
    let gone = || errors::provider_is_gone(name);
    let found = BuiltIn::find(&cx.app, name, Some(user_pool_id)).ok_or_else(gone)?;
    found.saml_metadata(cx).await
}

pub(super) fn issuer(cx: &Context, provider: &IdentityProvider, user_pool_id: &str) -> String {
    let found = BuiltIn::find(&cx.app, provider.name(), Some(user_pool_id));
    found.map_or_else(String::new, |it| it.issuer(cx))
}

/// What an access token of the provider stands for, while it is good.
pub(crate) fn access(cx: &Context, name: &str, token: &str) -> Option<Access> {
    let access: Access = open(cx, ACCESS_TOKEN, token)?;
    (access.provider == name).then_some(access)
}

/// The userInfo endpoint of a pool's provider, or of nobody's.
pub(crate) fn user_info(
    cx: &Context,
    name: &str,
    user_pool_id: Option<&str>,
    token: &str,
) -> (StatusCode, Value) {
    let access = access(cx, name, token);
    let is_good =
        |it: &Access| it.user_pool_id.as_deref() == user_pool_id && cx.now_seconds() < it.until;
    match access.filter(is_good) {
        Some(access) => (StatusCode::OK, access.claims().into()),
        None => (StatusCode::UNAUTHORIZED, json!({"error": "invalid_token"})),
    }
}

/// The subject of somebody of whom no more is known than an address: the same each time.
pub(crate) fn subject_of(email: &str) -> String {
    let hash = digest(&SHA256, email.as_bytes());
    let (head, tail) = hash.as_ref().split_at(8);
    let number = |bytes: &[u8]| {
        bytes[..8]
            .iter()
            .fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte))
    };
    format!(
        "{}{:010}",
        10_000_000_000 + number(head) % 90_000_000_000,
        number(tail) % 10_000_000_000
    )
}

fn seal<T: Serialize>(cx: &Context, purpose: &'static [u8], value: &T) -> Result<String> {
    let sealed = cx.app.sealer.seal(purpose, value, 0, &cx.app.random)?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

fn open<T: serde::de::DeserializeOwned>(
    cx: &Context,
    purpose: &'static [u8],
    text: &str,
) -> Option<T> {
    let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
    cx.app.sealer.open(purpose, &sealed)
}
