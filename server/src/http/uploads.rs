//! Where the file of an import job goes: the pre-signed address that CreateUserImportJob gives out. On
//! AWS it is one of S3, so the answers are S3's (its texts are documented or widely captured).

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, request};

use crate::accounts::import::{self, UPLOAD_PATH, UploadRefusal};
use crate::app::App;
use crate::user_pools::MOST_IMPORT_BYTES;

/// How long the body of a request may be that is no ordinary one.
pub(super) fn most_body(app: &App, head: &request::Parts) -> Option<usize> {
    let place = head.uri.path().strip_prefix(UPLOAD_PATH)?;
    let query = head.uri.query().unwrap_or_default();
    let is_expected = head.method == Method::PUT && import::check_upload(app, place, query).is_ok();
    is_expected.then_some(MOST_IMPORT_BYTES)
}

pub(super) fn receive(
    app: &App,
    place: &str,
    query: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Response<Bytes> {
    // The header is a part of AWS's signature.
    let encryption = headers.get("x-amz-server-side-encryption");
    let received = if encryption.is_some_and(|it| it != "aws:kms") {
        Err(UploadRefusal::WrongSignature)
    } else {
        import::receive(app, place, query, body)
    };
    let (status, code, message) = match received {
        Ok(()) => {
            let mut response = Response::new(Bytes::new());
            let headers = response.headers_mut();
            let tag = format!("\"{}\"", app.random.uuid().simple());
            if let Ok(tag) = HeaderValue::from_str(&tag) {
                headers.insert(ETAG, tag);
            }
            headers.insert(
                "x-amz-server-side-encryption",
                HeaderValue::from_static("aws:kms"),
            );
            return response;
        }
        Err(UploadRefusal::WrongSignature) => (
            StatusCode::FORBIDDEN,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. \
             Check your key and signing method.",
        ),
        Err(UploadRefusal::Expired) => {
            (StatusCode::FORBIDDEN, "AccessDenied", "Request has expired")
        }
        Err(UploadRefusal::NoRoom) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "SlowDown",
            "Please reduce your request rate.",
        ),
    };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("application/xml");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}
