//! One user pool with all that it owns, behind one lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use cognito_model::idp::{UserPoolDescriptionType, UserPoolType};
use parking_lot::RwLock;

use super::login_pages::LoginPages;
use super::storage::{self, Row, Storage};
use crate::aws::Scope;
use crate::changes::{Change, Changes, Kind};
use crate::errors::{self, ApiError, Result};
use crate::keys::{PoolKeys, SigningCertificate};
use crate::ordered::Ordered;
use crate::user_pools::{
    Client, Domain, Group, IdentityProvider, Replica, ResourceServer, SignInNames, Strangers,
    Surroundings, User, UserPool, Users,
};

/// Quotas of one pool (facts/wire.md §4).
const MOST_PROVIDERS: usize = 300;

const MOST_RESOURCE_SERVERS: usize = 25;
const MOST_GROUPS: usize = 10_000;
const MOST_GROUPS_OF_USER: usize = 100;

pub struct Pool {
    id: String,
    scope: Scope,
    storage: Arc<dyn Storage>,
    keys: tokio::sync::OnceCell<PoolKeys>,
    strangers: Strangers,
    state: RwLock<PoolState>,
}

/// What a pool owns. Its collections are changed through verbs that note each changed row.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolState {
    settings: UserPool,
    clients: Ordered<Client>,
    identity_providers: Ordered<IdentityProvider>,
    groups: Ordered<Group>,
    domains: Ordered<Domain>,
    resource_servers: Ordered<ResourceServer>,
    pub(super) login_pages: LoginPages,
    /// In another region, at most one (documented).
    replica: Option<Replica>,
    /// Of the key that signs SAML requests, once somebody has needed it.
    signing_certificate: Option<SigningCertificate>,
    users: Users,
    pub(super) changes: Changes,
    is_deleted: bool,
}

impl Pool {
    pub(super) fn new(settings: UserPool, scope: Scope, storage: Arc<dyn Storage>) -> Self {
        let mut changes = Changes::wanted(storage.is_durable());
        changes.note(Kind::UserPool, settings.id());
        Self {
            id: settings.id().to_owned(),
            scope,
            keys: tokio::sync::OnceCell::new(),
            strangers: Strangers::default(),
            state: RwLock::new(PoolState {
                users: Users::new(SignInNames::of(&settings)),
                settings,
                clients: Ordered::default(),
                identity_providers: Ordered::default(),
                groups: Ordered::default(),
                domains: Ordered::default(),
                resource_servers: Ordered::default(),
                login_pages: LoginPages::default(),
                replica: None,
                signing_certificate: None,
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

    /// The pool's signing keys, once somebody has needed them.
    pub(crate) fn keys(&self) -> &tokio::sync::OnceCell<PoolKeys> {
        &self.keys
    }

    pub fn strangers(&self) -> &Strangers {
        &self.strangers
    }

    pub fn read<T>(&self, look: impl FnOnce(&PoolState) -> T) -> T {
        look(&self.state.read())
    }

    /// One atomic step: every check before the first change, so that a refusal leaves all as it was.
    pub fn write<T>(&self, step: impl FnOnce(&mut PoolState) -> Result<T>) -> Result<T> {
        self.write_unless_deleted(|| errors::user_pool_not_found(&self.id), step)
    }

    /// As [`Pool::write`], for a caller who named nothing but a client of the pool.
    pub fn write_through<T>(
        &self,
        client_id: &str,
        step: impl FnOnce(&mut PoolState) -> Result<T>,
    ) -> Result<T> {
        self.write_unless_deleted(|| errors::client_not_found(client_id), step)
    }

    fn write_unless_deleted<T>(
        &self,
        refusal: impl FnOnce() -> ApiError,
        step: impl FnOnce(&mut PoolState) -> Result<T>,
    ) -> Result<T> {
        let mut state = self.state.write();
        if state.is_deleted {
            return Err(refusal());
        }
        let before = snapshot(&state);
        let result = step(&mut state);
        if result.is_err() {
            debug_assert!(
                before.is_none_or(|before| before == *state),
                "a refused step changed the pool"
            );
            return result;
        }
        self.commit(&mut state)?;
        result
    }

    /// Hands the row of the pool itself to the storage.
    pub(super) fn created(&self) -> Result<()> {
        self.commit(&mut self.state.write())
    }

    /// The ids of the clients that went with it.
    pub(super) fn delete(
        &self,
        check: impl FnOnce(&PoolState) -> Result<()>,
    ) -> Result<Vec<String>> {
        self.write(|state| {
            check(state)?;
            state.is_deleted = true;
            let id = self.id.clone();
            state.changes.note(Kind::UserPool, &id);
            Ok(state
                .clients
                .iter()
                .map(|client| client.id().to_owned())
                .collect())
        })
    }

    fn commit(&self, state: &mut PoolState) -> Result<()> {
        let changes = state.changes.take();
        storage::commit(&*self.storage, &self.id, changes, |change| {
            state.row(change)
        })
    }
}

/// What a refused step is compared with, in debug builds and while the pool is small.
fn snapshot(state: &PoolState) -> Option<PoolState> {
    (cfg!(debug_assertions) && state.users.len() < 64).then(|| state.clone())
}

impl PoolState {
    pub fn settings(&self) -> &UserPool {
        &self.settings
    }

    /// As CreateUserPool and DescribeUserPool describe the pool.
    pub fn describe(&self) -> UserPoolType {
        let named = |is_custom| {
            let mut domains = self.domains.iter();
            domains
                .find(|it| it.is_custom() == is_custom)
                .map(|it| it.name().to_owned())
        };
        UserPoolType {
            estimated_number_of_users: i32::try_from(self.users.len()).ok(),
            domain: named(false),
            custom_domain: named(true),
            ..self.settings.description.clone()
        }
    }

    /// As ListUserPools describes the pool.
    pub fn summary(&self) -> UserPoolDescriptionType {
        UserPoolDescriptionType {
            replica_regions: self.replica.as_ref().map(|it| vec![it.region.clone()]),
            ..self.settings.summary()
        }
    }

    pub fn clients(&self) -> &Ordered<Client> {
        &self.clients
    }

    pub fn client(&self, id: &str) -> Result<&Client> {
        self.clients
            .get(id)
            .ok_or_else(|| errors::client_not_found(id))
    }

    pub(super) fn remove_client(&mut self, id: &str) -> Option<Client> {
        let client = self.clients.remove(id)?;
        self.changes.note(Kind::Client, id);
        self.remove_pages_of(id);
        let settings = self.settings.without_client(id);
        if settings != self.settings {
            self.set_settings(settings);
        }
        Some(client)
    }

    pub fn identity_providers(&self) -> &Ordered<IdentityProvider> {
        &self.identity_providers
    }

    /// Adds a provider whose name and identifiers are free.
    pub fn add_identity_provider(&mut self, provider: IdentityProvider) -> Result<()> {
        let providers = &self.identity_providers;
        if providers.contains(provider.name()) {
            return Err(errors::duplicate_provider(provider.name()));
        }
        self.check_identifiers(&provider)?;
        if providers.len() >= MOST_PROVIDERS {
            return Err(errors::limit_exceeded("identity providers", MOST_PROVIDERS));
        }
        self.put_identity_provider(provider);
        Ok(())
    }

    pub fn remove_identity_provider(&mut self, name: &str) -> Option<IdentityProvider> {
        let provider = self.identity_providers.remove(name)?;
        self.changes.note(Kind::IdentityProvider, name);
        Some(provider)
    }

    pub fn set_settings(&mut self, settings: UserPool) {
        self.changes.note(Kind::UserPool, settings.id());
        self.settings = settings;
    }

    /// What the settings of a client refer to.
    pub fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            pool: &self.settings,
            identity_providers: &self.identity_providers,
            resource_servers: &self.resource_servers,
        }
    }

    pub fn set_client(&mut self, client: Client) {
        let id = client.id().to_owned();
        self.clients.insert(&id, client);
        self.changes.note(Kind::Client, &id);
    }

    /// Replaces the provider of the same name; its identifiers must be free.
    pub fn set_identity_provider(&mut self, provider: IdentityProvider) -> Result<()> {
        self.check_identifiers(&provider)?;
        self.put_identity_provider(provider);
        Ok(())
    }

    /// An identifier names one provider of the pool.
    fn check_identifiers(&self, provider: &IdentityProvider) -> Result<()> {
        let others = || {
            self.identity_providers
                .iter()
                .filter(|it| it.name() != provider.name())
        };
        let mut identifiers = provider.description.idp_identifiers.iter().flatten();
        match identifiers.find(|identifier| others().any(|it| it.has_identifier(identifier))) {
            Some(taken) => Err(errors::idp_identifier_is_taken(taken)),
            None => Ok(()),
        }
    }

    fn put_identity_provider(&mut self, provider: IdentityProvider) {
        let name = provider.name().to_owned();
        self.identity_providers.insert(&name, provider);
        self.changes.note(Kind::IdentityProvider, &name);
    }

    pub fn resource_servers(&self) -> &Ordered<ResourceServer> {
        &self.resource_servers
    }

    pub fn resource_server(&self, identifier: &str) -> Result<&ResourceServer> {
        self.resource_servers
            .get(identifier)
            .ok_or_else(|| errors::resource_server_not_found(identifier))
    }

    pub fn add_resource_server(&mut self, server: ResourceServer) -> Result<()> {
        if self.resource_servers.contains(server.identifier()) {
            return Err(errors::resource_server_exists(server.identifier()));
        }
        if self.resource_servers.len() >= MOST_RESOURCE_SERVERS {
            return Err(errors::limit_exceeded(
                "resource servers",
                MOST_RESOURCE_SERVERS,
            ));
        }
        self.set_resource_server(server);
        Ok(())
    }

    pub fn set_resource_server(&mut self, server: ResourceServer) {
        let identifier = server.identifier().to_owned();
        self.resource_servers.insert(&identifier, server);
        self.changes.note(Kind::ResourceServer, &identifier);
    }

    pub fn remove_resource_server(&mut self, identifier: &str) -> Result<()> {
        self.resource_servers
            .remove(identifier)
            .ok_or_else(|| errors::resource_server_not_found(identifier))?;
        self.changes.note(Kind::ResourceServer, identifier);
        Ok(())
    }

    pub fn domains(&self) -> &Ordered<Domain> {
        &self.domains
    }

    pub fn domain(&self, name: &str) -> Result<&Domain> {
        self.domains.get(name).ok_or_else(errors::domain_not_found)
    }

    pub(super) fn check_new_domain(&self, domain: &Domain) -> Result<()> {
        if self
            .domains
            .iter()
            .any(|it| it.is_custom() == domain.is_custom())
        {
            return Err(errors::pool_has_such_a_domain());
        }
        Ok(())
    }

    pub fn set_domain(&mut self, domain: Domain) {
        let name = domain.name().to_owned();
        self.domains.insert(&name, domain);
        self.changes.note(Kind::Domain, &name);
    }

    pub(super) fn remove_domain(&mut self, name: &str) -> Result<Domain> {
        let domain = self
            .domains
            .remove(name)
            .ok_or_else(errors::domain_not_found)?;
        self.changes.note(Kind::Domain, name);
        Ok(domain)
    }

    pub fn login_pages(&self) -> &LoginPages {
        &self.login_pages
    }

    pub fn replica(&self) -> Option<&Replica> {
        self.replica.as_ref()
    }

    /// The replica in a region.
    pub fn replica_in(&self, region: &str) -> Result<&Replica> {
        self.replica
            .as_ref()
            .filter(|replica| replica.region == region)
            .ok_or_else(|| errors::replica_not_found(region))
    }

    pub fn set_replica(&mut self, replica: Option<Replica>) {
        let former = std::mem::replace(&mut self.replica, replica);
        if let Some(replica) = former.as_ref().or(self.replica.as_ref()) {
            self.changes.note(Kind::Replica, &replica.region);
        }
    }

    /// The tags of the pool as it is seen in a region: a replica has its own.
    pub fn tags_in(&self, region: &str) -> BTreeMap<String, String> {
        match self.replica_in(region) {
            Ok(replica) => replica.tags.clone(),
            Err(_) => self.settings.tags(),
        }
    }

    pub fn set_tags_in(&mut self, region: &str, tags: BTreeMap<String, String>) -> Result<()> {
        match self.replica_in(region).cloned() {
            Ok(replica) => {
                UserPool::check_tags(&tags)?;
                self.set_replica(Some(Replica { tags, ..replica }));
            }
            Err(_) => self.set_settings(self.settings.with_tags(tags)?),
        }
        Ok(())
    }

    pub fn signing_certificate(&self) -> Option<&SigningCertificate> {
        self.signing_certificate.as_ref()
    }

    pub fn set_signing_certificate(&mut self, certificate: SigningCertificate) {
        self.signing_certificate = Some(certificate);
        self.changes
            .note(Kind::SigningCertificate, self.settings.id());
    }

    pub fn groups(&self) -> &Ordered<Group> {
        &self.groups
    }

    pub fn group(&self, name: &str) -> Result<&Group> {
        self.groups.get(name).ok_or_else(errors::group_not_found)
    }

    pub fn add_group(&mut self, group: Group) -> Result<()> {
        if self.groups.contains(group.name()) {
            return Err(errors::group_exists());
        }
        if self.groups.len() >= MOST_GROUPS {
            return Err(errors::limit_exceeded("groups", MOST_GROUPS));
        }
        let name = group.name().to_owned();
        self.groups.insert(&name, group);
        self.changes.note(Kind::Group, &name);
        Ok(())
    }

    pub fn update_group<T>(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut Group) -> T,
    ) -> Result<T> {
        let group = self
            .groups
            .get_mut(name)
            .ok_or_else(errors::group_not_found)?;
        self.changes.note(Kind::Group, name);
        Ok(change(group))
    }

    /// Its members are in it no longer.
    pub fn remove_group(&mut self, name: &str) -> Result<()> {
        self.groups
            .remove(name)
            .ok_or_else(errors::group_not_found)?;
        self.changes.note(Kind::Group, name);
        for member in self.users.all_members(name) {
            self.update_user(&member, |user| user.groups.retain(|group| &**group != name))?;
        }
        Ok(())
    }

    /// Being in it already is no error.
    pub fn add_to_group(&mut self, username: &str, group: &str) -> Result<()> {
        self.group(group)?;
        let user = self.user(username)?;
        if user.groups.iter().any(|it| &**it == group) {
            return Ok(());
        }
        if user.groups.len() >= MOST_GROUPS_OF_USER {
            return Err(errors::limit_exceeded(
                "groups of a user",
                MOST_GROUPS_OF_USER,
            ));
        }
        self.update_user(username, |user| user.groups.push(group.into()))
    }

    /// Not being in it is no error.
    pub fn remove_from_group(&mut self, username: &str, group: &str) -> Result<()> {
        self.group(group)?;
        self.update_user(username, |user| user.groups.retain(|it| &**it != group))
    }

    pub fn groups_of<'s>(&'s self, user: &'s User) -> impl Iterator<Item = &'s Group> {
        user.groups.iter().filter_map(|name| self.groups.get(name))
    }

    pub fn users(&self) -> &Users {
        &self.users
    }

    pub fn user(&self, name: &str) -> Result<&User> {
        self.users.find(name).ok_or_else(errors::user_not_found)
    }

    pub fn insert_user(&mut self, user: User) {
        self.users.insert(user, &mut self.changes);
    }

    pub fn update_user<T>(&mut self, name: &str, change: impl FnOnce(&mut User) -> T) -> Result<T> {
        self.users
            .update(name, &mut self.changes, change)
            .ok_or_else(errors::user_not_found)
    }

    pub fn remove_user(&mut self, name: &str) -> Result<User> {
        self.users
            .remove(name, &mut self.changes)
            .ok_or_else(errors::user_not_found)
    }

    fn row(&self, change: Change) -> std::io::Result<Row> {
        match change.kind {
            Kind::Client => {
                let row = self.clients.get(&change.key);
                Row::of(change, row)
            }
            Kind::IdentityProvider => {
                let row = self.identity_providers.get(&change.key);
                Row::of(change, row)
            }
            Kind::ResourceServer => {
                let row = self.resource_servers.get(&change.key);
                Row::of(change, row)
            }
            Kind::UiCustomization | Kind::ManagedLoginBranding | Kind::Terms => {
                self.login_pages.row(change)
            }
            Kind::Replica => Row::of(change, self.replica.as_ref()),
            Kind::SigningCertificate => Row::of(change, self.signing_certificate.as_ref()),
            Kind::Domain => {
                let row = self.domains.get(&change.key);
                Row::of(change, row)
            }
            Kind::Group => {
                let row = self.groups.get(&change.key);
                Row::of(change, row)
            }
            Kind::User => {
                let row = self.users.find(&change.key);
                Row::of(change, row)
            }
            _ => Row::of(change, (!self.is_deleted).then_some(&self.settings)),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use cognito_model::Timestamp;
    use parking_lot::Mutex;
    use serde_json::json;

    use super::super::storage::Batch;
    use super::*;

    /// A storage that remembers what it was given.
    #[derive(Default)]
    pub struct Recorder(pub Mutex<Vec<Batch>>);

    impl Storage for Recorder {
        fn is_durable(&self) -> bool {
            true
        }

        fn commit(&self, batch: Batch) -> std::io::Result<()> {
            self.0.lock().push(batch);
            Ok(())
        }
    }

    pub fn pool(storage: Arc<dyn Storage>) -> Pool {
        let scope = Scope::new("000000000000", "us-east-1");
        let request = serde_json::from_value(json!({"PoolName": "demo"})).unwrap();
        let settings = UserPool::create(
            request,
            "us-east-1_a".to_owned(),
            &scope,
            Timestamp::from_millis(0),
        )
        .unwrap();
        Pool::new(settings, scope, storage)
    }

    fn user(username: &str) -> User {
        User {
            username: username.to_owned(),
            sub: format!("sub-{username}"),
            attributes: Default::default(),
            status: cognito_model::idp::UserStatusType::Confirmed,
            enabled: true,
            created: Timestamp::from_millis(0),
            modified: Timestamp::from_millis(0),
            password: None,
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

    #[test]
    fn each_write_hands_over_its_rows_in_order() {
        let recorder = Arc::new(Recorder::default());
        let pool = pool(recorder.clone());
        pool.created().unwrap();
        pool.write(|state| {
            state.insert_user(user("alice"));
            state.insert_user(user("bob"));
            Ok(())
        })
        .unwrap();
        pool.write(|state| state.remove_user("alice")).unwrap();
        let batches = recorder.0.lock();
        let rows: Vec<_> = batches
            .iter()
            .map(|batch| {
                batch
                    .rows
                    .iter()
                    .map(|row| (row.kind, row.key.as_str(), row.value.is_some()))
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(
            rows,
            [
                vec![(Kind::UserPool, "us-east-1_a", true)],
                vec![(Kind::User, "alice", true), (Kind::User, "bob", true)],
                vec![(Kind::User, "alice", false)],
            ]
        );
        let bob: User = serde_json::from_slice(batches[1].rows[1].value.as_ref().unwrap()).unwrap();
        assert_eq!(bob, user("bob"));
    }

    #[test]
    fn a_refused_step_hands_over_nothing() {
        let recorder = Arc::new(Recorder::default());
        let pool = pool(recorder.clone());
        pool.created().unwrap();
        assert!(pool.write(|state| state.remove_user("nobody")).is_err());
        assert_eq!(recorder.0.lock().len(), 1);
    }

    #[test]
    fn a_deleted_pool_refuses_every_write() {
        let pool = pool(Arc::new(super::super::Memory));
        pool.delete(|_| Ok(())).unwrap();
        let refusal = pool.write(|_| Ok(())).unwrap_err();
        assert_eq!(
            refusal.message(),
            Some("User pool us-east-1_a does not exist.")
        );
    }
}
