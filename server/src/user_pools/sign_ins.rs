//! What is remembered of a user's sign-ins. Tokens say everything of themselves, so this is only what
//! ends them before their time: sign-outs, revocations, rotated refresh tokens, answered challenges,
//! and the sessions of a pool that tracks them (facts/tokens.md §5).

use cognito_model::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Spent;
use crate::aws_time::DAY;
use crate::rare::Blank;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SignIns {
    /// What was issued until then is dead.
    signed_out: Option<Timestamp>,
    /// Sign-ins of the same second, but after it: access tokens count in whole seconds.
    after_sign_out: Vec<Uuid>,
    revoked: Vec<Ended>,
    rotated: Vec<Rotation>,
    /// Challenges that were answered.
    pub spent: Spent,
    /// The device that a proved password asked for: callers may answer that without a session.
    asked_device: Option<AskedDevice>,
    pub sessions: Vec<TokenSession>,
}

/// Something that is over, remembered until nobody could present it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Ended {
    id: Uuid,
    /// Epoch seconds.
    until: i64,
    since: Timestamp,
}

/// How often the refresh token of a sign-in was rotated, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Rotation {
    origin_jti: Uuid,
    generation: u32,
    at: Timestamp,
    until: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct AskedDevice {
    key: Box<str>,
    /// Of the challenge.
    session: Box<str>,
}

/// A sign-in that a pool with session tracking lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenSession {
    pub id: Box<str>,
    pub origin_jti: Uuid,
    pub client_id: Box<str>,
    pub created: Timestamp,
    pub last_active: Timestamp,
    pub last_address: Option<Box<str>>,
    /// Epoch seconds: when its refresh token expires.
    pub until: i64,
}

impl Blank for SignIns {
    fn blank() -> &'static Self {
        static BLANK: SignIns = SignIns {
            signed_out: None,
            after_sign_out: Vec::new(),
            revoked: Vec::new(),
            rotated: Vec::new(),
            spent: Spent::blank(),
            asked_device: None,
            sessions: Vec::new(),
        };
        &BLANK
    }
}

/// What becomes of a refresh token that is to be rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotated {
    /// The next one has this number.
    Next(u32),
    /// Another one has taken its place.
    Reused,
}

/// A clock that stands still makes every sign-in one of the same second.
const MOST_AFTER_SIGN_OUT: usize = 1000;

/// How many revoked or rotated sign-ins of one user are told apart.
const MOST_ENDED: usize = 10_000;

impl SignIns {
    pub fn sign_out(&mut self, now: Timestamp) {
        self.signed_out = Some(now);
        self.after_sign_out.clear();
        self.sessions.clear();
    }

    /// What is no longer told apart ends: all that was issued until then, good or not.
    fn end_before(&mut self, at: Timestamp) {
        if self
            .signed_out
            .is_none_or(|it| it.as_millis() < at.as_millis())
        {
            self.signed_out = Some(at);
            self.after_sign_out.clear();
        }
    }

    /// Whether a sign-in has to be noted, since its tokens could not be told from those that the last
    /// sign-out ended.
    pub fn is_near_sign_out(&self, now: Timestamp) -> bool {
        self.signed_out
            .is_some_and(|at| seconds(at) == seconds(now))
    }

    pub fn note_after_sign_out(&mut self, origin_jti: Uuid) {
        if self.after_sign_out.len() == MOST_AFTER_SIGN_OUT {
            self.after_sign_out.remove(0);
        }
        self.after_sign_out.push(origin_jti);
    }

    /// Ends what comes from one sign-in; `until` is when the last of it would have expired.
    pub fn revoke(&mut self, origin_jti: Uuid, until: i64, now: Timestamp) {
        // Its last access token may outlive the refresh token by a day (facts/tokens.md §1).
        let until = until.saturating_add(DAY);
        self.forget_past(now);
        if !self.is_revoked(origin_jti) {
            if self.revoked.len() >= MOST_ENDED {
                let oldest = self.revoked.remove(0);
                self.end_before(oldest.since);
            }
            self.revoked.push(Ended {
                id: origin_jti,
                until,
                since: now,
            });
        }
        self.sessions.retain(|it| it.origin_jti != origin_jti);
    }

    /// Whether tokens of a sign-in, issued at a second, are dead.
    pub fn has_ended(&self, origin_jti: Option<Uuid>, issued: i64) -> bool {
        let is_signed_out = self.signed_out.is_some_and(|at| {
            issued < seconds(at)
                || issued == seconds(at)
                    && !origin_jti.is_some_and(|it| self.after_sign_out.contains(&it))
        });
        is_signed_out || origin_jti.is_some_and(|it| self.is_revoked(it))
    }

    fn is_revoked(&self, origin_jti: Uuid) -> bool {
        self.revoked.iter().any(|it| it.id == origin_jti)
    }

    /// Rotates the refresh token of a sign-in: `generation` counts its tokens from 0. One that was
    /// rotated already is good for the grace period, and then for nothing.
    pub fn rotate(
        &mut self,
        origin_jti: Uuid,
        generation: u32,
        until: i64,
        grace_seconds: i64,
        now: Timestamp,
    ) -> Rotated {
        self.forget_past(now);
        let Some(last) = self
            .rotated
            .iter_mut()
            .find(|it| it.origin_jti == origin_jti)
        else {
            if generation > 0 {
                return Rotated::Reused;
            }
            if self.rotated.len() >= MOST_ENDED {
                let oldest = self.rotated.remove(0);
                self.end_before(oldest.at);
            }
            self.rotated.push(Rotation {
                origin_jti,
                generation: 1,
                at: now,
                until,
            });
            return Rotated::Next(1);
        };
        if generation == last.generation {
            last.generation += 1;
            last.at = now;
            return Rotated::Next(last.generation);
        }
        let since = now.as_millis() - last.at.as_millis();
        if generation + 1 == last.generation && since < grace_seconds * 1000 {
            return Rotated::Next(last.generation);
        }
        Rotated::Reused
    }

    /// Whether another refresh token has taken the place of this one.
    pub fn was_rotated(&self, origin_jti: Uuid, generation: u32) -> bool {
        let mut rotated = self.rotated.iter();
        rotated.any(|it| it.origin_jti == origin_jti && generation < it.generation)
    }

    pub fn ask_device(&mut self, key: &str, session: &str) {
        self.asked_device = Some(AskedDevice {
            key: key.into(),
            session: session.into(),
        });
    }

    /// The session of the challenge that asked for this device; once.
    pub fn take_asked_device(&mut self, key: &str) -> Option<Box<str>> {
        let asked = self.asked_device.take_if(|asked| *asked.key == *key)?;
        Some(asked.session)
    }

    /// Notes a sign-in of a pool that tracks them: the least recently active of too many ends.
    pub fn begin_session(&mut self, session: TokenSession, most: usize, now: Timestamp) {
        self.forget_past(now);
        while self.sessions.len() >= most.max(1) {
            let oldest = self
                .sessions
                .iter()
                .min_by_key(|it| it.last_active.as_millis());
            let Some((origin_jti, until)) = oldest.map(|it| (it.origin_jti, it.until)) else {
                break;
            };
            self.revoke(origin_jti, until, now);
        }
        self.sessions.push(session);
    }

    fn forget_past(&mut self, now: Timestamp) {
        self.spent.forget_past(now);
        let now = seconds(now);
        self.revoked.retain(|it| it.until > now);
        self.rotated.retain(|it| it.until > now);
        self.sessions.retain(|it| it.until > now);
    }
}

fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    #[test]
    fn a_sign_out_ends_what_was_issued_before_it_even_within_its_second() {
        let mut sign_ins = SignIns::default();
        sign_ins.sign_out(at(10_500));
        assert!(sign_ins.has_ended(Some(id(1)), 9) && sign_ins.has_ended(Some(id(1)), 10));
        assert!(sign_ins.is_near_sign_out(at(10_700)) && !sign_ins.is_near_sign_out(at(11_000)));
        sign_ins.note_after_sign_out(id(2));
        assert!(!sign_ins.has_ended(Some(id(2)), 10) && !sign_ins.has_ended(Some(id(3)), 11));
    }

    #[test]
    fn a_revocation_ends_one_sign_in_and_is_forgotten_when_it_no_longer_matters() {
        let mut sign_ins = SignIns::default();
        sign_ins.revoke(id(1), 100, at(0));
        assert!(sign_ins.has_ended(Some(id(1)), 5) && !sign_ins.has_ended(Some(id(2)), 5));
        // Access tokens may outlive the refresh token that they came from by a day.
        sign_ins.revoke(id(2), 300, at(100_000));
        assert_eq!(sign_ins.revoked.len(), 2);
        sign_ins.revoke(id(3), 300 + DAY, at((100 + DAY) * 1000));
        assert_eq!(sign_ins.revoked.len(), 2);
        assert!(!sign_ins.has_ended(Some(id(1)), 5));
    }

    #[test]
    fn a_rotated_token_is_good_for_the_grace_period() {
        let mut sign_ins = SignIns::default();
        let mut rotate = |generation, seconds: i64| {
            sign_ins.rotate(id(1), generation, 1000, 10, at(seconds * 1000))
        };
        assert_eq!(rotate(0, 0), Rotated::Next(1));
        assert_eq!(rotate(0, 9), Rotated::Next(1));
        assert_eq!(rotate(0, 10), Rotated::Reused);
        assert_eq!(rotate(1, 10), Rotated::Next(2));
        assert_eq!(rotate(0, 11), Rotated::Reused);
        assert_eq!(rotate(7, 11), Rotated::Reused);
    }

    #[test]
    fn whoever_revokes_too_much_is_signed_out_of_what_is_older() {
        let mut sign_ins = SignIns::default();
        for number in 0..=10_000 {
            sign_ins.revoke(
                id(number),
                100_000,
                at(i64::try_from(number).unwrap() * 1000),
            );
        }
        assert_eq!(sign_ins.revoked.len(), MOST_ENDED);
        assert!(sign_ins.has_ended(Some(id(0)), 0) && !sign_ins.has_ended(Some(id(99_999)), 1));
    }

    #[test]
    fn the_least_recently_active_of_too_many_sessions_ends() {
        let mut sign_ins = SignIns::default();
        for number in 1..=3 {
            let session = TokenSession {
                id: format!("tkn{number}").into(),
                origin_jti: id(number),
                client_id: "c".into(),
                created: at(0),
                last_active: at(i64::try_from(number).unwrap()),
                last_address: None,
                until: 1000,
            };
            sign_ins.begin_session(session, 2, at(4));
        }
        let left: Vec<_> = sign_ins.sessions.iter().map(|it| &*it.id).collect();
        assert_eq!(left, ["tkn2", "tkn3"]);
        assert!(sign_ins.has_ended(Some(id(1)), 0));
    }
}
