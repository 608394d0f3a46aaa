//! The one source of time. Tokens, codes, sessions and credentials live by [`Clock::now`], so a
//! test that moves the clock moves them all. Durations for the log are real time ([`Stopwatch`]).

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use cognito_model::Timestamp;

/// Marks a clock that runs: no moment is frozen.
const RUNNING: i64 = i64::MIN;

/// The server's clock: the system's, moved by an offset, or standing still.
#[derive(Debug)]
pub struct Clock {
    offset_millis: AtomicI64,
    frozen_millis: AtomicI64,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self {
            offset_millis: AtomicI64::new(0),
            frozen_millis: AtomicI64::new(RUNNING),
        }
    }

    /// A clock that stands at this moment until it is moved.
    pub fn frozen_at(moment: Timestamp) -> Self {
        Self {
            offset_millis: AtomicI64::new(0),
            frozen_millis: AtomicI64::new(moment.as_millis()),
        }
    }

    /// Milliseconds precision, as AWS's timestamps have.
    pub fn now(&self) -> Timestamp {
        let frozen = self.frozen_millis.load(Ordering::Acquire);
        let base = if frozen == RUNNING {
            system_millis()
        } else {
            frozen
        };
        Timestamp::from_millis(base.saturating_add(self.offset_millis.load(Ordering::Acquire)))
    }

    /// Moves the clock, forward or back.
    pub fn advance(&self, millis: i64) {
        self.offset_millis.fetch_add(millis, Ordering::AcqRel);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that asks the system"
)]
fn system_millis() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        })
}

/// Measures how long something took, in real time.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frozen_clock_stands_until_it_is_moved() {
        let clock = Clock::frozen_at(Timestamp::from_millis(1_000));
        assert_eq!(clock.now(), Timestamp::from_millis(1_000));
        clock.advance(3_600_000);
        assert_eq!(clock.now(), Timestamp::from_millis(3_601_000));
        clock.advance(-1);
        assert_eq!(clock.now(), Timestamp::from_millis(3_600_999));
    }
}
