//! A file as it would be once it is repaired: writes stay in memory, so that what a killed server left can
//! be read wholly, and refused, without a byte of it changing.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;

use parking_lot::Mutex;
use redb::StorageBackend;

const PAGE: usize = 4096;

#[derive(Debug)]
pub(super) struct Overlay {
    file: File,
    written: Mutex<Written>,
}

#[derive(Debug)]
struct Written {
    /// Of the whole.
    length: u64,
    /// How much of the file still counts.
    in_file: u64,
    pages: HashMap<u64, Box<[u8; PAGE]>>,
}

impl Overlay {
    /// `None` while somebody else writes to the file.
    pub(super) fn over(file: File) -> io::Result<Option<Self>> {
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let length = file.metadata()?.len();
        Ok(Some(Self {
            file,
            written: Mutex::new(Written {
                length,
                in_file: length,
                pages: HashMap::new(),
            }),
        }))
    }

    fn page_of_file(&self, page: u64, in_file: u64) -> io::Result<Box<[u8; PAGE]>> {
        let mut bytes = Box::new([0; PAGE]);
        let begin = page * PAGE as u64;
        let length = in_file.saturating_sub(begin).min(PAGE as u64);
        let length = usize::try_from(length).map_err(io::Error::other)?;
        self.file.read_exact_at(&mut bytes[..length], begin)?;
        Ok(bytes)
    }
}

/// The parts of a range within pages: the page, where in it, and where in the range.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = (u64, usize, usize, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let within = usize::try_from(at % PAGE as u64).ok()?;
        let take = (PAGE - within).min(length - done);
        let part = (at / PAGE as u64, within, done, take);
        done += take;
        (take > 0).then_some(part)
    })
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.written.lock().length)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.written.lock();
        let end = offset.checked_add(out.len() as u64);
        if end.is_none_or(|end| end > written.length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if written.pages.is_empty() && end <= Some(written.in_file) {
            return self.file.read_exact_at(out, offset);
        }
        for (page, within, at, length) in parts(offset, out.len()) {
            let out = &mut out[at..at + length];
            match written.pages.get(&page) {
                Some(bytes) => out.copy_from_slice(&bytes[within..within + length]),
                None => {
                    let bytes = self.page_of_file(page, written.in_file)?;
                    out.copy_from_slice(&bytes[within..within + length]);
                }
            }
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut written = self.written.lock();
        if length < written.length {
            let first = length.div_ceil(PAGE as u64);
            written.pages.retain(|page, _| *page < first);
            let kept = length / PAGE as u64;
            if let Some(bytes) = written.pages.get_mut(&kept) {
                let within = usize::try_from(length % PAGE as u64).map_err(io::Error::other)?;
                bytes[within..].fill(0);
            }
            written.in_file = written.in_file.min(length);
        }
        written.length = length;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.written.lock();
        let in_file = written.in_file;
        for (page, within, at, length) in parts(offset, data.len()) {
            let bytes = match written.pages.remove(&page) {
                Some(bytes) => bytes,
                None => self.page_of_file(page, in_file)?,
            };
            let bytes = written.pages.entry(page).or_insert(bytes);
            bytes[within..within + length].copy_from_slice(&data[at..at + length]);
        }
        written.length = written.length.max(offset + data.len() as u64);
        Ok(())
    }
}
