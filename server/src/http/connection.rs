//! One connection: what it speaks (told by its first bytes), and its requests within their limits.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, Interest};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;

use super::server::Shared;
use super::{Body, Peer, routes, uploads};
use crate::control::SNAPSHOT_PATH;
use crate::triggers::{self, MOST_ANSWER, RUNTIME_API_PATH};
use crate::user_pools::MOST_IMPORT_BYTES;

/// AWS's own limit for Cognito is lower; this one keeps a stray upload from costing memory.
const MOST_BODY: usize = 1024 * 1024;
/// What a request that brings the images of a style may have (documented).
const MOST_BRANDING_BODY: usize = 2 * 1024 * 1024;
/// First bytes, TLS handshake, and request headers each have this long.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// A snapshot, which is some kilobyte a user.
const MOST_SNAPSHOT_BODY: usize = 1024 * 1024 * 1024;
/// Of snapshots, one of the largest.
pub(super) const MOST_SNAPSHOT_UNITS: usize = MOST_SNAPSHOT_BODY / BODY_UNIT + 1;
/// Bodies are counted in units of this many bytes.
const BODY_UNIT: usize = 1024;
/// All bodies under way together: 128 MiB.
pub(super) const MOST_BODY_UNITS: usize = 128 * 1024;
/// The files of imports have their own count, so that no other request waits for one: one of the largest.
pub(super) const MOST_UPLOAD_UNITS: usize = MOST_IMPORT_BYTES / BODY_UNIT + 1;
const MOST_STREAMS: u32 = 256;

enum Protocol {
    Tls,
    Http2,
    Http1,
}

pub(super) async fn run(
    shared: Arc<Shared>,
    stream: TcpStream,
    mut stopping: watch::Receiver<bool>,
) {
    // Until a connection has said what it speaks, nothing of it is worth waiting for.
    let speaker = tokio::select! {
        speaker = begin(&shared, stream) => speaker,
        _ = stopping.changed() => return,
    };
    match speaker {
        Some(Speaker::Clear(stream, version)) => {
            let peer = Peer::of(&stream, "http");
            speak(shared, stream, peer, version, stopping).await;
        }
        Some(Speaker::Tls(stream, version)) => {
            let peer = Peer::of(stream.get_ref().0, "https");
            speak(shared, *stream, peer, version, stopping).await;
        }
        None => {}
    }
}

enum Speaker {
    Clear(TcpStream, Version),
    Tls(Box<TlsStream<TcpStream>>, Version),
}

#[derive(Clone, Copy)]
enum Version {
    Http1,
    Http2,
}

async fn begin(shared: &Shared, stream: TcpStream) -> Option<Speaker> {
    let protocol = timeout(HEADER_TIMEOUT, sniff(&stream)).await.ok()??;
    match protocol {
        Protocol::Http1 => Some(Speaker::Clear(stream, Version::Http1)),
        Protocol::Http2 => Some(Speaker::Clear(stream, Version::Http2)),
        Protocol::Tls => {
            let accept = shared.tls.acceptor()?.accept(stream);
            let stream = timeout(HEADER_TIMEOUT, accept).await.ok()?.ok()?;
            let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            let version = if is_http2 {
                Version::Http2
            } else {
                Version::Http1
            };
            Some(Speaker::Tls(Box::new(stream), version))
        }
    }
}

/// A TLS handshake begins with the byte 0x16, HTTP/2 in clear with `PRI`. `None` if the peer closed.
async fn sniff(stream: &TcpStream) -> Option<Protocol> {
    const PREFACE: &[u8] = b"PRI";
    loop {
        let ready = stream.ready(Interest::READABLE).await.ok()?;
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
        // One or two bytes of what may be either: a peek neither waits for more nor tells that none comes.
        if ready.is_read_closed() {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn speak<S>(
    shared: Arc<Shared>,
    stream: S,
    peer: Peer,
    version: Version,
    mut stopping: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    let service = service_fn(move |request| handle(shared.clone(), request, peer));
    // A connection that breaks off is the peer's business.
    match version {
        Version::Http1 => {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .serve_connection(io, service);
            tokio::pin!(connection);
            tokio::select! {
                _ = connection.as_mut() => return,
                _ = stopping.changed() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        }
        Version::Http2 => {
            let connection = http2::Builder::new(TokioExecutor::new())
                .timer(TokioTimer::new())
                .max_concurrent_streams(MOST_STREAMS)
                .keep_alive_interval(Some(BODY_TIMEOUT))
                .serve_connection(io, service);
            tokio::pin!(connection);
            tokio::select! {
                _ = connection.as_mut() => return,
                _ = stopping.changed() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        }
    }
}

/// Counts a request as under way for as long as it lives.
struct UnderWay(Arc<Shared>);

impl UnderWay {
    fn begin(shared: Arc<Shared>) -> Self {
        shared.under_way.fetch_add(1, Ordering::AcqRel);
        Self(shared)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

fn most_body(head: &http::request::Parts) -> usize {
    let target = head.headers.get("x-amz-target");
    if target.is_some_and(|target| target.as_bytes().ends_with(b"ManagedLoginBranding")) {
        MOST_BRANDING_BODY
    } else if head.method == Method::POST && head.uri.path().starts_with(RUNTIME_API_PATH) {
        MOST_ANSWER
    } else {
        MOST_BODY
    }
}

async fn handle(
    shared: Arc<Shared>,
    request: Request<Incoming>,
    peer: Peer,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let app = shared.app.clone();
    let _under_way = UnderWay::begin(shared.clone());
    let (limit, bodies) = if head.method == Method::PUT && head.uri.path() == SNAPSHOT_PATH {
        (MOST_SNAPSHOT_BODY, &shared.snapshot_units)
    } else {
        match uploads::most_body(&app, &head) {
            Some(limit) => (limit, &shared.upload_units),
            None => (most_body(&head), &shared.body_units),
        }
    };
    // Waits while the bodies under way fill the memory that they may take together.
    let length = head.headers.get(CONTENT_LENGTH);
    let size = if body.is_end_stream() {
        0
    } else {
        length
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
            .unwrap_or(limit)
    };
    let units = u32::try_from(size.min(limit) / BODY_UNIT + 1).unwrap_or(1);
    let room = timeout(BODY_TIMEOUT, bodies.acquire_many(units)).await;
    let body = if room.is_err() {
        Body::TooSlow
    } else {
        match timeout(BODY_TIMEOUT, Limited::new(body, limit).collect()).await {
            Ok(Ok(body)) => Body::Whole(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Body::TooLarge { limit },
            _ => Body::TooSlow,
        }
    };
    if triggers::is_poll(&head.method, head.uri.path()) {
        // Ends with its connection: nobody would read what a task of its own is given. It waits without end,
        // so it keeps no room meanwhile, nor the body that it has no use for.
        drop(room);
        let body = Body::Whole(Bytes::new());
        return Ok(super::respond(app, head, body, peer).await.map(Full::new));
    }
    // In a task of its own, so that a panic ends this one call and nothing else.
    let task = tokio::spawn(async move { super::respond(app, head, body, peer).await });
    let response = task.await.unwrap_or_else(|_| routes::broken(&shared.app));
    Ok(response.map(Full::new))
}
