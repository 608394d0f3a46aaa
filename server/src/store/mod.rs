//! All state: user pools with what they own, identity pools with what they own, and the few maps
//! that lead from one id to its pool. Each pool is one lock; no lock is held across an await, and
//! no two pools are locked at once.

mod answers;
mod catalog;
mod disk;
mod identity_pool;
mod life;
mod login_pages;
mod overlay;
mod pool;
mod pool_state;
mod replacement;
mod storage;

use std::collections::BTreeMap;
use std::sync::Arc;

use cognito_model::Timestamp;
use dashmap::mapref::entry::Entry;
use dashmap::{DashMap, DashSet};
use parking_lot::{RwLock, RwLockReadGuard};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use self::disk::{Disk, FolderError};
pub use self::identity_pool::{IdentityPool, IdentityPoolState};
pub use self::pool::Pool;
pub use self::pool_state::PoolState;
pub use self::replacement::{Extent, Restoring};
pub use self::storage::{Batch, Journal, Row, Settled, Storage, StoredRow};

use self::catalog::Catalog;
use crate::aws::Scope;
use crate::changes::{Changes, Kind};
use crate::errors::{self, Result};
use crate::identity_pools;
use crate::user_pools::{Client, Domain, ProvisionedLimit, UserPool};

pub struct Store {
    journal: Journal,
    /// Whether this is what the server serves, rather than what may come in its place.
    is_live: bool,
    state: RwLock<State>,
    /// Where an import runs.
    imports: Arc<DashSet<Scope>>,
    upload_room: Arc<Semaphore>,
}

/// What a snapshot holds and a reset forgets. It is locked for a moment only, except by what replaces
/// it; nobody who holds a pool's lock asks for it.
#[derive(Default)]
struct State {
    user_pools: Catalog<Pool>,
    identity_pools: Catalog<IdentityPool>,
    /// Client id → user pool id.
    clients: DashMap<String, String>,
    /// Domain → user pool id: a prefix with its region behind it, a custom domain as it is.
    domains: DashMap<String, String>,
    /// Requests a second beyond the free ones that an account has provisioned in a region, by category.
    provisioned_limits: DashMap<Scope, BTreeMap<&'static str, i32>>,
    /// Identity id → identity pool id.
    identities: DashMap<String, String>,
}

/// All files that wait for their import, together: five of the largest, in KiB.
const MOST_UPLOADED_KIB: usize = 500 * 1024;

/// Held while an import runs: one at a time in an account and region.
pub struct ImportTurn {
    imports: Arc<DashSet<Scope>>,
    scope: Scope,
}

impl Drop for ImportTurn {
    fn drop(&mut self) {
        self.imports.remove(&self.scope);
    }
}

/// More than AWS's own quota of pools in one account and region
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html>).
const MOST_POOLS: usize = 10_000;

/// Accounts and regions that provision limits: the rest of the world does not need to.
const MOST_PROVISIONING_SCOPES: usize = 10_000;

impl Store {
    pub fn in_memory() -> Self {
        Self::with(Journal::default(), true)
    }

    /// Nothing yet: what may come in the place of this state, in parts or whole.
    pub fn successor(&self) -> Self {
        Self::with(self.journal.clone(), false)
    }

    fn with(journal: Journal, is_live: bool) -> Self {
        Self {
            journal,
            is_live,
            state: RwLock::default(),
            imports: Arc::default(),
            upload_room: Arc::new(Semaphore::new(MOST_UPLOADED_KIB)),
        }
    }

    /// Where changes go, and where to wait until they are kept.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    fn keeps_changes(&self) -> bool {
        self.is_live && self.journal.is_durable()
    }

    /// Recursive, since operations within one another would else wait for a replacement that waits for them.
    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read_recursive()
    }

    /// For steps that touch more than the pool, which are for nobody whose pool was replaced.
    fn state_with(&self, pool: &Pool) -> Result<RwLockReadGuard<'_, State>> {
        let all = self.state();
        if all.user_pools.holds(pool.id(), pool) {
            Ok(all)
        } else {
            Err(errors::user_pool_not_found(pool.id()))
        }
    }

    fn state_with_identity_pool(&self, pool: &IdentityPool) -> Result<RwLockReadGuard<'_, State>> {
        let all = self.state();
        if all.identity_pools.holds(pool.id(), pool) {
            Ok(all)
        } else {
            Err(errors::identity_pool_not_found(pool.id()))
        }
    }

    // ---- User pools ----

    pub fn user_pool(&self, id: &str) -> Option<Arc<Pool>> {
        self.state().user_pools.get(id)
    }

    pub fn user_pool_of_client(&self, client_id: &str) -> Option<Arc<Pool>> {
        let all = self.state();
        let id = all.clients.get(client_id)?.clone();
        all.user_pools.get(&id)
    }

    /// All of them, in no order.
    pub fn user_pools(&self) -> Vec<Arc<Pool>> {
        self.state().user_pools.all()
    }

    pub fn create_user_pool(&self, settings: UserPool, scope: Scope) -> Result<Arc<Pool>> {
        let id = settings.id().to_owned();
        let all = self.state();
        if all.user_pools.len_in(&scope) >= MOST_POOLS {
            return Err(errors::limit_exceeded("user pools", MOST_POOLS));
        }
        let place = all.user_pools.next_place();
        let pool = Arc::new(Pool::new(
            settings,
            scope.clone(),
            place,
            self.journal.clone(),
            Changes::wanted(self.keeps_changes()),
        ));
        if !all.user_pools.insert(&id, scope, place, pool.clone()) {
            return Err(errors::id_is_taken(&id));
        }
        pool.created()?;
        Ok(pool)
    }

    /// Deletes the pool if the check of its last state allows it, and all that it owns.
    pub fn delete_user_pool(
        &self,
        pool: &Pool,
        check: impl FnOnce(&PoolState) -> Result<()>,
    ) -> Result<()> {
        let all = self.state_with(pool)?;
        pool.delete(check)?;
        all.forget_user_pool(pool);
        Ok(())
    }

    /// A page of the pools of one account and region, in the order of their creation.
    pub fn list_user_pools(
        &self,
        scope: &Scope,
        after: u64,
        limit: usize,
    ) -> (Vec<Arc<Pool>>, Option<u64>) {
        self.state().user_pools.page(scope, after, limit)
    }

    /// Adds a client to a pool; its id must be free in the whole server, since public calls name
    /// nothing else.
    pub fn create_client(
        &self,
        pool: &Pool,
        id: &str,
        create: impl FnOnce(&mut PoolState) -> Result<Client>,
    ) -> Result<Client> {
        let all = self.state_with(pool)?;
        pool.write(|state| {
            let client = create(state)?;
            match all.clients.entry(id.to_owned()) {
                Entry::Occupied(_) => Err(errors::id_is_taken(id)),
                Entry::Vacant(vacant) => {
                    vacant.insert(pool.id().to_owned());
                    state.set_client(client.clone());
                    Ok(client)
                }
            }
        })
    }

    /// Forgets a pool's users and groups.
    pub fn empty_user_pool(&self, id: &str) -> Result<()> {
        let pool = self.user_pool(id);
        pool.ok_or_else(|| errors::user_pool_not_found(id))?
            .write(PoolState::empty)
    }

    pub fn delete_client(&self, pool: &Pool, id: &str) -> Result<()> {
        let all = self.state_with(pool)?;
        pool.write(|state| {
            state
                .remove_client(id)
                .ok_or_else(|| errors::client_not_found(id))
        })?;
        all.clients.remove(id);
        Ok(())
    }

    /// The pool that a domain belongs to: a prefix of a region, or a custom domain.
    pub fn user_pool_of_domain(&self, name: &str, region: &str) -> Option<Arc<Pool>> {
        let key = domain_key(name, region, name.contains('.'));
        let all = self.state();
        let id = all.domains.get(&key)?.clone();
        all.user_pools.get(&id)
    }

    /// As [`Store::user_pool_of_domain`], where the prefix stands alone: one of that region, else of any.
    pub fn user_pool_of_prefix(&self, prefix: &str, region: &str) -> Option<Arc<Pool>> {
        if prefix.contains('.') {
            return None;
        }
        self.user_pool_of_domain(prefix, region).or_else(|| {
            let beginning = domain_key(prefix, "", false);
            let all = self.state();
            let mut domains = all.domains.iter();
            let id = domains
                .find(|it| it.key().starts_with(&beginning))
                .map(|it| it.value().clone())?;
            all.user_pools.get(&id)
        })
    }

    /// Gives a pool a domain that nobody else has: a prefix in its region, a custom one anywhere.
    pub fn create_domain(
        &self,
        pool: &Pool,
        create: impl FnOnce(&PoolState) -> Result<Domain>,
    ) -> Result<Domain> {
        let all = self.state_with(pool)?;
        pool.write(|state| {
            let domain = create(state)?;
            state.check_new_domain(&domain)?;
            match all.domains.entry(domain_key(
                domain.name(),
                &pool.scope().region,
                domain.is_custom(),
            )) {
                Entry::Occupied(_) => Err(errors::domain_is_taken()),
                Entry::Vacant(vacant) => {
                    vacant.insert(pool.id().to_owned());
                    state.set_domain(domain.clone());
                    Ok(domain)
                }
            }
        })
    }

    pub fn delete_domain(&self, pool: &Pool, name: &str) -> Result<()> {
        let all = self.state_with(pool)?;
        let domain = pool.write(|state| state.remove_domain(name))?;
        all.domains
            .remove(&domain_key(name, &pool.scope().region, domain.is_custom()));
        Ok(())
    }

    // ---- Provisioned limits ----

    pub fn provisioned_limit(&self, scope: &Scope, limit: ProvisionedLimit) -> i32 {
        let all = self.state();
        let limits = all.provisioned_limits.get(scope);
        limits
            .and_then(|limits| limits.get(limit.category).copied())
            .unwrap_or(limit.free)
    }

    /// Sets a limit whose value is checked. Its row is one of `<account>/<region>`, which no pool's id
    /// can be.
    pub fn provision_limit(
        &self,
        scope: &Scope,
        limit: ProvisionedLimit,
        value: i32,
    ) -> Result<()> {
        let all = self.state();
        if all.provisioned_limits.len() >= MOST_PROVISIONING_SCOPES
            && !all.provisioned_limits.contains_key(scope)
        {
            return Err(errors::limit_above_quota(limit.free));
        }
        let mut limits = all.provisioned_limits.entry(scope.clone()).or_default();
        limits.insert(limit.category, value);
        if !self.keeps_changes() {
            return Ok(());
        }
        let row = Row::new(Kind::ProvisionedLimit, limit.category, 0, &value);
        self.journal.commit(vec![Batch {
            owner: limits_owner(scope),
            rows: vec![row.map_err(errors::internal)?],
        }])
    }

    /// `None` where another import has its turn.
    pub fn take_import_turn(&self, scope: &Scope) -> Option<ImportTurn> {
        self.imports.insert(scope.clone()).then(|| ImportTurn {
            imports: self.imports.clone(),
            scope: scope.clone(),
        })
    }

    /// Room for a file of so many bytes, given back when it is dropped. Where there is none, the files of
    /// jobs that nobody has started in time make room.
    pub fn take_upload_room(&self, bytes: usize, now: Timestamp) -> Option<OwnedSemaphorePermit> {
        let kib = u32::try_from(bytes.div_ceil(1024)).ok()?;
        let room = || self.upload_room.clone().try_acquire_many_owned(kib).ok();
        room().or_else(|| {
            let pools = self.state().user_pools.all();
            for pool in pools {
                // A pool that is gone keeps no files.
                let _ = pool.write(|state| state.forget_expired_files(now));
            }
            room()
        })
    }

    // ---- Identity pools ----

    pub fn identity_pool(&self, id: &str) -> Option<Arc<IdentityPool>> {
        self.state().identity_pools.get(id)
    }

    pub fn identity_pool_of_identity(&self, identity_id: &str) -> Option<Arc<IdentityPool>> {
        let all = self.state();
        let id = all.identities.get(identity_id)?.clone();
        all.identity_pools.get(&id)
    }

    /// All of them, in no order.
    pub fn identity_pools(&self) -> Vec<Arc<IdentityPool>> {
        self.state().identity_pools.all()
    }

    pub fn create_identity_pool(
        &self,
        settings: identity_pools::Settings,
        scope: Scope,
    ) -> Result<Arc<IdentityPool>> {
        let id = settings.id().to_owned();
        let all = self.state();
        if all.identity_pools.len_in(&scope) >= MOST_POOLS {
            return Err(errors::limit_exceeded("identity pools", MOST_POOLS));
        }
        let place = all.identity_pools.next_place();
        let pool = Arc::new(IdentityPool::new(
            settings,
            scope.clone(),
            place,
            self.journal.clone(),
            Changes::wanted(self.keeps_changes()),
        ));
        if !all.identity_pools.insert(&id, scope, place, pool.clone()) {
            return Err(errors::id_is_taken(&id));
        }
        pool.created()?;
        Ok(pool)
    }

    pub fn delete_identity_pool(&self, pool: &IdentityPool) -> Result<()> {
        let all = self.state_with_identity_pool(pool)?;
        pool.delete()?;
        all.forget_identity_pool(pool);
        Ok(())
    }

    pub fn list_identity_pools(
        &self,
        scope: &Scope,
        after: u64,
        limit: usize,
    ) -> (Vec<Arc<IdentityPool>>, Option<u64>) {
        self.state().identity_pools.page(scope, after, limit)
    }

    /// One atomic step over a pool's identities; those that it made can be found from then on.
    pub fn with_identities<T>(
        &self,
        pool: &IdentityPool,
        step: impl FnOnce(&mut IdentityPoolState) -> Result<T>,
    ) -> Result<T> {
        let all = self.state_with_identity_pool(pool)?;
        pool.write(|state| {
            let result = step(state)?;
            for id in state.take_new_identities() {
                all.identities.insert(id, pool.id().to_owned());
            }
            Ok(result)
        })
    }

    /// Deletes an identity; nothing happens where it is gone already.
    pub fn delete_identity(&self, pool: &IdentityPool, id: &str) -> Result<()> {
        let all = self.state_with_identity_pool(pool)?;
        pool.write(|state| {
            if state.remove_identity(id) {
                all.identities.remove(id);
            }
            Ok(())
        })
    }
}

/// No pool's id has a slash.
fn limits_owner(scope: &Scope) -> String {
    format!("{}/{}", scope.account, scope.region)
}

fn domain_key(name: &str, region: &str, is_custom: bool) -> String {
    if is_custom {
        name.to_owned()
    } else {
        format!("{name}.auth.{region}")
    }
}
