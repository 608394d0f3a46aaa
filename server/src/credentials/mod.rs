//! Temporary AWS credentials that identity pools and STS hand out, and who signed a request. The session token says what they are for,
//! sealed, so nothing is remembered of them and they end by the clock.

mod signer;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::errors::Result;

pub(crate) use self::signer::{Fault, Signer};

/// The beginning of the session tokens of AWS: `IQoJb3JpZ2lu…`.
const PURPOSE: &[u8] = b"\x21\x0a\x09origin";

/// AWS's session tokens have several hundred characters and more (facts/identity.md §6).
const CONTENT_LENGTH: usize = 700;

#[derive(Clone, Serialize, Deserialize)]
pub struct TemporaryCredentials {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub role_arn: String,
    pub session_name: String,
    /// Milliseconds since 1970.
    pub expires: i64,
}

impl TemporaryCredentials {
    pub fn issue(
        app: &App,
        now: Timestamp,
        role_arn: &str,
        session_name: &str,
        life_seconds: i64,
    ) -> Self {
        Self {
            access_key_id: app.random.access_key_id(),
            secret_access_key: app.random.secret_access_key(),
            role_arn: role_arn.to_owned(),
            session_name: session_name.to_owned(),
            expires: now.as_millis() + life_seconds * 1000,
        }
    }

    pub fn session_token(&self, app: &App) -> Result<String> {
        Ok(STANDARD.encode(
            app.sealer
                .seal(PURPOSE, self, CONTENT_LENGTH, &app.random)?,
        ))
    }

    /// The credentials that a caller presents, if this server issued them.
    pub fn open(app: &App, access_key_id: &str, session_token: &str) -> Option<Self> {
        let sealed = STANDARD.decode(session_token).ok()?;
        app.sealer.open::<Self>(PURPOSE, &sealed).filter(|issued| {
            verify_slices_are_equal(issued.access_key_id.as_bytes(), access_key_id.as_bytes())
                .is_ok()
        })
    }

    pub fn has_expired(&self, now: Timestamp) -> bool {
        now.as_millis() >= self.expires
    }

    /// The unique id that IAM gives a role: `AROA` and 17 more, the same for the same role.
    pub fn role_id(&self) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let digest = digest(&SHA256, self.role_arn.as_bytes());
        let id = digest
            .as_ref()
            .iter()
            .take(17)
            .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        "AROA".chars().chain(id).collect()
    }
}
