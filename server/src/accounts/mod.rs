//! What users do with their own accounts: signing up, confirming, recovering a password, changing and
//! verifying attributes, registering passkeys. For the API now, and for the login pages later.

mod attributes;
mod confirmation;
mod delivery;
mod devices;
mod factors;
pub mod import;
mod invitation;
mod passkeys;
mod pre_sign_up;
mod recovery;
mod sign_up;

use cognito_model::idp::{
    CodeDeliveryDetailsType, EventResponseType, EventType, UserContextDataType,
};

pub(crate) use attributes::check_names;
pub use attributes::{
    change_password, delete_attributes, send_verification_code, update_as_administrator,
    update_as_user, verify_attribute,
};
pub(crate) use confirmation::{CONFIRM_SIGN_UP, Confirmed};
pub use confirmation::{
    confirm_as_administrator, confirm_on_page, confirm_sign_up, resend_confirmation_code,
};
pub(crate) use confirmation::{looks_like, simulated};
use delivery::HandOver;
pub(crate) use delivery::{Letter, Occasion, new_code};
pub use devices::{
    confirm_device, describe_to_administrator, device, devices, forget_device, owner,
    update_device_status,
};
pub use factors::{configured_factors, revoke_session, sessions, set_options, set_preferences};
pub(crate) use invitation::Invitation;
pub use passkeys::{
    PasskeyOwner, complete_passkey_registration, passkey_owner, start_passkey_registration,
};
pub(crate) use pre_sign_up::SignUpQuestion;
pub use recovery::{confirm_forgot_password, forgot_password, reset_as_administrator};
pub(crate) use sign_up::check_writable;
pub use sign_up::sign_up;

use crate::context::Context;
use crate::delivery::Message;
use crate::errors::{self, Result};
use crate::store::PoolState;
use crate::user_pools::{Activity, Client, User, UserPool};

/// A code on its way: the message, and what the caller is told of it.
pub struct Delivery {
    pub(crate) message: Message,
    pub(crate) details: CodeDeliveryDetailsType,
    hand_over: Option<HandOver>,
}

impl Delivery {
    /// Once its step is committed.
    pub(crate) fn send(self, cx: &Context) -> CodeDeliveryDetailsType {
        cx.app.outbox.deliver(self.message);
        if let Some(hand_over) = self.hand_over {
            hand_over.begin(cx);
        }
        self.details
    }
}

/// Puts the messages of a step that succeeded into the outbox.
fn deliver(
    cx: &Context,
    deliveries: impl IntoIterator<Item = Delivery>,
) -> Vec<CodeDeliveryDetailsType> {
    let deliveries = deliveries.into_iter();
    deliveries.map(|delivery| delivery.send(cx)).collect()
}

/// What a caller is told of a code: of one on its way, or as if one were, where nobody is there whom
/// it could go to.
fn tell(
    cx: &Context,
    step: std::result::Result<Delivery, CodeDeliveryDetailsType>,
) -> Option<CodeDeliveryDetailsType> {
    match step {
        Ok(delivery) => Some(delivery.send(cx)),
        Err(simulated) => Some(simulated),
    }
}

/// The user whom a client names. `None` stands for one who is not there, and whose absence the client
/// does not want to be told (facts/users.md §17).
fn find<'s>(state: &'s PoolState, client: &Client, username: &str) -> Result<Option<&'s User>> {
    match state.users().find(username) {
        Some(user) => Ok(Some(user)),
        None if client.hides_user_existence() => Ok(None),
        None => Err(errors::username_client_combination_not_found()),
    }
}

/// Where what a user does comes from; `None` where no threat protection watches.
fn watched_address(
    cx: &Context,
    settings: &UserPool,
    client: &Client,
    said: Option<&UserContextDataType>,
) -> Option<String> {
    settings.check_threat_protection().ok()?;
    let may_say = client.propagates_additional_user_context_data();
    let said = said.and_then(|it| it.ip_address.as_deref());
    Some(cx.user_address(may_say, said))
}

/// Notes what a user did, where it is watched.
fn note_event(
    cx: &Context,
    address: Option<&str>,
    user: &mut User,
    kind: EventType,
    response: EventResponseType,
) {
    if let Some(address) = address {
        user.events.note(&Activity {
            id: cx.app.random.uuid(),
            kind,
            response,
            answered: &[],
            address,
            now: cx.now,
        });
    }
}
