//! `POST /oauth2/register`: an application makes itself an app client (RFC 7591), as far as the pool's
//! DcrConfiguration lets it. Words and statuses of refusals are assumed, after RFC 7591 §3.2.2 and RFC 6750
//! §3.1. On the server's own address `user_pool_id` in the query says which pool is meant, if no token does.

use bytes::Bytes;
use cognito_model::idp::{ClientTypeType, CreateUserPoolClient};
use cognito_model::{Operation as _, Rejection};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Response, StatusCode};
use serde_json::{Map, Value, json};

use super::{Call, reply};
use crate::errors;
use crate::errors::oauth::{self, OAuthError};
use crate::store::Pool;
use crate::tokens::{Presented, Unverified};
use crate::user_pools::{Client, ClientMetadata, REGISTRATION_SCOPE, Registrant};

pub(super) fn answer(call: &Call<'_>, body: &[u8]) -> Response<Bytes> {
    match register(call, body) {
        Ok(body) => reply::json(StatusCode::CREATED, &body),
        Err(error) if error.status == StatusCode::BAD_REQUEST => reply::error(call, &error),
        Err(error) => reply::bearer_error(call, &error),
    }
}

fn register(call: &Call<'_>, body: &[u8]) -> Result<Map<String, Value>, OAuthError> {
    let (cx, store) = (&call.cx, &call.cx.app.store);
    let token = call.bearer_token();
    let of_token = token
        .and_then(Unverified::parse)
        .and_then(|it| store.user_pool(it.user_pool_id()?))
        .filter(|pool| call.place.is_of(pool));
    let pool = of_token.or_else(|| call.pool());
    let pool = pool.ok_or_else(oauth::invalid_request)?;
    call.note_pool(&pool);
    if !pool.read(|state| state.settings().registers_clients()) {
        return Err(oauth::registration_is_off());
    }
    let registrant = match token {
        None if !call.headers.contains_key(AUTHORIZATION) => Registrant::Anyone,
        token => check_token(call, &pool, token.unwrap_or_default())?,
    };
    // Whether anybody may register comes before what they send.
    pool.read(|state| state.settings().registered_grants(registrant))?;
    let metadata: Option<ClientMetadata> = is_json(call)
        .then(|| serde_json::from_slice(body).ok())
        .flatten();
    let metadata = metadata.ok_or_else(|| {
        oauth::invalid_client_metadata("The body is not a JSON object of client metadata")
    })?;
    let id = cx.app.random.client_id();
    let asked = pool.read(|state| metadata.registration(state.settings(), registrant, &id))?;
    validate(&asked.request)?;
    let made = store.create_client(&pool, &id, |state| {
        if state.clients().len() >= Client::MOST {
            return Err(errors::limit_exceeded("user pool clients", Client::MOST));
        }
        let secret = || cx.app.random.client_secret();
        let around = &state.surroundings();
        let mut client = Client::create(asked.request, id.clone(), secret, around, cx.now)?;
        client.description.client_type = Some(ClientTypeType::Dcr);
        Ok(client)
    });
    let client = made
        .map_err(|error| oauth::refused_registration(&error))?
        .describe();
    let mut body = Map::new();
    body.insert("client_id".to_owned(), id.into());
    if let Some(secret) = client.client_secret {
        body.insert("client_secret".to_owned(), secret.into());
        // Never.
        body.insert("client_secret_expires_at".to_owned(), 0.into());
    }
    body.insert("client_id_issued_at".to_owned(), cx.now_seconds().into());
    body.insert("client_name".to_owned(), json!(client.client_name));
    if let Some(uris) = client.callback_urls {
        body.insert("redirect_uris".to_owned(), json!(uris));
    }
    body.insert("grant_types".to_owned(), json!(asked.grant_types));
    body.insert("response_types".to_owned(), json!(asked.response_types));
    body.insert(
        "token_endpoint_auth_method".to_owned(),
        asked.auth_method.into(),
    );
    let scopes = client.allowed_oauth_scopes.unwrap_or_default();
    body.insert("scope".to_owned(), scopes.join(" ").into());
    Ok(body)
}

/// An access token of the pool with the scope, whose owner and client are there.
fn check_token(call: &Call<'_>, pool: &Pool, token: &str) -> Result<Registrant, OAuthError> {
    let dead = |_| oauth::registration_token_is_dead();
    let token = Presented::check(&call.cx, pool, token, "access").map_err(dead)?;
    pool.read(|state| {
        token.check_owner(state)?;
        state
            .client(token.text("client_id").unwrap_or_default())
            .map(drop)
    })
    .map_err(dead)?;
    if token.scopes().iter().any(|it| it == REGISTRATION_SCOPE) {
        Ok(Registrant::Authenticated)
    } else {
        Err(oauth::registration_lacks_scope())
    }
}

/// What the model says of lengths and letters, as everywhere.
fn validate(
    request: &<CreateUserPoolClient as cognito_model::Operation>::Input,
) -> Result<(), OAuthError> {
    let value = serde_json::to_value(request).unwrap_or_default();
    cognito_model::validate(CreateUserPoolClient::INPUT, &value).map_err(|rejection| {
        oauth::invalid_client_metadata(match rejection {
            Rejection::Serialization(message) => message,
            Rejection::Constraints(items) => cognito_model::message(&items),
        })
    })
}

fn is_json(call: &Call<'_>) -> bool {
    let media = call.headers.get(CONTENT_TYPE);
    let media = media.and_then(|it| it.to_str().ok()?.split(';').next());
    media.is_some_and(|it| it.trim().eq_ignore_ascii_case("application/json"))
}
