//! The `Session` of a challenge: opaque, unforgeable, bound to pool, client, user and challenge, and
//! alive for the client's AuthSessionValidity. It carries what the user has shown so far, and what
//! the answer will be compared with, so nothing has to be remembered of a sign-in that never ends.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_model::idp::ChallengeNameType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::custom::Puzzle;
use super::step::Scene;
use super::stranger::Stranger;
use super::{Progress, Turn};
use crate::app::App;
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::Pool;
use crate::user_pools::{Client, PasskeyChallenge, TotpSecret, User};

/// The beginning of AWS's own sessions, which are messages of its Encryption SDK: `AYABe…`.
const PURPOSE: &[u8] = &[0x01, 0x80, 0x01, 0x78];

/// AWS's sessions have some 1,540 characters (facts/wire.md §2.1).
const CONTENT_LENGTH: usize = 1120;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) id: Uuid,
    user_pool_id: String,
    client_id: String,
    by_administrator: bool,
    on_page: bool,
    /// Of nobody, where the client is not told that there is no such user.
    pub(super) sub: String,
    pub(super) challenge: ChallengeNameType,
    /// Milliseconds since 1970.
    expires: i64,
    pub(super) progress: Progress,
    pub(super) expected: Expected,
}

/// What the answer is compared with.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Expected {
    /// What the user has, or knows.
    Own,
    /// A code, and where it was sent. It sets the address up as a second factor, if that is new.
    Code {
        code: String,
        address: String,
        is_new: bool,
    },
    /// A new password in the place of the one with this salt.
    NewPassword([u8; 16]),
    /// The secret of an authenticator app that has not shown a code yet.
    NewSoftwareToken(TotpSecret),
    /// A second factor has been set up.
    SetUp,
    Choice(Vec<ChallengeNameType>),
    Passkey(PasskeyChallenge),
    Custom(Puzzle),
    /// The user has signed up, and is to confirm it.
    Confirmation,
    /// The user has confirmed, and is to sign in.
    FirstSignIn,
    /// The same on a page, where the password with this salt was chosen.
    ChosenPassword([u8; 16]),
}

/// The user pool of a session, whatever became of it: for the log.
pub fn pool_of_session(app: &App, text: &str) -> Option<String> {
    Some(Session::unseal(app, text)?.user_pool_id)
}

impl Session {
    pub(super) fn begin(
        turn: &Turn<'_>,
        client: &Client,
        sub: &str,
        challenge: ChallengeNameType,
        progress: Progress,
    ) -> Self {
        Self {
            id: turn.cx.app.random.uuid(),
            user_pool_id: turn.pool.id().to_owned(),
            client_id: client.id().to_owned(),
            by_administrator: turn.by_administrator,
            on_page: turn.on_page,
            sub: sub.to_owned(),
            challenge,
            expires: turn.cx.now.as_millis() + client.session_seconds() * 1000,
            progress,
            expected: Expected::Own,
        }
    }

    /// What leads from a sign-up to the first sign-in; no challenge is answered with it.
    pub(super) fn of_sign_up(
        cx: &Context,
        pool: &Pool,
        client: &Client,
        sub: &str,
        expected: Expected,
    ) -> Self {
        Self {
            id: cx.app.random.uuid(),
            user_pool_id: pool.id().to_owned(),
            client_id: client.id().to_owned(),
            by_administrator: false,
            on_page: false,
            sub: sub.to_owned(),
            challenge: ChallengeNameType::SelectChallenge,
            expires: cx.now.as_millis() + client.session_seconds() * 1000,
            progress: Progress::default(),
            expected,
        }
    }

    /// The same on the pages, where the user has proved something already.
    pub(super) fn of_sign_up_on_page(
        cx: &Context,
        (pool, client_id): (&Pool, &str),
        sub: &str,
        seconds: i64,
        progress: Progress,
    ) -> Self {
        Self {
            id: cx.app.random.uuid(),
            user_pool_id: pool.id().to_owned(),
            client_id: client_id.to_owned(),
            by_administrator: false,
            on_page: true,
            sub: sub.to_owned(),
            challenge: ChallengeNameType::SelectChallenge,
            expires: cx.now.as_millis() + seconds * 1000,
            progress,
            expected: Expected::Own,
        }
    }

    #[must_use]
    pub(super) fn expecting(mut self, expected: Expected) -> Self {
        self.expected = expected;
        self
    }

    /// The next session of the same challenge, for what another operation does in between.
    #[must_use]
    pub(super) fn continued(self, cx: &Context, client: &Client, expected: Expected) -> Self {
        Self {
            id: cx.app.random.uuid(),
            expires: cx.now.as_millis() + client.session_seconds() * 1000,
            expected,
            ..self
        }
    }

    pub(super) fn seal(&self, cx: &Context) -> Result<String> {
        let sealed = cx
            .app
            .sealer
            .seal(PURPOSE, self, CONTENT_LENGTH, &cx.app.random)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The session that answers a challenge: one of this client, in time, and of this challenge.
    pub(super) fn open(turn: &Turn<'_>, challenge: ChallengeNameType) -> Result<Self> {
        Self::open_text(turn, turn.session, challenge)
    }

    /// As [`Session::open`], of a text that is at hand.
    pub(super) fn open_text(
        turn: &Turn<'_>,
        text: Option<&str>,
        challenge: ChallengeNameType,
    ) -> Result<Self> {
        let text = text.ok_or_else(|| errors::missing_parameter("Session"))?;
        let session = Self::unseal(&turn.cx.app, text).ok_or_else(errors::invalid_session)?;
        session.check(turn, challenge)?;
        Ok(session)
    }

    pub(super) fn check(&self, turn: &Turn<'_>, challenge: ChallengeNameType) -> Result<()> {
        let is_of_turn = self.user_pool_id == turn.pool.id()
            && self.client_id == turn.client_id
            && self.by_administrator == turn.by_administrator
            && self.on_page == turn.on_page
            && self.challenge == challenge;
        if !is_of_turn {
            return Err(errors::invalid_session());
        }
        self.check_time(turn.cx)
    }

    /// As [`Session::open`], where an operation is given nothing but the session: its pool and client
    /// are for the caller to find.
    pub(super) fn open_alone(cx: &Context, text: &str) -> Result<Self> {
        let session = Self::unseal(&cx.app, text).ok_or_else(errors::invalid_session)?;
        session.check_time(cx)?;
        Ok(session)
    }

    fn unseal(app: &App, text: &str) -> Option<Self> {
        app.sealer
            .open(PURPOSE, &URL_SAFE_NO_PAD.decode(text).ok()?)
    }

    fn check_time(&self, cx: &Context) -> Result<()> {
        if cx.now.as_millis() >= self.expires {
            return Err(errors::session_expired());
        }
        Ok(())
    }

    pub(super) fn user_pool_id(&self) -> &str {
        &self.user_pool_id
    }

    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether it is this user's, and not answered yet.
    pub(super) fn check_user(&self, user: &User) -> Result<()> {
        if user.sub != self.sub {
            return Err(errors::invalid_session());
        }
        if user.sign_ins.spent.contains(self.id, self.until()) {
            return Err(errors::session_used());
        }
        Ok(())
    }

    /// As [`Session::check_user`], and the same for nobody: who is not there must not be told by it.
    pub(super) fn check_anyone(
        &self,
        scene: &Scene<'_>,
        user: Option<&User>,
        username: &str,
    ) -> Result<()> {
        if let Some(user) = user {
            return self.check_user(user);
        }
        // Where users have addresses for names, the challenge names nobody by the id.
        if username != self.sub && Stranger::of(scene, username).sub != self.sub {
            return Err(errors::invalid_session());
        }
        if scene.turn.pool.strangers().has_spent(self.id, self.until()) {
            return Err(errors::session_used());
        }
        Ok(())
    }

    fn until(&self) -> i64 {
        self.expires.div_euclid(1000) + 1
    }

    /// It is answered, and not a second time.
    pub(super) fn spend(&self, user: &mut User, cx: &Context) {
        user.sign_ins.spent.add(self.id, self.until(), cx.now);
    }

    /// As [`Session::spend`], and the same for nobody.
    pub(super) fn spend_of_anyone(&self, user: Option<&mut User>, turn: &Turn<'_>) {
        match user {
            Some(user) => self.spend(user, turn.cx),
            None => {
                let strangers = turn.pool.strangers();
                strangers.spend(self.id, self.until(), turn.cx.now);
            }
        }
    }
}
