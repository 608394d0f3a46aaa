//! The first sign-in of a user whose password came as the hash of another system: a right password is
//! kept as this server's own from then on (documented: importing users with password hashes).

use cognito_model::idp::UserStatusType;
use tokio::sync::Semaphore;

use parking_lot::Mutex;

use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::Pool;
use crate::user_pools::{ImportedPassword, Password};

/// Such a hash may take 64 MiB and a part of a second: so many are computed at once, the rest wait.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The comparison that a step of a sign-in needs. Its hash takes too long for a time when a lock is held,
/// so the step breaks off, and is taken again once it is done.
#[derive(Default)]
pub(super) struct Comparison(Mutex<Option<Compared>>);

struct Compared {
    imported: Box<ImportedPassword>,
    given: String,
    is_right: Option<bool>,
}

impl Comparison {
    /// Whether it is the password, within a step.
    pub(super) fn is(&self, imported: &ImportedPassword, given: &str) -> Result<bool> {
        let mut compared = self.0.lock();
        match &*compared {
            Some(it) if *it.imported == *imported && it.given == given && it.is_right.is_some() => {
                Ok(it.is_right == Some(true))
            }
            _ => {
                *compared = Some(Compared {
                    imported: Box::new(imported.clone()),
                    given: given.to_owned(),
                    is_right: None,
                });
                Err(errors::internal("a password has not been compared yet"))
            }
        }
    }

    /// Whether a step waits for it.
    pub(super) fn is_due(&self) -> bool {
        let compared = self.0.lock();
        compared.as_ref().is_some_and(|it| it.is_right.is_none())
    }

    pub(super) async fn settle(&self) -> Result<()> {
        let Some(mut it) = self.0.lock().take() else {
            return Ok(());
        };
        it.is_right = Some(compare((*it.imported).clone(), it.given.clone()).await?);
        *self.0.lock() = Some(it);
        Ok(())
    }
}

async fn compare(imported: ImportedPassword, given: String) -> Result<bool> {
    let turn = AT_ONCE.acquire().await.map_err(errors::internal)?;
    let is_right = tokio::task::spawn_blocking(move || imported.is(&given)).await;
    drop(turn);
    is_right.map_err(errors::internal)
}

/// Where the caller has signed in and shows the password once more: if it is the imported one, replaces
/// the hash. All else is left to the check of passwords that follows: one who has an imported hash still
/// has no password that is right.
pub async fn settle(cx: &Context, pool: &Pool, username: &str, password: &str) -> Result<()> {
    let found = pool.read(|state| {
        let user = state.users().find(username)?;
        let may_sign_in = user.enabled
            && user.status == UserStatusType::Confirmed
            && !user.lockout.is_locked(cx.now);
        let imported = user.imported_password.clone().filter(|_| may_sign_in)?;
        Some((user.username.clone(), imported))
    });
    let Some((username, imported)) = found else {
        return Ok(());
    };
    if !compare((*imported).clone(), password.to_owned()).await? {
        return Ok(());
    }
    let own = Password::new(cx.app.random.bytes(), pool.id(), &username, password);
    pool.write(|state| {
        // It may have been replaced meanwhile.
        if state.user(&username)?.imported_password.as_ref() != Some(&imported) {
            return Ok(());
        }
        state.update_user(&username, |user| user.set_password(own, 0))
    })
}
