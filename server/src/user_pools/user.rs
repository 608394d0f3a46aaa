//! One user of a pool.

use cognito_model::Timestamp;
use cognito_model::idp::{AttributeType, UserStatusType, UserType};
use serde::{Deserialize, Serialize};

use super::{Attempts, Attributes, Codes, Password};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The real username: what the caller chose, or the `sub` where users sign in with an email
    /// address or phone number.
    pub username: String,
    pub sub: String,
    pub attributes: Attributes,
    pub status: UserStatusType,
    pub enabled: bool,
    pub created: Timestamp,
    pub modified: Timestamp,
    pub password: Option<Password>,
    /// Newest first, as many as the pool's policy wants remembered.
    #[serde(default)]
    pub former_passwords: Vec<Password>,
    /// Names of groups, in the order in which the user came into them.
    #[serde(default)]
    pub groups: Vec<Box<str>>,
    #[serde(default)]
    pub lockout: Lockout,
    #[serde(default)]
    pub codes: Codes,
    #[serde(default)]
    pub attempts: Attempts,
}

impl User {
    /// `sub` first, as AWS lists them.
    pub fn attribute_list(&self) -> Vec<AttributeType> {
        let sub = ("sub", self.sub.as_str());
        std::iter::once(sub)
            .chain(self.attributes.iter())
            .map(|(name, value)| AttributeType {
                name: name.to_owned(),
                value: Some(value.to_owned()),
            })
            .collect()
    }

    pub fn attribute(&self, name: &str) -> Option<&str> {
        if name == "sub" {
            Some(&self.sub)
        } else {
            self.attributes.get(name)
        }
    }

    /// Whether a password is the present one or among the last `history` ones; never where the pool
    /// keeps no history.
    pub fn used_before(&self, user_pool_id: &str, password: &str, history: usize) -> bool {
        let recent = self
            .password
            .iter()
            .chain(&self.former_passwords)
            .take(history);
        recent
            .into_iter()
            .any(|former| former.is(user_pool_id, &self.username, password))
    }

    pub fn set_password(&mut self, password: Password, history: usize) {
        if let Some(former) = self.password.replace(password) {
            self.former_passwords.insert(0, former);
        }
        self.former_passwords.truncate(history.saturating_sub(1));
    }

    /// As AdminCreateUser and ListUsers describe a user.
    pub fn describe(&self) -> UserType {
        UserType {
            username: Some(self.username.clone()),
            attributes: Some(self.attribute_list()),
            user_create_date: Some(self.created),
            user_last_modified_date: Some(self.modified),
            enabled: Some(self.enabled),
            user_status: Some(self.status),
            mfa_options: None,
        }
    }
}

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
        if now.as_millis() >= self.last_millis.saturating_add(Self::LONGEST_MILLIS) {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        self.last_millis = now.as_millis();
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
