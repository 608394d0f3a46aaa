//! A server within the process of whoever uses it.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{self, Handle, Runtime};
use tokio::sync::oneshot;

use crate::app::App;
use crate::builder::Builder;
use crate::clock::Moment;
use crate::control;
use crate::delivery::{Filter, Message};
use crate::http::{Listener, Tls, serve};
use crate::snapshot;

/// Enough for the tests of one process, of which there may be many.
const WORKERS: usize = 2;
/// How long a server that has ended waits for what its threads are just doing.
const LAST_WORK: Duration = Duration::from_secs(1);

/// Why a server did not start, or could not be reset, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

impl From<String> for Error {
    fn from(problem: String) -> Self {
        Self(problem)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Bound, and in the state it is to start with: all that is missing is to serve.
#[doc(hidden)]
pub struct Prepared {
    pub(crate) listener: Listener,
    pub(crate) address: SocketAddr,
    pub(crate) app: Arc<App>,
    pub(crate) tls: Tls,
}

impl Prepared {
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        serve(self.listener, self.app, self.tls, stop).await;
    }
}

/// A running server, until it is dropped. Others in the same process are nothing to it.
#[derive(Debug)]
pub struct Server {
    running: Running,
    address: SocketAddr,
    url: String,
    /// Told to stop, it stops in order; dropped, at once.
    stop: Option<oneshot::Sender<()>>,
    ended: Option<oneshot::Receiver<()>>,
    thread: Option<JoinHandle<()>>,
}

/// The server as its thread has it, and where its work is done.
#[derive(Clone)]
struct Running {
    app: Arc<App>,
    runtime: Handle,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Running")
    }
}

impl Server {
    /// A server with the default settings, which may be changed before it starts.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) async fn start(builder: Builder) -> Result<Self, Error> {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("cognitwin")
            .enable_all()
            .build()?;
        let (started, begun) = oneshot::channel();
        let (stop, told) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("cognitwin".to_owned())
            .spawn(move || {
                run(runtime, builder, started, told);
                drop::<oneshot::Sender<()>>(end);
            })?;
        let begun = begun.await;
        let (running, address) =
            begun.map_err(|_| "the server ended before it began".to_owned())??;
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Ok(Self {
            running,
            address,
            url: format!("http://{}", SocketAddr::new(ip, address.port())),
            stop: Some(stop),
            ended: Some(ended),
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint of every AWS client, as `http://127.0.0.1:34567`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The `iss` of a user pool's tokens.
    pub fn issuer(&self, user_pool_id: &str) -> String {
        let region = user_pool_id.split('_').next().unwrap_or_default();
        self.app().issuer(&self.url, user_pool_id, region)
    }

    /// What the server's clock shows.
    pub fn now(&self) -> Moment {
        self.app().clock.moment()
    }

    /// Sets the clock; it goes on running, or standing, as before.
    pub fn set_now(&self, moment: Moment) {
        self.move_clock(|app| app.clock.set_moment(moment));
    }

    /// Moves the clock forward: what lives by time grows older by as much.
    pub fn advance(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        self.move_clock(|app| app.clock.advance(millis));
    }

    /// Stops the clock where it is, or lets it run on from there.
    pub fn freeze(&self, frozen: bool) {
        self.move_clock(|app| app.clock.freeze(frozen));
    }

    /// The outbox: every email and text message that was sent, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.app().outbox.find(&Filter::default())
    }

    /// Empties the outbox.
    pub fn forget_messages(&self) {
        self.app().outbox.forget(|_| true);
    }

    /// Forgets everything and applies the seeds again, as the server started. All ids come back the same.
    pub async fn reset(&self) -> Result<(), Error> {
        let app = self.running.app.clone();
        let reset = async move { control::reset_all(&app).await };
        match self.running.runtime.spawn(reset).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Error(error.to_string())),
            Err(error) => Err(Error(error.to_string())),
        }
    }

    /// Ends the server in order: requests under way are answered, for ten seconds at most. Afterwards its port
    /// and its data folder are free.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            // Whoever has ended by itself hears nothing.
            let _ = stop.send(());
        }
        if let Some(ended) = self.ended.take() {
            let _ = ended.await;
        }
    }

    fn app(&self) -> &App {
        &self.running.app
    }

    fn move_clock(&self, change: impl FnOnce(&App)) {
        change(self.app());
        snapshot::keep_clock(self.app());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has reported it.
            let _ = thread.join();
        }
    }
}

/// The life of a server, on its own thread.
fn run(
    runtime: Runtime,
    builder: Builder,
    started: oneshot::Sender<Result<(Running, SocketAddr), Error>>,
    told: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        let prepared = match builder.prepare().await {
            Ok(prepared) => prepared,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let running = Running {
            app: prepared.app.clone(),
            runtime: Handle::current(),
        };
        let app = prepared.app.clone();
        if started.send(Ok((running, prepared.address))).is_err() {
            return;
        }
        let (stop, stopped) = oneshot::channel();
        let serving = prepared.serve(async {
            let _ = stopped.await;
        });
        tokio::pin!(serving);
        tokio::select! {
            () = &mut serving => {}
            in_order = told => if in_order.is_ok() {
                let _ = stop.send(());
                serving.await;
            }
        }
        app.store.journal().close();
    });
    runtime.shutdown_timeout(LAST_WORK);
}
