//! Proving a password: by itself, in the flows USER_PASSWORD_AUTH and ADMIN_USER_PASSWORD_AUTH, or as
//! the answer to a challenge.

use cognito_model::idp::{ChallengeName, UserStatusType};

use super::challenge::next;
use super::step::{Scene, Step, take};
use super::stranger::Stranger;
use super::{First, Method, Outcome, Progress, Turn, events, migration};
use crate::errors::{self, ApiError, Result};
use crate::user_pools::{Password, User};

pub(super) async fn sign_in(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let password = turn.parameters.required("PASSWORD")?;
    migration::migrate_to_sign_in(turn, username, password).await?;
    take(turn, username, |scene, user| {
        prove(scene, user, username, password, turn.progress())
    })
    .await
}

/// What a password leads to.
pub(super) fn prove(
    scene: &Scene<'_>,
    user: Option<&mut User>,
    username: &str,
    password: &str,
    progress: Progress,
) -> Result<Step> {
    judge(scene, user, username, progress, |user| {
        let pool = scene.settings().id();
        if let Some(imported) = &user.imported_password {
            let is_right = scene.imported.is(imported, password)?;
            if is_right {
                let salt = scene.turn.cx.app.random.bytes();
                let own = Password::new(salt, pool, &user.username, password);
                user.set_password(own, 0);
            }
            return Ok(is_right);
        }
        let own = user.password.as_ref();
        Ok(own.is_some_and(|own| own.is(pool, &user.username, password)))
    })
}

/// What a proof of the password leads to, whichever way it is given. Failures are counted.
pub(super) fn judge(
    scene: &Scene<'_>,
    user: Option<&mut User>,
    username: &str,
    progress: Progress,
    is_right: impl FnOnce(&mut User) -> Result<bool>,
) -> Result<Step> {
    let now = scene.turn.cx.now;
    let Some(user) = user else {
        return Err(refuse_stranger(scene, &Stranger::of(scene, username).sub));
    };
    check_status(user)?;
    if user.lockout.is_locked(now) {
        return Err(errors::password_attempts_exceeded());
    }
    if !is_right(user)? {
        user.lockout.fail(now);
        let error = errors::incorrect_username_or_password();
        let challenge = ChallengeName::Password;
        return Ok(events::refuse(scene, user, &progress, challenge, error));
    }
    user.lockout = Default::default();
    next(
        scene,
        user,
        &progress.proved(First::Password).by(Method::Password),
    )
}

/// Nobody's password is wrong, and nobody is locked out like somebody.
pub(super) fn refuse_stranger(scene: &Scene<'_>, sub: &str) -> ApiError {
    let turn = scene.turn;
    if turn.pool.strangers().fail(sub, turn.cx.now) {
        errors::password_attempts_exceeded()
    } else {
        errors::incorrect_username_or_password()
    }
}

/// Whether a user may sign in at all, whatever is proved: asked before it is compared
/// (captured: captured.md 42, 44, 45).
pub(super) fn check_status(user: &User) -> Result<()> {
    if !user.enabled {
        return Err(errors::user_is_disabled());
    }
    match user.status {
        UserStatusType::Unconfirmed => Err(errors::user_not_confirmed()),
        UserStatusType::ResetRequired => Err(errors::password_reset_required()),
        _ => Ok(()),
    }
}

/// As [`check_status`], once something else than the password was proved: who has to reset the
/// password may still sign in without one.
pub(super) fn check_status_without_password(user: &User) -> Result<()> {
    if user.enabled && user.status == UserStatusType::ResetRequired {
        Ok(())
    } else {
        check_status(user)
    }
}

impl Turn<'_> {
    /// A sign-in at its beginning.
    pub(super) fn progress(&self) -> Progress {
        // No device has a longer key, so the rest of one need not travel with the sign-in.
        const LONGEST_KEY: usize = 55;
        let key = self.parameters.get("DEVICE_KEY");
        Progress {
            event_id: self.cx.app.random.uuid(),
            device_key: key.map(|key| key.chars().take(LONGEST_KEY + 1).collect()),
            ..Progress::default()
        }
    }
}
