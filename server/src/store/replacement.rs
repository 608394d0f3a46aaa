//! The state as rows: read out whole, put together again, and replaced in one step, whole or in parts. A
//! new state is made beside the old one and checked wholly before anything changes. Whoever still works
//! with what was replaced ends that on the old state, which nobody else sees and nothing keeps.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use super::life::Life;
use super::pool_state::UserPoolRow;
use super::storage::{Batch, Journal, Row, Storage, StoredRow};
use super::{IdentityPool, MOST_PROVISIONING_SCOPES, Pool, State, Store, domain_key, limits_owner};
use crate::aws::{Scope, is_account_id};
use crate::changes::{Changes, Kind};
use crate::errors::{self, Result};
use crate::random::Random;
use crate::user_pools::{ProvisionedLimit, UserPool};

/// What part of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent<'a> {
    All,
    Account(&'a str),
    UserPool(&'a str),
}

impl Extent<'_> {
    fn has_user_pool(&self, pool: &Pool) -> bool {
        match self {
            Self::UserPool(id) => pool.id() == *id,
            _ => self.has_scope(pool.scope()),
        }
    }

    /// Whether all that is in an account and region belongs to it.
    pub fn has_scope(&self, scope: &Scope) -> bool {
        match self {
            Self::All => true,
            Self::Account(account) => scope.account == *account,
            Self::UserPool(_) => false,
        }
    }
}

/// Receives rows, each with its owner.
pub type TakeRow<'t> = dyn FnMut(&str, Row) -> io::Result<()> + 't;

impl State {
    /// What leads to a pool that is gone.
    pub(super) fn forget_user_pool(&self, pool: &Pool) {
        pool.read(|state| {
            for client in state.clients().iter() {
                self.clients.remove(client.id());
            }
            for domain in state.domains().iter() {
                self.domains.remove(&key_of_domain(pool, domain));
            }
        });
        self.user_pools.remove(pool.id());
    }

    pub(super) fn forget_identity_pool(&self, pool: &IdentityPool) {
        pool.read(|state| {
            for identity in state.identities().iter() {
                self.identities.remove(&identity.id);
            }
        });
        self.identity_pools.remove(pool.id());
    }

    /// What leads to a new pool; the name of what is taken, if something is.
    fn check_user_pool(&self, pool: &Pool) -> std::result::Result<(), String> {
        let id = pool.id();
        if self.user_pools.get(id).is_some() {
            return Err(format!("the user pool {id} is there already"));
        }
        pool.read(|state| {
            for client in state.clients().iter() {
                if self.clients.contains_key(client.id()) {
                    return Err(format!("the client {} is there already", client.id()));
                }
            }
            for domain in state.domains().iter() {
                if self.domains.contains_key(&key_of_domain(pool, domain)) {
                    return Err(format!("the domain {} is there already", domain.name()));
                }
            }
            Ok(())
        })
    }

    fn add_user_pool(&self, place: u64, pool: &Arc<Pool>) {
        pool.read(|state| {
            for client in state.clients().iter() {
                self.clients
                    .insert(client.id().to_owned(), pool.id().to_owned());
            }
            for domain in state.domains().iter() {
                self.domains
                    .insert(key_of_domain(pool, domain), pool.id().to_owned());
            }
        });
        let scope = pool.scope().clone();
        self.user_pools
            .insert(pool.id(), scope, place, pool.clone());
    }

    fn check_identity_pool(&self, pool: &IdentityPool) -> std::result::Result<(), String> {
        let id = pool.id();
        if self.identity_pools.get(id).is_some() {
            return Err(format!("the identity pool {id} is there already"));
        }
        pool.read(|state| {
            let mut identities = state.identities().iter();
            match identities.find(|it| self.identities.contains_key(&it.id)) {
                Some(taken) => Err(format!("the identity {} is there already", taken.id)),
                None => Ok(()),
            }
        })
    }

    fn add_identity_pool(&self, place: u64, pool: &Arc<IdentityPool>) {
        pool.read(|state| {
            for identity in state.identities().iter() {
                self.identities
                    .insert(identity.id.clone(), pool.id().to_owned());
            }
        });
        let scope = pool.scope().clone();
        self.identity_pools
            .insert(pool.id(), scope, place, pool.clone());
    }
}

fn key_of_domain(pool: &Pool, domain: &crate::user_pools::Domain) -> String {
    domain_key(domain.name(), &pool.scope().region, domain.is_custom())
}

impl Store {
    /// From now on changes are kept, beside what is there by then.
    pub fn attach(&self, storage: Arc<dyn Storage>) -> Result<()> {
        let all = self.state.write();
        if !self.journal.attach(storage) {
            return Err(errors::internal("there is a storage already"));
        }
        // What is there came from the storage itself.
        for pool in all.user_pools.all() {
            pool.adopt(pool.place(), true).map_err(errors::internal)?;
        }
        for pool in all.identity_pools.all() {
            pool.adopt(pool.place(), true).map_err(errors::internal)?;
        }
        Ok(())
    }

    /// The ids of the user pools of a part.
    pub fn user_pools_of(&self, extent: Extent<'_>) -> Vec<String> {
        let pools = self.state().user_pools.all();
        let part = pools.iter().filter(|pool| extent.has_user_pool(pool));
        part.map(|pool| pool.id().to_owned()).collect()
    }

    /// What browsers were told of these pools before is void.
    pub(crate) fn begin_lives(&self, random: &Random) {
        for pool in self.state().user_pools.all() {
            pool.set_life(|life| life.id = random.uuid());
        }
    }

    /// All rows of a part, in an order that is the same for the same state. Each pool is as of one moment.
    pub fn rows(&self, extent: Extent<'_>, take: &mut TakeRow<'_>) -> io::Result<()> {
        let mut limits = Vec::new();
        let (user_pools, identity_pools) = {
            let all = self.state();
            for row in &all.provisioned_limits {
                limits.push((row.key().clone(), row.value().clone()));
            }
            (all.user_pools.all(), all.identity_pools.all())
        };
        limits.sort();
        for (scope, values) in limits.iter().filter(|(scope, _)| extent.has_scope(scope)) {
            for (category, value) in values {
                let row = Row::new(Kind::ProvisionedLimit, category, 0, value)?;
                take(&limits_owner(scope), row)?;
            }
        }
        for pool in user_pools.iter().filter(|it| extent.has_user_pool(it)) {
            pool.rows(&mut |row| take(pool.id(), row))?;
        }
        for pool in identity_pools
            .iter()
            .filter(|it| extent.has_scope(it.scope()))
        {
            pool.rows(&mut |row| take(pool.id(), row))?;
        }
        Ok(())
    }

    /// Adds the pools and limits of another state whose ids nobody has. An error names what is in the way,
    /// and nothing has changed.
    pub fn add(&self, new: &Self) -> std::result::Result<(), String> {
        let all = self.state.write();
        let new = new.state.read();
        let mut user_pools = new.user_pools.all();
        user_pools.retain(|pool| all.user_pools.get(pool.id()).is_none());
        let mut identity_pools = new.identity_pools.all();
        identity_pools.retain(|pool| all.identity_pools.get(pool.id()).is_none());
        for pool in &user_pools {
            all.check_user_pool(pool)?;
        }
        for pool in &identity_pools {
            all.check_identity_pool(pool)?;
        }
        let is_durable = self.keeps_changes();
        let kept = |error: io::Error| error.to_string();
        let mut batches = Vec::new();
        for pool in &user_pools {
            pool.set_life(|life| life.brings_tokens = true);
            let place = all.user_pools.next_place();
            batches.extend(pool.adopt(place, is_durable).map_err(kept)?);
            all.add_user_pool(place, pool);
        }
        for pool in &identity_pools {
            let place = all.identity_pools.next_place();
            batches.extend(pool.adopt(place, is_durable).map_err(kept)?);
            all.add_identity_pool(place, pool);
        }
        for limits in &new.provisioned_limits {
            let mut own = all
                .provisioned_limits
                .entry(limits.key().clone())
                .or_default();
            for (category, value) in limits.value() {
                let value = *own.entry(category).or_insert(*value);
                let row = Row::new(Kind::ProvisionedLimit, category, 0, &value).map_err(kept)?;
                batches.push(Batch {
                    owner: limits_owner(limits.key()),
                    rows: vec![row],
                });
            }
        }
        if is_durable {
            // A disk that fails is told of at the next answer, and all after it.
            let _ = self.journal.commit(batches);
        }
        Ok(())
    }

    /// Puts a part of another state in the place of this one's, with rows of the server that change with
    /// it: the ids of the user pools that were there before. An error names what is in the way in another
    /// part, and nothing has changed. A pool that stays under its id keeps its signing keys and its place.
    pub fn replace(
        &self,
        extent: Extent<'_>,
        new: &Self,
        server_rows: Vec<Row>,
    ) -> std::result::Result<Vec<String>, String> {
        let all = self.state.write();
        let new = new.state.read();
        let mut former = all.user_pools.all();
        former.retain(|pool| extent.has_user_pool(pool));
        let mut former_identity_pools = all.identity_pools.all();
        former_identity_pools.retain(|pool| extent.has_scope(pool.scope()));
        let mut user_pools = new.user_pools.all();
        user_pools.retain(|pool| extent.has_user_pool(pool));
        let mut identity_pools = new.identity_pools.all();
        identity_pools.retain(|pool| extent.has_scope(pool.scope()));

        // What leads to the former is taken away first, and put back where something else is in the way.
        let places: HashMap<_, _> = former.iter().map(|it| (it.id(), it.place())).collect();
        let identity_places: HashMap<_, _> = former_identity_pools
            .iter()
            .map(|it| (it.id(), it.place()))
            .collect();
        former.iter().for_each(|pool| all.forget_user_pool(pool));
        former_identity_pools
            .iter()
            .for_each(|pool| all.forget_identity_pool(pool));
        let check = user_pools
            .iter()
            .try_for_each(|pool| all.check_user_pool(pool))
            .and_then(|()| {
                let mut pools = identity_pools.iter();
                pools.try_for_each(|pool| all.check_identity_pool(pool))
            });
        if let Err(problem) = check {
            for pool in &former {
                all.add_user_pool(pool.place(), pool);
            }
            for pool in &former_identity_pools {
                all.add_identity_pool(pool.place(), pool);
            }
            return Err(problem);
        }

        let is_durable = self.keeps_changes();
        let mut batches = Vec::new();
        for pool in &former {
            pool.retire();
            batches.push(gone(Kind::UserPool, pool.id()));
            let successor = user_pools.iter().find(|it| it.id() == pool.id());
            if let (Some(keys), Some(successor)) = (pool.keys().get(), successor) {
                // Where it brings its own, those count.
                let _ = successor.keys().set(keys.clone());
            }
        }
        for pool in &former_identity_pools {
            pool.retire();
            batches.push(gone(Kind::IdentityPool, pool.id()));
        }
        let is_whole = extent == Extent::All;
        let kept = |error: io::Error| error.to_string();
        for pool in &user_pools {
            let place = match places.get(pool.id()) {
                Some(place) if !is_whole => *place,
                _ if is_whole => pool.place(),
                _ => all.user_pools.next_place(),
            };
            batches.extend(pool.adopt(place, is_durable).map_err(kept)?);
            all.add_user_pool(place, pool);
        }
        for pool in &identity_pools {
            let place = match identity_places.get(pool.id()) {
                Some(place) if !is_whole => *place,
                _ if is_whole => pool.place(),
                _ => all.identity_pools.next_place(),
            };
            batches.extend(pool.adopt(place, is_durable).map_err(kept)?);
            all.add_identity_pool(place, pool);
        }
        all.provisioned_limits.retain(|scope, values| {
            let is_former = extent.has_scope(scope);
            if is_former {
                batches.push(Batch {
                    owner: limits_owner(scope),
                    rows: values
                        .keys()
                        .map(|category| Row::gone(Kind::ProvisionedLimit, category))
                        .collect(),
                });
            }
            !is_former
        });
        for limits in &new.provisioned_limits {
            if extent.has_scope(limits.key()) {
                for (category, value) in limits.value() {
                    let row = Row::new(Kind::ProvisionedLimit, category, 0, value).map_err(kept)?;
                    batches.push(Batch {
                        owner: limits_owner(limits.key()),
                        rows: vec![row],
                    });
                }
                all.provisioned_limits
                    .insert(limits.key().clone(), limits.value().clone());
            }
        }
        batches.push(Batch {
            owner: String::new(),
            rows: server_rows,
        });
        if is_durable {
            // A disk that fails is told of at the next answer, and all after it.
            let _ = self.journal.commit(batches);
        }
        Ok(former.iter().map(|pool| pool.id().to_owned()).collect())
    }
}

fn gone(kind: Kind, id: &str) -> Batch {
    Batch {
        owner: id.to_owned(),
        rows: vec![Row::gone(kind, id)],
    }
}

/// What JSON can tell from its neighbours, and far from where counting ends.
const MOST_PLACE: u64 = 1 << 53;

/// Puts a state together from its rows. A pool's own row comes before its others.
pub struct Restoring(Store);

impl Restoring {
    /// For the place of that store's state.
    pub fn beside(store: &Store) -> Self {
        Self(store.successor())
    }

    /// False for a row of the server itself.
    pub fn take(&self, row: &StoredRow<'_>) -> std::result::Result<bool, String> {
        if row.place > MOST_PLACE {
            return Err(format!("{} {}: no such place", row.kind.name(), row.key));
        }
        let taken = match row.kind {
            Kind::Clock
            | Kind::SeedDraws
            | Kind::SealingKeys
            | Kind::RefreshTokenKeys
            | Kind::IdentityKey
            | Kind::Message => return Ok(false),
            Kind::ProvisionedLimit => self.take_limit(row),
            Kind::UserPool => self.take_user_pool(row),
            Kind::IdentityPool => self.take_identity_pool(row),
            _ => self.take_row_of_pool(row),
        };
        let name = || format!("{} {} of {}", row.kind.name(), row.key, row.owner);
        taken
            .map(|()| true)
            .map_err(|error| format!("{}: {error}", name()))
    }

    pub fn finish(self) -> Store {
        self.0
    }

    fn take_limit(&self, row: &StoredRow<'_>) -> io::Result<()> {
        let value: i32 = serde_json::from_slice(row.value)?;
        let (account, region) = row
            .owner
            .split_once('/')
            .ok_or_else(|| io::Error::other("no account and region"))?;
        let limit = ProvisionedLimit::named(&row.key).map_err(io::Error::other)?;
        limit.check(value).map_err(io::Error::other)?;
        let all = self.0.state();
        if all.provisioned_limits.len() >= MOST_PROVISIONING_SCOPES {
            return Err(io::Error::other("too many accounts and regions"));
        }
        let scope = Scope::new(account, region);
        if !is_scope(&scope) {
            return Err(io::Error::other("no account and region"));
        }
        let mut limits = all.provisioned_limits.entry(scope).or_default();
        limits.insert(limit.category, value);
        Ok(())
    }

    fn take_user_pool(&self, row: &StoredRow<'_>) -> io::Result<()> {
        let UserPoolRow {
            scope,
            life,
            brings_tokens,
            settings,
        } = serde_json::from_slice(row.value)?;
        let (scope, settings) = (scope.into_owned(), settings.into_owned());
        let is_id = UserPool::is_id(settings.id(), &scope.region);
        if settings.id() != row.key || row.owner != row.key || !is_id || !is_scope(&scope) {
            return Err(io::Error::other("this is not its id"));
        }
        let pool = Pool::new(
            settings,
            scope.clone(),
            row.place,
            self.journal(),
            Changes::default(),
        );
        pool.set_life(|it| {
            *it = Life {
                id: life,
                brings_tokens,
            };
        });
        let all = self.0.state();
        all.check_user_pool(&pool).map_err(io::Error::other)?;
        let is_added = all
            .user_pools
            .insert(&row.key, scope, row.place, Arc::new(pool));
        refuse_place_unless(is_added)
    }

    fn take_identity_pool(&self, row: &StoredRow<'_>) -> io::Result<()> {
        let pool = IdentityPool::of_row(row, self.journal())?;
        let all = self.0.state();
        all.check_identity_pool(&pool).map_err(io::Error::other)?;
        let scope = pool.scope().clone();
        let is_added = all
            .identity_pools
            .insert(&row.key, scope, row.place, Arc::new(pool));
        refuse_place_unless(is_added)
    }

    fn journal(&self) -> Journal {
        self.0.journal.clone()
    }

    fn take_row_of_pool(&self, row: &StoredRow<'_>) -> io::Result<()> {
        let all = self.0.state();
        let index = match row.kind {
            Kind::Client => Some((&all.clients, row.key.to_string())),
            Kind::Identity => Some((&all.identities, row.key.to_string())),
            _ => None,
        };
        if let Some((index, key)) = index {
            let former = index.insert(key, row.owner.to_string());
            if former.is_some() {
                return Err(io::Error::other("there twice"));
            }
        }
        if let Some(pool) = all.user_pools.get(&row.owner) {
            pool.restore(row)?;
            if row.kind == Kind::Domain {
                let key = pool.read(|state| {
                    let domain = state.domain(&row.key);
                    domain.map(|domain| key_of_domain(&pool, domain))
                });
                let key = key.map_err(io::Error::other)?;
                if all.domains.insert(key, row.owner.to_string()).is_some() {
                    return Err(io::Error::other("there twice"));
                }
            }
            return Ok(());
        }
        match all.identity_pools.get(&row.owner) {
            Some(pool) => pool.restore(row),
            None => Err(io::Error::other("there is no such pool")),
        }
    }
}

pub(super) fn is_scope(scope: &Scope) -> bool {
    let mut region = scope.region.bytes();
    is_account_id(&scope.account) && region.all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

fn refuse_place_unless(is_free: bool) -> io::Result<()> {
    is_free
        .then_some(())
        .ok_or_else(|| io::Error::other("its place is taken"))
}
