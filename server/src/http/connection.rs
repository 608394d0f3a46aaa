//! One connection: what it speaks (told by its first bytes), and its requests within their limits.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Body, Tls};
use crate::app::App;

/// AWS's own limit for Cognito is lower; this one keeps a stray upload from costing memory.
const MOST_BODY: usize = 1024 * 1024;
/// First bytes, TLS handshake, and request headers each have this long.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
const MOST_STREAMS: u32 = 256;

enum Protocol {
    Tls,
    Http2,
    Http1,
}

pub(super) async fn run(app: Arc<App>, tls: Arc<Tls>, stream: TcpStream, watcher: Watcher) {
    let Ok(Some(protocol)) = timeout(HEADER_TIMEOUT, sniff(&stream)).await else {
        return;
    };
    match protocol {
        Protocol::Tls => {
            let Some(acceptor) = tls.acceptor() else {
                return;
            };
            let Ok(Ok(stream)) = timeout(HEADER_TIMEOUT, acceptor.accept(stream)).await else {
                return;
            };
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            speak(app, stream, "https", is_http2, watcher).await;
        }
        Protocol::Http2 => speak(app, stream, "http", true, watcher).await,
        Protocol::Http1 => speak(app, stream, "http", false, watcher).await,
    }
}

/// A TLS handshake begins with the byte 0x16, HTTP/2 in clear with `PRI`. `None` if the peer closed.
async fn sniff(stream: &TcpStream) -> Option<Protocol> {
    const PREFACE: &[u8] = b"PRI";
    loop {
        let mut bytes = [0; 3];
        let seen = match stream.peek(&mut bytes).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => &bytes[..length],
        };
        if seen[0] == 0x16 {
            return Some(Protocol::Tls);
        } else if seen == PREFACE {
            return Some(Protocol::Http2);
        } else if !PREFACE.starts_with(seen) {
            return Some(Protocol::Http1);
        }
        // One or two bytes of what may be either; a peek does not wait for more.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn speak<S>(app: Arc<App>, stream: S, scheme: &'static str, is_http2: bool, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    let service = service_fn(move |request| handle(app.clone(), request, scheme));
    // A connection that breaks off is the peer's business.
    if is_http2 {
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(MOST_STREAMS)
            .keep_alive_interval(Some(BODY_TIMEOUT))
            .serve_connection(io, service);
        let _ = watcher.watch(connection).await;
    } else {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .serve_connection(io, service);
        let _ = watcher.watch(connection).await;
    }
}

async fn handle(
    app: Arc<App>,
    request: Request<Incoming>,
    scheme: &'static str,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = match timeout(BODY_TIMEOUT, Limited::new(body, MOST_BODY).collect()).await {
        Ok(Ok(body)) => Body::Whole(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Body::TooLarge { limit: MOST_BODY },
        _ => return Ok(status(StatusCode::REQUEST_TIMEOUT, b"")),
    };
    // In a task of its own, so that a panic ends this one call and nothing else.
    let task = tokio::spawn(async move { super::respond(app, head, body, scheme).await });
    Ok(match task.await {
        Ok(response) => response.map(Full::new),
        Err(_) => status(
            StatusCode::INTERNAL_SERVER_ERROR,
            br#"{"__type":"InternalErrorException","message":"Something went wrong"}"#,
        ),
    })
}

fn status(status: StatusCode, body: &'static [u8]) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(body)));
    *response.status_mut() = status;
    response
}
