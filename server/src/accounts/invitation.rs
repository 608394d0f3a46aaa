//! What a user is told who did not sign up: the name, and a password for the first sign-in.

use cognito_model::idp::DeliveryMediumType;

use super::Delivery;
use super::delivery::{Letter, Metadata, Occasion};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::user_pools::{User, UserPool};

/// A message to each of the addresses that are wanted.
pub(crate) struct Invitation<'a> {
    pub pool: &'a UserPool,
    pub user: &'a User,
    /// The attributes with the addresses.
    pub to: &'a [&'static str],
    pub password: &'a str,
    pub metadata: Option<&'a Metadata>,
}

impl Invitation<'_> {
    /// The attributes of the media that are wanted. Without any, it is the phone number where the user has
    /// one, else the email address, else none (the last two assumed).
    pub(crate) fn attributes(
        wanted: &[DeliveryMediumType],
        user: &User,
    ) -> Result<Vec<&'static str>> {
        let has = |attribute: &&str| user.attributes.get(attribute).is_some();
        if wanted.is_empty() {
            let own = ["phone_number", "email"].into_iter().filter(has);
            return Ok(own.take(1).collect());
        }
        let attributes = wanted.iter().map(|medium| match medium {
            DeliveryMediumType::Email => "email",
            DeliveryMediumType::Sms => "phone_number",
        });
        let check = |attribute: &'static str| match has(&attribute) {
            true => Ok(attribute),
            false => Err(errors::medium_needs_attribute(attribute)),
        };
        attributes.map(check).collect()
    }

    /// Within a step that is settled, as [`Letter::compose`].
    pub(crate) fn compose(&self, cx: &Context) -> Result<Vec<Delivery>> {
        let letter = |attribute: &&'static str| {
            let address = self.user.attributes.get(attribute).unwrap_or_default();
            Letter {
                pool: self.pool,
                client: None,
                user: self.user,
                to: (attribute, address),
                code: self.password,
                occasion: Occasion::AdminCreateUser,
                metadata: self.metadata,
            }
            .compose(cx)
        };
        self.to.iter().map(letter).collect()
    }
}
