//! One user pool with all that it owns, behind one lock.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

use super::answers::Answers;
use super::life::Life;
use super::pool_state::PoolState;
use super::storage::{self, Batch, Journal, Row, StoredRow};
use crate::aws::Scope;
use crate::changes::{Changes, Kind};
use crate::errors::{self, ApiError, Result};
use crate::keys::PoolKeys;
use crate::user_pools::{Strangers, UserPool};

pub struct Pool {
    id: String,
    scope: Scope,
    /// Among the pools of its account and region.
    place: AtomicU64,
    journal: Journal,
    keys: tokio::sync::OnceCell<Arc<PoolKeys>>,
    strangers: Strangers,
    answers: Answers,
    state: RwLock<PoolState>,
}

impl Pool {
    pub(super) fn new(
        settings: UserPool,
        scope: Scope,
        place: u64,
        journal: Journal,
        mut changes: Changes,
    ) -> Self {
        changes.note(Kind::UserPool, settings.id());
        Self {
            id: settings.id().to_owned(),
            scope,
            place: AtomicU64::new(place),
            keys: tokio::sync::OnceCell::new(),
            strangers: Strangers::default(),
            answers: Answers::default(),
            state: RwLock::new(PoolState::new(settings, changes)),
            journal,
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The pool's signing keys, once somebody has needed them.
    pub(crate) fn keys(&self) -> &tokio::sync::OnceCell<Arc<PoolKeys>> {
        &self.keys
    }

    /// Hands new keys to the storage, before anybody has seen them.
    pub(crate) fn note_keys(&self, keys: &PoolKeys) -> Result<()> {
        let state = self.state.write();
        if !state.changes.are_wanted() || state.is_deleted {
            return Ok(());
        }
        let row = self.key_row(keys).map_err(errors::internal)?;
        self.journal.commit(vec![self.batch(vec![row])])
    }

    fn key_row(&self, keys: &PoolKeys) -> io::Result<Row> {
        Row::new(Kind::SigningKeys, &self.id, 0, &keys.secrets()?)
    }

    fn batch(&self, rows: Vec<Row>) -> Batch {
        Batch {
            owner: self.id.clone(),
            rows,
        }
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

    pub(super) fn delete(&self, check: impl FnOnce(&PoolState) -> Result<()>) -> Result<()> {
        self.write(|state| {
            check(state)?;
            state.is_deleted = true;
            let id = self.id.clone();
            state.changes.note(Kind::UserPool, &id);
            Ok(())
        })
    }

    fn commit(&self, state: &mut PoolState) -> Result<()> {
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

    /// All that it is, its own row first, as of one moment.
    pub(super) fn rows(&self, take: &mut dyn FnMut(Row) -> io::Result<()>) -> io::Result<()> {
        self.rows_of(&self.state.read(), take)
    }

    fn rows_of(
        &self,
        state: &PoolState,
        take: &mut dyn FnMut(Row) -> io::Result<()>,
    ) -> io::Result<()> {
        state.rows(self.head(), take)?;
        match self.keys.get() {
            Some(keys) => take(self.key_row(keys)?),
            None => Ok(()),
        }
    }

    pub(super) fn restore(&self, row: &StoredRow<'_>) -> io::Result<()> {
        if row.kind == Kind::SigningKeys {
            let keys = PoolKeys::restore(&serde_json::from_slice(row.value)?)?;
            return self
                .keys
                .set(Arc::new(keys))
                .map_err(|_| io::Error::other("there twice"));
        }
        self.state.write().restore(row)
    }

    pub(super) fn set_life(&self, change: impl FnOnce(&mut Life)) {
        change(&mut self.state.write().life);
    }

    /// It is no longer a part of the state. Whoever still works on it does so without leaving a trace.
    pub(super) fn retire(&self) {
        self.state.write().changes.want(false);
    }

    /// It becomes a part of the state, at a place: from now on its changes are kept. Its rows until now,
    /// where they are to be kept.
    pub(super) fn adopt(&self, place: u64, is_durable: bool) -> io::Result<Option<Batch>> {
        let mut state = self.state.write();
        self.place.store(place, Ordering::Relaxed);
        state.changes.want(is_durable);
        if !is_durable {
            return Ok(None);
        }
        let mut rows = Vec::new();
        self.rows_of(&state, &mut |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(Some(self.batch(rows)))
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

    use super::super::storage::{Settled, Storage};
    use super::*;
    use crate::keys::OAuthGrant;
    use crate::user_pools::{Authentication, AuthorizationCode, User};

    /// A storage that remembers what it was given.
    #[derive(Default)]
    pub struct Recorder(pub Mutex<Vec<Batch>>);

    impl Storage for Recorder {
        fn commit(&self, batches: Vec<Batch>) -> io::Result<()> {
            self.0.lock().extend(batches);
            Ok(())
        }

        fn settled(&self) -> Settled<'_> {
            Box::pin(std::future::ready(Ok(())))
        }
    }

    pub fn pool(storage: Arc<dyn Storage>) -> Pool {
        let journal = Journal::default();
        journal.attach(storage);
        let scope = Scope::new("000000000000", "us-east-1");
        let request = serde_json::from_value(json!({"PoolName": "demo"})).unwrap();
        let settings = UserPool::create(
            request,
            "us-east-1_a".to_owned(),
            &scope,
            Timestamp::from_millis(0),
        )
        .unwrap();
        Pool::new(settings, scope, 1, journal, Changes::wanted(true))
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

    fn code(id: usize, made: usize) -> AuthorizationCode {
        AuthorizationCode {
            id: id.to_string(),
            made: Timestamp::from_millis(i64::try_from(made).unwrap()),
            client_id: "client".to_owned(),
            redirect_uri: "https://a.example/cb".to_owned(),
            code_challenge: None,
            nonce: None,
            grant: OAuthGrant {
                scope: "openid".to_owned(),
                resource: None,
            },
            authentication: Authentication {
                sub: "sub".to_owned(),
                auth_time: 0,
                event_id: uuid::Uuid::nil(),
                acr: None,
            },
        }
    }

    #[test]
    fn a_code_is_good_once_for_its_client_and_for_five_minutes() {
        let pool = pool(Arc::new(Recorder::default()));
        let take = |id: &str, client_id: &str, now| {
            pool.write(|state| Ok(state.take_code(id, client_id, Timestamp::from_millis(now))))
                .unwrap()
        };
        for id in 1..=2 {
            pool.write(|state| {
                state.add_code(code(id, 0));
                Ok(())
            })
            .unwrap();
        }
        assert_eq!(take("1", "other", 1), None);
        assert_eq!(take("1", "client", 299_999), Some(code(1, 0)));
        assert_eq!(take("1", "client", 299_999), None);
        assert_eq!(take("2", "client", 300_000), None);
        assert_eq!(take("3", "client", 1), None);
    }

    #[test]
    fn the_oldest_of_too_many_codes_gives_way_and_all_that_are_over() {
        const MOST: usize = 10_000;
        let recorder = Arc::new(Recorder::default());
        let pool = pool(recorder.clone());
        let add = |ids: std::ops::Range<usize>, made: fn(usize) -> usize| {
            pool.write(|state| {
                ids.for_each(|id| state.add_code(code(id, made(id))));
                Ok(())
            })
            .unwrap();
            let batch = recorder.0.lock().pop().unwrap();
            let gone = batch.rows.iter().filter(|row| row.value.is_none());
            gone.map(|row| row.key.clone()).collect::<Vec<_>>()
        };
        assert_eq!(add(0..MOST, |id| id), [""; 0]);
        assert_eq!(add(MOST..MOST + 1, |id| id), ["0"]);
        assert_eq!(add(20_000..20_001, |_| 310_000).len(), MOST);
        assert_eq!(add(20_001..20_002, |_| 310_000), [""; 0]);
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
        let pool = pool(Arc::new(Recorder::default()));
        pool.delete(|_| Ok(())).unwrap();
        let refusal = pool.write(|_| Ok(())).unwrap_err();
        assert_eq!(
            refusal.message(),
            Some("User pool us-east-1_a does not exist.")
        );
    }
}
