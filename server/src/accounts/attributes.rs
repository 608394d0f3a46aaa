//! Changing, deleting and verifying attributes, and the own password (facts/users.md §7, §8).

use cognito_model::idp::{
    AttributeType, CodeDeliveryDetailsType, EventResponseType, EventType, VerifiedAttributeType,
};

use super::confirmation::take_alias;
use super::delivery::{Letter, Metadata, Occasion, new_code};
use super::sign_up::check_writable;
use super::{Delivery, deliver, note_event, watched_address};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::{Pool, PoolState};
use crate::tokens::AccessToken;
use crate::triggers;
use crate::user_pools::{Attempt, Client, Password, Purpose, User, UserPool, checked_updates};

pub async fn update_as_user(
    cx: &Context,
    token: &AccessToken,
    given: &[AttributeType],
    metadata: Option<&Metadata>,
) -> Result<Vec<CodeDeliveryDetailsType>> {
    let update = |state: &mut PoolState| {
        let user = token.user(state)?.clone();
        let client = state.client(&token.client_id)?.clone();
        check_writable(given, state.settings(), &client)?;
        let update = Update {
            given,
            client: Some(&client),
            by_administrator: false,
            metadata,
        };
        update.apply(cx, state, &user)
    };
    let deliveries = triggers::settle(cx, || token.pool.write(update)).await?;
    Ok(deliver(cx, deliveries))
}

pub async fn update_as_administrator(
    cx: &Context,
    pool: &Pool,
    username: &str,
    given: &[AttributeType],
    metadata: Option<&Metadata>,
) -> Result<()> {
    let update = |state: &mut PoolState| {
        let user = state.user(username)?.clone();
        let update = Update {
            given,
            client: None,
            by_administrator: true,
            metadata,
        };
        update.apply(cx, state, &user)
    };
    let deliveries = triggers::settle(cx, || pool.write(update)).await?;
    deliver(cx, deliveries);
    Ok(())
}

/// Deletes attributes: of its own user for a client, of anyone for an administrator.
pub fn delete_attributes(
    cx: &Context,
    state: &mut PoolState,
    user: &User,
    names: &[String],
    client: Option<&Client>,
) -> Result<()> {
    let given: Vec<_> = names
        .iter()
        .map(|name| AttributeType {
            name: name.clone(),
            value: Some(String::new()),
        })
        .collect();
    if let Some(client) = client {
        check_writable(&given, state.settings(), client)?;
    }
    let update = Update {
        given: &given,
        client,
        by_administrator: client.is_none(),
        metadata: None,
    };
    update.apply(cx, state, user).map(drop)
}

/// One update of attributes, by the user or an administrator.
struct Update<'a> {
    given: &'a [AttributeType],
    client: Option<&'a Client>,
    by_administrator: bool,
    metadata: Option<&'a Metadata>,
}

impl Update<'_> {
    fn apply(&self, cx: &Context, state: &mut PoolState, user: &User) -> Result<Vec<Delivery>> {
        let settings = state.settings();
        let updates = checked_updates(self.given, settings.schema())?;
        let mut changed = user.clone();
        let mut deliveries = Vec::new();
        for (name, value) in &updates {
            let is_address = matches!(name.as_str(), "email" | "phone_number");
            let flag = format!("{name}_verified");
            if let Some(purpose) = Purpose::verifying(name)
                && user.attributes.get(name) != value.as_deref()
            {
                // A code that went to another address proves nothing of this one.
                changed.codes.revoke(purpose);
            }
            let Some(value) = value else {
                changed.attributes.remove(name);
                if is_address {
                    changed.attributes.remove(&flag);
                }
                continue;
            };
            if !is_address || user.attributes.get(name) == Some(value) {
                changed.attributes.set(name, value);
                continue;
            }
            let is_vouched_for = self.vouches_for(&flag);
            let waits = waits_for_verification(settings, name) && !is_vouched_for;
            if !waits {
                changed.attributes.set(name, value);
                changed
                    .attributes
                    .set(&flag, if is_vouched_for { "true" } else { "false" });
            }
            // An administrator's change is verified by a code only where it waits for one.
            let wants_code = if self.by_administrator {
                waits
            } else {
                is_auto_verified(settings, name)
            };
            if let Some(purpose) = Purpose::verifying(name).filter(|_| wants_code) {
                let code = new_code(cx, 6);
                let letter = Letter {
                    pool: settings,
                    client: self.client,
                    user: &changed,
                    to: (name, value),
                    code: &code,
                    occasion: Occasion::UpdateUserAttribute,
                    metadata: self.metadata,
                };
                deliveries.push(letter.compose(cx)?);
                let pending = waits.then_some(value.as_str());
                changed.codes.issue(purpose, &code, name, pending, cx.now);
            }
        }
        changed.modified = cx.now;
        check_names(state, user, &changed)?;
        state.update_user(&user.username, |user| *user = changed)?;
        Ok(deliveries)
    }

    /// Whether an administrator says in the same request that the address is verified.
    fn vouches_for(&self, flag: &str) -> bool {
        let is_true = |it: &AttributeType| {
            it.value
                .as_deref()
                .is_some_and(|it| it.eq_ignore_ascii_case("true"))
        };
        self.by_administrator && self.given.iter().any(|it| it.name == flag && is_true(it))
    }
}

/// A name finds one user only.
pub(crate) fn check_names(state: &PoolState, before: &User, after: &User) -> Result<()> {
    for (attribute, value) in state.users().names_of_user(after) {
        if let Some(owner) = state.users().find(value)
            && owner.username != before.username
        {
            return Err(errors::alias_exists(attribute));
        }
    }
    // Who signs in by an attribute keeps one.
    let users = state.users();
    match users.names_of(&before.attributes).first() {
        Some((attribute, _))
            if before.username == before.sub && users.names_of(&after.attributes).is_empty() =>
        {
            Err(errors::required_attribute_cannot_be_deleted(attribute))
        }
        _ => Ok(()),
    }
}

fn is_auto_verified(pool: &UserPool, attribute: &str) -> bool {
    let verified = pool.description.auto_verified_attributes.iter().flatten();
    verified
        .into_iter()
        .any(|it| VerifiedAttributeType::as_str(*it) == attribute)
}

fn waits_for_verification(pool: &UserPool, attribute: &str) -> bool {
    pool.description
        .user_attribute_update_settings
        .iter()
        .filter_map(|settings| {
            settings
                .attributes_require_verification_before_update
                .as_ref()
        })
        .flatten()
        .any(|it| VerifiedAttributeType::as_str(*it) == attribute)
}

/// A code for an address that the user has, to verify it.
pub async fn send_verification_code(
    cx: &Context,
    token: &AccessToken,
    attribute: &str,
    metadata: Option<&Metadata>,
) -> Result<Option<CodeDeliveryDetailsType>> {
    let code = new_code(cx, 6);
    let purpose = Purpose::verifying(attribute)
        .ok_or_else(|| errors::attribute_is_not_verifiable(attribute))?;
    let step = |state: &mut PoolState| {
        let settings = state.settings();
        let client = state.client(&token.client_id)?;
        let user = token.user(state)?;
        let Some(address) = user.attributes.get(attribute) else {
            return Err(errors::no_registered_address(attribute));
        };
        user.attempts
            .check(Attempt::GetUserAttributeVerificationCode, cx.now)?;
        let letter = Letter {
            pool: settings,
            client: Some(client),
            user,
            to: (attribute, address),
            code: &code,
            occasion: Occasion::VerifyUserAttribute,
            metadata,
        };
        let delivery = letter.compose(cx)?;
        let username = user.username.clone();
        state.update_user(&username, |user| {
            user.attempts
                .note(Attempt::GetUserAttributeVerificationCode, cx.now);
            user.codes.issue(purpose, &code, attribute, None, cx.now);
        })?;
        Ok(delivery)
    };
    let delivery = triggers::settle(cx, || token.pool.write(step)).await?;
    Ok(Some(delivery.send(cx)))
}

pub fn verify_attribute(
    cx: &Context,
    token: &AccessToken,
    attribute: &str,
    code: &str,
) -> Result<()> {
    let purpose = Purpose::verifying(attribute)
        .ok_or_else(|| errors::attribute_is_not_verifiable(attribute))?;

    token.pool.write(|state| {
        let user = token.user(state)?;
        user.attempts.check(Attempt::VerifyUserAttribute, cx.now)?;
        let before = user.clone();
        let pending = match user.codes.check(purpose, code, cx.now) {
            Ok(code) => code.pending.clone(),
            Err(error) => {
                let note =
                    |user: &mut User| user.attempts.note(Attempt::VerifyUserAttribute, cx.now);
                state.update_user(&before.username, note)?;
                return Ok(Err(error));
            }
        };
        let mut after = before.clone();
        after.attempts.note(Attempt::VerifyUserAttribute, cx.now);
        after.codes.revoke(purpose);
        if let Some(address) = pending {
            after.attributes.set(attribute, &address);
        }
        after
            .attributes
            .set(&format!("{attribute}_verified"), "true");
        after.modified = cx.now;
        check_names(state, &before, &after)?;
        take_alias(state, &before.username, attribute, false)?;
        state.update_user(&before.username, |user| *user = after)?;
        Ok(Ok(()))
    })?
}

/// Without a previous password only where the user has none: that sets the first one.
pub fn change_password(
    cx: &Context,
    token: &AccessToken,
    previous: Option<&str>,
    proposed: &str,
) -> Result<()> {
    let salt = cx.app.random.bytes();
    let pool_id = token.pool.id().to_owned();

    token.pool.write(|state| {
        let settings = state.settings();
        let user = token.user(state)?;
        user.attempts.check(Attempt::ChangePassword, cx.now)?;
        let client = state.client(&token.client_id)?;
        let address = watched_address(cx, settings, client, None);
        let address = address.as_deref();
        let kind = EventType::PasswordChange;
        let username = user.username.clone();
        let is_right = match (&user.password, previous) {
            (Some(own), Some(previous)) => own.is(&pool_id, &username, previous),
            (Some(_), None) => return Err(errors::missing_parameter("PreviousPassword")),
            // A hash of another system was compared, and replaced, before.
            (None, _) => user.imported_password.is_none(),
        };
        if !is_right {
            state.update_user(&username, |user| {
                note_event(cx, address, user, kind, EventResponseType::Fail);
                user.attempts.note(Attempt::ChangePassword, cx.now);
            })?;
            return Ok(Err(errors::incorrect_username_or_password()));
        }
        settings.check_new_password(user, proposed, errors::password_did_not_conform)?;
        let history = settings.password_history_size();
        let password = Password::new(salt, &pool_id, &username, proposed);
        state.update_user(&username, |user| {
            note_event(cx, address, user, kind, EventResponseType::Pass);
            user.attempts.note(Attempt::ChangePassword, cx.now);
            user.set_password(password, history);
            user.modified = cx.now;
        })?;
        Ok(Ok(()))
    })?
}
