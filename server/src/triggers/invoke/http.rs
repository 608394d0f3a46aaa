//! A function behind an address: the event is posted there, and the answer is the response's body.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderName};
use http::{Method, Request, Response, Uri};
use http_body_util::{Full, LengthLimitError};

use super::{Failure, Invoked, MOST_ANSWER, error_message};
use crate::fetch::{self, Reach};

pub(super) async fn run(address: &Uri, payload: String) -> Invoked {
    let path = address.path_and_query().map_or("/", |it| it.as_str());
    let headers = [
        (HOST, fetch::host(address)),
        (CONTENT_TYPE, "application/json".to_owned()),
    ];
    let answer = post(address, path, headers, payload).await?;
    let status = answer.status();
    let failed = answer.headers().contains_key(FUNCTION_ERROR);
    let body = answer.into_body();
    if failed {
        Err(Failure::of_function(&body))
    } else if !status.is_success() {
        Err(error_message(&body).map_or_else(
            || Failure::Invocation(format!("HTTP status {}", status.as_u16())),
            |said| Failure::saying(&said),
        ))
    } else {
        Ok(body)
    }
}

/// How Lambda marks the answer of a function that failed.
pub(super) const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");

/// Posts to the host of an address.
pub(super) async fn post(
    address: &Uri,
    path: &str,
    headers: impl IntoIterator<Item = (HeaderName, String)>,
    payload: String,
) -> Result<Response<Bytes>, Failure> {
    let mut request = Request::builder().method(Method::POST).uri(path);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let sent = async {
        let request = request.body(Full::new(Bytes::from(payload)))?;
        fetch::send(address, Reach::Anywhere, request, MOST_ANSWER).await
    };
    sent.await.map_err(|error: fetch::Error| {
        if error.is::<LengthLimitError>() {
            Failure::answer_too_long()
        } else {
            Failure::Invocation(error.to_string())
        }
    })
}
