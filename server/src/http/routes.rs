//! Which address is what, as one `match`.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use bytes::Bytes;
use cognito_model::Timestamp;
use http::header::CONTENT_TYPE;
use http::{Method, Response, StatusCode, request};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::{cors, uploads};
use crate::accounts::import::UPLOAD_PATH;
use crate::app::App;
use crate::aws_json::{self, Exchange};
use crate::calls::{Call, Payload};
use crate::clock::Stopwatch;
use crate::config::IssuerMode;
use crate::context::Origin;
use crate::control;
use crate::federation::built_in::PATH as PROVIDERS;
use crate::identity::openid_token;
use crate::oauth::{self, Endpoint};
use crate::triggers::{self, RUNTIME_API_PATH};
use crate::{errors, kms, pages, sts, tokens};

/// What came after the head of a request.
#[derive(Debug)]
pub enum Body {
    Whole(Bytes),
    TooLarge {
        limit: usize,
    },
    /// Not all of it came in time.
    TooSlow,
}

/// Who a request comes from, and over what.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    pub scheme: &'static str,
    pub address: IpAddr,
}

impl Peer {
    pub(super) fn of(stream: &TcpStream, scheme: &'static str) -> Self {
        Self {
            scheme,
            address: stream
                .peer_addr()
                .map_or(Ipv4Addr::UNSPECIFIED.into(), |it| it.ip()),
        }
    }
}

/// Answers one request, and logs it.
pub async fn respond(
    app: Arc<App>,
    head: request::Parts,
    body: Body,
    peer: Peer,
) -> Response<Bytes> {
    let (watch, time) = (Stopwatch::start(), app.clock.now());
    let origin = Origin {
        base_url: base_url(&app, &head, peer.scheme),
        address: peer.address,
    };
    // A call is noted once it is answered; of the control API nothing is, and a snapshot is long.
    let noted = match &body {
        Body::Whole(body) if !is_control(&head) => Some(body.clone()),
        _ => None,
    };
    let (mut response, mut exchange) = match body {
        Body::Whole(body) => route(app.clone(), &head, origin, body).await,
        Body::TooLarge { .. } if head.uri.path().starts_with(RUNTIME_API_PATH) => {
            runtime_api(&app, &head, None).await
        }
        Body::TooLarge { limit } if is_control(&head) => {
            let problem = format!("a body has {limit} bytes at most");
            let response = control::refuse(StatusCode::PAYLOAD_TOO_LARGE, &problem);
            (response, Exchange::default())
        }
        Body::TooLarge { limit } => refuse(&app, &errors::body_too_large(limit)),
        Body::TooSlow => refuse(&app, &errors::body_too_slow()),
    };
    // No answer tells of what a crash would undo, be it the caller's own doing or somebody else's.
    if let Err(error) = app.store.journal().settled().await {
        response = aws_json::refuse(&error, app.random.uuid());
        exchange.error = Some(error.code().as_str().into());
    }
    if let Some(body) = noted {
        note(&app, &head, (&body, &response), &exchange, (time, watch));
    }
    // Pages are for their own site.
    if Endpoint::of(head.uri.path()).is_none_or(Endpoint::is_for_scripts) {
        cors::allow(&mut response);
    }
    log(&head, &response, &exchange, watch);
    response
}

/// What a caller gets whose call broke off within the server.
pub(super) fn broken(app: &App) -> Response<Bytes> {
    let (mut response, _) = refuse(app, &errors::internal("a call ended in a panic"));
    cors::allow(&mut response);
    response
}

fn refuse(app: &App, error: &errors::ApiError) -> (Response<Bytes>, Exchange) {
    let exchange = Exchange {
        error: Some(error.code().as_str().into()),
        ..Exchange::default()
    };
    (aws_json::refuse(error, app.random.uuid()), exchange)
}

async fn route(
    app: Arc<App>,
    head: &request::Parts,
    origin: Origin,
    body: Bytes,
) -> (Response<Bytes>, Exchange) {
    let path = head.uri.path();
    let query = head.uri.query().unwrap_or_default();
    let plain = |response| (response, Exchange::default());
    match (&head.method, path) {
        (&Method::OPTIONS, _) => plain(cors::preflight(&head.headers)),
        (&Method::POST, "/") if is_query(head) => sts::answer(&app, head, &body, &body).await,
        (&Method::POST, "/") if kms::is_target(&head.headers) => {
            kms::answer(&app, head, &body).await
        }
        (&Method::POST, "/") => aws_json::answer(app, head, origin, &body).await,
        (&Method::GET, "/") if query.contains("Action=") => {
            sts::answer(&app, head, query.as_bytes(), &body).await
        }
        _ if let Some(endpoint) = Endpoint::of(path) => {
            oauth::answer(app, endpoint, head, origin, &body).await
        }
        (&Method::GET | &Method::HEAD, "/health") => plain(control::health(&app)),
        (&Method::PUT, path) if path.starts_with(UPLOAD_PATH) => {
            let place = &path[UPLOAD_PATH.len()..];
            plain(uploads::receive(&app, place, query, &head.headers, body))
        }
        (_, path) if path.starts_with(RUNTIME_API_PATH) => {
            runtime_api(&app, head, Some(&body)).await
        }
        (_, path) if is_endpoint_without_domain(&app, path) => plain(not_understood()),
        (_, path) if path.starts_with(PROVIDERS) => {
            plain(oauth::answer_as_provider(app, head, origin, &body).await)
        }
        (method, path) if path == "/_cognitwin" || path.starts_with("/_cognitwin/") => {
            plain(control::answer(app, origin, method, (path, query), body).await)
        }
        (&Method::GET | &Method::HEAD, "/cognito-identity/.well-known/openid-configuration") => {
            let document = openid_token::discovery(&app, &origin.base_url);
            plain(json_response(StatusCode::OK, &document))
        }
        (&Method::GET | &Method::HEAD, "/cognito-identity/.well-known/jwks_uri") => {
            plain(match openid_token::jwks(&app).await {
                Ok(keys) => json_response(StatusCode::OK, &keys),
                Err(error) => aws_json::refuse(&error, app.random.uuid()),
            })
        }
        (&Method::GET | &Method::HEAD, path) => {
            match path.trim_start_matches('/').split_once("/.well-known/") {
                Some((id, "jwks.json")) => plain(jwks(&app, id).await),
                Some((id, "openid-configuration")) => plain(discovery(&app, id, &origin.base_url)),
                _ => plain(pages::image(&app, path).unwrap_or_else(|| {
                    json_response(StatusCode::NOT_FOUND, &json!({"message": "Not Found"}))
                })),
            }
        }
        _ => plain(json_response(
            StatusCode::NOT_FOUND,
            &json!({"message": "Not Found"}),
        )),
    }
}

async fn runtime_api(
    app: &App,
    head: &request::Parts,
    body: Option<&[u8]>,
) -> (Response<Bytes>, Exchange) {
    let path = &head.uri.path()[RUNTIME_API_PATH.len()..];
    let response = triggers::runtime_api(app, &head.method, path, body).await;
    (response, Exchange::default())
}

async fn jwks(app: &App, user_pool_id: &str) -> Response<Bytes> {
    let Some(pool) = app.store.user_pool(user_pool_id) else {
        return no_such_pool(user_pool_id);
    };
    match app.keys_of(&pool).await {
        Ok(keys) => json_response(StatusCode::OK, &keys.jwks()),
        Err(error) => aws_json::refuse(&error, app.random.uuid()),
    }
}

/// Consistent with the address that it was asked at: a caller who can read it can reach the keys.
fn discovery(app: &App, user_pool_id: &str, base_url: &str) -> Response<Bytes> {
    let Some(pool) = app.store.user_pool(user_pool_id) else {
        return no_such_pool(user_pool_id);
    };
    let base = match app.settings.issuer {
        IssuerMode::Public => app.settings.public_url.as_str(),
        IssuerMode::Host | IssuerMode::Aws => base_url,
    };
    let issuer = app.issuer(base_url, user_pool_id, &pool.scope().region);
    let jwks_uri = format!("{base}/{user_pool_id}/.well-known/jwks.json");
    let (has_domain, registers) = pool.read(|state| {
        let has_domain = state.domains().iter().next().is_some();
        (has_domain, state.settings().registers_clients())
    });
    let domain = has_domain.then_some(base);
    // An application that registers has nothing yet that says which pool it means.
    let registration = (has_domain && registers)
        .then(|| format!("{base}/oauth2/register?user_pool_id={user_pool_id}"));
    let document =
        tokens::openid_configuration(&issuer, &jwks_uri, domain, registration.as_deref());
    json_response(StatusCode::OK, &document)
}

/// `<issuer>/authorize` and the like.
fn is_endpoint_without_domain(app: &App, path: &str) -> bool {
    let parts = path.trim_start_matches('/').split_once('/');
    parts.is_some_and(|(id, name)| {
        matches!(
            name,
            "authorize" | "token" | "userInfo" | "revoke" | "logout"
        ) && app.store.user_pool(id).is_some()
    })
}

/// Captured: facts/oauth.md §2.
fn not_understood() -> Response<Bytes> {
    let body = json!({
        "code": "BadRequest",
        "message": "The server did not understand the operation that was requested.",
        "type": "client",
    });
    json_response(StatusCode::BAD_REQUEST, &body)
}

/// Documented for another double that measured it: facts/captured.md 10.
fn no_such_pool(id: &str) -> Response<Bytes> {
    let error = errors::user_pool_not_found(id);
    json_response(StatusCode::NOT_FOUND, &json!({"message": error.message()}))
}

pub(crate) fn json_response(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    response
}

/// AWS Query is a form; a target makes it AWS JSON, whatever its content type.
fn is_query(head: &request::Parts) -> bool {
    let is_form = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media| {
            media
                .trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
    is_form && !head.headers.contains_key("x-amz-target")
}

/// Scheme and host as the caller used them; HTTP/2 has the host in its address.
fn base_url(app: &App, head: &request::Parts, scheme: &str) -> String {
    let host = head
        .headers
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| head.uri.authority().map(http::uri::Authority::as_str));
    match host {
        Some(host) => format!("{scheme}://{host}"),
        None => app.settings.public_url.clone(),
    }
}

/// Notes a call of a service; what belongs to this server alone is no call.
fn note(
    app: &App,
    head: &request::Parts,
    (request, response): (&Bytes, &Response<Bytes>),
    exchange: &Exchange,
    (time, watch): (Timestamp, Stopwatch),
) {
    let is_call = head.method == Method::POST && head.uri.path() == "/";
    if !is_call && exchange.service.is_empty() {
        return;
    }
    let id = ["x-amzn-requestid", "x-amz-cognito-request-id"];
    let id = id.iter().find_map(|name| response.headers().get(*name));
    let (request, response_body) = match exchange.service {
        "sts" if is_call => (Payload::form(request), Payload::xml(response.body())),
        "sts" => {
            let query = head.uri.query().unwrap_or_default();
            let request = Payload::form(query.as_bytes());
            (request, Payload::xml(response.body()))
        }
        "oauth" => (
            oauth::payload(head, request),
            oauth::payload_of_answer(exchange.operation, response),
        ),
        _ => (Payload::json(request), Payload::json(response.body())),
    };
    app.journal.note(Call {
        id: id
            .and_then(|id| id.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        time,
        service: exchange.service,
        operation: exchange.operation.into(),
        label: exchange.operation,
        user_pool_id: exchange.pool.clone(),
        account: exchange.account.clone(),
        status: response.status().as_u16(),
        error: exchange.error.clone(),
        duration: watch.elapsed(),
        request,
        response: response_body,
        trigger: None,
    });
}

fn is_control(head: &request::Parts) -> bool {
    head.uri.path().starts_with("/_cognitwin")
}

fn log(head: &request::Parts, response: &Response<Bytes>, exchange: &Exchange, watch: Stopwatch) {
    let duration_ms = watch.elapsed().as_micros() as f64 / 1000.0;
    let status = response.status().as_u16();
    if exchange.service.is_empty() {
        tracing::info!(
            status, error = exchange.error.as_deref(), duration_ms, method = %head.method, path = head.uri.path(), "request"
        );
    } else {
        tracing::info!(
            service = exchange.service,
            operation = exchange.operation,
            pool = exchange.pool,
            status,
            error = exchange.error.as_deref(),
            duration_ms,
            "request"
        );
    }
}
