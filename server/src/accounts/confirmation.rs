//! Confirming a sign-up, by its code or by an administrator, and sending the code again.

use cognito_model::idp::{
    CodeDeliveryDetailsType, ConfirmSignUpRequest, EventResponseType, EventType,
    ResendConfirmationCodeRequest, UserStatusType,
};
use serde_json::json;

use super::delivery::{Letter, Metadata, Occasion, details, new_code};
use super::sign_up::address_to_verify;
use super::{find, note_event, tell, watched_address};
use crate::auth::{self, secret_hash};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::{Pool, PoolState};
use crate::triggers::{self, Event, Question, Trigger};
use crate::user_pools::{Attempt, Purpose};

/// The session of the confirmation, where that of the sign-up is given.
pub async fn confirm_sign_up(
    cx: &Context,
    pool: &Pool,
    request: &ConfirmSignUpRequest,
) -> Result<Option<String>> {
    let hash = request.secret_hash.as_deref();
    let session = pool.read(|state| {
        let client = state.client(&request.client_id)?;
        secret_hash::check_member(client, &request.username, hash)?;
        let given = request.session.as_deref();
        match find(state, client, &request.username)? {
            Some(user) => auth::go_on_after_confirmation(cx, pool, client, user, given),
            None => Ok(None),
        }
    })?;
    confirm_on_page(cx, pool, request).await?;
    Ok(session)
}

/// As [`confirm_sign_up`], on a page: neither the link in an email nor a form carries a secret hash.
pub async fn confirm_on_page(
    cx: &Context,
    pool: &Pool,
    request: &ConfirmSignUpRequest,
) -> Result<()> {
    let force = request.force_alias_creation == Some(true);

    let sub = pool.write_through(&request.client_id, |state| {
        let client = state.client(&request.client_id)?;
        // Of a user who is not there, no code can be outstanding.
        let Some(user) = find(state, client, &request.username)? else {
            return Err(errors::code_expired());
        };
        if user.status != UserStatusType::Unconfirmed {
            return Err(errors::user_cannot_be_confirmed(user.status.as_str()));
        }
        user.attempts.check(Attempt::ConfirmSignUp, cx.now)?;
        let (username, sub) = (user.username.clone(), user.sub.clone());
        let code = user
            .codes
            .check(Purpose::ConfirmSignUp, &request.confirmation_code, cx.now);
        let attribute = match code {
            Ok(code) => code.attribute.clone(),
            // A wrong code is counted, so it is a step that succeeds and then refuses.
            Err(error) => {
                state.update_user(&username, |user| {
                    user.attempts.note(Attempt::ConfirmSignUp, cx.now);
                })?;
                return Ok(Err(error));
            }
        };
        take_alias(state, &username, &attribute, force)?;
        state.update_user(&username, |user| {
            user.attempts.note(Attempt::ConfirmSignUp, cx.now);
            user.codes.revoke(Purpose::ConfirmSignUp);
            user.attributes
                .set(&format!("{attribute}_verified"), "true");
            user.status = UserStatusType::Confirmed;
            user.modified = cx.now;
        })?;
        Ok(Ok(sub))
    })??;
    let confirmed = Confirmed {
        source: CONFIRM_SIGN_UP,
        client_id: Some(&request.client_id),
        sub: &sub,
        metadata: request.client_metadata.as_ref(),
    };
    confirmed.tell(cx, pool).await
}

pub(crate) const CONFIRM_SIGN_UP: &str = "PostConfirmation_ConfirmSignUp";

/// Who was confirmed, and how.
pub(crate) struct Confirmed<'a> {
    pub source: &'static str,
    /// An administrator has none.
    pub client_id: Option<&'a str>,
    pub sub: &'a str,
    pub metadata: Option<&'a Metadata>,
}

impl Confirmed<'_> {
    /// Asks PostConfirmation, once the user is confirmed: a function that fails takes nothing of it back
    /// (captured: facts/triggers.md §4).
    pub(crate) async fn tell(&self, cx: &Context, pool: &Pool) -> Result<()> {
        let event = pool.read(|state| {
            let settings = state.settings();
            triggers::function(settings, Trigger::PostConfirmation)?;
            let user = state.users().find_by_sub(self.sub)?;
            let request = json!({"userAttributes": triggers::user_attributes(settings, user)});
            let question = Question {
                source: self.source,
                client_id: self.client_id,
                username: &user.username,
                request: triggers::with_client_metadata(request, self.metadata),
                response: Some(json!({})),
            };
            Event::new(settings, Trigger::PostConfirmation, question)
        });
        match event {
            Some(event) => triggers::invoke(cx, &event).await.map(drop),
            None => Ok(()),
        }
    }
}

/// An address that becomes verified becomes an alias: it may belong to nobody else, unless it is to
/// move from there.
pub(super) fn take_alias(
    state: &mut PoolState,
    username: &str,
    attribute: &str,
    force: bool,
) -> Result<()> {
    let user = state.user(username)?;
    match user.attributes.get(attribute).map(str::to_owned) {
        Some(address) => free_alias(state, username, (attribute, &address), force),
        None => Ok(()),
    }
}

/// Takes an alias from whoever else has it.
pub(super) fn free_alias(
    state: &mut PoolState,
    username: &str,
    (attribute, address): (&str, &str),
    force: bool,
) -> Result<()> {
    let Some(owner) = state.users().find_by_attribute(attribute, address) else {
        return Ok(());
    };
    if owner.username == username {
        return Ok(());
    }
    if !force {
        return Err(errors::alias_exists_at_confirmation(attribute));
    }
    let owner = owner.username.clone();
    let flag = format!("{attribute}_verified");
    state.update_user(&owner, |owner| owner.attributes.set(&flag, "false"))
}

pub async fn confirm_as_administrator(
    cx: &Context,
    pool: &Pool,
    username: &str,
    metadata: Option<&Metadata>,
) -> Result<()> {
    let sub = pool.write(|state| {
        let user = state.user(username)?;
        if user.status != UserStatusType::Unconfirmed {
            return Err(errors::user_cannot_be_confirmed(user.status.as_str()));
        }
        let username = user.username.clone();
        state.update_user(&username, |user| {
            user.codes.revoke(Purpose::ConfirmSignUp);
            user.status = UserStatusType::Confirmed;
            user.modified = cx.now;
            user.sub.clone()
        })
    })?;
    let confirmed = Confirmed {
        source: CONFIRM_SIGN_UP,
        client_id: None,
        sub: &sub,
        metadata,
    };
    confirmed.tell(cx, pool).await
}

pub async fn resend_confirmation_code(
    cx: &Context,
    pool: &Pool,
    request: &ResendConfirmationCodeRequest,
) -> Result<Option<CodeDeliveryDetailsType>> {
    let code = new_code(cx, 6);
    let hash = request.secret_hash.as_deref();
    let step = |state: &mut PoolState| {
        let client = state.client(&request.client_id)?;
        secret_hash::check_member(client, &request.username, hash)?;
        let settings = state.settings();
        let Some(user) = find(state, client, &request.username)? else {
            return Ok(Err(simulated(&request.username)));
        };
        if user.status == UserStatusType::Confirmed {
            return Err(errors::user_is_already_confirmed());
        }
        let Some((attribute, address)) = address_to_verify(settings, &user.attributes) else {
            return Err(errors::auto_verification_off());
        };
        user.attempts
            .check(Attempt::ResendConfirmationCode, cx.now)?;
        let letter = Letter {
            pool: settings,
            client: Some(client),
            user,
            to: (attribute, address),
            code: &code,
            occasion: Occasion::ResendCode,
            metadata: request.client_metadata.as_ref(),
        };
        let delivery = letter.compose(cx)?;
        let said = request.user_context_data.as_ref();
        let address = watched_address(cx, settings, client, said);
        let username = user.username.clone();
        state.update_user(&username, |user| {
            let (kind, response) = (EventType::ResendCode, EventResponseType::Pass);
            note_event(cx, address.as_deref(), user, kind, response);
            user.attempts.note(Attempt::ResendConfirmationCode, cx.now);
            user.codes
                .issue(Purpose::ConfirmSignUp, &code, attribute, None, cx.now);
        })?;
        Ok(Ok(delivery))
    };
    let client_id = &request.client_id;
    let delivery = triggers::settle(cx, || pool.write_through(client_id, step)).await?;
    Ok(tell(cx, delivery))
}

/// What is told of a user who is not there: the address that the name looks like.
pub(crate) fn simulated(username: &str) -> CodeDeliveryDetailsType {
    match looks_like(username) {
        Some(attribute) => details(attribute, username),
        None => details("email", &format!("{username}@{username}")),
    }
}

/// The attribute whose value a username could be.
pub(crate) fn looks_like(username: &str) -> Option<&'static str> {
    if username.starts_with('+') {
        Some("phone_number")
    } else {
        username.contains('@').then_some("email")
    }
}
