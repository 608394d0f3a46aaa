//! Faults: asked for, and taken back.

use http::StatusCode;
use serde_json::json;

use super::{Answer, Query, bad, missing, no_content, object_of};
use crate::app::App;
use crate::http::json_response;

pub(super) fn add(app: &App, query: &str, body: &[u8]) -> Answer {
    Query::parse(query, &[]).map_err(bad)?;
    let wanted = object_of(body).map_err(bad)?;
    let fault = app.faults.add(wanted, &app.random).map_err(bad)?;
    Ok(json_response(StatusCode::CREATED, &json!(fault)))
}

pub(super) fn clear(app: &App, query: &str) -> Answer {
    match Query::parse(query, &["account"])
        .map_err(bad)?
        .get("account")
    {
        Some(account) => app.faults.clear_account(&account),
        None => app.faults.clear(),
    }
    Ok(no_content())
}

pub(super) fn remove(app: &App, id: &str) -> Answer {
    if app.faults.remove(id) {
        Ok(no_content())
    } else {
        Err(missing(format!("there is no fault {id}")))
    }
}
