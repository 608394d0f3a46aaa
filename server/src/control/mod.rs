//! The control API under `/_cognitwin/`: what a test can ask of the double that it cannot ask of AWS.

mod clock;
mod console;
mod faults;
mod messages;
mod metrics;
mod query;
mod requests;
mod state;
mod tokens;
mod totp;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::json;

use self::query::Query;
use crate::app::App;
use crate::aws_json;
use crate::context::Origin;
use crate::http::json_response;
use crate::snapshot;

pub use self::state::{begin, reset_all};

/// Where a request may bring the whole state.
pub(crate) const SNAPSHOT_PATH: &str = "/_cognitwin/snapshot";

/// An answer, or why there is none: an HTTP status and what is wrong.
type Answer = Result<Response<Bytes>, (StatusCode, String)>;

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
    app: Arc<App>,
    origin: Origin,
    method: &Method,
    (path, query): (&str, &str),
    body: Bytes,
) -> Response<Bytes> {
    let result = find(app, origin, method, (path, query), body).await;
    result.unwrap_or_else(|(status, problem)| refuse(status, &problem))
}

async fn find(
    app: Arc<App>,
    origin: Origin,
    method: &Method,
    (path, query): (&str, &str),
    body: Bytes,
) -> Answer {
    let name = path
        .trim_start_matches("/_cognitwin")
        .trim_start_matches('/');
    let no_parameters = || Query::parse(query, &[]).map_err(bad);
    // HTTP's HEAD is a GET whose body stays here.
    let method = if *method == Method::HEAD {
        &Method::GET
    } else {
        method
    };
    match (method, name) {
        (&Method::GET, "") => console::page(&app),
        (&Method::POST, "") => {
            let response = console::act(&app, &body);
            snapshot::keep_clock(&app);
            response
        }
        (&Method::GET, "health") => Ok(health(&app)),
        (&Method::GET | &Method::PUT | &Method::DELETE, "clock") => {
            no_parameters()?;
            let response = clock::answer(&app.clock, method, &body);
            if *method != Method::GET {
                snapshot::keep_clock(&app);
            }
            response
        }
        (&Method::POST, "reset") => state::reset(&app, query).await,
        (&Method::GET, "snapshot") => state::write(&app, query).await,
        (&Method::PUT, "snapshot") => state::replace(&app, query, body).await,
        (&Method::GET, "messages") => messages::find(&app, query).await,
        (&Method::DELETE, "messages") => messages::forget(&app, query),
        (&Method::GET, "requests") => requests::find(&app, query),
        (&Method::DELETE, "requests") => requests::forget(&app, query),
        (&Method::GET, "faults") => {
            no_parameters()?;
            Ok(json_response(StatusCode::OK, &json!(app.faults.list())))
        }
        (&Method::POST, "faults") => faults::add(&app, query, &body),
        (&Method::DELETE, "faults") => faults::clear(&app, query),
        (&Method::DELETE, name) if name.starts_with("faults/") => {
            faults::remove(&app, &name["faults/".len()..])
        }
        (&Method::POST, "tokens") => {
            no_parameters()?;
            tokens::mint(app, origin, &body).await
        }
        (&Method::GET, "totp") => totp::show(&app, query),
        (&Method::GET, "metrics") => {
            no_parameters()?;
            Ok(metrics::show(&app))
        }
        (&Method::GET, "parity") => Ok(json_response(StatusCode::OK, &aws_json::ledger())),
        _ => {
            let problem = format!("{method} {path} is not a part of the control API");
            Err((StatusCode::NOT_FOUND, problem))
        }
    }
}

fn bad(problem: String) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, problem)
}

fn missing(problem: impl Into<String>) -> (StatusCode, String) {
    (StatusCode::NOT_FOUND, problem.into())
}

fn no_content() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// What a body asks. Serde would take the members of a list in their order, too.
fn object_of<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    if body.trim_ascii_start().starts_with(b"[") {
        return Err("an object is wanted".to_owned());
    }
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn text(content_type: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    let content_type = HeaderValue::from_static(content_type);
    let headers = response.headers_mut();
    headers.insert(http::header::CONTENT_TYPE, content_type);
    response
}

pub(crate) fn refuse(status: StatusCode, problem: &str) -> Response<Bytes> {
    json_response(status, &json!({"error": problem}))
}
