//! The outbox: read, waited for, emptied.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use super::{Answer, Query, bad, no_content};
use crate::app::App;
use crate::delivery::{Filter, Medium};
use crate::http::json_response;

const LONGEST_WAIT: Duration = Duration::from_secs(5);

pub(super) async fn find(app: &App, query: &str) -> Answer {
    let (filter, wait) = filter(app, query).map_err(bad)?;
    let messages = app.outbox.wait(&filter, wait).await;
    Ok(json_response(StatusCode::OK, &json!(messages)))
}

pub(super) fn forget(app: &App, query: &str) -> Answer {
    let (filter, _) = filter(app, query).map_err(bad)?;
    app.outbox.forget(|message| filter.matches(message));
    Ok::<Response<Bytes>, _>(no_content())
}

/// Which messages, and how long to wait for the first.
fn filter(app: &App, query: &str) -> Result<(Filter, Duration), String> {
    const KNOWN: [&str; 7] = [
        "userPoolId",
        "account",
        "username",
        "destination",
        "medium",
        "since",
        "wait",
    ];
    let mut query = Query::parse(query, &KNOWN)?;
    let medium = match query.get("medium").as_deref() {
        None => None,
        Some("EMAIL") => Some(Medium::Email),
        Some("SMS") => Some(Medium::Sms),
        Some(_) => return Err("medium must be EMAIL or SMS".to_owned()),
    };
    let user_pool_id = query.get("userPoolId");
    let username = query.get("username");
    let pool = user_pool_id.as_ref().and_then(|id| app.store.user_pool(id));
    let called = pool.zip(username.as_ref()).and_then(|(pool, name)| {
        pool.read(|state| state.users().find(name).map(|user| user.username.clone()))
    });
    let filter = Filter {
        user_pool_id,
        account: query.get("account"),
        username,
        called,
        destination: query.get("destination"),
        medium,
        since: query.since()?,
    };
    Ok((filter, query.wait(LONGEST_WAIT)?))
}
