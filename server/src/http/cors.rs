//! Browsers may call everything, from everywhere, and read the headers that AWS's SDKs read
//! (captured: aws-amplify/amplify-js#2443).

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
};
use http::{HeaderMap, HeaderValue, Response};

const EXPOSED: HeaderValue =
    HeaderValue::from_static("x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date");
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, DELETE, OPTIONS");
const ALLOWED: HeaderValue = HeaderValue::from_static(
    "authorization,cache-control,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token,\
     x-amz-target,x-amz-user-agent,amz-sdk-invocation-id,amz-sdk-request",
);
const TWO_DAYS: HeaderValue = HeaderValue::from_static("172800");

/// The answer to a preflight: whatever is asked for is allowed.
pub(super) fn preflight(headers: &HeaderMap) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let asked = headers
        .get(ACCESS_CONTROL_REQUEST_HEADERS)
        .cloned()
        .unwrap_or(ALLOWED);
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_HEADERS, asked);
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_MAX_AGE, TWO_DAYS);
    response
}

/// On every answer, errors included.
pub(super) fn allow(response: &mut Response<Bytes>) {
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
}
