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
use tokio::net::{TcpStream, lookup_host};
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

/// Where a request may go, once the name of its host is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// An operator named the address.
    Anywhere,
    /// A document of this network did: not to what only this machine could ask.
    Network,
    /// A document of elsewhere did: never into this machine or its network.
    Outside,
}

impl Reach {
    fn includes(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self {
            Self::Anywhere => true,
            Self::Network => !is_link_local(address),
            Self::Outside => !is_inner_address(address),
        }
    }
}

/// The JSON document at an address.
pub async fn json(address: &str, plain: Plain, reach: Reach) -> Result<Value, Error> {
    let document = document(address, plain, reach, "application/json").await?;
    Ok(serde_json::from_slice(&document)?)
}

/// The document at an address.
pub async fn document(
    address: &str,
    plain: Plain,
    reach: Reach,
    media: &str,
) -> Result<Bytes, Error> {
    let address = web_address(address, plain)?;
    let request = Request::get(address.path_and_query().map_or("/", |it| it.as_str()))
        .header(HOST, host(&address))
        .header(ACCEPT, media)
        .body(Full::default())?;
    let sent = send(&address, reach, request, MOST_DOCUMENT);
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

/// How far a document may lead to another address, if it may: what comes over HTTPS from elsewhere leads to
/// HTTPS elsewhere. Its own host was named by an operator.
pub fn lead(from: &Uri, to: &Uri) -> Option<Reach> {
    let (document, named) = (from.host()?, to.host()?);
    let is_http = from.scheme_str() != Some("https");
    let reach = if document == named {
        Reach::Anywhere
    } else if is_http || is_inner(document) {
        Reach::Network
    } else {
        Reach::Outside
    };
    let is_secure = is_http || to.scheme_str() == Some("https");
    let is_near = reach == Reach::Outside && is_inner(named);
    let is_included = address(named).is_none_or(|it| reach.includes(it));
    (is_secure && !is_near && is_included).then_some(reach)
}

/// Whether a host is this machine: there, and only there, HTTP is as good as HTTPS.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || address(host).is_some_and(|it| it.is_loopback())
}

fn address(host: &str) -> Option<IpAddr> {
    let address: IpAddr = host.trim_matches(['[', ']']).parse().ok()?;
    Some(address.to_canonical())
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// Whether a host is not for everybody: this machine, its network, or a name without a domain.
fn is_inner(host: &str) -> bool {
    address(host).map_or_else(
        || !host.contains('.') || host.ends_with(".localhost"),
        is_inner_address,
    )
}

fn is_inner_address(address: IpAddr) -> bool {
    let is_own = match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    };
    is_own || address.is_loopback() || address.is_unspecified() || is_link_local(address)
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
    reach: Reach,
    request: Request<Full<Bytes>>,
    most: usize,
) -> Result<Response<Bytes>, Error> {
    let stream = TokioIo::new(connect(address, reach).await?);
    let (mut sender, connection) = http1::handshake(stream).await?;
    // Ends with this call, whatever ends it.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, most).collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}

/// A name is looked up as the C library does it. Its static form has files and DNS within, so that needs
/// nothing of an image. It reads more as an address than Rust does, so what it finds is what is checked.
async fn connect(address: &Uri, reach: Reach) -> io::Result<Box<dyn Stream>> {
    let is_tls = address.scheme_str() == Some("https");
    let host = address.host().unwrap_or_default();
    let host = host.trim_matches(['[', ']']);
    let port = address.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let found: Vec<_> = lookup_host((host, port)).await?.collect();
    if !found.iter().all(|it| reach.includes(it.ip())) {
        return Err(io::Error::other("it leads to another network"));
    }
    let stream = TcpStream::connect(&*found).await?;
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
            let read = json(address, Plain::Here, Reach::Anywhere).await;
            assert!(read.is_err(), "{address}");
        }
        for address in ["file:///etc/passwd", "ftp://localhost/", "/", "", "http://"] {
            assert!(web_address(address, Plain::Anywhere).is_err(), "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_is_judged_by_where_it_leads() {
        for (address, reach) in [
            ("http://169.254.43518:81/", Reach::Network),
            ("http://[::ffff:169.254.169.254]:81/", Reach::Network),
            ("http://169.254.169.254:81/", Reach::Outside),
            ("https://127.1/", Reach::Outside),
            ("https://0x7f.1/", Reach::Outside),
            ("https://2130706433/", Reach::Outside),
            ("https://10.1/", Reach::Outside),
            ("https://localhost/", Reach::Outside),
        ] {
            let outcome = connect(&address.parse().unwrap(), reach).await.err();
            let problem = outcome.map(|it| it.to_string());
            assert_eq!(
                problem.as_deref(),
                Some("it leads to another network"),
                "{address}"
            );
        }
        let own = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://127.1:{}/", own.local_addr().unwrap().port());
        let address = address.parse().unwrap();
        for reach in [Reach::Anywhere, Reach::Network] {
            assert!(connect(&address, reach).await.is_ok(), "{reach:?}");
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
            assert_eq!(lead(&one, &other).is_some(), may, "{from} {to}");
        }
    }
}
