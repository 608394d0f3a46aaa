//! The one source of time. Tokens, codes, sessions and credentials live by [`Clock::now`], so a
//! test that moves the clock moves them all. Durations for the log are real time ([`Stopwatch`]).

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// A point in time, as the standard library has it.
pub use std::time::SystemTime as Moment;

use cognito_model::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

/// The server's clock: the system's, moved by an offset, or standing still.
#[derive(Debug)]
pub struct Clock(Mutex<State>);

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Ahead of the system's time by so many milliseconds.
    Running(i64),
    /// At this moment, in milliseconds since 1970.
    Frozen(i64),
}

impl Default for State {
    fn default() -> Self {
        Self::Running(0)
    }
}

/// In milliseconds: from 1970 to the year 9987, so that no sum of a time and a validity leaves the range.
pub const RANGE: RangeInclusive<i64> = 0..=253_000_000_000_000;

impl State {
    /// Running on from there.
    pub fn running_from(moment: Moment) -> Self {
        Self::Running(millis_of(moment).saturating_sub(system_millis()))
    }

    pub fn frozen_at(moment: Moment) -> Self {
        Self::Frozen(millis_of(moment))
    }

    fn millis(self) -> i64 {
        let millis = match self {
            Self::Running(offset) => system_millis().saturating_add(offset),
            Self::Frozen(moment) => moment,
        };
        millis.clamp(*RANGE.start(), *RANGE.end())
    }
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self(Mutex::new(State::Running(0)))
    }

    pub fn of(state: State) -> Self {
        Self(Mutex::new(state))
    }

    /// One that shows the same as another.
    pub fn like(other: &Self) -> Self {
        Self(Mutex::new(other.state()))
    }

    /// A clock that stands at this moment until it is moved.
    pub fn frozen_at(moment: Timestamp) -> Self {
        Self(Mutex::new(State::Frozen(moment.as_millis())))
    }

    /// Milliseconds precision, as AWS's timestamps have.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.lock().millis())
    }

    /// The same, as the standard library has it.
    pub fn moment(&self) -> Moment {
        // Never before 1970.
        Moment::UNIX_EPOCH + Duration::from_millis(self.now().as_millis().unsigned_abs())
    }

    /// The system's own time, whatever the clock says: for what leaves the server.
    pub fn system_now(&self) -> Timestamp {
        Timestamp::from_millis(system_millis())
    }

    pub fn is_frozen(&self) -> bool {
        matches!(*self.0.lock(), State::Frozen(_))
    }

    /// How far ahead of the system's time it is, in milliseconds.
    pub fn offset_millis(&self) -> i64 {
        match *self.0.lock() {
            State::Running(offset) => offset,
            State::Frozen(moment) => moment.saturating_sub(system_millis()),
        }
    }

    /// Sets the clock; it goes on running, or standing, as before.
    pub fn set(&self, moment: Timestamp) {
        let mut state = self.0.lock();
        *state = match *state {
            State::Running(_) => State::Running(moment.as_millis().saturating_sub(system_millis())),
            State::Frozen(_) => State::Frozen(moment.as_millis()),
        };
    }

    /// The same, as the standard library has it.
    pub fn set_moment(&self, moment: Moment) {
        self.set(Timestamp::from_millis(millis_of(moment)));
    }

    /// Stops the clock where it is, or lets it run on from there.
    pub fn freeze(&self, frozen: bool) {
        let mut state = self.0.lock();
        let now = state.millis();
        *state = if frozen {
            State::Frozen(now)
        } else {
            State::Running(now.saturating_sub(system_millis()))
        };
    }

    /// Moves the clock, forward or back.
    pub fn advance(&self, millis: i64) {
        let mut state = self.0.lock();
        *state = match *state {
            State::Running(offset) => State::Running(offset.saturating_add(millis)),
            State::Frozen(moment) => State::Frozen(moment.saturating_add(millis)),
        };
    }

    /// How it stands to the system's time.
    pub fn state(&self) -> State {
        *self.0.lock()
    }

    pub fn restore(&self, state: State) {
        *self.0.lock() = state;
    }

    /// Back to the system's time.
    pub fn reset(&self) {
        *self.0.lock() = State::Running(0);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that asks the system"
)]
fn system_millis() -> i64 {
    millis_of(Moment::now())
}

/// Since 1970, which nothing here comes before.
fn millis_of(moment: Moment) -> i64 {
    moment
        .duration_since(Moment::UNIX_EPOCH)
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

/// The moment until which somebody is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(tokio::time::Instant);

impl Deadline {
    pub fn after(patience: Duration) -> Self {
        Self(tokio::time::Instant::now() + patience)
    }

    /// `None` where it passed first.
    pub async fn wait<T>(self, what: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.0, what).await.ok()
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

    #[test]
    fn a_clock_runs_on_from_where_it_is_set_or_let_go() {
        let clock = Clock::system();
        let year = Timestamp::from_millis(4_000_000_000_000);
        clock.set(year);
        assert!(clock.now() >= year && !clock.is_frozen());
        clock.freeze(true);
        let stopped = clock.now();
        assert_eq!(clock.now(), stopped);
        clock.freeze(false);
        assert!(clock.now() >= stopped && clock.offset_millis() > 0);
        clock.reset();
        assert_eq!(clock.offset_millis(), 0);
    }
}
