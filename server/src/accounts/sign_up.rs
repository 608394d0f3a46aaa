//! Signing up (facts/users.md §2).

use cognito_model::idp::{
    AttributeType, CodeDeliveryDetailsType, EventResponseType, EventType, SignUpRequest,
    VerifiedAttributeType,
};

use super::delivery::{Occasion, compose, new_code};
use super::{deliver, note_event, watched_address};
use crate::auth::{self, secret_hash};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::Pool;
use crate::triggers::{self, Trigger};
use crate::user_pools::{Attributes, Client, NewUser, Password, Purpose, UserPool};

pub struct SignedUp {
    pub sub: String,
    pub delivery: Option<CodeDeliveryDetailsType>,
    /// For a client that lets its users choose how to sign in.
    pub session: Option<String>,
}

pub fn sign_up(cx: &Context, pool: &Pool, request: &SignUpRequest) -> Result<SignedUp> {
    let code = new_code(cx, 6);
    let (sub, delivery, session) = pool.write_through(&request.client_id, |state| {
        let client = state.client(&request.client_id)?;
        secret_hash::check_member(client, &request.username, request.secret_hash.as_deref())?;
        let settings = state.settings();
        if settings.only_administrators_create_users() {
            return Err(errors::sign_up_not_permitted());
        }
        triggers::refuse(settings, &[Trigger::PreSignUp])?;
        let attributes = request.user_attributes.as_deref().unwrap_or_default();
        check_writable(attributes, settings, client)?;
        let new = NewUser::of_sign_up(&request.username, attributes, settings, || {
            cx.app.random.sub()
        })?;
        let password = request
            .password
            .as_deref()
            .filter(|password| !password.is_empty());
        match password {
            Some(password) => {
                if let Some(rule) = settings.password_policy().broken_rule(password) {
                    return Err(errors::password_did_not_conform(rule));
                }
            }
            None if settings.is_passwordless() => new.check_passwordless(settings)?,
            None => return Err(errors::missing_parameter("Password")),
        }
        if new.is_known(state.users()) || state.users().find(&request.username).is_some() {
            return Err(errors::user_already_exists());
        }
        let mut user = new.into_unconfirmed_user(cx.now);
        user.password = password.map(|password| {
            Password::new(
                cx.app.random.bytes(),
                settings.id(),
                &user.username,
                password,
            )
        });
        let delivery = match address_to_verify(settings, &user.attributes) {
            None => None,
            Some((attribute, address)) => {
                let address = address.to_owned();
                let to = (attribute, address.as_str());
                let delivery = compose(
                    cx,
                    settings,
                    Some(client),
                    &user,
                    to,
                    &code,
                    Occasion::SignUp,
                )?;
                user.codes
                    .issue(Purpose::ConfirmSignUp, &code, attribute, None, cx.now);
                Some(delivery)
            }
        };
        let said = request.user_context_data.as_ref();
        let address = watched_address(cx, settings, client, said);
        let (kind, response) = (EventType::SignUp, EventResponseType::Pass);
        note_event(cx, address.as_deref(), &mut user, kind, response);
        let session = auth::begin_after_sign_up(cx, pool, client, &user.sub)?;
        let sub = user.sub.clone();
        state.insert_user(user);
        Ok((sub, delivery, session))
    })?;
    Ok(SignedUp {
        sub,
        delivery: deliver(cx, delivery).pop(),
        session,
    })
}

/// Where a new user's code goes: phone before email, and only what the pool verifies by itself.
pub(super) fn address_to_verify<'a>(
    pool: &UserPool,
    attributes: &'a Attributes,
) -> Option<(&'static str, &'a str)> {
    let verified = pool
        .description
        .auto_verified_attributes
        .as_deref()
        .unwrap_or_default();
    [
        VerifiedAttributeType::PhoneNumber,
        VerifiedAttributeType::Email,
    ]
    .into_iter()
    .filter(|attribute| verified.contains(attribute))
    .find_map(|attribute| Some((attribute.as_str(), attributes.get(attribute.as_str())?)))
}

/// A client writes only what it may. An attribute that is not there is another error, unless the
/// client lists what it writes (captured: captured.md 33).
pub(crate) fn check_writable(
    attributes: &[AttributeType],
    pool: &UserPool,
    client: &Client,
) -> Result<()> {
    let lists = client.description.write_attributes.is_some();
    let is_refused =
        |name: &str| !client.may_write(name) && (lists || pool.schema().find(name).is_some());
    if attributes
        .iter()
        .any(|attribute| is_refused(&attribute.name))
    {
        return Err(errors::unauthorized_attribute());
    }
    Ok(())
}
