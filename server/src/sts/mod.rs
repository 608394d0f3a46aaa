//! STS, as far as the credentials that this server hands out need it: the AWS Query protocol, XML
//! (facts/identity.md §8).

mod get_caller_identity;

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::app::App;
use crate::aws::sigv4::{CredentialScope, Incomplete};

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
struct Signer {
    access_key_id: String,
    session_token: Option<String>,
}

impl Signer {
    /// From the headers, or from the query of a presigned address.
    fn of(
        headers: &HeaderMap,
        parameter: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Refusal> {
        let header = |name| {
            headers
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let incomplete = |missing: Incomplete| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "IncompleteSignature",
                format!("Authorization header requires '{}' parameter.", missing.0),
            )
        };
        if let Some(authorization) = header(AUTHORIZATION) {
            let scope = CredentialScope::parse(authorization).map_err(incomplete)?;
            let session_token = header(HeaderName::from_static("x-amz-security-token"));
            return Ok(Self {
                access_key_id: scope.access_key_id.to_owned(),
                session_token: session_token.map(str::to_owned),
            });
        }
        let Some(credential) = parameter("X-Amz-Credential") else {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ));
        };
        let scope = CredentialScope::of_credential(&credential).map_err(incomplete)?;
        Ok(Self {
            access_key_id: scope.access_key_id.to_owned(),
            session_token: parameter("X-Amz-Security-Token"),
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
            Signer::of(headers, parameter)
                .and_then(|signer| get_caller_identity::answer(app, &signer)),
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
