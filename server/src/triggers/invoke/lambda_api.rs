//! Lambda's own API, Invoke: LocalStack, moto, SAM, serverless-offline, or AWS (facts/triggers.md §8).

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderName};
use http::{Response, StatusCode};
use serde_json::Value;

use super::http::{FUNCTION_ERROR, post};
use super::{Event, Failure, Invoked, Kind, bare_name, parts};
use crate::app::App;
use crate::aws::sigv4::{Signer, encode};
use crate::config::LambdaApi;
use crate::fetch;

pub(super) async fn run(app: &App, api: &LambdaApi, event: &Event, kind: Kind) -> Invoked {
    let pool = app.store.user_pool(event.user_pool_id());
    let region = pool.map_or_else(
        || app.settings.region.clone(),
        |pool| pool.scope().region.clone(),
    );
    let call = Call {
        app,
        api,
        region,
        kind,
    };
    let (function, qualifier) = parts(&event.function);
    let name = bare_name(function);
    let mut answer = call.invoke(function, qualifier, event.payload()).await?;
    if answer.status() == StatusCode::NOT_FOUND && name != function {
        // Emulators that know no accounts know functions by their names only.
        answer = call.invoke(name, qualifier, event.payload()).await?;
    }
    if !answer.status().is_success() {
        Err(Failure::Invocation(error_type(&answer)))
    } else if answer.headers().contains_key(FUNCTION_ERROR) {
        Err(Failure::of_function(answer.body()))
    } else {
        Ok(answer.into_body())
    }
}

struct Call<'a> {
    app: &'a App,
    api: &'a LambdaApi,
    region: String,
    kind: Kind,
}

impl Call<'_> {
    async fn invoke(
        &self,
        function: &str,
        qualifier: Option<&str>,
        payload: String,
    ) -> Result<Response<Bytes>, Failure> {
        let endpoint = &self.api.endpoint;
        let base = endpoint.path().trim_end_matches('/');
        let path = format!(
            "{base}/2015-03-31/functions/{}/invocations",
            encode(function)
        );
        let query = qualifier.map_or_else(String::new, |it| format!("Qualifier={}", encode(it)));
        let invocation_type = match self.kind {
            Kind::Waited => "RequestResponse",
            Kind::Unwatched => "Event",
        };
        // By their names, as they are signed.
        let mut headers = vec![
            (CONTENT_TYPE, "application/json".to_owned()),
            (HOST, fetch::host(endpoint)),
            (
                HeaderName::from_static("x-amz-invocation-type"),
                invocation_type.to_owned(),
            ),
            (HeaderName::from_static("x-amz-log-type"), "None".to_owned()),
        ];
        let signer = Signer {
            credentials: &self.api.credentials,
            region: &self.region,
            service: "lambda",
        };
        // AWS refuses a signature of another time than its own.
        let now = self.app.clock.system_now();
        signer.sign("POST", &path, &query, &mut headers, payload.as_bytes(), now);
        let target = if query.is_empty() {
            path
        } else {
            format!("{path}?{query}")
        };
        post(endpoint, &target, headers, payload).await
    }
}

/// What Lambda calls the error: in a header, in the body, or by the status.
fn error_type(answer: &Response<Bytes>) -> String {
    let header = answer.headers().get("x-amzn-errortype");
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let named = header.and_then(|it| it.to_str().ok());
    let named = named.or_else(|| body.get("__type")?.as_str());
    let named = named.map(|it| it.split(':').next().unwrap_or(it));
    let named = named.map(|it| it.rsplit('#').next().unwrap_or(it).trim());
    let is_name = |it: &&str| {
        (1..=100).contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if let Some(named) = named.filter(is_name) {
        return named.to_owned();
    }
    match answer.status().as_u16() {
        403 => "AccessDeniedException".to_owned(),
        404 => "ResourceNotFoundException".to_owned(),
        413 => "RequestTooLargeException".to_owned(),
        429 => "TooManyRequestsException".to_owned(),
        500..=599 => "ServiceException".to_owned(),
        status => format!("HTTP status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_called_as_lambda_calls_it() {
        let error = |status: u16, header: Option<&str>, body: &'static str| {
            let mut answer = Response::builder().status(status);
            if let Some(header) = header {
                answer = answer.header("x-amzn-ErrorType", header);
            }
            error_type(&answer.body(Bytes::from(body)).unwrap())
        };
        let denied = Some("AccessDeniedException:http://internal.amazon.com/");
        assert_eq!(error(403, denied, ""), "AccessDeniedException");
        let typed = r#"{"__type": "com.amazonaws.lambda#KMSAccessDeniedException"}"#;
        assert_eq!(error(502, None, typed), "KMSAccessDeniedException");
        // Whose fault it is, and no name.
        assert_eq!(
            error(404, None, r#"{"Type": "User"}"#),
            "ResourceNotFoundException"
        );
        assert_eq!(error(429, Some("<b>"), "[]"), "TooManyRequestsException");
        assert_eq!(error(503, None, "<html>"), "ServiceException");
        assert_eq!(error(418, None, ""), "HTTP status 418");
    }
}
