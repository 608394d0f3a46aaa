//! `/oauth2/userInfo`: what an access token with the scope `openid` may know of its user. Every value is a
//! text (documented: facts/oauth.md §5). What is wrong is told in the header, and in the body.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, Value};

use super::{Call, reply};
use crate::errors::oauth::{self, OAuthError};
use crate::keys::OAuthGrant;
use crate::tokens::{Presented, Unverified};

pub(super) fn answer(call: &Call<'_>) -> Response<Bytes> {
    match look(call) {
        Ok(body) => reply::json(StatusCode::OK, &body),
        Err(error) => reply::bearer_error(call, &error),
    }
}

fn look(call: &Call<'_>) -> Result<Map<String, Value>, OAuthError> {
    let token = call
        .bearer_token()
        .ok_or_else(oauth::bad_user_info_request)?;
    let dead = |_| oauth::user_info_token_is_dead();
    let pool = Unverified::parse(token)
        .and_then(|it| call.cx.app.store.user_pool(it.user_pool_id()?))
        .filter(|pool| call.place.is_of(pool))
        .ok_or_else(oauth::user_info_token_is_dead)?;
    call.note_pool(&pool);
    let token = Presented::check(&call.cx, &pool, token, "access").map_err(dead)?;
    let grant = OAuthGrant {
        scope: token.scopes().join(" "),
        resource: None,
    };
    if !grant.has_scope("openid") {
        return Err(oauth::user_info_lacks_scope());
    }
    pool.read(|state| {
        token.check_owner(state).map_err(dead)?;
        let client_id = token.text("client_id").unwrap_or_default();
        let client = state.client(client_id).map_err(dead)?;
        let user = state
            .users()
            .find_by_sub(token.sub())
            .ok_or_else(oauth::user_info_token_is_dead)?;
        let mut body = Map::new();
        for attribute in user.attribute_list() {
            let (name, value) = (attribute.name, attribute.value.unwrap_or_default());
            let is_shown = name == "sub" || name == "identities" || grant.shows(&name);
            if is_shown && client.may_read(&name) && !name.starts_with("dev:") {
                body.insert(name, value.into());
            }
        }
        body.insert("username".to_owned(), user.username.as_str().into());
        Ok(body)
    })
}
