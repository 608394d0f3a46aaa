//! JSON documents that others publish: over HTTPS, and over HTTP on this machine only. Limited in time
//! and size; redirects are not followed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const TIMEOUT: Duration = Duration::from_secs(5);
const MOST_DOCUMENT: usize = 256 * 1024;

pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The document at an address.
pub async fn json(address: &str) -> Result<Value, Error> {
    let address: Uri = address.parse()?;
    match tokio::time::timeout(TIMEOUT, get(&address)).await {
        Ok(document) => Ok(serde_json::from_slice(&document?)?),
        Err(_) => Err("it did not answer in time".into()),
    }
}

/// Whether a host is this machine: there, and only there, HTTP is as good as HTTPS.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

async fn get(address: &Uri) -> Result<Bytes, Error> {
    let host = address.host().ok_or("it is no address of a document")?;
    let is_tls = match address.scheme_str() {
        Some("https") => true,
        Some("http") if is_loopback(host) => false,
        _ => return Err("it is not an https address".into()),
    };
    let port = address.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let bare = host.trim_matches(['[', ']']).to_owned();
    let stream = TcpStream::connect((&*bare, port)).await?;
    if is_tls {
        let name = ServerName::try_from(bare)?;
        ask(connector()?.connect(name, stream).await?, address).await
    } else {
        ask(stream, address).await
    }
}

async fn ask<S>(stream: S, address: &Uri) -> Result<Bytes, Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let host = address.authority().map_or("", |it| it.as_str());
    let request = Request::get(address.path_and_query().map_or("/", |it| it.as_str()))
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .body(Empty::<Bytes>::new())?;
    let answer = async {
        let answer = sender.send_request(request).await?;
        match answer.status() {
            StatusCode::OK => {
                let body = Limited::new(answer.into_body(), MOST_DOCUMENT);
                Ok(body.collect().await?.to_bytes())
            }
            status => Err(format!("HTTP status {}", status.as_u16()).into()),
        }
    };
    let answer = answer.await;
    connection.abort();
    answer
}

/// Trusts whom the system trusts; made when it is first needed.
fn connector() -> Result<TlsConnector, Error> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(config.clone().into());
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(CONFIG.get_or_init(|| config.into()).clone().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_addresses() {
        for host in ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"] {
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
            assert!(json(address).await.is_err(), "{address}");
        }
    }
}
