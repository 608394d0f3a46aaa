//! Answers of the domain, and the headers that all of them have (captured: facts/oauth.md §3). One is
//! left out: `strict-transport-security`, which would take plain HTTP away from everything else on the
//! machine's name.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, EXPIRES, LOCATION, PRAGMA, SERVER,
    SET_COOKIE, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS, X_XSS_PROTECTION,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};

use super::Call;
use super::cookies::CSRF;
use crate::calls::Injected;
use crate::errors::oauth::OAuthError;

pub(super) fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// 302, as AWS redirects everywhere.
pub(super) fn redirect(location: &str) -> Response<Bytes> {
    let mut response = empty(StatusCode::FOUND);
    set(&mut response, LOCATION, &as_header(location));
    response
}

pub(super) fn page(status: StatusCode, html: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(html));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, "text/html;charset=UTF-8");
    set(&mut response, CONTENT_SECURITY_POLICY, crate::pages::POLICY);
    response
}

/// The nonce is that of the page's script.
pub(super) fn page_with_script(html: String, nonce: &str) -> Response<Bytes> {
    let mut response = page(StatusCode::OK, html);
    let policy = crate::pages::policy_of_script(nonce);
    set(&mut response, CONTENT_SECURITY_POLICY, &policy);
    response
}

pub(super) fn json(status: StatusCode, body: &Map<String, Value>) -> Response<Bytes> {
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    set(
        &mut response,
        CONTENT_TYPE,
        "application/json;charset=UTF-8",
    );
    response
}

pub(super) fn error(call: &Call<'_>, error: &OAuthError) -> Response<Bytes> {
    call.note_error(error);
    refusal(error.status, error.error, error.description.as_deref())
}

/// The same in the header, too, where a token is what is wrong.
pub(super) fn bearer_error(call: &Call<'_>, it: &OAuthError) -> Response<Bytes> {
    let mut response = error(call, it);
    let description = it.description.as_deref().unwrap_or_default();
    let told = format!(
        "Bearer error=\"{}\", error_description=\"{description}\"",
        it.error
    );
    set(&mut response, WWW_AUTHENTICATE, &told);
    response
}

/// What a test wants, as OAuth tells it.
pub(super) fn injected(call: &Call<'_>, fault: Injected) -> Response<Bytes> {
    let response = refusal(fault.status, &fault.code, Some(&fault.message));
    call.noted.lock().error = Some(fault.code);
    response
}

fn refusal(status: StatusCode, error: &str, description: Option<&str>) -> Response<Bytes> {
    let mut body = Map::new();
    body.insert("error".to_owned(), error.into());
    if let Some(description) = description {
        body.insert("error_description".to_owned(), description.into());
    }
    json(status, &body)
}

pub(super) fn set_cookie(response: &mut Response<Bytes>, cookie: &str) {
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

pub(super) fn finish(call: &Call<'_>, response: &mut Response<Bytes>) {
    let request_id = call.cx.app.random.uuid().to_string();
    for (name, value) in [
        (
            HeaderName::from_static("x-amz-cognito-request-id"),
            &*request_id,
        ),
        (
            HeaderName::from_static("x-application-context"),
            "application:prod:8443",
        ),
        (SERVER, "Server"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (X_XSS_PROTECTION, "1; mode=block"),
        (PRAGMA, "no-cache"),
        (EXPIRES, "0"),
    ] {
        set(response, name, value);
    }
    let cached = "no-cache, no-store, max-age=0, must-revalidate";
    let headers = response.headers_mut().entry(CACHE_CONTROL);
    headers.or_insert(HeaderValue::from_static(cached));
    if call.noted.lock().renews_csrf {
        let token = call.cx.app.random.uuid().to_string();
        set_cookie(response, &call.cookie(CSRF, &token));
    } else {
        set_cookie(response, &call.cookie(CSRF, &call.csrf));
    }
}

pub(super) fn set(response: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Registered addresses may have any letter; a header has printable ASCII.
fn as_header(address: &str) -> String {
    let mut text = String::with_capacity(address.len());
    for byte in address.bytes() {
        if (0x21..0x7f).contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// An address with parameters more: after what its query has, or in its fragment.
pub(super) fn with_parameters(
    address: &str,
    in_fragment: bool,
    parameters: &[(&str, &str)],
) -> String {
    let text = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let mark = match address.contains('?') {
        _ if in_fragment => '#',
        true => '&',
        false => '?',
    };
    format!("{address}{mark}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_come_after_those_that_an_address_has() {
        let parameters = [("code", "1"), ("state", "a b&c=\u{e9}\r\n")];
        for (address, in_fragment, expected) in [
            (
                "https://a/cb",
                false,
                "https://a/cb?code=1&state=a+b%26c%3D%C3%A9%0D%0A",
            ),
            (
                "https://a/cb?x=1",
                false,
                "https://a/cb?x=1&code=1&state=a+b%26c%3D%C3%A9%0D%0A",
            ),
            (
                "https://a/cb?x=1",
                true,
                "https://a/cb?x=1#code=1&state=a+b%26c%3D%C3%A9%0D%0A",
            ),
            (
                "myapp:cb",
                false,
                "myapp:cb?code=1&state=a+b%26c%3D%C3%A9%0D%0A",
            ),
        ] {
            assert_eq!(with_parameters(address, in_fragment, &parameters), expected);
        }
        assert_eq!(
            as_header("https://\u{e9}.example/ \r\n"),
            "https://%C3%A9.example/%20%0D%0A"
        );
    }
}
