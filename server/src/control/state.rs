//! The whole state: forgotten and seeded again, written out, and replaced.

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

use super::{Answer, Query, bad, missing, no_content};
use crate::app::App;
use crate::aws::is_account_id;
use crate::calls::Filter;
use crate::clock::Clock;
use crate::seed::{self, SeedError};
use crate::snapshot::{self, Snapshot};
use crate::store::{Extent, Pool};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The server as its folder and its seeds want it. What a folder keeps stays as it is: seeds only add to
/// it, all of them or, where something is wrong with one, none.
pub async fn begin(app: &Arc<App>, data: Option<&std::path::Path>) -> Result<(), Failure> {
    let (disk, is_known) = match data {
        Some(folder) => {
            let (disk, is_known) = snapshot::open(app, folder).await?;
            (Some(disk), is_known)
        }
        None => (None, false),
    };
    let settings = &app.settings;
    if is_known {
        if let Some(clock) = settings.clock {
            app.clock.restore(clock);
        }
        seed::apply(app, &settings.seed)?;
        snapshot::keep_server(app).await?;
    } else if !settings.seed.is_empty() || !settings.seed_parameters.is_empty() {
        let seeded = seeded(app, first_clock(app))?;
        snapshot::succeed(app, &seeded, Extent::All).await?;
    }
    if let Some(disk) = disk {
        disk.begin()?;
    }
    app.store.journal().settled().await?;
    Ok(())
}

/// A server as the seeds make it.
fn seeded(app: &App, clock: Clock) -> Result<Arc<App>, SeedError> {
    let seeded = app.successor(clock);
    seed::apply(&seeded, &seeded.settings.seed)?;
    Ok(seeded)
}

/// As it stands at the start.
fn first_clock(app: &App) -> Clock {
    Clock::of(app.settings.clock.unwrap_or_default())
}

/// Which part of the state a query names.
struct Part {
    account: Option<String>,
    user_pool_id: Option<String>,
    is_bare: bool,
}

impl Part {
    fn of(query: &str, names: &[&str]) -> Result<Self, String> {
        let mut query = Query::parse(query, names)?;
        let account = query.get("account");
        if account.as_deref().is_some_and(|it| !is_account_id(it)) {
            return Err("account must have 12 digits".to_owned());
        }
        let is_bare = match query.get("seeds").as_deref() {
            None | Some("true") => false,
            Some("false") => true,
            Some(_) => return Err("seeds must be true or false".to_owned()),
        };
        Ok(Self {
            account,
            user_pool_id: query.get("userPoolId"),
            is_bare,
        })
    }

    fn extent(&self) -> Extent<'_> {
        match (&self.user_pool_id, &self.account) {
            (Some(id), _) => Extent::UserPool(id),
            (None, Some(account)) => Extent::Account(account),
            (None, None) => Extent::All,
        }
    }
}

fn broken(error: &impl ToString) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

/// Forgets, and seeds again. What comes back under its id keeps its signing keys, which others have
/// fetched.
pub(super) async fn reset(app: &Arc<App>, query: &str) -> Answer {
    let part = Part::of(query, &["account", "userPoolId", "seeds"]).map_err(bad)?;
    let clock = match part.extent() {
        Extent::All => first_clock(app),
        _ => Clock::like(&app.clock),
    };
    let maker = app.clone();
    let is_bare = part.is_bare;
    // Away from those who answer: a seed may be large.
    let made = tokio::task::spawn_blocking(move || {
        if is_bare {
            Ok(maker.successor(clock))
        } else {
            seeded(&maker, clock)
        }
    });
    let seeded = made
        .await
        .map_err(|error| broken(&error))?
        .map_err(|error| broken(&error))?;
    seeded.store.begin_lives(&app.random);
    if let Some(id) = &part.user_pool_id {
        let is_of = |pool: &Arc<Pool>| {
            let mut account = part.account.iter();
            account.all(|account| pool.scope().account == *account)
        };
        // One that was deleted comes back, if the seeds have it.
        let pool = app
            .store
            .user_pool(id)
            .or_else(|| seeded.store.user_pool(id));
        if !pool.is_some_and(|pool| is_of(&pool)) {
            return Err(missing(format!("there is no user pool {id}")));
        }
    }
    let done = match &part.user_pool_id {
        Some(id) if seeded.store.user_pool(id).is_none() => empty(app, id).await,
        _ => snapshot::succeed(app, &seeded, part.extent()).await,
    };
    done.map_err(|problem| (StatusCode::CONFLICT, problem))?;
    forget_calls(app, part);
    Ok(no_content())
}

/// What a test asked, and wanted to fail. A fault for one pool is wanted of what comes back, too.
fn forget_calls(app: &App, part: Part) {
    match (&part.user_pool_id, &part.account) {
        (Some(_), _) => {}
        (None, Some(account)) => app.faults.clear_account(account),
        (None, None) => app.faults.clear(),
    }
    app.journal.forget(&Filter {
        user_pool_id: part.user_pool_id,
        account: part.account,
        ..Filter::default()
    });
}

/// The same, whole, for whoever has no request.
pub async fn reset_all(app: &Arc<App>) -> Result<(), Failure> {
    if let Err((_, problem)) = reset(app, "").await {
        return Err(problem.into());
    }
    Ok(app.store.journal().settled().await?)
}

/// A pool that no seed knows stays, without its users, its groups and their messages.
async fn empty(app: &App, user_pool_id: &str) -> Result<(), String> {
    app.store
        .empty_user_pool(user_pool_id)
        .map_err(|error| error.to_string())?;
    app.outbox
        .forget(|message| message.user_pool_id == user_pool_id);
    let kept = snapshot::keep_server(app).await;
    kept.map_err(|error| error.to_string())
}

/// Puts a snapshot in the place of what is there.
pub(super) async fn replace(app: &Arc<App>, query: &str, body: Bytes) -> Answer {
    let part = Part::of(query, &["account"]).map_err(bad)?;
    let reader = app.clone();
    let read = tokio::task::spawn_blocking(move || Snapshot::parse(&reader, &body));
    let snapshot = read.await.map_err(|error| broken(&error))?.map_err(bad)?;
    snapshot.install(app, part.extent()).await.map_err(bad)?;
    Ok(no_content())
}

pub(super) async fn write(app: &Arc<App>, query: &str) -> Answer {
    let part = Part::of(query, &["account"]).map_err(bad)?;
    let writer = app.clone();
    let written = tokio::task::spawn_blocking(move || snapshot::write(&writer, part.extent()));
    let document = written
        .await
        .map_err(|error| broken(&error))?
        .map_err(|error| broken(&error))?;
    let mut response = Response::new(Bytes::from(document));
    let content_type = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    Ok(response)
}
