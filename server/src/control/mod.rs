//! The control API under `/_cognitwin/`: what a test can ask of the double that it cannot ask of AWS.

mod clock;

use std::time::Duration;

use bytes::Bytes;
use cognito_model::Timestamp;
use http::{Method, Response, StatusCode};
use serde_json::json;

use crate::app::App;
use crate::delivery::{Filter, Medium};
use crate::http::json_response;

const LONGEST_WAIT: Duration = Duration::from_secs(60);

pub(crate) fn health(app: &App) -> Response<Bytes> {
    json_response(
        StatusCode::OK,
        &json!({
            "status": "ok",
            "version": env!("CARGO_PKG_VERSION"),
            "uptimeSeconds": app.started.elapsed().as_secs(),
        }),
    )
}

pub(crate) async fn answer(
    app: &App,
    method: &Method,
    path: &str,
    query: &str,
    body: &[u8],
) -> Response<Bytes> {
    match (method, path) {
        (_, "/_cognitwin/clock") => clock::answer(&app.clock, method, body),
        (&Method::GET | &Method::HEAD, "/_cognitwin/health") => health(app),
        (&Method::GET, "/_cognitwin/messages") => match filter(query) {
            Ok((filter, wait)) => {
                let messages = app.outbox.wait(&filter, wait).await;
                json_response(StatusCode::OK, &json!(messages))
            }
            Err(problem) => refuse(StatusCode::BAD_REQUEST, &problem),
        },
        (&Method::DELETE, "/_cognitwin/messages") => {
            app.outbox.clear();
            no_content()
        }
        _ => refuse(
            StatusCode::NOT_FOUND,
            &format!("{method} {path} is not a part of the control API"),
        ),
    }
}

fn no_content() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn refuse(status: StatusCode, problem: &str) -> Response<Bytes> {
    json_response(status, &json!({"error": problem}))
}

/// Which messages, and how long to wait for the first.
fn filter(query: &str) -> Result<(Filter, Duration), String> {
    let mut filter = Filter::default();
    let mut wait = Duration::ZERO;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "userPoolId" => filter.user_pool_id = Some(value.into_owned()),
            "username" => filter.username = Some(value.into_owned()),
            "destination" => filter.destination = Some(value.into_owned()),
            "medium" if value == "EMAIL" => filter.medium = Some(Medium::Email),
            "medium" if value == "SMS" => filter.medium = Some(Medium::Sms),
            "medium" => return Err("medium must be EMAIL or SMS".to_owned()),
            "since" => {
                let since: jiff::Timestamp = value
                    .parse()
                    .map_err(|_| "since must be a time such as 2027-01-01T00:00:00Z".to_owned())?;
                filter.since = Some(Timestamp::from_millis(since.as_millisecond()));
            }
            "wait" => {
                let seconds = value
                    .parse::<f64>()
                    .ok()
                    .filter(|it| it.is_finite() && *it >= 0.0);
                let seconds =
                    seconds.ok_or_else(|| "wait must be a number of seconds".to_owned())?;
                wait = Duration::from_secs_f64(seconds.min(LONGEST_WAIT.as_secs_f64()));
            }
            other => return Err(format!("unknown parameter {other}")),
        }
    }
    Ok((filter, wait))
}
