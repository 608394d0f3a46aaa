//! STS, as far as the credentials that this server hands out need it: the AWS Query protocol, XML
//! (facts/identity.md §8).

mod assume_role_with_web_identity;
mod get_caller_identity;

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::app::App;
use crate::errors::StsError;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const OPERATIONS: [&str; 2] = ["AssumeRoleWithWebIdentity", "GetCallerIdentity"];
const VERSION: &str = "2011-06-15";

/// What stands in the result's element.
type Answer = Result<String, StsError>;

/// The operation's name, for the log, and the answer; `form` is the body or the query.
pub(crate) fn answer(
    app: &Arc<App>,
    head: &Parts,
    form: &[u8],
    body: &[u8],
) -> (Response<Bytes>, Call) {
    let parameter = |wanted: &str| {
        form_urlencoded::parse(form)
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let action = parameter("Action").unwrap_or_default();
    let version = parameter("Version").unwrap_or_default();
    let (operation, result) = match action.as_str() {
        "GetCallerIdentity" if version == VERSION => (
            "GetCallerIdentity",
            get_caller_identity::answer(app, head, body),
        ),
        "AssumeRoleWithWebIdentity" if version == VERSION => (
            "AssumeRoleWithWebIdentity",
            assume_role_with_web_identity::answer(app, form),
        ),
        _ => ("", Err(StsError::unknown_action(&action, &version))),
    };
    let request_id = app.random.uuid();
    let (status, error, body) = match result {
        Ok(result) => (
            StatusCode::OK,
            None,
            format!(
                "<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>{result}</{operation}Result>\
                 <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
            ),
        ),
        Err(StsError {
            status,
            code,
            message,
        }) => (
            status,
            Some(code),
            error_body(code, &message, &request_id.to_string()),
        ),
    };
    (
        xml(status, body, &request_id.to_string()),
        Call { operation, error },
    )
}

/// The operation's name as it stands in a form, if it is one that there is.
pub(crate) fn operation(form: &[u8]) -> &'static str {
    let action = form_urlencoded::parse(form).find(|(name, _)| name == "Action");
    OPERATIONS
        .into_iter()
        .find(|it| action.as_ref().is_some_and(|(_, action)| action == it))
        .unwrap_or_default()
}

/// A refusal that a test wants.
pub(crate) fn refuse(app: &App, status: StatusCode, code: &str, message: &str) -> Response<Bytes> {
    let request_id = app.random.uuid().to_string();
    xml(status, error_body(code, message, &request_id), &request_id)
}

fn error_body(code: &str, message: &str, request_id: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{}\
         </Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        escape(message)
    )
}

fn xml(status: StatusCode, body: String, request_id: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    if let Ok(id) = HeaderValue::try_from(request_id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    response
}

/// What the access log says of a call.
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) error: Option<&'static str>,
}

fn escape(text: &str) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut escaped, c| {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                // No XML holds these.
                c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
                c => escaped.push(c),
            }
            escaped
        })
}
