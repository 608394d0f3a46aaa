//! What can be used once and was: remembered until it would have expired.

use cognito_model::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    used: Vec<Used>,
    /// Whatever expires by then counts as used: so much is used at a time that it is not told apart.
    forgotten: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Used {
    id: Uuid,
    /// Epoch seconds.
    until: i64,
}

impl Spent {
    /// More than AWS lets one user answer in the longest life of a session: ten a second
    /// (facts/wire.md §4).
    const MOST: usize = 10_000;

    pub(super) const fn blank() -> Self {
        Self {
            used: Vec::new(),
            forgotten: 0,
        }
    }

    pub fn contains(&self, id: Uuid, until: i64) -> bool {
        until <= self.forgotten || self.used.iter().any(|it| it.id == id)
    }

    pub fn add(&mut self, id: Uuid, until: i64, now: Timestamp) {
        self.forget_past(now);
        if self.used.len() >= Self::MOST {
            // Whatever expires first, so that as little as can be counts as used with it.
            let places = self.used.iter().enumerate();
            let first = places.min_by_key(|(_, it)| it.until);
            if let Some((place, Used { until, .. })) = first.map(|(place, it)| (place, *it)) {
                self.used.swap_remove(place);
                self.forgotten = self.forgotten.max(until);
            }
        }
        self.used.push(Used { id, until });
    }

    pub(super) fn forget_past(&mut self, now: Timestamp) {
        let now = now.as_millis().div_euclid(1000);
        self.used.retain(|it| it.until > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    #[test]
    fn a_thing_is_used_once() {
        let mut spent = Spent::default();
        spent.add(id(1), 180, Timestamp::from_millis(0));
        assert!(spent.contains(id(1), 180) && !spent.contains(id(2), 180));
        spent.add(id(2), 400, Timestamp::from_millis(200_000));
        assert_eq!(spent.used.len(), 1);
    }

    #[test]
    fn what_is_too_much_to_remember_counts_as_used() {
        let mut spent = Spent::default();
        for number in 0..20_000 {
            let until = 180 + i64::try_from(number).unwrap() / 100;
            spent.add(id(number), until, Timestamp::from_millis(0));
        }
        assert_eq!(spent.used.len(), Spent::MOST);
        assert!(spent.contains(id(0), 180) && spent.contains(id(99_999), 279));
        assert!(!spent.contains(id(99_999), 380));
    }

    #[test]
    fn what_lives_long_takes_nothing_else_with_it() {
        let mut spent = Spent::default();
        spent.add(id(0), i64::MAX, Timestamp::from_millis(0));
        for number in 1..=10_000 {
            spent.add(id(number), 180, Timestamp::from_millis(0));
        }
        assert!(spent.contains(id(0), i64::MAX) && !spent.contains(id(99_999), 181));
    }
}
