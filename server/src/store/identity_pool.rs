//! One identity pool with all that it owns, behind one lock.

use std::sync::Arc;

use cognito_model::Timestamp;
use parking_lot::RwLock;

use super::storage::{self, Row, Storage};
use crate::aws::Scope;
use crate::changes::{Change, Changes, Kind};
use crate::errors::{self, Result};
use crate::identity_pools::{Identities, Login, PrincipalTags, Roles, Settings};

pub struct IdentityPool {
    id: String,
    scope: Scope,
    storage: Arc<dyn Storage>,
    state: RwLock<IdentityPoolState>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct IdentityPoolState {
    settings: Settings,
    roles: Roles,
    principal_tags: PrincipalTags,
    identities: Identities,
    new_identities: Vec<String>,
    changes: Changes,
    is_deleted: bool,
}

impl IdentityPool {
    pub(super) fn new(settings: Settings, scope: Scope, storage: Arc<dyn Storage>) -> Self {
        let mut changes = Changes::wanted(storage.is_durable());
        changes.note(Kind::IdentityPool, settings.id());
        Self {
            id: settings.id().to_owned(),
            scope,
            state: RwLock::new(IdentityPoolState {
                settings,
                roles: Roles::default(),
                principal_tags: PrincipalTags::default(),
                identities: Identities::default(),
                new_identities: Vec::new(),
                changes,
                is_deleted: false,
            }),
            storage,
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    pub fn read<T>(&self, look: impl FnOnce(&IdentityPoolState) -> T) -> T {
        look(&self.state.read())
    }

    /// One atomic step, as of a user pool. Steps over identities go through the store, which knows
    /// where each identity is.
    pub fn write<T>(&self, step: impl FnOnce(&mut IdentityPoolState) -> Result<T>) -> Result<T> {
        let mut state = self.state.write();
        if state.is_deleted {
            return Err(errors::identity_pool_not_found(&self.id));
        }
        let result = step(&mut state)?;
        self.commit(&mut state)?;
        Ok(result)
    }

    pub(super) fn created(&self) -> Result<()> {
        self.commit(&mut self.state.write())
    }

    /// The ids of the identities that went with it.
    pub(super) fn delete(&self) -> Result<Vec<String>> {
        self.write(|state| {
            state.is_deleted = true;
            state.changes.note(Kind::IdentityPool, &self.id);
            Ok(state
                .identities
                .iter()
                .map(|identity| identity.id.clone())
                .collect())
        })
    }

    fn commit(&self, state: &mut IdentityPoolState) -> Result<()> {
        let changes = state.changes.take();
        storage::commit(&*self.storage, &self.id, changes, |change| {
            state.row(change)
        })
    }
}

impl IdentityPoolState {
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
        self.note_pool();
    }

    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    pub fn set_roles(&mut self, roles: Roles) {
        self.roles = roles;
        self.note_pool();
    }

    pub fn principal_tags(&self) -> &PrincipalTags {
        &self.principal_tags
    }

    pub fn set_principal_tags(&mut self, tags: PrincipalTags) {
        self.principal_tags = tags;
        self.note_pool();
    }

    fn note_pool(&mut self) {
        self.changes.note(Kind::IdentityPool, self.settings.id());
    }

    pub fn identities(&self) -> &Identities {
        &self.identities
    }

    /// See [`Identities::find_or_create`].
    pub fn identity_of(
        &mut self,
        logins: &[Login],
        new_id: impl FnOnce() -> String,
        now: Timestamp,
    ) -> Result<String> {
        let new_identities = &mut self.new_identities;
        let new_id = || {
            let id = new_id();
            new_identities.push(id.clone());
            id
        };
        self.identities
            .find_or_create(logins, new_id, now, &mut self.changes)
    }

    /// See [`Identities::merge`].
    pub fn merge_identities(
        &mut self,
        survivor: &str,
        merged: &[String],
        logins: &[Login],
        now: Timestamp,
    ) -> Result<()> {
        self.identities
            .merge(survivor, merged, logins, now, &mut self.changes)
    }

    /// See [`Identities::unlink`].
    pub fn unlink(&mut self, id: &str, logins: &[Login], now: Timestamp) {
        self.identities.unlink(id, logins, now, &mut self.changes);
    }

    pub(super) fn remove_identity(&mut self, id: &str) -> bool {
        self.identities.remove(id, &mut self.changes)
    }

    pub(super) fn take_new_identities(&mut self) -> Vec<String> {
        std::mem::take(&mut self.new_identities)
    }

    fn row(&self, change: Change) -> std::io::Result<Row> {
        if change.kind == Kind::Identity {
            let row = self.identities.get(&change.key);
            Row::of(change, row)
        } else {
            let row =
                (!self.is_deleted).then_some((&self.settings, &self.roles, &self.principal_tags));
            Row::of(change, row.as_ref())
        }
    }
}
