//! The first sign-in of a user whose password came as the hash of another system: a right password is
//! kept as this server's own from then on (documented: importing users with password hashes).

use cognito_model::idp::UserStatusType;
use tokio::sync::Semaphore;

use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::Pool;
use crate::user_pools::Password;

/// Such a hash may take 64 MiB and a part of a second: so many are computed at once, the rest wait.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// Where the password is the imported one, replaces the hash. All else is left to the check of
/// passwords that follows: one who has an imported hash still has no password that is right.
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
    let turn = AT_ONCE.acquire().await.map_err(errors::internal)?;
    let (given, hash) = (password.to_owned(), imported.clone());
    let is_right = tokio::task::spawn_blocking(move || hash.is(&given))
        .await
        .map_err(errors::internal)?;
    drop(turn);
    if !is_right {
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
