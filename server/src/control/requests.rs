//! The journal: read and emptied.

use http::StatusCode;
use serde_json::json;

use super::{Answer, Query, bad, no_content};
use crate::app::App;
use crate::calls::Filter;
use crate::http::json_response;

pub(super) fn find(app: &App, query: &str) -> Answer {
    let calls = app.journal.find(&filter(query).map_err(bad)?);
    Ok(json_response(StatusCode::OK, &json!(calls)))
}

pub(super) fn forget(app: &App, query: &str) -> Answer {
    app.journal.forget(&filter(query).map_err(bad)?);
    Ok(no_content())
}

fn filter(query: &str) -> Result<Filter, String> {
    let mut query = Query::parse(query, &["operation", "userPoolId", "account", "since"])?;
    Ok(Filter {
        operation: query.get("operation"),
        user_pool_id: query.get("userPoolId"),
        account: query.get("account"),
        since: query.since()?,
    })
}
