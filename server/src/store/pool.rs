//! One user pool with all that it owns, behind one lock.

use std::sync::Arc;

use parking_lot::RwLock;

use super::answers::Answers;
use super::pool_state::PoolState;
use super::storage::{self, Storage};
use crate::aws::Scope;
use crate::changes::{Changes, Kind};
use crate::errors::{self, ApiError, Result};
use crate::keys::PoolKeys;
use crate::user_pools::{AuthorizationCodes, Strangers, UserPool};

pub struct Pool {
    id: String,
    scope: Scope,
    storage: Arc<dyn Storage>,
    keys: tokio::sync::OnceCell<PoolKeys>,
    strangers: Strangers,
    answers: Answers,
    codes: AuthorizationCodes,
    state: RwLock<PoolState>,
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
            answers: Answers::default(),
            codes: AuthorizationCodes::default(),
            state: RwLock::new(PoolState::new(settings, changes)),
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

    /// Codes that wait for their exchange. They live minutes, so no storage keeps them.
    pub fn codes(&self) -> &AuthorizationCodes {
        &self.codes
    }

    pub fn strangers(&self) -> &Strangers {
        &self.strangers
    }

    pub fn answers(&self) -> &Answers {
        &self.answers
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

#[cfg(test)]
pub(super) mod tests {
    use cognito_model::Timestamp;
    use parking_lot::Mutex;
    use serde_json::json;

    use super::super::storage::Batch;
    use super::*;
    use crate::user_pools::User;

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
