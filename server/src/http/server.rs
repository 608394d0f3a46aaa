//! The accept loop, and its end: no new connections, the requests under way finish.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use super::{Tls, connection};
use crate::app::App;

const MOST_CONNECTIONS: usize = 10_000;
/// How long the requests under way, and the emails that they send, may take once the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// A bound socket: the port is known before anything is served.
pub struct Listener(TcpListener);

impl Listener {
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        Ok(Self(TcpListener::bind(address).await?))
    }

    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Serves until `stop` is ready.
pub async fn serve(listener: Listener, app: Arc<App>, tls: Tls, stop: impl Future<Output = ()>) {
    let shared = Arc::new(Shared {
        app,
        tls,
        under_way: AtomicUsize::new(0),
        body_units: Semaphore::new(connection::MOST_BODY_UNITS),
        upload_units: Semaphore::new(connection::MOST_UPLOAD_UNITS),
        snapshot_units: Semaphore::new(connection::MOST_SNAPSHOT_UNITS),
    });
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let (told_to_stop, stopping) = watch::channel(false);
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener.0, &places) => accepted,
        };
        match accepted {
            Ok((stream, place)) => {
                let _ = stream.set_nodelay(true);
                let connection = connection::run(shared.clone(), stream, stopping.clone());
                tokio::spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of descriptors, most likely: connections that end give some back.
                tracing::warn!(%error, "accept");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    drop((listener, stopping));
    let _ = told_to_stop.send(true);
    shared.app.invokers.stop();
    let finish = async {
        finish(&shared, &told_to_stop).await;
        shared.app.invokers.finish().await;
        shared.app.outbox.finish().await;
    };
    let _ = tokio::time::timeout(GRACE, finish).await;
    shared.app.store.journal().close();
}

/// What the connections of a server share.
pub(super) struct Shared {
    pub(super) app: Arc<App>,
    pub(super) tls: Tls,
    /// Requests that are read but not answered.
    pub(super) under_way: AtomicUsize,
    pub(super) body_units: Semaphore,
    pub(super) upload_units: Semaphore,
    pub(super) snapshot_units: Semaphore,
}

/// Until every connection has ended, or those left have had time to send their last answer and wait
/// for a request that may never come.
async fn finish(shared: &Shared, connections: &watch::Sender<bool>) {
    const TO_SEND_AN_ANSWER: Duration = Duration::from_millis(200);
    loop {
        while shared.under_way.load(Ordering::Acquire) > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if tokio::time::timeout(TO_SEND_AN_ANSWER, connections.closed())
            .await
            .is_ok()
            || shared.under_way.load(Ordering::Acquire) == 0
        {
            return;
        }
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = places
        .clone()
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}
