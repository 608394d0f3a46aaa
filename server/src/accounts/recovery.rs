//! Recovering a password: by the user, with a code, or begun by an administrator (facts/users.md §5).

use cognito_model::idp::{
    CodeDeliveryDetailsType, ConfirmForgotPasswordRequest, EventResponseType, EventType,
    ForgotPasswordRequest, RecoveryOptionNameType, UserStatusType,
};

use super::confirmation::{Confirmed, simulated};
use super::delivery::{Letter, Metadata, Occasion, new_code};
use super::{find, note_event, tell, watched_address};
use crate::auth::{migrate_to_reset, secret_hash};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::{Pool, PoolState};
use crate::triggers;
use crate::user_pools::{Attempt, Password, Purpose, User, UserPool};

pub async fn forgot_password(
    cx: &Context,
    pool: &Pool,
    request: &ForgotPasswordRequest,
) -> Result<Option<CodeDeliveryDetailsType>> {
    migrate_to_reset(cx, pool, request).await?;
    let code = new_code(cx, 6);
    let hash = request.secret_hash.as_deref();
    let step = |state: &mut PoolState| {
        let client = state.client(&request.client_id)?;
        secret_hash::check_member(client, &request.username, hash)?;
        let settings = state.settings();
        let Some(user) = find(state, client, &request.username)? else {
            return Ok(Err(simulated(&request.username)));
        };
        // Who is disabled, or has no address, is not told from who is not there.
        let hidden_or = |error| {
            if client.hides_user_existence() {
                Ok(Err(simulated(&request.username)))
            } else {
                Err(error)
            }
        };
        if !user.enabled {
            return hidden_or(errors::user_is_disabled());
        }
        check_state(user)?;
        let Some((attribute, address)) = recovery_address(settings, user)? else {
            return hidden_or(errors::no_verified_address());
        };
        user.attempts.check(Attempt::ResetPassword, cx.now)?;
        let letter = Letter {
            pool: settings,
            client: Some(client),
            user,
            to: (attribute, address),
            code: &code,
            occasion: Occasion::ForgotPassword,
            metadata: request.client_metadata.as_ref(),
        };
        let delivery = letter.compose(cx)?;
        let said = request.user_context_data.as_ref();
        let address = watched_address(cx, settings, client, said);
        let username = user.username.clone();
        state.update_user(&username, |user| {
            let (kind, response) = (EventType::ForgotPassword, EventResponseType::Pass);
            note_event(cx, address.as_deref(), user, kind, response);
            user.attempts.note(Attempt::ResetPassword, cx.now);
            user.codes
                .issue(Purpose::ResetPassword, &code, attribute, None, cx.now);
        })?;
        Ok(Ok(delivery))
    };
    let client_id = &request.client_id;
    let delivery = triggers::settle(cx, || pool.write_through(client_id, step)).await?;
    Ok(tell(cx, delivery))
}

pub async fn confirm_forgot_password(
    cx: &Context,
    pool: &Pool,
    request: &ConfirmForgotPasswordRequest,
) -> Result<()> {
    let hash = request.secret_hash.as_deref();
    let salt = cx.app.random.bytes();

    let sub = pool.write_through(&request.client_id, |state| {
        let client = state.client(&request.client_id)?;
        secret_hash::check_member(client, &request.username, hash)?;
        let settings = state.settings();
        let Some(user) = find(state, client, &request.username)? else {
            return Err(errors::code_mismatch());
        };
        if !user.enabled {
            // Not told from who is not there (documented).
            return Err(if client.hides_user_existence() {
                errors::code_mismatch()
            } else {
                errors::user_is_disabled()
            });
        }
        check_state(user)?;
        user.attempts.check(Attempt::ResetPassword, cx.now)?;
        let username = user.username.clone();
        let given = &request.confirmation_code;
        if let Err(error) = user.codes.check(Purpose::ResetPassword, given, cx.now) {
            state.update_user(&username, |user| {
                user.attempts.note(Attempt::ResetPassword, cx.now);
            })?;
            return Ok(Err(error));
        }
        settings.check_new_password(user, &request.password, errors::password_does_not_conform)?;
        let said = request.user_context_data.as_ref();
        let address = watched_address(cx, settings, client, said);
        let history = settings.password_history_size();
        let password = Password::new(salt, pool.id(), &username, &request.password);
        state.update_user(&username, |user| {
            let (kind, response) = (EventType::PasswordChange, EventResponseType::Pass);
            note_event(cx, address.as_deref(), user, kind, response);
            user.attempts.note(Attempt::ResetPassword, cx.now);
            user.codes.revoke(Purpose::ResetPassword);
            user.set_password(password, history);
            user.status = UserStatusType::Confirmed;
            user.lockout = Default::default();
            user.modified = cx.now;
            Ok(Ok(user.sub.clone()))
        })?
    })??;
    let confirmed = Confirmed {
        source: "PostConfirmation_ConfirmForgotPassword",
        client_id: Some(&request.client_id),
        sub: &sub,
        metadata: request.client_metadata.as_ref(),
    };
    confirmed.tell(cx, pool).await
}

/// The user must set a new password, with a code that is sent at once.
pub async fn reset_as_administrator(
    cx: &Context,
    pool: &Pool,
    username: &str,
    metadata: Option<&Metadata>,
) -> Result<()> {
    let code = new_code(cx, 6);
    let step = |state: &mut PoolState| {
        let settings = state.settings();
        let user = state.user(username)?;
        check_state(user)?;
        let to = recovery_address(settings, user)?.ok_or_else(errors::no_verified_address)?;
        let letter = Letter {
            pool: settings,
            client: None,
            user,
            to,
            code: &code,
            occasion: Occasion::ForgotPassword,
            metadata,
        };
        let delivery = letter.compose(cx)?;
        let username = user.username.clone();
        state.update_user(&username, |user| {
            user.codes
                .issue(Purpose::ResetPassword, &code, to.0, None, cx.now);
            user.status = UserStatusType::ResetRequired;
            user.modified = cx.now;
        })?;
        Ok(delivery)
    };
    let delivery = triggers::settle(cx, || pool.write(step)).await?;
    delivery.send(cx);
    Ok(())
}

fn check_state(user: &User) -> Result<()> {
    match user.status {
        UserStatusType::ForceChangePassword | UserStatusType::ExternalProvider => {
            Err(errors::password_cannot_be_reset())
        }
        _ => Ok(()),
    }
}

/// The verified address that the pool prefers, if the user has one; without a setting phone before
/// email.
fn recovery_address<'u>(
    pool: &UserPool,
    user: &'u User,
) -> Result<Option<(&'static str, &'u str)>> {
    let setting = pool.description.account_recovery_setting.as_ref();
    let mut mechanisms = setting
        .and_then(|it| it.recovery_mechanisms.clone())
        .unwrap_or_default();
    mechanisms.sort_by_key(|mechanism| mechanism.priority);
    let order: Vec<_> = if mechanisms.is_empty() {
        vec!["phone_number", "email"]
    } else {
        mechanisms
            .iter()
            .filter_map(|mechanism| match mechanism.name {
                RecoveryOptionNameType::VerifiedEmail => Some("email"),
                RecoveryOptionNameType::VerifiedPhoneNumber => Some("phone_number"),
                RecoveryOptionNameType::AdminOnly => None,
            })
            .collect()
    };
    if order.is_empty() {
        return Err(errors::contact_administrator());
    }
    Ok(order
        .into_iter()
        .filter(|attribute| user.attributes.is_verified(attribute))
        .find_map(|attribute| Some((attribute, user.attributes.get(attribute)?))))
}
