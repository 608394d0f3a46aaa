//! A user who is about to be created: what the username may look like in each kind of pool, and
//! which names must be free (facts/users.md §2, §3, §6).

use cognito_model::Timestamp;
use cognito_model::idp::{
    AliasAttributeType, AttributeType, UserStatusType, UsernameAttributeType,
};

use super::{Attributes, LinkedIdentity, User, UserPool, Users, is_email, is_phone_number};
use crate::errors::{self, Result};

pub struct NewUser {
    username: String,
    sub: String,
    attributes: Attributes,
    /// The attribute that the given username became, where users have no usernames of their own.
    username_attribute: Option<&'static str>,
}

impl NewUser {
    /// Checks what an administrator gives.
    pub fn draft(
        username: &str,
        given: &[AttributeType],
        pool: &UserPool,
        new_sub: impl FnOnce() -> String,
    ) -> Result<Self> {
        let username_attribute = username_attribute(username, pool)?;
        let mut attributes = Attributes::of_new_user(given, pool.schema())?;
        if let Some(attribute) = username_attribute {
            if attributes
                .get(attribute)
                .is_some_and(|given| given != username)
            {
                return Err(errors::username_is_another_address(attribute));
            }
            attributes.set(attribute, username);
        }
        for attribute in ["email", "phone_number"] {
            if attributes.is_verified(attribute) && attributes.get(attribute).is_none() {
                return Err(errors::verified_needs_attribute(attribute));
            }
        }
        let sub = new_sub();
        let username = if username_attribute.is_some() {
            sub.clone()
        } else {
            username.to_owned()
        };
        Ok(Self {
            username,
            sub,
            attributes,
            username_attribute,
        })
    }

    /// Checks what a user gives who signs up: every required attribute, and addresses that nobody
    /// has verified.
    pub fn of_sign_up(
        username: &str,
        given: &[AttributeType],
        pool: &UserPool,
        new_sub: impl FnOnce() -> String,
    ) -> Result<Self> {
        let mut new = Self::draft(username, given, pool, new_sub)?;
        new.check_required(pool)?;
        let aliases = pool
            .description
            .alias_attributes
            .as_deref()
            .unwrap_or_default();
        if aliases.contains(&AliasAttributeType::PreferredUsername)
            && new.attributes.get("preferred_username").is_some()
        {
            return Err(errors::preferred_username_at_sign_up());
        }
        for attribute in ["email", "phone_number"] {
            if new.attributes.get(attribute).is_some() {
                new.attributes
                    .set(&format!("{attribute}_verified"), "false");
            }
        }
        Ok(new)
    }

    /// Refuses a user who lacks an attribute that the pool requires.
    pub fn check_required(&self, pool: &UserPool) -> Result<()> {
        let missing: Vec<_> = pool
            .schema()
            .required()
            .filter(|name| self.attributes.get(name).is_none())
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(errors::required_attributes_missing(&missing))
        }
    }

    /// Refuses a name that is taken. With `force`, aliases move instead: the answer lists whose, and
    /// which.
    pub fn check_names(&self, users: &Users, force: bool) -> Result<Vec<(String, &'static str)>> {
        if let Some(attribute) = self.username_attribute {
            let value = self.attributes.get(attribute).unwrap_or_default();
            if users.find_by_attribute(attribute, value).is_some() {
                return Err(errors::username_attribute_taken(attribute));
            }
        } else if users.find(&self.username).is_some() {
            return Err(errors::user_account_exists());
        }
        let mut moved = Vec::new();
        for (attribute, value) in users.names_of(&self.attributes) {
            if Some(attribute) == self.username_attribute {
                continue;
            }
            if let Some(owner) = users.find_by_attribute(attribute, value) {
                // Only an alias can move: a username attribute is the user's name.
                if users.signs_in_by(attribute) {
                    return Err(errors::alias_exists(attribute));
                }
                if !force || attribute == "preferred_username" {
                    return Err(errors::alias_exists(attribute));
                }
                moved.push((owner.username.clone(), attribute));
            } else if users.find(value).is_some() {
                // A name finds one user only, whatever kind of name it is.
                return Err(errors::alias_exists(attribute));
            }
        }
        Ok(moved)
    }

    /// Whether the very same name is there already.
    pub fn is_known(&self, users: &Users) -> bool {
        match self.username_attribute {
            Some(attribute) => {
                let value = self.attributes.get(attribute).unwrap_or_default();
                users.find_by_attribute(attribute, value).is_some()
            }
            None => users.find_by_username(&self.username).is_some(),
        }
    }

    /// Whether a user without a password could sign in: by the address of a one-time code, and with
    /// nothing left to ask for (facts/users.md §1, §6).
    pub fn check_passwordless(&self, pool: &UserPool) -> Result<()> {
        self.check_required(pool)?;
        let has_address = pool
            .one_time_code_attributes()
            .any(|attribute| self.attributes.get(attribute).is_some());
        if has_address {
            Ok(())
        } else {
            Err(errors::passwordless_user_needs_address())
        }
    }

    /// As one who has signed up: to be confirmed.
    pub fn into_unconfirmed_user(self, now: Timestamp) -> User {
        User {
            status: UserStatusType::Unconfirmed,
            ..self.into_user(now)
        }
    }

    /// As another provider says who it is: nobody chose the name, and there is no password.
    pub fn of_provider(
        username: String,
        sub: String,
        attributes: Attributes,
        identity: LinkedIdentity,
        now: Timestamp,
    ) -> User {
        let new = Self {
            username,
            sub,
            attributes,
            username_attribute: None,
        };
        let mut user = User {
            status: UserStatusType::ExternalProvider,
            ..new.into_user(now)
        };
        user.identities.push(identity);
        user
    }

    /// As an administrator creates one: the temporary password must be changed.
    pub fn into_user(self, now: Timestamp) -> User {
        User {
            username: self.username,
            sub: self.sub,
            attributes: self.attributes,
            status: UserStatusType::ForceChangePassword,
            enabled: true,
            created: now,
            modified: now,
            password: None,
            imported_password: None,
            former_passwords: Vec::new(),
            groups: Vec::new(),
            identities: Default::default(),
            lockout: Default::default(),
            codes: Default::default(),
            attempts: Default::default(),
            factors: Default::default(),
            devices: Default::default(),
            sign_ins: Default::default(),
            passkeys: Default::default(),
            events: Default::default(),
        }
    }
}

/// Which attribute the username is, in a pool that signs in with attributes.
fn username_attribute(username: &str, pool: &UserPool) -> Result<Option<&'static str>> {
    let attributes = pool
        .description
        .username_attributes
        .as_deref()
        .unwrap_or_default();
    let takes_email = attributes.contains(&UsernameAttributeType::Email);
    let takes_phone = attributes.contains(&UsernameAttributeType::PhoneNumber);
    match (takes_email, takes_phone) {
        (true, _) if is_email(username) => return Ok(Some("email")),
        (_, true) if is_phone_number(username) => return Ok(Some("phone_number")),
        (true, true) => {
            return Err(errors::username_should_be(
                "either an email or a phone number",
            ));
        }
        (true, false) => return Err(errors::username_should_be("an email")),
        (false, true) => return Err(errors::username_should_be("a phone number")),
        (false, false) => {}
    }
    let aliases = pool
        .description
        .alias_attributes
        .as_deref()
        .unwrap_or_default();
    if aliases.contains(&AliasAttributeType::Email) && is_email(username) {
        return Err(errors::username_looks_like_alias("email", "email"));
    }
    if aliases.contains(&AliasAttributeType::PhoneNumber) && is_phone_number(username) {
        return Err(errors::username_looks_like_alias(
            "phone number",
            "phone number",
        ));
    }
    Ok(None)
}
