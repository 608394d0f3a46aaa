//! Where rows are kept beyond memory: the seam between the pools and a disk. A write hands its changed
//! rows over in order while its pool is locked, and does not wait; what it told its caller leaves the
//! server only once they are kept ([`Journal::settled`]). So writers of all pools wait together, and none
//! of them with a lock.

use std::borrow::Cow;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use crate::changes::{Change, Kind};
use crate::errors::{self, Result};

/// Rows of one owner: a pool by its id, an account in a region as `<account>/<region>`, the server as
/// an empty text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub owner: String,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub kind: Kind,
    pub key: String,
    /// Where it stands among its kind; 0 for what is there once.
    pub place: u64,
    /// As JSON; `None` if the row is gone. With the row of a pool go all of the pool.
    pub value: Option<Vec<u8>>,
}

impl Row {
    pub fn new<T: serde::Serialize + ?Sized>(
        kind: Kind,
        key: &str,
        place: u64,
        value: &T,
    ) -> io::Result<Self> {
        Ok(Self {
            kind,
            key: key.to_owned(),
            place,
            value: Some(serde_json::to_vec(value)?),
        })
    }

    pub fn gone(kind: Kind, key: &str) -> Self {
        Self {
            kind,
            key: key.to_owned(),
            place: 0,
            value: None,
        }
    }

    /// What became of a row that was touched.
    pub(super) fn of<T: serde::Serialize>(
        change: Change,
        row: Option<(u64, &T)>,
    ) -> io::Result<Self> {
        let (place, value) = row.unzip();
        Ok(Self {
            kind: change.kind,
            key: change.key,
            place: place.unwrap_or_default(),
            value: value.map(serde_json::to_vec).transpose()?,
        })
    }
}

/// A row that was kept.
#[derive(Debug, Clone)]
pub struct StoredRow<'r> {
    pub owner: Cow<'r, str>,
    pub kind: Kind,
    pub key: Cow<'r, str>,
    pub place: u64,
    pub value: &'r [u8],
}

pub type Settled<'s> = Pin<Box<dyn Future<Output = io::Result<()>> + Send + 's>>;

pub trait Storage: Send + Sync {
    /// Takes all of these batches, in this order, or none of them.
    fn commit(&self, batches: Vec<Batch>) -> io::Result<()>;

    /// Ready once all that was taken until now is kept.
    fn settled(&self) -> Settled<'_>;

    /// Keeps what was taken, and takes nothing any more.
    fn close(&self) {}
}

/// The storage of a server, if it has one: without, nothing is noted and nothing waits.
#[derive(Clone, Default)]
pub struct Journal(Arc<OnceLock<Arc<dyn Storage>>>);

impl Journal {
    /// False if there is one already.
    pub(super) fn attach(&self, storage: Arc<dyn Storage>) -> bool {
        self.0.set(storage).is_ok()
    }

    pub fn is_durable(&self) -> bool {
        self.0.get().is_some()
    }

    pub fn commit(&self, batches: Vec<Batch>) -> Result<()> {
        match self.0.get() {
            Some(storage) if !batches.is_empty() => {
                storage.commit(batches).map_err(errors::internal)
            }
            _ => Ok(()),
        }
    }

    /// Rows of the server itself.
    pub fn commit_rows(&self, rows: impl FnOnce() -> io::Result<Vec<Row>>) -> Result<()> {
        if !self.is_durable() {
            return Ok(());
        }
        let rows = rows().map_err(errors::internal)?;
        self.commit(vec![Batch {
            owner: String::new(),
            rows,
        }])
    }

    /// Once all that was changed until now is kept. An error means that memory is ahead of what is
    /// kept, for good: nothing may be acknowledged any more.
    pub async fn settled(&self) -> Result<()> {
        match self.0.get() {
            Some(storage) => storage.settled().await.map_err(errors::internal),
            None => Ok(()),
        }
    }

    pub fn close(&self) {
        if let Some(storage) = self.0.get() {
            storage.close();
        }
    }
}

/// Hands over what a write changed; `row` reads each changed row from the state.
pub(super) fn commit(
    journal: &Journal,
    owner: &str,
    changes: Vec<Change>,
    row: impl FnMut(Change) -> io::Result<Row>,
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let rows: io::Result<Vec<Row>> = changes.into_iter().map(row).collect();
    let rows = rows.map_err(errors::internal)?;
    journal.commit(vec![Batch {
        owner: owner.to_owned(),
        rows,
    }])
}
