//! A signed-in session for a test, without signing in.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::{Answer, bad, missing, object_of};
use crate::app::App;
use crate::auth::{self, Minting};
use crate::context::{Context, Origin};
use crate::http::json_response;

pub(super) async fn mint(app: Arc<App>, origin: Origin, body: &[u8]) -> Answer {
    let wanted: Minting = object_of(body).map_err(bad)?;
    wanted.check().map_err(bad)?;
    let id = wanted.user_pool_id.clone();
    let pool = app.store.user_pool(&id);
    let pool = pool.ok_or_else(|| missing(format!("there is no user pool {id}")))?;
    pool.read(|state| {
        if state.client(&wanted.client_id).is_err() {
            return Err(missing(format!("{id} has no client {}", wanted.client_id)));
        }
        match state.users().find(&wanted.username) {
            None => Err(missing(format!("{id} has no user {}", wanted.username))),
            Some(user) if !user.enabled => {
                Err(bad(format!("the user {} is disabled", wanted.username)))
            }
            Some(_) => Ok(()),
        }
    })?;
    let cx = Context::anonymous(app, origin);
    let tokens = auth::mint(&cx, &pool, &wanted).await;
    let tokens = tokens.map_err(|error| bad(error.to_string()))?;
    Ok(json_response(
        StatusCode::OK,
        &json!({
            "accessToken": tokens.access_token,
            "idToken": tokens.id_token,
            "refreshToken": tokens.refresh_token,
            "expiresIn": tokens.expires_in,
            "tokenType": tokens.token_type,
        }),
    ))
}
