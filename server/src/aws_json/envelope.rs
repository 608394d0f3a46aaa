//! One exchange: target → authorisation → JSON → validation → operation → body and headers.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use cognito_model::{Auth, OperationInfo, Rejection, Service};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::parity;
use crate::app::App;
use crate::auth;
use crate::aws::{Caller, Scope};
use crate::calls::{Injected, Target};
use crate::context::{Context, Origin};
use crate::credentials::{Fault, Signer};
use crate::errors::{self, ApiError, Result};
use crate::tokens::Unverified;

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-amzn-errormessage");
const STORED_ONLY: HeaderName = HeaderName::from_static("x-cognitwin-stored-only");

/// What the access log and the journal say of an exchange.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) pool: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) error: Option<Cow<'static, str>>,
    /// Members that the request sets and this server only stores.
    pub(crate) stored_only: Vec<&'static str>,
}

/// Why a call fails: for a reason of its own, or because a test wants it.
pub(crate) enum Failure {
    Refused(ApiError),
    Injected(Injected),
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

pub(crate) async fn answer(
    app: Arc<App>,
    head: &Parts,
    origin: Origin,
    body: &[u8],
) -> (Response<Bytes>, Exchange) {
    let mut exchange = Exchange::default();
    let result = call(Arc::clone(&app), head, origin, body, &mut exchange).await;
    respond(&app, result, exchange)
}

/// A body or a refusal as the SDKs read it, and what the log says of it.
pub(crate) fn respond(
    app: &App,
    result: std::result::Result<Vec<u8>, Failure>,
    mut exchange: Exchange,
) -> (Response<Bytes>, Exchange) {
    let request_id = app.random.uuid();
    match result {
        Ok(body) => {
            let mut response = Response::new(Bytes::from(body));
            response.headers_mut().insert(CONTENT_TYPE, JSON);
            insert(&mut response, REQUEST_ID, &request_id.to_string());
            if !exchange.stored_only.is_empty() {
                let members = exchange.stored_only.join(",");
                tracing::debug!(operation = exchange.operation, members, "only stored");
                insert(&mut response, STORED_ONLY, &members);
            }
            (response, exchange)
        }
        Err(Failure::Refused(error)) => {
            exchange.error = Some(error.code().as_str().into());
            (refuse(&error, request_id), exchange)
        }
        Err(Failure::Injected(fault)) => {
            let response = write_error(fault.status, &fault.code, Some(&fault.message), request_id);
            exchange.error = Some(fault.code);
            (response, exchange)
        }
    }
}

async fn call(
    app: Arc<App>,
    head: &Parts,
    origin: Origin,
    body: &[u8],
    exchange: &mut Exchange,
) -> std::result::Result<Vec<u8>, Failure> {
    let operation = target(&head.headers)
        .and_then(|(prefix, name)| find(prefix, name))
        .ok_or_else(errors::unknown_operation)?;
    exchange.service = operation.service.name();
    exchange.operation = operation.name;
    let (caller, scope) = authorize(&app, operation, head, body)?;
    let mut input = parse(body)?;
    exchange.pool = pool_id(&app, &input);
    exchange.account = match (&caller, &exchange.pool) {
        (Caller::Anonymous, Some(id)) => account_of(&app, id),
        _ => None,
    };
    let account = exchange
        .account
        .get_or_insert_with(|| scope.account.clone());
    let target = Target {
        service: exchange.service,
        operation: exchange.operation,
        user_pool_id: exchange.pool.as_deref(),
        account: Some(account),
    };
    let met = app.faults.meet(&target, &app.random).await;
    met.map_err(Failure::Injected)?;
    let fixed_id = match operation.name {
        "CreateUserPoolClient" => take_fixed_client_id(&mut input),
        _ => None,
    };
    cognito_model::discard_null_entries(operation.input, &mut input);
    cognito_model::validate(operation.input, &input).map_err(|rejection| match rejection {
        Rejection::Serialization(message) => errors::wrong_type(message),
        Rejection::Constraints(items) => match operation.service {
            Service::UserPools => errors::invalid_members(cognito_model::message(&items)),
            Service::IdentityPools => errors::validation(cognito_model::message(&items)),
        },
    })?;
    exchange.stored_only = parity::stored_only(operation, &input);
    let cx = Context {
        now: app.clock.now(),
        app,
        caller,
        scope,
        origin,
        fixed_id,
        dialogue: Default::default(),
    };
    let result = match operation.service {
        Service::UserPools => crate::idp::operations::dispatch(&cx, operation.name, input).await,
        Service::IdentityPools => {
            crate::identity::operations::dispatch(&cx, operation.name, input).await
        }
    };
    let result = result.unwrap_or_else(|| Err(errors::not_implemented(operation.name)));
    result.map_err(Failure::Refused)
}

/// The operations that are there; every other one answers NotImplementedException.
pub fn implemented(service: Service) -> &'static [&'static str] {
    match service {
        Service::UserPools => crate::idp::operations::IMPLEMENTED,
        Service::IdentityPools => crate::identity::operations::IMPLEMENTED,
    }
}

/// The service and the operation that a call is for.
pub(crate) fn target(headers: &HeaderMap) -> Option<(&str, &str)> {
    headers.get(TARGET)?.to_str().ok()?.split_once('.')
}

fn find(prefix: &str, name: &str) -> Option<&'static OperationInfo> {
    let service = Service::ALL
        .iter()
        .find(|service| service.target_prefix() == prefix)?;
    cognito_model::find(*service, name)
}

/// The pool that a request names, directly or by something that belongs to it: for the log.
fn pool_id(app: &App, input: &Value) -> Option<String> {
    let member = |name| input.get(name).and_then(Value::as_str);
    let known = |id: &str| app.store.user_pool(id).map(|pool| pool.id().to_owned());
    if let Some(id) = member("UserPoolId").or(member("IdentityPoolId")) {
        return Some(id.chars().filter(|c| !c.is_control()).take(55).collect());
    }
    if let Some(id) = member("ClientId") {
        return app
            .store
            .user_pool_of_client(id)
            .map(|pool| pool.id().to_owned());
    }
    if let Some(id) = member("IdentityId") {
        return app
            .store
            .identity_pool_of_identity(id)
            .map(|pool| pool.id().to_owned());
    }
    let Some(token) = member("AccessToken") else {
        return auth::pool_of_session(app, member("Session")?);
    };
    Unverified::parse(token)?.user_pool_id().and_then(known)
}

fn account_of(app: &App, pool_id: &str) -> Option<String> {
    let scope = |pool: &Scope| pool.account.clone();
    let store = &app.store;
    store
        .user_pool(pool_id)
        .map(|pool| scope(pool.scope()))
        .or_else(|| Some(scope(store.identity_pool(pool_id)?.scope())))
}

/// A ClientName `_custom_id_:abc` fixes the client's id and is then the name `abc`. The colon is no
/// character of a name, so this comes before the validation.
fn take_fixed_client_id(input: &mut Value) -> Option<String> {
    let name = input.get_mut("ClientName")?;
    let id = name.as_str()?.strip_prefix("_custom_id_:")?.to_owned();
    *name = json!(id);
    Some(id)
}

/// A signature is good for so many minutes (captured for AWS's JSON services).
const PATIENCE: i64 = 5;

/// A public operation ignores any signature; every other one wants one, and its scope says where
/// the caller works.
fn authorize(
    app: &App,
    operation: &OperationInfo,
    head: &Parts,
    body: &[u8],
) -> Result<(Caller, Scope)> {
    if operation.auth == Auth::None {
        let own = Scope::new(&app.settings.account, &app.settings.region);
        return Ok((Caller::Anonymous, own));
    }
    signer(app, operation.service.name(), head, body)
}

/// Who signed a request for a service, and where it works.
pub(crate) fn signer(
    app: &App,
    service: &str,
    head: &Parts,
    body: &[u8],
) -> Result<(Caller, Scope)> {
    let signer = Signer::of(app, head, body, service, PATIENCE).map_err(|fault| match fault {
        Fault::Missing => errors::missing_authentication_token(),
        Fault::Incomplete(missing) => errors::incomplete_signature(&missing),
        Fault::UnknownKey => errors::unrecognized_client(),
        Fault::ExpiredToken => errors::expired_token(),
        Fault::Mismatch(mismatch) => errors::invalid_signature(&mismatch),
    })?;
    let scope = Scope::new(signer.account(app), &*signer.region);
    let caller = Caller::Signed {
        access_key_id: signer.access_key_id,
    };
    Ok((caller, scope))
}

/// An object, or nothing at all for one without members.
pub(crate) fn parse(body: &[u8]) -> Result<Value> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    match serde_json::from_slice(body) {
        Ok(input @ Value::Object(_)) => Ok(input),
        Ok(_) => Err(errors::malformed_json()),
        Err(error) => Err(errors::malformed_json().caused_by(error)),
    }
}

/// An error as the SDKs read it: code and message in the body, and again in the headers.
pub(crate) fn refuse(error: &ApiError, request_id: Uuid) -> Response<Bytes> {
    if error.status().is_server_error() {
        tracing::error!(%request_id, cause = ?std::error::Error::source(error), "{error}");
    }
    write_error(
        error.status(),
        error.code().as_str(),
        error.message(),
        request_id,
    )
}

fn write_error(
    status: StatusCode,
    code: &str,
    message: Option<&str>,
    request_id: Uuid,
) -> Response<Bytes> {
    let body = match message {
        Some(message) => json!({"__type": code, "message": message}),
        None => json!({"__type": code}),
    };
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    insert(&mut response, REQUEST_ID, &request_id.to_string());
    insert(&mut response, ERROR_TYPE, &format!("{code}:"));
    if let Some(message) = message {
        insert(&mut response, ERROR_MESSAGE, message);
    }
    response
}

/// More than clients take in one header line; the body has the whole message.
const MOST_HEADER: usize = 1024;

/// A header takes printable ASCII; a line break of a message becomes a blank.
fn insert(response: &mut Response<Bytes>, name: HeaderName, value: &str) {
    let printable: String = value
        .trim_end()
        .chars()
        .take(MOST_HEADER)
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            ' '..='~' => c,
            _ => '?',
        })
        .collect();
    if let Ok(value) = HeaderValue::try_from(printable) {
        response.headers_mut().insert(name, value);
    }
}
