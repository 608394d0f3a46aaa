//! What one user pool owns, and the verbs that change it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use cognito_model::Timestamp;
use cognito_model::idp::{UserPoolDescriptionType, UserPoolType};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::life::Life;
use super::login_pages::LoginPages;
use super::storage::{Row, StoredRow};
use crate::aws::Scope;
use crate::changes::{Change, Changes, Kind};
use crate::errors::{self, Result};
use crate::keys::CertifiedKey;
use crate::ordered::Ordered;
use crate::user_pools::{
    AuthorizationCode, Client, Domain, Group, IdentityProvider, ImportJob, Replica, ResourceServer,
    SignInNames, Surroundings, User, UserPool, Users,
};

/// Quotas of one pool (facts/wire.md §4).
const MOST_PROVIDERS: usize = 300;
const MOST_RESOURCE_SERVERS: usize = 25;
const MOST_IMPORT_JOBS: usize = 1000;
const MOST_GROUPS: usize = 10_000;
const MOST_GROUPS_OF_USER: usize = 100;
/// Far more than anybody signs in to one pool in the life of a code.
const MOST_CODES: usize = 10_000;

/// What a pool owns. Its collections are changed through verbs that note each changed row.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolState {
    settings: UserPool,
    /// Another one since each reset: a browser that signed in before is nobody after.
    pub(super) life: Life,
    pub(super) clients: Ordered<Client>,
    identity_providers: Ordered<IdentityProvider>,
    groups: Ordered<Group>,
    domains: Ordered<Domain>,
    resource_servers: Ordered<ResourceServer>,
    pub(super) login_pages: LoginPages,
    /// In another region, at most one (documented).
    replica: Option<Replica>,
    /// Of the key that signs SAML requests, once somebody has needed it.
    signing_certificate: Option<CertifiedKey>,
    import_jobs: Ordered<ImportJob>,
    codes: Ordered<AuthorizationCode>,
    pub(super) users: Users,
    pub(super) changes: Changes,
    pub(super) is_deleted: bool,
}

impl PoolState {
    pub(super) fn new(settings: UserPool, changes: Changes) -> Self {
        Self {
            users: Users::new(SignInNames::of(&settings)),
            settings,
            life: Life::default(),
            clients: Ordered::default(),
            identity_providers: Ordered::default(),
            groups: Ordered::default(),
            domains: Ordered::default(),
            resource_servers: Ordered::default(),
            login_pages: LoginPages::default(),
            replica: None,
            signing_certificate: None,
            import_jobs: Ordered::default(),
            codes: Ordered::default(),
            changes,
            is_deleted: false,
        }
    }

    /// Which of its lives a pool is in.
    pub fn life(&self) -> Life {
        self.life
    }

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
            return Err(errors::duplicate_provider(
                provider.name(),
                self.settings.id(),
            ));
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

    pub fn signing_certificate(&self) -> Option<&CertifiedKey> {
        self.signing_certificate.as_ref()
    }

    pub fn set_signing_certificate(&mut self, certificate: CertifiedKey) {
        self.signing_certificate = Some(certificate);
        self.changes
            .note(Kind::SigningCertificate, self.settings.id());
    }

    pub fn import_jobs(&self) -> &Ordered<ImportJob> {
        &self.import_jobs
    }

    pub fn import_job(&self, id: &str) -> Result<&ImportJob> {
        self.import_jobs
            .get(id)
            .ok_or_else(|| errors::import_job_not_found(id))
    }

    /// What a running import relies on must not change under it.
    pub fn check_no_import(&self) -> Result<()> {
        if self.import_jobs.iter().any(ImportJob::is_active) {
            return Err(errors::user_import_in_progress(self.settings.id()));
        }
        Ok(())
    }

    pub fn add_import_job(&mut self, job: ImportJob) -> Result<()> {
        if self.import_jobs.len() >= MOST_IMPORT_JOBS {
            return Err(errors::limit_exceeded("user import jobs", MOST_IMPORT_JOBS));
        }
        let id = job.id().to_owned();
        self.import_jobs.insert(&id, job);
        self.changes.note(Kind::ImportJob, &id);
        Ok(())
    }

    /// The files of jobs that nobody has started in time.
    pub fn forget_expired_files(&mut self, now: Timestamp) -> Result<()> {
        let jobs = self.import_jobs.iter();
        let expired: Vec<_> = jobs
            .filter(|job| job.has_file_to_forget(now))
            .map(|job| job.id().to_owned())
            .collect();
        expired
            .iter()
            .try_for_each(|id| self.update_import_job(id, ImportJob::forget_file))
    }

    pub fn update_import_job<T>(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut ImportJob) -> T,
    ) -> Result<T> {
        let job = self
            .import_jobs
            .get_mut(id)
            .ok_or_else(|| errors::import_job_not_found(id))?;
        self.changes.note(Kind::ImportJob, id);
        Ok(change(job))
    }

    /// A code that waits for its exchange. Those whose time is over, and the oldest of too many, give way.
    pub fn add_code(&mut self, code: AuthorizationCode) {
        let is_full = |codes: &Ordered<AuthorizationCode>| codes.len() >= MOST_CODES;
        loop {
            let oldest = self.codes.iter().next();
            let oldest = oldest.filter(|it| !it.is_alive(code.made) || is_full(&self.codes));
            let Some(id) = oldest.map(|it| it.id.clone()) else {
                break;
            };
            self.remove_code(&id);
        }
        self.changes.note(Kind::AuthorizationCode, &code.id);
        let id = code.id.clone();
        self.codes.insert(&id, code);
    }

    /// The code, which is then spent. One of another client stays as it is.
    pub fn take_code(
        &mut self,
        id: &str,
        client_id: &str,
        now: Timestamp,
    ) -> Option<AuthorizationCode> {
        if self.codes.get(id)?.client_id != client_id {
            return None;
        }
        self.remove_code(id).filter(|code| code.is_alive(now))
    }

    fn remove_code(&mut self, id: &str) -> Option<AuthorizationCode> {
        self.changes.note(Kind::AuthorizationCode, id);
        self.codes.remove(id)
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

    /// `head`: where the pool itself stands.
    pub(super) fn row(&self, change: Change, head: (&Scope, u64)) -> io::Result<Row> {
        match change.kind {
            Kind::Client => placed_row(&self.clients, change),
            Kind::IdentityProvider => placed_row(&self.identity_providers, change),
            Kind::ResourceServer => placed_row(&self.resource_servers, change),
            Kind::UiCustomization | Kind::ManagedLoginBranding | Kind::Terms => {
                self.login_pages.row(change)
            }
            Kind::Replica => {
                let row = self.replica.as_ref().filter(|it| it.region == change.key);
                Row::of(change, row.map(|it| (0, it)))
            }
            Kind::SigningCertificate => {
                Row::of(change, self.signing_certificate.as_ref().map(|it| (0, it)))
            }
            Kind::Domain => placed_row(&self.domains, change),
            Kind::Group => placed_row(&self.groups, change),
            Kind::ImportJob => placed_row(&self.import_jobs, change),
            Kind::AuthorizationCode => placed_row(&self.codes, change),
            Kind::User => {
                let row = self.users.placed(&change.key);
                Row::of(change, row)
            }
            _ => {
                let (scope, place) = head;
                let row = UserPoolRow {
                    scope: Cow::Borrowed(scope),
                    life: self.life.id,
                    brings_tokens: self.life.brings_tokens,
                    settings: Cow::Borrowed(&self.settings),
                };
                Row::of(change, (!self.is_deleted).then_some((place, &row)))
            }
        }
    }

    /// All rows, the pool's own first, in an order that is the same for the same state.
    pub(super) fn rows(
        &self,
        head: (&Scope, u64),
        take: &mut dyn FnMut(Row) -> io::Result<()>,
    ) -> io::Result<()> {
        let touch = |kind, key: &str| Change {
            kind,
            key: key.to_owned(),
        };
        let id = self.settings.id();
        take(self.row(touch(Kind::UserPool, id), head)?)?;
        rows_of(Kind::Client, &self.clients, take)?;
        rows_of(Kind::IdentityProvider, &self.identity_providers, take)?;
        rows_of(Kind::Group, &self.groups, take)?;
        rows_of(Kind::Domain, &self.domains, take)?;
        rows_of(Kind::ResourceServer, &self.resource_servers, take)?;
        self.login_pages.rows(take)?;
        if let Some(replica) = &self.replica {
            take(self.row(touch(Kind::Replica, &replica.region), head)?)?;
        }
        if self.signing_certificate.is_some() {
            take(self.row(touch(Kind::SigningCertificate, id), head)?)?;
        }
        rows_of(Kind::ImportJob, &self.import_jobs, take)?;
        rows_of(Kind::AuthorizationCode, &self.codes, take)?;
        for (place, user) in self.users.iter() {
            take(Row::new(Kind::User, &user.username, place, user)?)?;
        }
        Ok(())
    }

    pub(super) fn restore(&mut self, row: &StoredRow<'_>) -> io::Result<()> {
        match row.kind {
            Kind::Client => restore(&mut self.clients, row, Client::id),
            Kind::IdentityProvider => {
                restore(&mut self.identity_providers, row, IdentityProvider::name)
            }
            Kind::ResourceServer => {
                restore(&mut self.resource_servers, row, ResourceServer::identifier)
            }
            Kind::UiCustomization | Kind::ManagedLoginBranding | Kind::Terms => {
                self.login_pages.restore(row)
            }
            Kind::Domain => restore(&mut self.domains, row, Domain::name),
            Kind::Group => restore(&mut self.groups, row, Group::name),
            Kind::ImportJob => {
                restore(&mut self.import_jobs, row, ImportJob::id)?;
                self.update_import_job(&row.key, ImportJob::break_off)
                    .map_err(io::Error::other)
            }
            Kind::AuthorizationCode => restore(&mut self.codes, row, AuthorizationCode::id),
            Kind::User => {
                let user: User = serde_json::from_slice(row.value)?;
                let is_it = user.username == row.key;
                refuse_unless(is_it && self.users.restore(row.place, user))
            }
            Kind::Replica => {
                let replica: Replica = serde_json::from_slice(row.value)?;
                refuse_unless(replica.region == row.key && self.replica.is_none())?;
                self.replica = Some(replica);
                Ok(())
            }
            Kind::SigningCertificate => {
                refuse_unless(row.key == self.settings.id() && self.signing_certificate.is_none())?;
                self.signing_certificate = Some(serde_json::from_slice(row.value)?);
                Ok(())
            }
            other => Err(io::Error::other(format!(
                "{} does not belong to a user pool",
                other.name()
            ))),
        }
    }

    /// Forgets all users and groups, and who is about to sign in.
    pub(super) fn empty(&mut self) -> Result<()> {
        let codes: Vec<_> = self.codes.iter().map(|it| it.id.clone()).collect();
        for id in &codes {
            self.remove_code(id);
        }
        let names: Vec<_> = self
            .users
            .iter()
            .map(|(_, it)| it.username.clone())
            .collect();
        for name in &names {
            self.remove_user(name)?;
        }
        let groups: Vec<_> = self.groups.iter().map(|it| it.name().to_owned()).collect();
        groups.iter().try_for_each(|name| self.remove_group(name))
    }
}

/// What is kept of the pool itself.
#[derive(Serialize, Deserialize)]
pub(super) struct UserPoolRow<'a> {
    pub scope: Cow<'a, Scope>,
    #[serde(default, skip_serializing_if = "Uuid::is_nil")]
    pub life: Uuid,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub brings_tokens: bool,
    pub settings: Cow<'a, UserPool>,
}

pub(super) fn placed_row<T: Serialize>(rows: &Ordered<T>, change: Change) -> io::Result<Row> {
    let row = rows.place(&change.key).zip(rows.get(&change.key));
    Row::of(change, row)
}

pub(super) fn rows_of<T: Serialize>(
    kind: Kind,
    rows: &Ordered<T>,
    take: &mut dyn FnMut(Row) -> io::Result<()>,
) -> io::Result<()> {
    for (key, place, row) in rows.keyed() {
        take(Row::new(kind, key, place, row)?)?;
    }
    Ok(())
}

/// Puts a row back under the key that it has itself.
pub(super) fn restore<T: DeserializeOwned>(
    rows: &mut Ordered<T>,
    row: &StoredRow<'_>,
    key: impl Fn(&T) -> &str,
) -> io::Result<()> {
    restore_keyed(rows, row, |value| key(value) == row.key)
}

pub(super) fn restore_keyed<T: DeserializeOwned>(
    rows: &mut Ordered<T>,
    row: &StoredRow<'_>,
    is_it: impl Fn(&T) -> bool,
) -> io::Result<()> {
    let value: T = serde_json::from_slice(row.value)?;
    refuse_unless(is_it(&value) && rows.restore(&row.key, row.place, value))
}

fn refuse_unless(holds: bool) -> io::Result<()> {
    holds
        .then_some(())
        .ok_or_else(|| io::Error::other("there twice, or not where it belongs"))
}
