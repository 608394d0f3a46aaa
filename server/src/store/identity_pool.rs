//! One identity pool with all that it owns, behind one lock.

use std::borrow::Cow;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use cognito_model::Timestamp;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};

use super::replacement::is_scope;
use super::storage::{self, Batch, Journal, Row, StoredRow};
use crate::aws::Scope;
use crate::changes::{Change, Changes, Kind};
use crate::errors::{self, Result};
use crate::identity_pools::{Identities, Identity, Login, PrincipalTags, Roles, Settings};

pub struct IdentityPool {
    id: String,
    scope: Scope,
    /// Among the identity pools of its account and region.
    place: AtomicU64,
    journal: Journal,
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
    pub(super) fn new(
        settings: Settings,
        scope: Scope,
        place: u64,
        journal: Journal,
        mut changes: Changes,
    ) -> Self {
        changes.note(Kind::IdentityPool, settings.id());
        Self {
            id: settings.id().to_owned(),
            scope,
            place: AtomicU64::new(place),
            state: RwLock::new(IdentityPoolState {
                settings,
                roles: Roles::default(),
                principal_tags: PrincipalTags::default(),
                identities: Identities::default(),
                new_identities: Vec::new(),
                changes,
                is_deleted: false,
            }),
            journal,
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

    pub(super) fn delete(&self) -> Result<()> {
        self.write(|state| {
            state.is_deleted = true;
            state.changes.note(Kind::IdentityPool, &self.id);
            Ok(())
        })
    }

    fn commit(&self, state: &mut IdentityPoolState) -> Result<()> {
        let changes = state.changes.take();
        storage::commit(&self.journal, &self.id, changes, |change| {
            state.row(change, self.head())
        })
    }

    fn head(&self) -> (&Scope, u64) {
        (&self.scope, self.place())
    }

    pub(super) fn place(&self) -> u64 {
        self.place.load(Ordering::Relaxed)
    }

    /// See [`super::Pool`], here and below.
    pub(super) fn rows(&self, take: &mut dyn FnMut(Row) -> io::Result<()>) -> io::Result<()> {
        self.state.read().rows(self.head(), take)
    }

    /// The pool that its own row tells of.
    pub(super) fn of_row(row: &StoredRow<'_>, journal: Journal) -> io::Result<Self> {
        let it: IdentityPoolRow<'_> = serde_json::from_slice(row.value)?;
        let is_id = Settings::is_id(it.settings.id(), &it.scope.region);
        if it.settings.id() != row.key || row.owner != row.key || !is_id || !is_scope(&it.scope) {
            return Err(io::Error::other("this is not its id"));
        }
        let (settings, scope) = (it.settings.into_owned(), it.scope.into_owned());
        let pool = Self::new(settings, scope, row.place, journal, Changes::default());
        {
            let mut state = pool.state.write();
            state.roles = it.roles.into_owned();
            state.principal_tags = it.principal_tags.into_owned();
        }
        Ok(pool)
    }

    pub(super) fn restore(&self, row: &StoredRow<'_>) -> io::Result<()> {
        let identity: Identity = serde_json::from_slice(row.value)?;
        let is_it = row.kind == Kind::Identity && identity.id == row.key;
        if is_it && self.state.write().identities.restore(row.place, identity) {
            Ok(())
        } else {
            Err(io::Error::other("there twice, or not where it belongs"))
        }
    }

    pub(super) fn retire(&self) {
        self.state.write().changes.want(false);
    }

    pub(super) fn adopt(&self, place: u64, is_durable: bool) -> io::Result<Option<Batch>> {
        let mut state = self.state.write();
        self.place.store(place, Ordering::Relaxed);
        state.changes.want(is_durable);
        if !is_durable {
            return Ok(None);
        }
        let mut rows = Vec::new();
        state.rows(self.head(), &mut |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(Some(Batch {
            owner: self.id.clone(),
            rows,
        }))
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

    fn row(&self, change: Change, (scope, place): (&Scope, u64)) -> io::Result<Row> {
        if change.kind == Kind::Identity {
            let identities = &self.identities;
            let place = identities.place(&change.key);
            let row = place.zip(identities.get(&change.key));
            return Row::of(change, row);
        }
        let row = IdentityPoolRow {
            scope: Cow::Borrowed(scope),
            settings: Cow::Borrowed(&self.settings),
            roles: Cow::Borrowed(&self.roles),
            principal_tags: Cow::Borrowed(&self.principal_tags),
        };
        Row::of(change, (!self.is_deleted).then_some((place, &row)))
    }

    fn rows(
        &self,
        head: (&Scope, u64),
        take: &mut dyn FnMut(Row) -> io::Result<()>,
    ) -> io::Result<()> {
        let touch = |kind, key: &str| Change {
            kind,
            key: key.to_owned(),
        };
        take(self.row(touch(Kind::IdentityPool, self.settings.id()), head)?)?;
        for identity in self.identities.iter() {
            take(self.row(touch(Kind::Identity, &identity.id), head)?)?;
        }
        Ok(())
    }
}

/// What is kept of the pool itself.
#[derive(Serialize, Deserialize)]
struct IdentityPoolRow<'a> {
    scope: Cow<'a, Scope>,
    settings: Cow<'a, Settings>,
    roles: Cow<'a, Roles>,
    principal_tags: Cow<'a, PrincipalTags>,
}
