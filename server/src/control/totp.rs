//! What a user's authenticator app shows now.

use http::StatusCode;
use serde_json::json;

use super::{Answer, Query, bad, missing};
use crate::app::App;
use crate::http::json_response;

pub(super) fn show(app: &App, query: &str) -> Answer {
    let mut query = Query::parse(query, &["userPoolId", "username"]).map_err(bad)?;
    let id = query.required("userPoolId").map_err(bad)?;
    let username = query.required("username").map_err(bad)?;
    let pool = app.store.user_pool(&id);
    let pool = pool.ok_or_else(|| missing(format!("there is no user pool {id}")))?;
    let now = app.clock.now();
    let (code, is_used) = pool.read(|state| {
        let user = state.users().find(&username);
        let user = user.ok_or_else(|| missing(format!("there is no user {username}")))?;
        let shown = match (&user.factors.software_token, &user.factors.pending_token) {
            (Some(token), _) => token.shown(now),
            // The app has it already, and its first code is wanted to verify it.
            (None, Some(secret)) => secret.code(now).map(|code| (code, false)),
            (None, None) => None,
        };
        shown.ok_or_else(|| missing(format!("{username} has no software token")))
    })?;
    Ok(json_response(
        StatusCode::OK,
        &json!({"code": code.digits, "secondsLeft": code.seconds_left, "used": is_used}),
    ))
}
