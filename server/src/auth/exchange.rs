//! Tokens that nobody signs in for: those of a client that acts for itself (GetClientToken), and those
//! that are derived from another token for one service (GetDerivedToken, RFC 8693).

use std::collections::BTreeMap;

use cognito_model::idp::{
    ClientAuthenticationResultType, ExplicitAuthFlowsType, GetClientTokenRequest,
    GetDerivedTokenRequest, GetDerivedTokenResponse, IssuedTokenTypeIdentifierType, OAuthFlowType,
    OAuthTokenTypeType, TokenTypeIdentifierType,
};
use serde_json::{Map, Value, json};

use super::{secret_hash, token_generation};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::{Pool, PoolState};
use crate::tokens::Presented;
use crate::triggers::{self, Trigger};
use crate::user_pools::Client;

/// An access token for a client with a secret. AWS documents that the client allows the flow
/// ALLOW_CLIENT_TOKEN_AUTH, which its own model does not let anybody set; the OAuth flow
/// client_credentials stands for it here (assumed).
pub async fn client_token(
    cx: &Context,
    pool: &Pool,
    request: &GetClientTokenRequest,
) -> Result<ClientAuthenticationResultType> {
    let issuer = cx.issuer(pool);
    let step = |state: &PoolState| {
        let client = state.client(&request.client_id)?;
        if client.secrets.is_empty() {
            return Err(errors::client_token_needs_secret());
        }
        secret_hash::check_secret(client, Some(&request.secret))?;
        if !client.allows_oauth_flow(OAuthFlowType::ClientCredentials) {
            return Err(errors::flow_not_enabled("ALLOW_CLIENT_TOKEN_AUTH"));
        }
        let allowed = client.allowed_scopes();
        let scopes = match request.scopes.as_deref().filter(|it| !it.is_empty()) {
            Some(asked) => asked.to_vec(),
            None => allowed.to_vec(),
        };
        if let Some(unknown) = scopes.iter().find(|it| !allowed.contains(it)) {
            return Err(errors::invalid_scope_requested(unknown));
        }
        let metadata = request.client_metadata.as_ref();
        client_claims(cx, state, client, (&scopes, metadata), &issuer)
    };
    let drafted = triggers::settle(cx, || pool.read(step)).await;
    let drafted = drafted.map_err(errors::undeclared_trigger_error)?;
    sign_client_token(cx, pool, drafted).await
}

/// The same at the domain's token endpoint, which has checked client and scopes by its own rules.
pub async fn client_credentials(
    cx: &Context,
    pool: &Pool,
    client_id: &str,
    asked: (&[String], Option<&BTreeMap<String, String>>),
) -> Result<ClientAuthenticationResultType> {
    let issuer = cx.issuer(pool);
    let step = |state: &PoolState| {
        let client = state.client(client_id)?;
        client_claims(cx, state, client, asked, &issuer)
    };
    let drafted = triggers::settle(cx, || pool.read(step)).await?;
    sign_client_token(cx, pool, drafted).await
}

/// What the token says, and for how many seconds.
fn client_claims(
    cx: &Context,
    state: &PoolState,
    client: &Client,
    (scopes, metadata): (&[String], Option<&BTreeMap<String, String>>),
    issuer: &str,
) -> Result<(Map<String, Value>, i64)> {
    let settings = state.settings();
    let overrides = token_generation::ask_about_client(cx, settings, client, scopes, metadata)?;
    let now = cx.now_seconds();
    let validity = client.validity().access;
    let Value::Object(mut claims) = json!({
        "sub": client.id(),
        "token_use": "access",
        "scope": scopes.join(" "),
        "auth_time": now,
        "iss": issuer,
        "exp": now + validity,
        "iat": now,
        "version": 2,
        "jti": cx.app.random.uuid(),
        "client_id": client.id(),
    }) else {
        return Err(errors::internal("claims are an object"));
    };
    if let Some(overrides) = overrides {
        overrides.change_access(&mut claims, client.id());
    }
    Ok((claims, validity))
}

async fn sign_client_token(
    cx: &Context,
    pool: &Pool,
    (claims, expires_in): (Map<String, Value>, i64),
) -> Result<ClientAuthenticationResultType> {
    let keys = cx.app.keys_of(pool).await?;
    Ok(ClientAuthenticationResultType {
        access_token: Some(keys.access.sign(&claims)?),
        expires_in: i32::try_from(expires_in).ok(),
        token_type: Some("Bearer".to_owned()),
    })
}

/// The tokens of a request that other providers issued, checked.
#[derive(Default)]
pub struct Foreign {
    pub subject: Option<Presented>,
    pub actor: Option<Presented>,
}

/// A token for one service, with no more than the subject token and the client allow.
pub async fn derived_token(
    cx: &Context,
    pool: &Pool,
    request: &GetDerivedTokenRequest,
    foreign: Foreign,
) -> Result<GetDerivedTokenResponse> {
    let issued_type = request
        .requested_token_type
        .unwrap_or(IssuedTokenTypeIdentifierType::AccessToken);
    let target = target(request)?;
    let subject = match foreign.subject {
        Some(subject) => subject,
        None => present(cx, pool, &request.subject_token, request.subject_token_type)?,
    };
    let actor = match (&request.actor_token, request.actor_token_type) {
        (None, None) => None,
        (Some(_), Some(_)) if foreign.actor.is_some() => foreign.actor,
        (Some(token), Some(kind)) => Some(present(cx, pool, token, kind)?),
        (Some(_), None) => return Err(errors::missing_parameter("ActorTokenType")),
        (None, Some(_)) => return Err(errors::missing_parameter("ActorToken")),
    };
    let issuer = cx.issuer(pool);
    let draft = pool.read(|state| {
        let client = state.client(&request.client_id)?;
        // The request is signed, so the secret may be left out (documented).
        if let Some(secret) = &request.client_secret {
            secret_hash::check_secret(client, Some(secret))?;
        }
        let (needed, name) = if actor.is_some() {
            (
                ExplicitAuthFlowsType::AllowTokenExchangeDelegation,
                "ALLOW_TOKEN_EXCHANGE_DELEGATION",
            )
        } else {
            (
                ExplicitAuthFlowsType::AllowTokenExchangeImpersonation,
                "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
            )
        };
        let flows = client.description.explicit_auth_flows.as_deref();
        if !flows.is_some_and(|flows| flows.contains(&needed)) {
            return Err(errors::flow_not_enabled(name));
        }
        subject.check_owner(state)?;
        if let Some(actor) = &actor {
            actor.check_owner(state)?;
        }
        check_resource(request, state)?;
        // Its errors say that a function is asked; under which source, nothing says.
        triggers::refuse(state.settings(), &[Trigger::PreTokenGeneration])?;
        let scopes = granted(request, client, &subject)?;
        Ok(Derivation {
            issuer: &issuer,
            client,
            subject: &subject,
            actor: actor.as_ref(),
            target,
            scopes,
            now: cx.now_seconds(),
        }
        .draft(cx, issued_type))
    })?;
    let keys = cx.app.keys_of(pool).await?;
    let (key, token_type) = match issued_type {
        IssuedTokenTypeIdentifierType::AccessToken => (&keys.access, OAuthTokenTypeType::Bearer),
        IssuedTokenTypeIdentifierType::IdToken => (&keys.id, OAuthTokenTypeType::NA),
    };
    Ok(GetDerivedTokenResponse {
        issued_token: key.sign(&draft.claims)?,
        issued_token_type: issued_type,
        token_type,
        expires_in: i32::try_from(draft.expires_in).ok(),
        scopes: Some(draft.scopes),
    })
}

/// The one service that the token is for.
fn target<'a>(request: &'a GetDerivedTokenRequest) -> Result<Option<&'a str>> {
    let one = |list: &'a Option<Vec<String>>| list.iter().flatten().map(String::as_str).next();
    match (one(&request.audiences), one(&request.resources)) {
        (Some(_), Some(_)) => Err(errors::audiences_and_resources()),
        (audience, resource) => Ok(audience.or(resource)),
    }
}

fn check_resource(request: &GetDerivedTokenRequest, state: &PoolState) -> Result<()> {
    for resource in request.resources.iter().flatten() {
        state.resource_server(resource)?;
    }
    Ok(())
}

fn present(
    cx: &Context,
    pool: &Pool,
    token: &str,
    kind: TokenTypeIdentifierType,
) -> Result<Presented> {
    let token_use = if kind == TokenTypeIdentifierType::IdToken {
        "id"
    } else {
        "access"
    };
    Presented::check(cx, pool, token, token_use)
}

/// What is asked for, else what the subject token has, as far as the token and the client allow it. An
/// ID token has no scopes, so there the client alone limits them (assumed).
fn granted(
    request: &GetDerivedTokenRequest,
    client: &Client,
    subject: &Presented,
) -> Result<Vec<String>> {
    let allowed = client.allowed_scopes();
    let own = subject.scopes();
    let has_scopes = subject.text("token_use") == Some("access");
    let asked = request.scopes.as_deref().filter(|it| !it.is_empty());
    let scopes: Vec<String> = match asked {
        Some(asked) => asked.to_vec(),
        None if has_scopes => own.clone(),
        None => allowed.to_vec(),
    };
    let granted: Vec<_> = scopes
        .into_iter()
        .filter(|it| allowed.contains(it) && (!has_scopes || own.contains(it)))
        .collect();
    match asked {
        Some(asked) if granted.is_empty() => Err(errors::invalid_scope_requested(&asked.join(" "))),
        _ => Ok(granted),
    }
}

struct Derivation<'a> {
    issuer: &'a str,
    client: &'a Client,
    subject: &'a Presented,
    actor: Option<&'a Presented>,
    target: Option<&'a str>,
    scopes: Vec<String>,
    now: i64,
}

struct Derived {
    claims: Map<String, Value>,
    expires_in: i64,
    scopes: Vec<String>,
}

impl Derivation<'_> {
    /// It never outlives what it comes from.
    fn draft(self, cx: &Context, kind: IssuedTokenTypeIdentifierType) -> Derived {
        let is_access = kind == IssuedTokenTypeIdentifierType::AccessToken;
        let validity = if is_access {
            self.client.validity().access
        } else {
            self.client.validity().id
        };
        let subject_expiry = self.subject.seconds("exp").unwrap_or(i64::MAX);
        let expiry = (self.now + validity).min(subject_expiry);
        let mut claims = if is_access {
            self.access_claims()
        } else {
            self.id_claims()
        };
        for name in [
            "sub",
            "auth_time",
            "origin_jti",
            "event_id",
            "cognito:groups",
        ] {
            if let Some(value) = self.subject.claim(name) {
                claims.insert(name.to_owned(), value.clone());
            }
        }
        claims.insert("iss".to_owned(), json!(self.issuer));
        claims.insert("iat".to_owned(), json!(self.now));
        claims.insert("exp".to_owned(), json!(expiry));
        claims.insert("jti".to_owned(), json!(cx.app.random.uuid()));
        if let Some(actor) = self.actor {
            let mut act = Map::from_iter([("sub".to_owned(), json!(actor.sub()))]);
            for name in ["client_id", "act"] {
                if let Some(value) = actor.claim(name) {
                    act.insert(name.to_owned(), value.clone());
                }
            }
            claims.insert("act".to_owned(), Value::Object(act));
        }
        Derived {
            claims,
            expires_in: expiry - self.now,
            scopes: self.scopes,
        }
    }

    fn access_claims(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert("token_use".to_owned(), json!("access"));
        claims.insert("client_id".to_owned(), json!(self.client.id()));
        claims.insert("scope".to_owned(), json!(self.scopes.join(" ")));
        claims.insert("version".to_owned(), json!(2));
        let username = self.subject.text("username");
        if let Some(name) = username.or_else(|| self.subject.text("cognito:username")) {
            claims.insert("username".to_owned(), json!(name));
        }
        if let Some(target) = self.target {
            claims.insert("aud".to_owned(), json!(target));
        }
        claims
    }

    /// What the subject's ID token says; an access token says only who it is.
    fn id_claims(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        if self.subject.text("token_use") == Some("id") {
            claims.clone_from(self.subject.claims());
        } else if let Some(name) = self.subject.text("username") {
            claims.insert("cognito:username".to_owned(), json!(name));
        }
        claims.insert("token_use".to_owned(), json!("id"));
        let audience = self.target.unwrap_or(self.client.id());
        claims.insert("aud".to_owned(), json!(audience));
        claims
    }
}
