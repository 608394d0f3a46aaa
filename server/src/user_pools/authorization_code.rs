//! Authorization codes: what a sign-in on the domain ends in, and a client exchanges for tokens. A code
//! lives five minutes and is good once (documented: facts/oauth.md §2).

use std::collections::HashMap;

use cognito_model::Timestamp;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::keys::OAuthGrant;

/// Who signed in on a page, when, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    pub sub: String,
    /// Epoch seconds.
    pub auth_time: i64,
    /// Names the sign-in in its tokens.
    pub event_id: Uuid,
    /// The level of authentication, where one was asked for, and by what it was reached.
    pub acr: Option<(String, Vec<String>)>,
}

/// What a code stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    pub client_id: String,
    pub redirect_uri: String,
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
    pub grant: OAuthGrant,
    pub authentication: Authentication,
}

/// The codes of one pool that nobody has exchanged yet.
#[derive(Debug, Default)]
pub struct AuthorizationCodes(Mutex<HashMap<Uuid, (Timestamp, AuthorizationCode)>>);

impl AuthorizationCodes {
    const LIFE_MILLIS: i64 = 5 * 60 * 1000;
    /// Far more than anybody signs in to one pool in five minutes; the oldest gives way.
    const MOST: usize = 10_000;

    pub fn add(&self, id: Uuid, code: AuthorizationCode, now: Timestamp) {
        let mut codes = self.0.lock();
        if codes.len() >= Self::MOST {
            codes.retain(|_, (made, _)| Self::is_alive(*made, now));
        }
        if codes.len() >= Self::MOST {
            let oldest = codes.iter().min_by_key(|(_, (made, _))| made.as_millis());
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                codes.remove(&oldest);
            }
        }
        codes.insert(id, (now, code));
    }

    /// The code, which is then spent. One of another client stays as it is.
    pub fn take(&self, id: Uuid, client_id: &str, now: Timestamp) -> Option<AuthorizationCode> {
        let mut codes = self.0.lock();
        if codes.get(&id)?.1.client_id != client_id {
            return None;
        }
        let (made, code) = codes.remove(&id)?;
        Self::is_alive(made, now).then_some(code)
    }

    fn is_alive(made: Timestamp, now: Timestamp) -> bool {
        now.as_millis() < made.as_millis() + Self::LIFE_MILLIS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> AuthorizationCode {
        AuthorizationCode {
            client_id: "client".to_owned(),
            redirect_uri: "https://a.example/cb".to_owned(),
            code_challenge: None,
            nonce: None,
            grant: OAuthGrant {
                scope: "openid".to_owned(),
                resource: None,
            },
            authentication: Authentication {
                sub: "sub".to_owned(),
                auth_time: 0,
                event_id: Uuid::nil(),
                acr: None,
            },
        }
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_code_is_good_once_for_its_client_and_for_five_minutes() {
        let codes = AuthorizationCodes::default();
        for id in 1..=2 {
            codes.add(Uuid::from_u128(id), code(), at(0));
        }
        assert_eq!(codes.take(Uuid::from_u128(1), "other", at(1)), None);
        assert_eq!(
            codes.take(Uuid::from_u128(1), "client", at(299_999)),
            Some(code())
        );
        assert_eq!(codes.take(Uuid::from_u128(1), "client", at(299_999)), None);
        assert_eq!(codes.take(Uuid::from_u128(2), "client", at(300_000)), None);
    }

    #[test]
    fn the_oldest_of_too_many_codes_gives_way() {
        let codes = AuthorizationCodes::default();
        for id in 0..=10_000_u128 {
            let now = at(i64::try_from(id).unwrap());
            codes.add(Uuid::from_u128(id), code(), now);
        }
        assert_eq!(codes.0.lock().len(), AuthorizationCodes::MOST);
        assert_eq!(codes.take(Uuid::from_u128(0), "client", at(1)), None);
        assert!(codes.take(Uuid::from_u128(1), "client", at(1)).is_some());
        codes.add(Uuid::from_u128(20_000), code(), at(310_000));
        codes.add(Uuid::from_u128(20_001), code(), at(310_000));
        assert_eq!(codes.0.lock().len(), 2);
    }
}
