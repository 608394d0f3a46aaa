//! State on disk: rows in one file of a folder, by redb. One thread writes; each of its transactions takes
//! all that waits, so that writers who come together share the wait for the disk. Every row has a check
//! sum, and a folder is read wholly before the first byte of it is changed.

use std::fs::{self, File};
use std::io;
use std::mem;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use aws_lc_rs::digest::{self, SHA256};
use parking_lot::{Condvar, Mutex};
use redb::{
    Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableDefinition,
};
use tokio::sync::watch;

use super::overlay::Overlay;
use super::storage::{Batch, Settled, Storage, StoredRow};
use crate::changes::Kind;

/// Raised with every change that an older version would not understand.
const VERSION: u64 = 1;
const FILE: &str = "cognitwin.redb";
const ROWS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("rows");
const FACTS: TableDefinition<'_, &str, u64> = TableDefinition::new("facts");

/// What redb may keep of the file in memory: all that is read is kept by the pools, too.
const CACHE_BYTES: usize = 16 * 1024 * 1024;
/// Writers wait when so much waits for the disk.
const MOST_WAITING_BYTES: usize = 64 * 1024 * 1024;

const SUM_LENGTH: usize = 8;
const PLACE_LENGTH: usize = 8;

/// Why a folder cannot be used; in one line that names it.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0}: another server uses this folder")]
    InUse(PathBuf),
    #[error("{0}: written by a newer version of cognitwin (format {1}; this one reads {VERSION})")]
    Newer(PathBuf, u64),
    #[error("{0}: damaged: {1}")]
    Damaged(PathBuf, String),
    #[error("{0}: {1}")]
    Unusable(PathBuf, String),
}

pub struct Disk {
    waiting: Arc<Waiting>,
    /// What the thread that writes begins with.
    idle: Mutex<Option<(Database, watch::Sender<Progress>)>>,
    progress: watch::Receiver<Progress>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Waiting {
    queue: Mutex<Queue>,
    arrived: Condvar,
    taken: Condvar,
}

#[derive(Default)]
struct Queue {
    batches: Vec<Batch>,
    bytes: usize,
    /// How many commits were taken since the start.
    commits: u64,
    /// Whether somebody takes what is in it.
    is_written: bool,
    is_closed: bool,
}

#[derive(Debug, Clone, Default)]
struct Progress {
    /// How many of those commits are on disk.
    commits: u64,
    failure: Option<Arc<str>>,
}

impl Disk {
    /// Opens a folder, or makes it. `take` gets each row, a pool's own row before its others; what it
    /// refuses is damage. A folder that is refused stays as it was, and any other until [`Disk::begin`].
    pub fn open(
        folder: &Path,
        take: &mut dyn FnMut(StoredRow<'_>) -> Result<(), String>,
    ) -> Result<Self, FolderError> {
        let unusable = |error: &dyn std::fmt::Display| {
            FolderError::Unusable(folder.to_owned(), one_line(error))
        };
        fs::create_dir_all(folder).map_err(|error| unusable(&error))?;
        let file = folder.join(FILE);
        if !file.try_exists().map_err(|error| unusable(&error))? {
            create(folder).map_err(|error| unusable(&error))?;
        }
        let database = without_panics(folder, || {
            read(folder, &file, take)?;
            builder()
                .open(&file)
                .map_err(|error| refusal(folder, error))
        })?;
        let (report, progress) = watch::channel(Progress::default());
        Ok(Self {
            waiting: Arc::default(),
            idle: Mutex::new(Some((database, report))),
            progress,
            writer: Mutex::default(),
        })
    }

    /// From now on what is taken is written, and at first, as one, what was taken until now. Without this
    /// nothing of it is.
    pub fn begin(&self) -> io::Result<()> {
        let Some((database, report)) = self.idle.lock().take() else {
            return Ok(());
        };
        self.waiting.queue.lock().is_written = true;
        let waiting = self.waiting.clone();
        let writer = thread::Builder::new()
            .name("disk".to_owned())
            .spawn(move || write_all(&database, &waiting, &report))?;
        *self.writer.lock() = Some(writer);
        Ok(())
    }
}

impl Storage for Disk {
    fn commit(&self, batches: Vec<Batch>) -> io::Result<()> {
        let mut queue = self.waiting.queue.lock();
        while queue.bytes > MOST_WAITING_BYTES && queue.is_written && !queue.is_closed {
            self.waiting.taken.wait(&mut queue);
        }
        if queue.is_closed {
            return Err(io::Error::other("the data folder takes nothing any more"));
        }
        let rows = batches.iter().flat_map(|batch| &batch.rows);
        queue.bytes += rows
            .map(|row| row.key.len() + row.value.as_ref().map_or(0, Vec::len))
            .sum::<usize>();
        queue.commits += 1;
        queue.batches.extend(batches);
        drop(queue);
        self.waiting.arrived.notify_one();
        Ok(())
    }

    fn settled(&self) -> Settled<'_> {
        let wanted = self.waiting.queue.lock().commits;
        let mut progress = self.progress.clone();
        Box::pin(async move {
            let reached = progress
                .wait_for(|it| it.commits >= wanted || it.failure.is_some())
                .await
                .map_err(|_| io::Error::other("the thread that writes is gone"))?;
            match &reached.failure {
                Some(failure) => Err(io::Error::other(failure.to_string())),
                None => Ok(()),
            }
        })
    }

    fn close(&self) {
        self.waiting.queue.lock().is_closed = true;
        self.waiting.arrived.notify_one();
        if let Some(writer) = self.writer.lock().take() {
            // A thread that panicked has reported it.
            let _ = writer.join();
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.close();
    }
}

/// The library trusts pages whose damage it has not met yet; what it stumbles over is damage, too. What
/// other threads report meanwhile is reported: there may be other servers in the process, and one of them
/// opens its folder at a time.
fn without_panics<T>(
    folder: &Path,
    open: impl FnOnce() -> Result<T, FolderError>,
) -> Result<T, FolderError> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock();
    let report = Arc::new(panic::take_hook());
    let (own, others) = (thread::current().id(), report.clone());
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() != own {
            others(panic);
        }
    }));
    let opened = panic::catch_unwind(panic::AssertUnwindSafe(open));
    drop(panic::take_hook());
    if let Some(report) = Arc::into_inner(report) {
        panic::set_hook(report);
    }
    opened.unwrap_or_else(|_| {
        let problem = "its pages do not fit together".to_owned();
        Err(FolderError::Damaged(folder.to_owned(), problem))
    })
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Makes the file under another name first, so that it is there wholly or not at all.
fn create(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let unfinished = folder.join(format!("{FILE}.new"));
    // Of a start that was killed.
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let database = builder().create(&unfinished)?;
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    transaction.open_table(ROWS)?;
    transaction.open_table(FACTS)?.insert("version", VERSION)?;
    transaction.commit()?;
    database.close()?;
    fs::rename(&unfinished, folder.join(FILE))?;
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn refusal(folder: &Path, error: DatabaseError) -> FolderError {
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            FolderError::InUse(folder.to_owned())
        }
        DatabaseError::Storage(redb::StorageError::Io(error))
            if error.kind() == io::ErrorKind::PermissionDenied =>
        {
            FolderError::Unusable(folder.to_owned(), one_line(&error))
        }
        error => FolderError::Damaged(folder.to_owned(), one_line(&error)),
    }
}

fn one_line(text: &dyn std::fmt::Display) -> String {
    let text = text.to_string();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads all there is, through a view whose writes go nowhere: after a crash, opening a file repairs it.
fn read(
    folder: &Path,
    file: &Path,
    take: &mut dyn FnMut(StoredRow<'_>) -> Result<(), String>,
) -> Result<(), FolderError> {
    let unusable = |error: io::Error| FolderError::Unusable(folder.to_owned(), one_line(&error));
    let damaged =
        |error: &dyn std::fmt::Display| FolderError::Damaged(folder.to_owned(), one_line(error));
    let newer = |version| FolderError::Newer(folder.to_owned(), version);
    let overlay = File::open(file).and_then(Overlay::over).map_err(unusable)?;
    let overlay = overlay.ok_or_else(|| FolderError::InUse(folder.to_owned()))?;
    let database = builder()
        .create_with_backend(overlay)
        .map_err(|error| refusal(folder, error))?;
    read_rows(&database, &newer, &damaged, take)
}

fn read_rows(
    database: &Database,
    newer: &dyn Fn(u64) -> FolderError,
    damaged: &dyn Fn(&dyn std::fmt::Display) -> FolderError,
    take: &mut dyn FnMut(StoredRow<'_>) -> Result<(), String>,
) -> Result<(), FolderError> {
    let transaction = database.begin_read().map_err(|it| damaged(&it))?;
    let facts = transaction.open_table(FACTS).map_err(|it| damaged(&it))?;
    let version = facts.get("version").map_err(|it| damaged(&it))?;
    match version.map(|version| version.value()) {
        Some(VERSION) => {}
        Some(version) if version > VERSION => return Err(newer(version)),
        _ => return Err(damaged(&"it does not say its version")),
    }
    let rows = transaction.open_table(ROWS).map_err(|it| damaged(&it))?;
    let expected = rows.len().map_err(|it| damaged(&it))?;
    let mut found = 0;
    for row in rows.iter().map_err(|it| damaged(&it))? {
        let (key, value) = row.map_err(|it| damaged(&it))?;
        let row = decode(key.value(), value.value()).ok_or_else(|| damaged(&"a row is broken"))?;
        take(row).map_err(|problem| damaged(&problem))?;
        found += 1;
    }
    if found == expected {
        Ok(())
    } else {
        Err(damaged(&"rows are missing"))
    }
}

/// The owner, then whether it is not a pool's own row, then the kind and the key: what an owner has lies
/// together, and its own row comes first. Neither owners nor kinds contain a zero.
fn encode_key(owner: &str, kind: Kind, key: &str) -> Vec<u8> {
    let order: &[u8] = if kind.is_pool() { &[0] } else { &[1] };
    [
        owner.as_bytes(),
        &[0],
        order,
        kind.name().as_bytes(),
        &[0],
        key.as_bytes(),
    ]
    .concat()
}

fn encode_value(key: &[u8], place: u64, value: &[u8]) -> Vec<u8> {
    let place = place.to_be_bytes();
    [&check_sum(key, &place, value)[..], &place, value].concat()
}

fn decode<'r>(key: &'r [u8], value: &'r [u8]) -> Option<StoredRow<'r>> {
    let (sum, rest) = value.split_at_checked(SUM_LENGTH)?;
    let (place, value) = rest.split_at_checked(PLACE_LENGTH)?;
    if sum != check_sum(key, place, value) {
        return None;
    }
    let (owner, rest) = split_at_zero(key)?;
    let (_, rest) = rest.split_first()?;
    let (kind, name) = split_at_zero(rest)?;
    let text = |bytes: &'r [u8]| std::str::from_utf8(bytes).ok();
    Some(StoredRow {
        owner: text(owner)?.into(),
        kind: Kind::named(text(kind)?)?,
        key: text(name)?.into(),
        place: u64::from_be_bytes(place.try_into().ok()?),
        value,
    })
}

fn split_at_zero(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let zero = bytes.iter().position(|byte| *byte == 0)?;
    Some((&bytes[..zero], &bytes[zero + 1..]))
}

fn check_sum(key: &[u8], place: &[u8], value: &[u8]) -> [u8; SUM_LENGTH] {
    let mut context = digest::Context::new(&SHA256);
    context.update(key);
    context.update(place);
    context.update(value);
    let mut sum = [0; SUM_LENGTH];
    sum.copy_from_slice(&context.finish().as_ref()[..SUM_LENGTH]);
    sum
}

/// Until the queue is closed and empty, or the disk fails. A failure is for good: what comes after it
/// would stand on rows that are not there.
fn write_all(database: &Database, waiting: &Waiting, report: &watch::Sender<Progress>) {
    loop {
        let (batches, commits) = {
            let mut queue = waiting.queue.lock();
            while queue.batches.is_empty() && !queue.is_closed {
                waiting.arrived.wait(&mut queue);
            }
            if queue.batches.is_empty() {
                return;
            }
            queue.bytes = 0;
            (mem::take(&mut queue.batches), queue.commits)
        };
        waiting.taken.notify_all();
        match write(database, batches) {
            Ok(()) => report.send_modify(|progress| progress.commits = commits),
            Err(error) => {
                tracing::error!(%error, "the data folder cannot be written: nothing is acknowledged any more");
                let failure: Arc<str> = error.to_string().into();
                report.send_modify(|progress| progress.failure = Some(failure));
                let mut queue = waiting.queue.lock();
                queue.is_closed = true;
                queue.batches.clear();
                drop(queue);
                waiting.taken.notify_all();
                return;
            }
        }
    }
}

fn write(database: &Database, batches: Vec<Batch>) -> Result<(), redb::Error> {
    let mut transaction = database.begin_write()?;
    // A file whose server was killed can then be read at once, and without being written to.
    transaction.set_quick_repair(true);
    {
        let mut rows = transaction.open_table(ROWS)?;
        for Batch { owner, rows: all } in batches {
            for row in all {
                let key = encode_key(&owner, row.kind, &row.key);
                match row.value {
                    Some(value) => {
                        let value = encode_value(&key, row.place, &value);
                        rows.insert(&*key, &*value)?;
                    }
                    None if row.kind.is_pool() => {
                        let from = [owner.as_bytes(), &[0]].concat();
                        let until = [owner.as_bytes(), &[1]].concat();
                        rows.retain_in(&*from..&*until, |_, _| false)?;
                    }
                    None => {
                        rows.remove(&*key)?;
                    }
                }
            }
        }
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_panic_of_another_thread_is_reported_while_a_folder_is_opened() {
        let (report, reports) = mpsc::channel();
        let former = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            let _ = report.send(panic.payload_as_str().unwrap_or_default().to_owned());
        }));
        let folder = Path::new("folder");
        let damaged = |problem: Result<(), FolderError>| problem.unwrap_err().to_string();
        let opened = without_panics(folder, || {
            let other = thread::spawn(|| panic!("another"));
            assert!(other.join().is_err());
            panic!("a page");
        });
        let others: Vec<_> = (0..8)
            .map(|_| thread::spawn(move || without_panics(folder, || panic!("a page"))))
            .collect();
        for other in others {
            assert_eq!(
                damaged(other.join().unwrap()),
                "folder: damaged: its pages do not fit together"
            );
        }
        assert!(thread::spawn(|| panic!("afterwards")).join().is_err());
        panic::set_hook(former);
        assert_eq!(
            damaged(opened),
            "folder: damaged: its pages do not fit together"
        );
        let reports: Vec<String> = reports.iter().collect();
        assert!(reports.contains(&"another".to_owned()));
        assert!(reports.contains(&"afterwards".to_owned()));
        assert!(!reports.contains(&"a page".to_owned()));
    }
}
