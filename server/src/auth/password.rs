//! Signing in with username and password.

use cognito_model::idp::{UserPoolMfaType, UserStatusType};

use super::issue::Draft;
use super::{Challenge, Outcome, Parameters, challenge, secret_hash};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::{Pool, PoolState};
use crate::tokens::Issuance;
use crate::triggers::{self, Trigger};
use crate::user_pools::{Client, GroupClaims, User};

/// What a right password leads to.
enum Step {
    Tokens(Draft),
    Challenge(Challenge),
}

pub async fn sign_in_by_password(
    cx: &Context,
    pool: &Pool,
    client_id: &str,
    parameters: Parameters<'_>,
) -> Result<Outcome> {
    let username = parameters.required("USERNAME")?;
    let password = parameters.required("PASSWORD")?;
    // No device is known yet, so none that is named exists.
    if parameters.get("DEVICE_KEY").is_some() {
        return Err(errors::device_not_found());
    }
    let issuer = cx.issuer(pool);
    let checked = pool.read(|state| {
        let client = state.client(client_id)?;
        secret_hash::check(client, username, parameters.get("SECRET_HASH"))?;
        check_supported(state)?;
        match check_user(cx, state, client, username, password)? {
            Checked::Right(user) => {
                let is_clear = user.lockout.is_clear();
                Ok((
                    user.username.clone(),
                    is_clear,
                    Some(next(cx, state, client, user, &issuer)?),
                ))
            }
            Checked::Wrong(user) => Ok((user.username.clone(), false, None)),
        }
    });
    // The failures in a row are counted only where they change, so that a sign-in only reads.
    let (name, is_clear, step) = checked?;
    let Some(step) = step else {
        // Of many at once, those that come after the lock are not compared either.
        let is_locked = pool.write(|state| {
            state.update_user(&name, |user| {
                let is_locked = user.lockout.is_locked(cx.now);
                if !is_locked {
                    user.lockout.fail(cx.now);
                }
                is_locked
            })
        })?;
        return Err(if is_locked {
            errors::password_attempts_exceeded()
        } else {
            errors::incorrect_username_or_password()
        });
    };
    if !is_clear {
        pool.write(|state| state.update_user(&name, |user| user.lockout = Default::default()))?;
    }
    match step {
        Step::Challenge(challenge) => Ok(Outcome::Challenge(challenge)),
        Step::Tokens(draft) => Ok(Outcome::Tokens(draft.sign(cx, pool).await?)),
    }
}

/// What a pool asks of a sign-in that this server cannot do yet is refused, never skipped.
fn check_supported(state: &PoolState) -> Result<()> {
    triggers::refuse(
        state.settings(),
        &[
            Trigger::PreAuthentication,
            Trigger::PreTokenGeneration,
            Trigger::PostAuthentication,
        ],
    )?;
    if state.settings().description.mfa_configuration == Some(UserPoolMfaType::On) {
        return Err(errors::not_implemented(
            "Signing in to a user pool with MfaConfiguration ON",
        ));
    }
    if state.settings().description.device_configuration.is_some() {
        return Err(errors::not_implemented(
            "Signing in to a user pool with DeviceConfiguration",
        ));
    }
    Ok(())
}

enum Checked<'u> {
    Right(&'u User),
    /// To be counted against the user.
    Wrong(&'u User),
}

fn check_user<'u>(
    cx: &Context,
    state: &'u PoolState,
    client: &Client,
    username: &str,
    password: &str,
) -> Result<Checked<'u>> {
    let Some(user) = state.users().find(username) else {
        triggers::refuse(state.settings(), &[Trigger::UserMigration])?;
        return Err(if client.hides_user_existence() {
            errors::incorrect_username_or_password()
        } else {
            errors::user_not_found()
        });
    };
    if !user.enabled {
        return Err(errors::user_is_disabled());
    }
    match user.status {
        UserStatusType::Unconfirmed => return Err(errors::user_not_confirmed()),
        UserStatusType::ResetRequired => return Err(errors::password_reset_required()),
        _ => {}
    }
    if user.lockout.is_locked(cx.now) {
        return Err(errors::password_attempts_exceeded());
    }
    let is_right = user
        .password
        .as_ref()
        .is_some_and(|own| own.is(state.settings().id(), &user.username, password));
    Ok(if is_right {
        Checked::Right(user)
    } else {
        Checked::Wrong(user)
    })
}

fn next(
    cx: &Context,
    state: &PoolState,
    client: &Client,
    user: &User,
    issuer: &str,
) -> Result<Step> {
    if user.status == UserStatusType::ForceChangePassword {
        let days = state
            .settings()
            .password_policy()
            .temporary_password_validity_days();
        if user
            .password
            .as_ref()
            .is_some_and(|password| password.has_expired(cx.now, days))
        {
            return Err(errors::temporary_password_expired());
        }
        return Ok(Step::Challenge(challenge::new_password_required(
            cx, state, client, user,
        )?));
    }
    let issuance = Issuance {
        issuer,
        client,
        user,
        groups: GroupClaims::of(state.groups_of(user).collect()),
        now: cx.now_seconds(),
        auth_time: cx.now_seconds(),
        event_id: cx.app.random.uuid(),
        origin_jti: cx.app.random.uuid(),
    };
    Ok(Step::Tokens(
        Draft::new(cx, &issuance).with_refresh_token(state.settings().id(), &issuance),
    ))
}
