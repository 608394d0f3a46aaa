//! How many calls there were, how they ended and how long they took. Rows are few: operations and errors
//! that this server knows, never what a caller wrote.

use std::borrow::Cow;
use std::collections::BTreeMap;

use parking_lot::Mutex;

use super::Call;

/// Upper bounds in seconds; one more bucket has the rest.
pub const BUCKETS: [f64; 10] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1.0, 5.0,
];

/// What is counted of one operation.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// By error; the empty one is none.
    pub ends: BTreeMap<&'static str, u64>,
    /// Each for itself, not cumulative.
    pub buckets: [u64; BUCKETS.len() + 1],
    pub seconds: f64,
}

/// A lock that is held for some ten nanoseconds, by service and operation.
#[derive(Default)]
pub struct Counters(Mutex<BTreeMap<(&'static str, &'static str), Row>>);

impl Counters {
    pub(super) fn count(&self, call: &Call) {
        let end = match &call.error {
            None => "",
            Some(Cow::Borrowed(known)) => known,
            Some(Cow::Owned(_)) => "other",
        };
        let seconds = call.duration.as_secs_f64();
        let bucket = BUCKETS.partition_point(|bound| *bound < seconds);
        let mut rows = self.0.lock();
        let row = rows.entry((call.service, call.label)).or_default();
        *row.ends.entry(end).or_default() += 1;
        row.buckets[bucket] += 1;
        row.seconds += seconds;
    }

    pub fn rows(&self) -> BTreeMap<(&'static str, &'static str), Row> {
        self.0.lock().clone()
    }
}
