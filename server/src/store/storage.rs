//! Where rows are kept beyond memory. A write hands its changed rows over in order, and its caller
//! is answered only once they are accepted.

use std::io;

use crate::changes::{Change, Kind};
use crate::errors::{self, Result};

/// The rows of one write, of one pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub pool_id: String,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub kind: Kind,
    pub key: String,
    /// As JSON; `None` if the row is gone.
    pub value: Option<Vec<u8>>,
}

impl Row {
    pub(super) fn of<T: serde::Serialize>(change: Change, row: Option<&T>) -> io::Result<Self> {
        let value = row.map(serde_json::to_vec).transpose()?;
        Ok(Self {
            kind: change.kind,
            key: change.key,
            value,
        })
    }
}

/// Hands over what a write changed; `row` reads each changed row from the state.
pub(super) fn commit(
    storage: &dyn Storage,
    pool_id: &str,
    changes: Vec<Change>,
    row: impl FnMut(Change) -> io::Result<Row>,
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let rows: io::Result<Vec<Row>> = changes.into_iter().map(row).collect();
    rows.and_then(|rows| {
        storage.commit(Batch {
            pool_id: pool_id.to_owned(),
            rows,
        })
    })
    .map_err(errors::internal)
}

pub trait Storage: Send + Sync {
    /// Whether changes are to be collected at all.
    fn is_durable(&self) -> bool;

    /// All rows or none.
    fn commit(&self, batch: Batch) -> io::Result<()>;
}

/// Keeps nothing: the state lives as long as the process.
#[derive(Debug, Clone, Copy)]
pub struct Memory;

impl Storage for Memory {
    fn is_durable(&self) -> bool {
        false
    }

    fn commit(&self, _: Batch) -> io::Result<()> {
        Ok(())
    }
}
