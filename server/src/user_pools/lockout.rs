//! How often a name failed to sign in by password, and how long that locks it out (facts/auth.md §3).

use std::collections::HashMap;

use cognito_model::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Spent;
use super::expiring::forget_dead;

/// Failed password sign-ins in a row, and how long they lock the user out: after the fifth for one
/// second, doubled by each further one, fifteen minutes at most (facts/auth.md §3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lockout {
    failures: u32,
    last_millis: i64,
}

impl Lockout {
    const FREE_FAILURES: u32 = 5;
    const LONGEST_MILLIS: i64 = 15 * 60 * 1000;

    pub fn is_locked(&self, now: Timestamp) -> bool {
        now.as_millis() < self.last_millis.saturating_add(self.lock_millis())
    }

    /// Attempts while locked do not count, so this is for the others only.
    pub fn fail(&mut self, now: Timestamp) {
        if self.is_forgiven(now) {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        self.last_millis = now.as_millis();
    }

    fn is_forgiven(&self, now: Timestamp) -> bool {
        now.as_millis() >= self.last_millis.saturating_add(Self::LONGEST_MILLIS)
    }

    pub fn is_clear(&self) -> bool {
        self.failures == 0
    }

    fn lock_millis(&self) -> i64 {
        match self.failures.checked_sub(Self::FREE_FAILURES) {
            None => 0,
            Some(doublings) => (1000_i64 << doublings.min(20)).min(Self::LONGEST_MILLIS),
        }
    }
}

/// The failures of names that nobody has: where a client is not told that there is no such user, five
/// wrong passwords must not tell it either.
#[derive(Debug, Default)]
pub struct Strangers {
    lockouts: Mutex<HashMap<Box<str>, Lockout>>,
    /// Sessions that were answered in their names.
    spent: Mutex<Spent>,
}

impl Strangers {
    /// Whoever invents more names than this is told nothing by their being forgotten.
    const MOST: usize = 10_000;

    /// Notes one more failure; whether the name was locked out already.
    pub fn fail(&self, name: &str, now: Timestamp) -> bool {
        let mut names = self.lockouts.lock();
        forget_dead(&mut names, Self::MOST, |it| !it.is_forgiven(now));
        if names.len() >= Self::MOST && !names.contains_key(name) {
            names.clear();
        }
        let lockout = names.entry(name.into()).or_default();
        let is_locked = lockout.is_locked(now);
        if !is_locked {
            lockout.fail(now);
        }
        is_locked
    }

    pub fn is_locked(&self, name: &str, now: Timestamp) -> bool {
        let names = self.lockouts.lock();
        names.get(name).is_some_and(|it| it.is_locked(now))
    }

    pub fn spend(&self, id: Uuid, until: i64, now: Timestamp) {
        self.spent.lock().add(id, until, now);
    }

    pub fn has_spent(&self, id: Uuid, until: i64) -> bool {
        self.spent.lock().contains(id, until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn the_fifth_failure_locks_for_a_second_and_each_further_one_doubles_it() {
        let mut lockout = Lockout::default();
        for _ in 0..4 {
            lockout.fail(at(0));
            assert!(!lockout.is_locked(at(0)));
        }
        lockout.fail(at(0));
        assert!(lockout.is_locked(at(999)) && !lockout.is_locked(at(1000)));
        lockout.fail(at(1000));
        assert!(lockout.is_locked(at(2999)) && !lockout.is_locked(at(3000)));
        for _ in 0..60 {
            lockout.fail(at(3000));
        }
        assert!(lockout.is_locked(at(3000 + 899_999)) && !lockout.is_locked(at(3000 + 900_000)));
    }

    #[test]
    fn fifteen_minutes_without_an_attempt_forgive() {
        let mut lockout = Lockout::default();
        for _ in 0..6 {
            lockout.fail(at(0));
        }
        lockout.fail(at(900_000));
        assert!(!lockout.is_locked(at(900_000)));
    }
}
