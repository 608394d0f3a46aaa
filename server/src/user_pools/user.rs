//! One user of a pool.

use cognito_model::Timestamp;
use cognito_model::idp::{AttributeType, MFAOptionType, UserStatusType, UserType};
use serde::{Deserialize, Serialize};

use super::linked_identity::{LinkedIdentity, attribute_text};
use super::{
    Attempts, Attributes, AuthEvents, Codes, Devices, Factor, Factors, ImportedPassword, Lockout,
    Passkeys, Password, SignIns,
};
use crate::rare::Rare;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// The real username: what the caller chose, or the `sub` where users sign in with an email
    /// address or phone number.
    pub username: String,
    pub sub: String,
    pub attributes: Attributes,
    pub status: UserStatusType,
    pub enabled: bool,
    pub created: Timestamp,
    pub modified: Timestamp,
    #[serde(default, skip_serializing_if = "is_default")]
    pub password: Option<Password>,
    /// Of another system, until the first sign-in makes it a [`Password`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub imported_password: Option<Box<ImportedPassword>>,
    /// Newest first, as many as the pool's policy wants remembered.
    #[serde(default, skip_serializing_if = "is_default")]
    pub former_passwords: Vec<Password>,
    /// Names of groups, in the order in which the user came into them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub groups: Vec<Box<str>>,
    /// Those of external providers, which sign the user in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub identities: Rare<Vec<LinkedIdentity>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub lockout: Lockout,
    #[serde(default, skip_serializing_if = "is_default")]
    pub codes: Codes,
    #[serde(default, skip_serializing_if = "is_default")]
    pub attempts: Attempts,
    #[serde(default, skip_serializing_if = "is_default")]
    pub factors: Rare<Factors>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub devices: Rare<Devices>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub sign_ins: Rare<SignIns>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub passkeys: Rare<Passkeys>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub events: Rare<AuthEvents>,
}

/// Most users have little of what a user may have, so it is left out where it is kept.
fn is_default<T: Default + PartialEq>(part: &T) -> bool {
    *part == T::default()
}

impl User {
    /// `sub` first, as AWS lists them.
    pub fn attribute_list(&self) -> Vec<AttributeType> {
        let sub = ("sub", self.sub.as_str());
        let identities = attribute_text(&self.identities);
        std::iter::once(sub)
            .chain(identities.as_deref().map(|text| ("identities", text)))
            .chain(self.attributes.iter())
            .map(|(name, value)| AttributeType {
                name: name.to_owned(),
                value: Some(value.to_owned()),
            })
            .collect()
    }

    pub fn has_attribute(&self, name: &str) -> bool {
        match name {
            "identities" => !self.identities.is_empty(),
            _ => self.attribute(name).is_some(),
        }
    }

    /// `identities`, which is not kept as a text, aside.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        if name == "sub" {
            Some(&self.sub)
        } else {
            self.attributes.get(name)
        }
    }

    /// Whether a password is the present one or among the last `history` ones; never where the pool
    /// keeps no history.
    pub fn used_before(&self, user_pool_id: &str, password: &str, history: usize) -> bool {
        let recent = self
            .password
            .iter()
            .chain(&self.former_passwords)
            .take(history);
        recent
            .into_iter()
            .any(|former| former.is(user_pool_id, &self.username, password))
    }

    /// Whether another provider brought the user here.
    pub fn is_federated(&self) -> bool {
        self.status == UserStatusType::ExternalProvider
            || self.identities.iter().any(|it| it.is_primary)
    }

    pub fn has_password(&self) -> bool {
        self.password.is_some() || self.imported_password.is_some()
    }

    pub fn set_password(&mut self, password: Password, history: usize) {
        self.imported_password = None;
        if let Some(former) = self.password.replace(password) {
            self.former_passwords.insert(0, former);
        }
        self.former_passwords.truncate(history.saturating_sub(1));
    }

    /// Whether a second factor is set up, be it on or not.
    pub fn has_factor(&self, factor: Factor) -> bool {
        self.factors.is_set_up(factor, &self.attributes)
    }

    /// `MFAOptions`: what the legacy settings stored.
    pub fn mfa_options(&self) -> Option<Vec<MFAOptionType>> {
        Some(self.factors.options.clone()).filter(|options| !options.is_empty())
    }

    /// As AdminCreateUser and ListUsers describe a user.
    pub fn describe(&self) -> UserType {
        UserType {
            username: Some(self.username.clone()),
            attributes: Some(self.attribute_list()),
            user_create_date: Some(self.created),
            user_last_modified_date: Some(self.modified),
            enabled: Some(self.enabled),
            user_status: Some(self.status),
            mfa_options: self.mfa_options(),
        }
    }
}
