//! Where a browser is on its way to a confirmed account or a new password: whom the next page is about. The
//! browser keeps it itself, sealed within the cookie `page-data`, so nothing is remembered of who never
//! finishes.

use bytes::Bytes;
use cognito_model::idp::{CodeDeliveryDetailsType, UsernameAttributeType};
use cognito_model::{Operation, Rejection};
use http::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::request::{AuthorizationRequest, Refusal};
use super::{Call, reply};
use crate::auth::secret_hash;
use crate::errors::{self, Result, oauth};
use crate::pages::{Name, Recipient};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Aim {
    Confirm,
    Reset,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Errand {
    pub(super) aim: Aim,
    pub(super) client_id: String,
    pub(super) username: String,
    pub(super) destination: String,
    pub(super) medium: String,
    /// Of who has chosen a password here: the first sign-in needs no other proof.
    pub(super) ticket: Option<String>,
}

impl Errand {
    pub(super) fn new(
        aim: Aim,
        request: &AuthorizationRequest<'_>,
        username: &str,
        sent: Option<&CodeDeliveryDetailsType>,
    ) -> Self {
        let medium = sent.and_then(|it| it.delivery_medium);
        let destination = sent.and_then(|it| it.destination.clone());
        Self {
            aim,
            client_id: request.client_id.to_owned(),
            username: username.to_owned(),
            destination: destination.unwrap_or_default(),
            medium: medium.map_or("", |it| it.as_str()).to_owned(),
            ticket: None,
        }
    }

    pub(super) fn recipient(&self, request: &AuthorizationRequest<'_>) -> Recipient<'_> {
        Recipient {
            username: &self.username,
            destination: &self.destination,
            medium: &self.medium,
            gets_link: request.sends_links(&self.medium),
        }
    }
}

impl Call<'_> {
    /// Only of the client that it began with.
    pub(super) fn errand(&self, aim: Aim, request: &AuthorizationRequest<'_>) -> Option<Errand> {
        let errand = self.page_data()?.errand?;
        (errand.aim == aim && errand.client_id == request.client_id).then_some(errand)
    }

    /// To the page that goes on with it, which has its own time.
    pub(super) fn send_on(&self, path: &str, errand: Errand) -> Response<Bytes> {
        let mut response =
            reply::redirect(&format!("{}{path}?{}", self.base_url(), self.query_text));
        self.keep_page_data(&mut response, Some(errand));
        response
    }

    /// Whom a form of this page is about, as it says itself: users' scripts send it without the page.
    pub(super) fn recipient<'a>(
        &'a self,
        errand: Option<&'a Errand>,
        request: &AuthorizationRequest<'_>,
    ) -> Option<Recipient<'a>> {
        let Some(username) = self.form.get("username") else {
            return errand.map(|it| it.recipient(request));
        };
        let medium = self.form.get("deliveryMedium").unwrap_or_default();
        Some(Recipient {
            username,
            destination: self.form.get("destination").unwrap_or_default(),
            medium,
            gets_link: request.sends_links(medium),
        })
    }
}

impl AuthorizationRequest<'_> {
    /// Users of other providers have their accounts there.
    pub(super) fn for_local_users(self) -> std::result::Result<Self, Refusal> {
        if self.has_local_users {
            Ok(self)
        } else {
            Err(Refusal::Page(oauth::NO_LOCAL_USERS.to_owned()))
        }
    }

    pub(super) fn secret_hash(&self, username: &str) -> Option<String> {
        self.pool.read(|state| {
            let client = state.client(self.client_id).ok()?;
            secret_hash::of_page(client, username)
        })
    }

    pub(super) fn name(&self) -> Name {
        self.pool.read(|state| {
            let attributes = state.settings().description.username_attributes.as_deref();
            match attributes.unwrap_or_default() {
                [] => Name::Username,
                [UsernameAttributeType::Email] => Name::Email,
                [UsernameAttributeType::PhoneNumber] => Name::PhoneNumber,
                _ => Name::EmailOrPhoneNumber,
            }
        })
    }

    fn sends_links(&self, medium: &str) -> bool {
        medium != "SMS" && self.pool.read(|state| state.settings().sends_links())
    }
}

/// A request of the API as a form says it, held to the same constraints.
pub(super) fn request_of<O: Operation>(fields: Value) -> Result<O::Input> {
    cognito_model::validate(O::INPUT, &fields).map_err(|rejection| match rejection {
        Rejection::Serialization(message) => errors::wrong_type(message),
        Rejection::Constraints(items) => errors::invalid_members(cognito_model::message(&items)),
    })?;
    serde_json::from_value(fields).map_err(errors::internal)
}
