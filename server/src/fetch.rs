//! Requests to others: functions behind an address, and the documents and endpoints of identity providers.
//! Limited in size, and by whoever asks in time; redirects are not followed.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const TIMEOUT: Duration = Duration::from_secs(5);
pub const MOST_DOCUMENT: usize = 256 * 1024;

/// Why there is no answer where none came in time.
pub const LATE: &str = "it did not answer in time";

pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Where HTTP is as good as HTTPS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// On this machine, whoever named the address.
    Here,
    /// Everywhere: an operator named the address.
    Anywhere,
}

/// The JSON document at an address.
pub async fn json(address: &str, plain: Plain) -> Result<Value, Error> {
    let document = document(address, plain, "application/json").await?;
    Ok(serde_json::from_slice(&document)?)
}

/// The document at an address.
pub async fn document(address: &str, plain: Plain, media: &str) -> Result<Bytes, Error> {
    let address = web_address(address, plain)?;
    let request = Request::get(address.path_and_query().map_or("/", |it| it.as_str()))
        .header(HOST, host(&address))
        .header(ACCEPT, media)
        .body(Full::default())?;
    let sent = send(&address, request, MOST_DOCUMENT);
    let Ok(answer) = tokio::time::timeout(TIMEOUT, sent).await else {
        return Err(LATE.into());
    };
    let answer = answer?;
    match answer.status() {
        StatusCode::OK => Ok(answer.into_body()),
        status => Err(format!("HTTP status {}", status.as_u16()).into()),
    }
}

/// An address that may be asked: of HTTP or HTTPS, and nothing else.
pub fn web_address(address: &str, plain: Plain) -> Result<Uri, Error> {
    let address: Uri = address.parse()?;
    let host = address.host().filter(|it| !it.is_empty());
    let host = host.ok_or("it is no address of a document")?;
    match address.scheme_str() {
        Some("https") => Ok(address),
        Some("http") if plain == Plain::Anywhere || is_loopback(host) => Ok(address),
        _ => Err("it is not an https address".into()),
    }
}

/// Whether a document may name another address to be asked. What comes over HTTPS from elsewhere leads to
/// HTTPS elsewhere, never into this machine or its network.
pub fn may_lead(from: &Uri, to: &Uri) -> bool {
    let (Some(document), Some(named)) = (from.host(), to.host()) else {
        return false;
    };
    let is_secure = to.scheme_str() == Some("https");
    match from.scheme_str() {
        Some("https") if is_inner(document) => is_secure,
        Some("https") => is_secure && !is_inner(named),
        _ => document == named || !is_link_local(named),
    }
}

/// Whether a host is this machine: there, and only there, HTTP is as good as HTTPS.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || address(host).is_some_and(|it| it.is_loopback())
}

fn address(host: &str) -> Option<IpAddr> {
    let address: IpAddr = host.trim_matches(['[', ']']).parse().ok()?;
    Some(address.to_canonical())
}

fn is_link_local(host: &str) -> bool {
    match address(host) {
        Some(IpAddr::V4(address)) => address.is_link_local(),
        Some(IpAddr::V6(address)) => address.is_unicast_link_local(),
        None => false,
    }
}

/// Whether a host is not for everybody: this machine, its network, or a name without a domain.
fn is_inner(host: &str) -> bool {
    match address(host) {
        Some(IpAddr::V4(address)) => {
            address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || address.is_unspecified()
        }
        Some(IpAddr::V6(address)) => {
            address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_unspecified()
        }
        None => !host.contains('.') || host.ends_with(".localhost"),
    }
}

/// The host of a request there, with the port where the address names one.
pub fn host(address: &Uri) -> String {
    address
        .authority()
        .map(ToString::to_string)
        .unwrap_or_default()
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Sends one request to the host of an address.
pub async fn send(
    address: &Uri,
    request: Request<Full<Bytes>>,
    most: usize,
) -> Result<Response<Bytes>, Error> {
    let stream = TokioIo::new(connect(address).await?);
    let (mut sender, connection) = http1::handshake(stream).await?;
    // Ends with this call, whatever ends it.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, most).collect().await?.to_bytes();
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

/// Trusts whom the system trusts, `SSL_CERT_FILE` says otherwise; made when it is first needed.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_addresses() {
        for host in [
            "localhost",
            "127.0.0.1",
            "127.8.8.8",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.example",
            "128.0.0.1",
            "127.0.0.1.example",
            "",
            "[::]",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[tokio::test]
    async fn only_https_is_asked_elsewhere() {
        for address in [
            "http://example.com/",
            "file:///etc/passwd",
            "ftp://localhost/",
            "/",
            "",
            "http://127.0.0.1.example/",
        ] {
            assert!(json(address, Plain::Here).await.is_err(), "{address}");
        }
        for address in ["file:///etc/passwd", "ftp://localhost/", "/", "", "http://"] {
            assert!(web_address(address, Plain::Anywhere).is_err(), "{address}");
        }
    }

    #[test]
    fn a_document_of_elsewhere_leads_nowhere_within() {
        for (from, to, may) in [
            ("https://idp.example/a", "https://idp.example/b", true),
            ("https://idp.example/a", "https://keys.example/b", true),
            ("https://idp.example/a", "http://idp.example/b", false),
            ("https://idp.example/a", "https://127.0.0.1/b", false),
            (
                "https://idp.example/a",
                "https://[::ffff:10.0.0.1]/b",
                false,
            ),
            ("https://idp.example/a", "https://169.254.169.254/b", false),
            ("https://idp.example/a", "https://localhost/b", false),
            ("https://idp.example/a", "https://internal/b", false),
            ("https://localhost/a", "https://idp.localhost/b", true),
            ("https://localhost/a", "http://localhost/b", false),
            ("http://localhost:8080/a", "http://idp:8080/b", true),
            ("http://idp:8080/a", "http://169.254.169.254/b", false),
        ] {
            let (one, other) = (from.parse().unwrap(), to.parse().unwrap());
            assert_eq!(may_lead(&one, &other), may, "{from} {to}");
        }
    }
}
