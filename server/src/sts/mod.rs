//! STS, as far as the credentials that this server hands out need it: the AWS Query protocol, XML
//! (facts/identity.md §8).

mod get_caller_identity;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::app::App;
use crate::aws::sigv4::CredentialScope;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const VERSION: &str = "2011-06-15";

/// A refusal: HTTP status, code and message.
struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }
}

type Answer = Result<String, Refusal>;

/// Who signed the request.
struct Signer<'a> {
    access_key_id: &'a str,
    session_token: Option<&'a str>,
}

impl<'a> Signer<'a> {
    fn of(headers: &'a HeaderMap) -> Result<Self, Refusal> {
        let authorization = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let Some(authorization) = authorization else {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ));
        };
        let scope = CredentialScope::parse(authorization).map_err(|missing| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "IncompleteSignature",
                format!("Authorization header requires '{}' parameter.", missing.0),
            )
        })?;
        let session_token = headers
            .get("x-amz-security-token")
            .and_then(|value| value.to_str().ok());
        Ok(Self {
            access_key_id: scope.access_key_id,
            session_token,
        })
    }
}

/// The operation's name, for the log, and the answer; `form` is the body or the query.
pub(crate) fn answer(app: &Arc<App>, headers: &HeaderMap, form: &[u8]) -> (Response<Bytes>, Call) {
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
            Signer::of(headers).and_then(|signer| get_caller_identity::answer(app, &signer)),
        ),
        "AssumeRoleWithWebIdentity" if version == VERSION => (
            "AssumeRoleWithWebIdentity",
            Err(Refusal::new(
                StatusCode::NOT_IMPLEMENTED,
                "NotImplemented",
                "AssumeRoleWithWebIdentity is not implemented by Cognitwin yet",
            )),
        ),
        _ => (
            "",
            Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "InvalidAction",
                format!("Could not find operation {action} for version {version}"),
            )),
        ),
    };
    let request_id = app.random.uuid();
    let (status, error, body) = match result {
        Ok(result) => (
            StatusCode::OK,
            None,
            format!(
                "<{operation}Response xmlns=\"{NAMESPACE}\">{result}<ResponseMetadata><RequestId>{request_id}\
                 </RequestId></ResponseMetadata></{operation}Response>"
            ),
        ),
        Err(Refusal {
            status,
            code,
            message,
        }) => (
            status,
            Some(code),
            format!(
                "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{}\
                 </Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
                escape(&message)
            ),
        ),
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    if let Ok(id) = HeaderValue::try_from(request_id.to_string()) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    (response, Call { operation, error })
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
                c if c.is_control() => escaped.push(' '),
                c => escaped.push(c),
            }
            escaped
        })
}
