//! HTTPS on the same port: a certificate from files, or one made when the first TLS client comes.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The names of a self-signed certificate: the own machine, and every domain of a pool on it.
const NAMES: [&str; 5] = [
    "localhost",
    "*.localhost",
    "*.auth.localhost",
    "127.0.0.1",
    "::1",
];

pub struct Tls(OnceLock<Option<TlsAcceptor>>);

impl Tls {
    /// Makes its certificate on first use.
    pub fn self_signed() -> Self {
        Self(OnceLock::new())
    }

    /// Reads PEM files; both are checked at once, so that a wrong one stops the start.
    pub fn from_files(certificate: &Path, key: &Path) -> io::Result<Self> {
        let named = |path: &Path| {
            let path = path.display().to_string();
            move |error: &dyn std::fmt::Display| io::Error::other(format!("{path}: {error}"))
        };
        let chain: Vec<_> = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect)
            .map_err(|error| named(certificate)(&error))?;
        let private = PrivateKeyDer::from_pem_file(key).map_err(|error| named(key)(&error))?;
        let acceptor = acceptor(chain, private).map_err(|error| named(certificate)(&error))?;
        Ok(Self(OnceLock::from(Some(acceptor))))
    }

    /// `None` if no certificate could be made; the log says why.
    pub(super) fn acceptor(&self) -> Option<&TlsAcceptor> {
        self.0
            .get_or_init(|| {
                make()
                    .inspect_err(|error| tracing::error!(%error, "no certificate could be made"))
                    .ok()
            })
            .as_ref()
    }
}

fn make() -> Result<TlsAcceptor, Box<dyn std::error::Error>> {
    let made = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned))?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    Ok(acceptor(vec![made.cert.der().clone()], key.into())?)
}

fn acceptor(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<TlsAcceptor, tokio_rustls::rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
