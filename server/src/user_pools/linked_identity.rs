//! The identities of external providers that sign a user in: the own one of a federated user, and
//! those that an administrator linked (facts/oauth.md §13.3, §13.4).

use std::borrow::Cow;

use cognito_model::Timestamp;
use cognito_model::idp::{IdentityProviderTypeType, ProviderUserIdentifierType, UserStatusType};
use serde::{Deserialize, Serialize};

use super::{IdentityProvider, User, Users};
use crate::errors::{self, Result};
use crate::ordered::Ordered;
use crate::rare::Blank;

/// The provider of users with a username and a password.
const NATIVE: &str = "Cognito";
/// The attribute that names an identity by the subject that its provider gives it.
pub const SUBJECT: &str = "Cognito_Subject";
/// AWS's quotas.
const MOST_LINKED: usize = 5;
const MOST_ATTRIBUTES_OF_PROVIDER: usize = 5;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedIdentity {
    pub provider_name: String,
    pub provider_type: IdentityProviderTypeType,
    /// The entity id of a SAML provider, once it has signed the user in.
    pub issuer: Option<String>,
    /// [`SUBJECT`], or the user pool attribute whose mapped value finds the identity.
    pub attribute: String,
    pub value: String,
    /// Whether it is the own one of a federated user.
    pub is_primary: bool,
    pub created: Timestamp,
}

impl Blank for Vec<LinkedIdentity> {
    fn blank() -> &'static Self {
        static NONE: Vec<LinkedIdentity> = Vec::new();
        &NONE
    }
}

/// One entry of the attribute `identities`; in tokens all values are texts.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    user_id: Cow<'a, str>,
    provider_name: Cow<'a, str>,
    provider_type: IdentityProviderTypeType,
    issuer: Option<Cow<'a, str>>,
    primary: bool,
    date_created: i64,
}

/// The attribute `identities` of a user who has any.
pub fn attribute_text(identities: &[LinkedIdentity]) -> Option<String> {
    let entries: Vec<_> = identities
        .iter()
        .map(|it| Entry {
            user_id: it.value.as_str().into(),
            provider_name: it.provider_name.as_str().into(),
            provider_type: it.provider_type,
            issuer: it.issuer.as_deref().map(Cow::from),
            primary: it.is_primary,
            date_created: it.created.as_millis(),
        })
        .collect();
    (!entries.is_empty())
        .then(|| serde_json::to_string(&entries).ok())
        .flatten()
}

/// What an attribute `identities` says; nothing where it is none.
pub fn parse_identities(text: &str) -> Option<Vec<LinkedIdentity>> {
    let entries: Vec<Entry<'_>> = serde_json::from_str(text).ok()?;
    let identities = entries.into_iter().map(|it| LinkedIdentity {
        provider_name: it.provider_name.into_owned(),
        provider_type: it.provider_type,
        issuer: it.issuer.map(Cow::into_owned),
        attribute: SUBJECT.to_owned(),
        value: it.user_id.into_owned(),
        is_primary: it.primary,
        created: Timestamp::from_millis(it.date_created),
    });
    Some(identities.collect())
}

/// What AdminLinkProviderForUser asks for, checked: to whom, and which identity.
pub fn link(
    destination: &ProviderUserIdentifierType,
    source: &ProviderUserIdentifierType,
    users: &Users,
    providers: &Ordered<IdentityProvider>,
    user_pool_id: &str,
    now: Timestamp,
) -> Result<(String, LinkedIdentity)> {
    let source = Named::of("SourceUser", source)?;
    if source.provider == NATIVE {
        return Err(errors::source_user_is_native());
    }
    let provider = source.find_provider(providers, user_pool_id)?;
    let attribute = source.attribute()?;
    if attribute != SUBJECT && !provider.links_by(attribute) {
        return Err(errors::cannot_link_by(attribute, source.provider));
    }
    let to = Named::of("DestinationUser", destination)?;
    let user = if to.provider == NATIVE {
        users.find(to.value)
    } else {
        to.find_provider(providers, user_pool_id)?;
        users.find_by_identity(to.provider, SUBJECT, to.value)
    }
    .ok_or_else(errors::user_not_found)?;
    // Who signed in once has a profile of its own, and none is merged into another.
    let own_name = format!("{}_{}", source.provider, source.value);
    let owner = users.find_by_identity(source.provider, attribute, source.value);
    match owner.map(|owner| owner.identity(source.provider, attribute, source.value)) {
        Some(Some(identity)) if !identity.is_primary => {
            return Err(errors::source_user_is_linked());
        }
        Some(_) => return Err(errors::merging_is_not_supported()),
        None if attribute == SUBJECT && users.find_by_username(&own_name).is_some() => {
            return Err(errors::merging_is_not_supported());
        }
        None => {}
    }
    if user.identities.iter().filter(|it| !it.is_primary).count() >= MOST_LINKED {
        return Err(errors::limit_exceeded(
            "identities linked to a user",
            MOST_LINKED,
        ));
    }
    let attributes = users.attributes_of_provider(source.provider);
    if attributes.len() >= MOST_ATTRIBUTES_OF_PROVIDER && !attributes.contains(&attribute) {
        return Err(errors::limit_exceeded(
            "attribute names of an identity provider",
            MOST_ATTRIBUTES_OF_PROVIDER,
        ));
    }
    let identity = LinkedIdentity {
        provider_name: source.provider.to_owned(),
        provider_type: provider.provider_type(),
        issuer: None,
        attribute: attribute.to_owned(),
        value: source.value.to_owned(),
        is_primary: false,
        created: now,
    };
    Ok((user.username.clone(), identity))
}

/// What AdminDisableProviderForUser takes away.
pub enum Disabled {
    /// The password of this native user.
    Password(String),
    /// This identity of this user.
    Identity(String, LinkedIdentity),
}

pub fn disable(
    given: &ProviderUserIdentifierType,
    users: &Users,
    providers: &Ordered<IdentityProvider>,
    user_pool_id: &str,
) -> Result<Disabled> {
    let named = Named::of("User", given)?;
    let attribute = named.attribute()?;
    if named.provider == NATIVE {
        if attribute != SUBJECT {
            return Err(errors::cannot_link_by(attribute, NATIVE));
        }
        let user = users
            .find(named.value)
            .filter(|user| user.status != UserStatusType::ExternalProvider)
            .ok_or_else(errors::user_not_found)?;
        return Ok(Disabled::Password(user.username.clone()));
    }
    named.find_provider(providers, user_pool_id)?;
    users
        .find_by_identity(named.provider, attribute, named.value)
        .and_then(|user| {
            let identity = user.identity(named.provider, attribute, named.value)?;
            Some(Disabled::Identity(user.username.clone(), identity.clone()))
        })
        .ok_or_else(errors::account_is_not_linked)
}

/// A ProviderUserIdentifierType whose members are there; the model asks for none.
struct Named<'a> {
    member: &'static str,
    provider: &'a str,
    attribute: Option<&'a str>,
    value: &'a str,
}

impl<'a> Named<'a> {
    fn of(member: &'static str, given: &'a ProviderUserIdentifierType) -> Result<Self> {
        let needed = |name: &str, text: &'a Option<String>| {
            let there = text.as_deref().filter(|text| !text.is_empty());
            there.ok_or_else(|| errors::provider_user_member_missing(member, name))
        };
        Ok(Self {
            member,
            provider: needed("ProviderName", &given.provider_name)?,
            attribute: given.provider_attribute_name.as_deref(),
            value: needed("ProviderAttributeValue", &given.provider_attribute_value)?,
        })
    }

    fn attribute(&self) -> Result<&'a str> {
        self.attribute
            .filter(|text| !text.is_empty())
            .ok_or_else(|| {
                errors::provider_user_member_missing(self.member, "ProviderAttributeName")
            })
    }

    fn find_provider<'p>(
        &self,
        providers: &'p Ordered<IdentityProvider>,
        user_pool_id: &str,
    ) -> Result<&'p IdentityProvider> {
        providers
            .get(self.provider)
            .ok_or_else(|| errors::identity_provider_not_found(self.provider, user_pool_id))
    }
}

impl LinkedIdentity {
    /// The own one of a user who comes from a provider.
    pub fn primary(
        provider: &IdentityProvider,
        subject: &str,
        issuer: Option<&str>,
        now: Timestamp,
    ) -> Self {
        Self {
            provider_name: provider.name().to_owned(),
            provider_type: provider.provider_type(),
            issuer: issuer.map(str::to_owned),
            attribute: SUBJECT.to_owned(),
            value: subject.to_owned(),
            is_primary: true,
            created: now,
        }
    }

    /// The user whom it signs in.
    pub fn owner<'u>(&self, users: &'u Users) -> Option<&'u User> {
        users.find_by_identity(&self.provider_name, &self.attribute, &self.value)
    }
}

impl User {
    fn identity(&self, provider: &str, attribute: &str, value: &str) -> Option<&LinkedIdentity> {
        self.identities.iter().find(|it| {
            it.provider_name == provider && it.attribute == attribute && it.value == value
        })
    }
}
