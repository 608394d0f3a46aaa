//! How much runs at a time: so much of each function, so that one that hangs takes no place from the
//! others, and so much of all of them.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(super) struct Places {
    of_each: usize,
    /// Of the functions that run, or wait to.
    functions: Mutex<HashMap<String, Arc<Semaphore>>>,
    most: usize,
    all: Arc<Semaphore>,
}

/// Free again once it is dropped.
pub(super) struct Place {
    _own: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Places {
    pub(super) fn new(of_each: usize, most: usize) -> Self {
        Self {
            of_each,
            functions: Mutex::default(),
            most,
            all: Arc::new(Semaphore::new(most)),
        }
    }

    /// Waits until there is one; `None` if there will be none any more.
    pub(super) async fn take(&self, function: &str) -> Option<Place> {
        // Its own first: who waits for that one takes nothing from others meanwhile.
        let own = self.of(function).acquire_owned().await.ok()?;
        let of_all = self.all.clone().acquire_owned().await.ok()?;
        Some(Place {
            _own: own,
            _of_all: of_all,
        })
    }

    /// One that is free now.
    pub(super) fn try_take(&self, function: &str) -> Option<Place> {
        let own = self.of(function).try_acquire_owned().ok()?;
        let of_all = self.all.clone().try_acquire_owned().ok()?;
        Some(Place {
            _own: own,
            _of_all: of_all,
        })
    }

    /// Until all are free.
    pub(super) async fn finish(&self) {
        let _ = self.all.acquire_many(self.most as u32).await;
    }

    fn of(&self, function: &str) -> Arc<Semaphore> {
        let mut functions = self.functions.lock();
        functions.retain(|_, it| Arc::strong_count(it) > 1);
        let own = functions.entry(function.to_owned());
        own.or_insert_with(|| Arc::new(Semaphore::new(self.of_each)))
            .clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_function_takes_no_place_from_another() {
        let places = Places::new(2, 3);
        let [first, _second] = [(); 2].map(|()| places.try_take("hangs").unwrap());
        assert!(places.try_take("hangs").is_none());
        let more = tokio::time::timeout(Duration::from_millis(10), places.take("hangs"));
        assert!(more.await.is_err());
        let other = places.take("other").await.unwrap();
        assert!(places.try_take("third").is_none(), "these are all");
        drop(first);
        assert!(places.take("hangs").await.is_some());
        drop(other);
        // What is not used any more is forgotten.
        let _third = places.try_take("third").unwrap();
        assert_eq!(places.functions.lock().len(), 2);
    }
}
