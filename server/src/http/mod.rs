//! Bytes to HTTP and back: accepting, TLS, limits, CORS, the access log, and which address is what.

mod connection;
mod cors;
mod healthcheck;
pub(crate) mod routes;
mod server;
mod tls;
mod uploads;

pub use healthcheck::healthcheck;
pub(crate) use routes::json_response;
pub use routes::{Body, Peer, respond};
pub use server::{Listener, serve};
pub use tls::Tls;
