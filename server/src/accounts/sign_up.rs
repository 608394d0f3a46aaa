//! Signing up (facts/users.md §2).

use cognito_model::idp::{
    AttributeType, CodeDeliveryDetailsType, EventResponseType, EventType, SignUpRequest,
    VerifiedAttributeType,
};

use super::confirmation::{CONFIRM_SIGN_UP, Confirmed, free_alias};
use super::delivery::{Letter, Occasion, new_code};
use super::pre_sign_up::SignUpQuestion;
use super::{deliver, note_event, watched_address};
use crate::auth::{self, secret_hash};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::{Pool, PoolState};
use crate::triggers;
use crate::user_pools::{Attributes, Client, NewUser, Password, Purpose, UserPool};

pub struct SignedUp {
    pub sub: String,
    /// Needs no code: the pool's function says so.
    pub confirmed: bool,
    pub delivery: Option<CodeDeliveryDetailsType>,
    /// For a client that lets its users choose how to sign in.
    pub session: Option<String>,
}

pub async fn sign_up(cx: &Context, pool: &Pool, request: &SignUpRequest) -> Result<SignedUp> {
    let code = new_code(cx, 6);
    let new_sub = cx.app.random.sub();
    let step = |state: &mut PoolState| {
        let client = state.client(&request.client_id)?;
        secret_hash::check_member(client, &request.username, request.secret_hash.as_deref())?;
        let settings = state.settings();
        if settings.only_administrators_create_users() {
            return Err(errors::sign_up_not_permitted());
        }
        let attributes = request.user_attributes.as_deref().unwrap_or_default();
        check_writable(attributes, settings, client)?;
        let new = NewUser::of_sign_up(&request.username, attributes, settings, || new_sub.clone())?;
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
        let question = SignUpQuestion {
            source: "PreSignUp_SignUp",
            client_id: client.id(),
            username: &user.username,
            given: attributes,
            validation_data: request.validation_data.as_deref(),
            metadata: request.client_metadata.as_ref(),
        };
        let wishes = question.wishes(cx, settings)?;
        wishes.apply(&mut user)?;
        user.password = password.map(|password| {
            Password::new(
                cx.app.random.bytes(),
                settings.id(),
                &user.username,
                password,
            )
        });
        let delivery = match address_to_verify(settings, &user.attributes) {
            Some((attribute, address)) if !wishes.confirms => {
                let address = address.to_owned();
                let letter = Letter {
                    pool: settings,
                    client: Some(client),
                    user: &user,
                    to: (attribute, &address),
                    code: &code,
                    occasion: Occasion::SignUp,
                    metadata: request.client_metadata.as_ref(),
                };
                let delivery = letter.compose(cx)?;
                user.codes
                    .issue(Purpose::ConfirmSignUp, &code, attribute, None, cx.now);
                Some(delivery)
            }
            _ => None,
        };
        let said = request.user_context_data.as_ref();
        let address = watched_address(cx, settings, client, said);
        let (kind, response) = (EventType::SignUp, EventResponseType::Pass);
        note_event(cx, address.as_deref(), &mut user, kind, response);
        let session = auth::begin_after_sign_up(cx, pool, client, &user.sub)?;
        let signed_up = SignedUp {
            sub: user.sub.clone(),
            confirmed: wishes.confirms,
            delivery: None,
            session,
        };
        for attribute in wishes.verifies() {
            // An alias that somebody else has moves to the new user (documented).
            let address = user.attributes.get(attribute).unwrap_or_default();
            free_alias(state, &user.username, (attribute, address), true)?;
        }
        state.insert_user(user);
        Ok((signed_up, delivery))
    };
    let client_id = &request.client_id;
    let (signed_up, delivery) =
        triggers::settle(cx, || pool.write_through(client_id, step)).await?;
    if signed_up.confirmed {
        let confirmed = Confirmed {
            source: CONFIRM_SIGN_UP,
            client_id: Some(client_id),
            sub: &signed_up.sub,
            metadata: request.client_metadata.as_ref(),
        };
        confirmed.tell(cx, pool).await?;
    }
    Ok(SignedUp {
        delivery: deliver(cx, delivery).pop(),
        ..signed_up
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
