//! A function behind an address: the event is posted there, and the answer is the response's body.

use std::error::Error;
use std::io;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderName};
use http::{Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{Failure, Invoked, MOST_ANSWER, error_message};

pub(super) async fn run(address: &Uri, payload: String) -> Invoked {
    let path = address.path_and_query().map_or("/", |it| it.as_str());
    let headers = [
        (HOST, host(address)),
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

/// The host of a request there, with the port where the address names one.
pub(super) fn host(address: &Uri) -> String {
    address
        .authority()
        .map(ToString::to_string)
        .unwrap_or_default()
}

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
    let sent = async { send(address, request.body(Full::new(Bytes::from(payload)))?).await };
    sent.await.map_err(|error: Box<dyn Error + Send + Sync>| {
        if error.is::<LengthLimitError>() {
            Failure::answer_too_long()
        } else {
            Failure::Invocation(error.to_string())
        }
    })
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn send(
    address: &Uri,
    request: Request<Full<Bytes>>,
) -> Result<Response<Bytes>, Box<dyn Error + Send + Sync>> {
    let stream = TokioIo::new(connect(address).await?);
    let (mut sender, connection) = http1::handshake(stream).await?;
    // Ends with this call, whatever ends it.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, MOST_ANSWER).collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}

/// A name is looked up as the C library does it. Its static form has files and DNS within, so that needs
/// nothing of an image.
async fn connect(address: &Uri) -> io::Result<Box<dyn Stream>> {
    let is_tls = address.scheme_str() == Some("https");
    let host = address.host().unwrap_or_default();
    let host = host.trim_matches(['[', ']']);
    let port = address.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    if !is_tls {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    Ok(Box::new(tls()?.connect(name, stream).await?))
}

/// Trusts whom the system trusts; `SSL_CERT_FILE` says otherwise.
fn tls() -> io::Result<TlsConnector> {
    static CONNECTOR: OnceLock<TlsConnector> = OnceLock::new();
    if let Some(connector) = CONNECTOR.get() {
        return Ok(connector.clone());
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(config));
    Ok(CONNECTOR.get_or_init(|| connector).clone())
}
