//! The `Session` of a challenge: opaque, unforgeable, bound to pool, client, user and challenge, and
//! alive for the client's AuthSessionValidity.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_model::idp::ChallengeNameType;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::errors::Result;
use crate::user_pools::Client;

/// The beginning of AWS's own sessions, which are messages of its Encryption SDK: `AYABe…`.
const PURPOSE: &[u8] = &[0x01, 0x80, 0x01, 0x78];

/// AWS's sessions have some 1,540 characters (facts/wire.md §2.1).
const CONTENT_LENGTH: usize = 1120;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) id: uuid::Uuid,
    pub(super) user_pool_id: String,
    pub(super) client_id: String,
    pub(super) sub: String,
    pub(super) challenge: ChallengeNameType,
    /// Milliseconds since 1970.
    pub(super) expires: i64,
}

impl Session {
    pub(super) fn begin(
        cx: &Context,
        user_pool_id: &str,
        client: &Client,
        sub: &str,
        challenge: ChallengeNameType,
    ) -> Self {
        Self {
            id: cx.app.random.uuid(),
            user_pool_id: user_pool_id.to_owned(),
            client_id: client.id().to_owned(),
            sub: sub.to_owned(),
            challenge,
            expires: cx.now.as_millis() + client.session_seconds() * 1000,
        }
    }

    pub(super) fn seal(&self, cx: &Context) -> Result<String> {
        let sealed = cx
            .app
            .sealer
            .seal(PURPOSE, self, CONTENT_LENGTH, &cx.app.random)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }
}
