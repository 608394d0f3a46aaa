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
use crate::aws_json::Exchange;
use crate::calls::Target;
use crate::errors::StsError;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const GET_CALLER_IDENTITY: &str = "GetCallerIdentity";
const OPERATIONS: [&str; 2] = ["AssumeRoleWithWebIdentity", GET_CALLER_IDENTITY];
const VERSION: &str = "2011-06-15";

/// What stands in the result's element.
type Answer = Result<String, StsError>;

/// The answer, and what the log says of it; `form` is the body or the query.
pub(crate) async fn answer(
    app: &Arc<App>,
    head: &Parts,
    form: &[u8],
    body: &[u8],
) -> (Response<Bytes>, Exchange) {
    let parameter = |wanted: &str| {
        form_urlencoded::parse(form)
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let action = parameter("Action").unwrap_or_default();
    let version = parameter("Version").unwrap_or_default();
    let is_known = version == VERSION;
    let operation = OPERATIONS.into_iter().find(|it| is_known && *it == action);
    let mut exchange = Exchange {
        service: "sts",
        operation: operation.unwrap_or_default(),
        ..Exchange::default()
    };
    let mut signer = None;
    match operation {
        Some(GET_CALLER_IDENTITY) => {
            let signed = get_caller_identity::signer(app, head, body);
            let account = signed.as_ref().map(|it| it.account(app).to_owned());
            exchange.account = account.ok();
            signer = Some(signed);
        }
        Some(_) => {
            (exchange.pool, exchange.account) = assume_role_with_web_identity::place(app, form);
        }
        None => {}
    }
    let request_id = app.random.uuid().to_string();
    let target = Target {
        service: "sts",
        operation: exchange.operation,
        user_pool_id: exchange.pool.as_deref(),
        account: exchange.account.as_deref(),
    };
    if let Err(fault) = app.faults.meet(&target, &app.random).await {
        let body = error_body(&fault.code, &fault.message, &request_id);
        exchange.error = Some(fault.code);
        return (xml(fault.status, body, &request_id), exchange);
    }
    let result = match (operation, signer) {
        (Some(_), Some(signer)) => get_caller_identity::answer(app, signer),
        (Some(_), None) => assume_role_with_web_identity::answer(app, form),
        (None, _) => Err(StsError::unknown_action(&action, &version)),
    };
    let (status, body) = match result {
        Ok(result) => (
            StatusCode::OK,
            format!(
                "<{action}Response xmlns=\"{NAMESPACE}\"><{action}Result>{result}</{action}Result>\
                 <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
            ),
        ),
        Err(error) => {
            exchange.error = Some(error.code.into());
            let body = error_body(error.code, &error.message, &request_id);
            (error.status, body)
        }
    };
    (xml(status, body, &request_id), exchange)
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
