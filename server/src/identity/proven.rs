//! Who a caller is: the identity that was asked for, if the caller's logins prove it, or the one that a
//! guest's new login already belongs to (facts/identity.md §4).

use std::collections::BTreeMap;

use super::logins::{Checked, CheckedLogin};
use super::openid_token::Bearer;
use crate::context::Context;
use crate::errors::{self, Result};
use crate::identity_pools::{Claims, Login, Role};
use crate::store::IdentityPoolState;

pub(super) struct Proven {
    survivor: String,
    /// Identities that the logins make one with it.
    merged: Vec<String>,
    logins: Vec<Login>,
}

impl Proven {
    pub(super) fn of(state: &IdentityPoolState, id: &str, checked: &Checked) -> Result<Self> {
        checked.confirm(state.settings())?;
        let identities = state.identities();
        let identity = identities.usable(id)?;
        let is_guest = identity.is_guest();
        let logins: Vec<_> = checked.logins.iter().map(|it| it.login.clone()).collect();
        match &checked.bearer {
            Some(bearer) if bearer.identity_id != id => return Err(errors::logins_do_not_match()),
            // What a token vouches for is what was, and nothing is linked by it: logins beside it stand for
            // themselves.
            Some(bearer) if logins.is_empty() && !bearer.is_guest() => {}
            _ if !is_guest && logins.is_empty() => {
                return Err(errors::access_to_identity_forbidden(id));
            }
            _ if !is_guest && !logins.iter().any(|login| identity.has(login)) => {
                return Err(errors::logins_do_not_match());
            }
            _ if logins.is_empty() && !state.settings().allows_guests() => {
                return Err(errors::unauthenticated_not_supported());
            }
            _ => {}
        }
        // The older identity stays.
        let owners = identities.owners(&logins);
        let survivor = match owners.first() {
            Some(owner) if is_guest => owner.clone(),
            _ => id.to_owned(),
        };
        let mut merged = owners;
        if is_guest {
            merged.push(id.to_owned());
        }
        merged.retain(|owner| *owner != survivor);
        Ok(Self {
            survivor,
            merged,
            logins,
        })
    }

    /// Links what is new, and says which identity it is.
    pub(super) fn settle(self, cx: &Context, state: &mut IdentityPoolState) -> Result<String> {
        let is_new = |login: &Login| state.identities().owner(login).is_none();
        if !self.merged.is_empty() || self.logins.iter().any(is_new) {
            state.merge_identities(&self.survivor, &self.merged, &self.logins, cx.now)?;
        }
        Ok(self.survivor)
    }
}

impl Checked {
    /// The role that this caller gets: a login with a mapping decides before those without.
    pub(super) fn role(&self, state: &IdentityPoolState, custom: Option<&str>) -> Result<Role> {
        let roles = state.roles();
        let is_mapped = |it: &&CheckedLogin| {
            let key = it.role_mapping_key.as_deref();
            key.is_some_and(|key| roles.maps(key))
        };
        let mapped = self.logins.iter().find(is_mapped);
        if let Some(login) = mapped.or(self.logins.first()) {
            return roles.of_user(login.role_mapping_key.as_deref(), &login.claims, custom);
        }
        match (&self.bearer, custom) {
            (Some(bearer), _) if !bearer.is_guest() => {
                roles.of_user(None, &Claims::default(), custom)
            }
            (_, Some(custom)) => Err(errors::access_to_role_forbidden(custom)),
            (_, None) => roles.of_guest(),
        }
    }

    /// The tags of the session that this caller begins.
    pub(super) fn tags(&self, state: &IdentityPoolState) -> BTreeMap<String, String> {
        let tags = state.principal_tags();
        let of_login = |it: &CheckedLogin| tags.of(&it.login.provider, &it.claims);
        let mut all = self
            .bearer
            .as_ref()
            .map_or_else(BTreeMap::new, |it| it.tags.clone());
        all.extend(self.logins.iter().flat_map(of_login));
        all
    }

    /// Whom an OpenID token stands for that this caller gets.
    pub(super) fn bearer(&self, state: &IdentityPoolState, identity_id: &str) -> Bearer {
        let logins = self.logins.iter();
        let amr: Vec<String> = match &self.bearer {
            _ if !self.logins.is_empty() => std::iter::once("authenticated".to_owned())
                .chain(logins.flat_map(|it| [it.login.provider.clone(), it.amr.clone()]))
                .collect(),
            Some(bearer) => bearer.amr.clone(),
            None => vec!["unauthenticated".to_owned()],
        };
        Bearer {
            identity_id: identity_id.to_owned(),
            pool_id: state.settings().id().to_owned(),
            amr,
            tags: self.tags(state),
        }
    }
}
