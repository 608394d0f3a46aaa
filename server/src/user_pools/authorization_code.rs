//! Authorization codes: what a sign-in on the domain ends in, and a client exchanges for tokens. A code
//! lives five minutes and is good once (documented: facts/oauth.md §2).

use cognito_model::Timestamp;
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

/// What a code stands for, while nobody has exchanged it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// As the app gets it.
    pub id: String,
    pub made: Timestamp,
    pub client_id: String,
    pub redirect_uri: String,
    pub code_challenge: Option<String>,
    pub nonce: Option<String>,
    pub grant: OAuthGrant,
    pub authentication: Authentication,
}

impl AuthorizationCode {
    const LIFE_MILLIS: i64 = 5 * 60 * 1000;

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn is_alive(&self, now: Timestamp) -> bool {
        now.as_millis() < self.made.as_millis() + Self::LIFE_MILLIS
    }
}
