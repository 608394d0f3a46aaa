//! What the whole server shares, and what a test may replace: clock, entropy, state, settings.

use std::sync::Arc;

use cognito_model::Timestamp;
use parking_lot::{Mutex, RwLock};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::calls::{Faults, Journal};
use crate::changes::Kind;
use crate::clock::{Clock, Stopwatch};
use crate::config::{IssuerMode, Settings};
use crate::delivery::Outbox;
use crate::errors::Result;
use crate::keys::{IssuerKeys, KeyMaker, PoolKeys, RefreshTokenCipher, Sealer, SigningKey};
use crate::random::Random;
use crate::store::{Pool, Row, Store};
use crate::triggers::Invokers;
use crate::user_pools::Spent;

/// What is good once. Each kind is remembered by itself: much of one ends nothing of another.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Once {
    /// To a provider and back.
    Trip,
    /// Of a provider that a pool has.
    PoolsCode,
    /// Of one that anybody may ask.
    Code,
    Assertion,
}

pub struct App {
    pub settings: Settings,
    pub clock: Clock,
    pub random: Random,
    pub store: Store,
    pub outbox: Outbox,
    pub(crate) invokers: Invokers,
    pub journal: Journal,
    pub faults: Faults,
    /// The one that signs the OpenID tokens of identity pools, once somebody has needed it.
    pub(crate) identity_key: RwLock<Arc<OnceCell<Arc<SigningKey>>>>,
    /// Those of OpenID Connect providers elsewhere.
    pub(crate) issuer_keys: IssuerKeys,
    /// The one that signs tokens of the providers that are built in, once somebody has needed it.
    pub(crate) provider_key: OnceCell<Arc<SigningKey>>,
    /// What a browser brings back from a provider, and what these providers give out, is good once.
    spent: [Mutex<Spent>; 4],
    /// What the ids and secrets of the seeds are drawn from, so that a reset brings the same ones back.
    pub(crate) seed_draws: Mutex<Option<[u8; 32]>>,
    pub(crate) keys: Arc<KeyMaker>,
    pub(crate) refresh_tokens: RefreshTokenCipher,
    pub(crate) sealer: Sealer,
    pub(crate) started: Stopwatch,
}

impl App {
    /// A server with the system's entropy, and nothing in it.
    pub fn new(settings: Settings) -> std::io::Result<Arc<Self>> {
        let clock = Clock::of(settings.clock.unwrap_or_default());
        Self::with(settings, clock, Random::system()?)
    }

    /// The parts that a test replaces.
    pub fn with(settings: Settings, clock: Clock, random: Random) -> std::io::Result<Arc<Self>> {
        let (store, keys) = (Store::in_memory(), Arc::new(KeyMaker::start()));
        let outbox = Outbox::of(store.journal().clone());
        Ok(Self::of(settings, clock, random, store, outbox, keys))
    }

    fn of(
        settings: Settings,
        clock: Clock,
        random: Random,
        store: Store,
        outbox: Outbox,
        keys: Arc<KeyMaker>,
    ) -> Arc<Self> {
        Arc::new(Self {
            sealer: Sealer::new(&random),
            settings,
            clock,
            random,
            store,
            outbox,
            invokers: Invokers::default(),
            journal: Journal::default(),
            faults: Faults::default(),
            identity_key: RwLock::default(),
            issuer_keys: IssuerKeys::default(),
            provider_key: OnceCell::new(),
            spent: Default::default(),
            seed_draws: Mutex::default(),
            keys,
            refresh_tokens: RefreshTokenCipher::default(),
            started: Stopwatch::start(),
        })
    }

    /// A server that nobody sees, of the same settings: its state may come in the place of this one's, in
    /// parts or whole. Its ids and secrets are drawn alike each time.
    pub(crate) fn successor(&self, clock: Clock) -> Arc<Self> {
        let draws = *self
            .seed_draws
            .lock()
            .get_or_insert_with(|| self.random.bytes());
        let successor = Self::of(
            self.settings.clone(),
            clock,
            Random::of_seed(draws),
            self.store.successor(),
            Outbox::default(),
            self.keys.clone(),
        );
        successor.sealer.restore(self.sealer.keys().to_vec());
        successor
    }

    /// The keys that sign a user pool's tokens, made when they are first needed.
    pub(crate) async fn keys_of<'p>(&self, pool: &'p Pool) -> Result<&'p PoolKeys> {
        pool.keys()
            .get_or_try_init(async || {
                let keys = PoolKeys::make(&self.keys, &self.random).await?;
                pool.note_keys(&keys)?;
                Ok(Arc::new(keys))
            })
            .await
            .map(|keys| &**keys)
    }

    /// The key that signs the OpenID tokens of identity pools.
    pub(crate) async fn make_identity_key(&self) -> Result<Arc<SigningKey>> {
        let cell = self.identity_key.read().clone();
        let make = async || {
            let pair = self.keys.take().await?;
            let key = SigningKey::of_identity_pools(pair, &self.settings.region)?;
            self.store.journal().commit_rows(|| {
                let row = Row::new(Kind::IdentityKey, "", 0, &key.secrets()?)?;
                Ok(vec![row])
            })?;
            Ok(Arc::new(key))
        };
        cell.get_or_try_init(make).await.cloned()
    }

    /// The key of the providers that are built in.
    pub(crate) async fn provider_key(&self) -> Result<&SigningKey> {
        let make = async || SigningKey::new(self.keys.take().await?, &self.random).map(Arc::new);
        self.provider_key
            .get_or_try_init(make)
            .await
            .map(|it| &**it)
    }

    /// Whether something that is good once, and until then, is still good. It is not from then on.
    pub(crate) fn spend(&self, what: Once, id: Uuid, until: i64, now: Timestamp) -> bool {
        let mut spent = self.spent[what as usize].lock();
        let is_good = !spent.contains(id, until);
        if is_good {
            spent.add(id, until, now);
        }
        is_good
    }

    /// The same, if somebody has needed it.
    pub(crate) fn identity_key(&self) -> Option<Arc<SigningKey>> {
        self.identity_key.read().get().cloned()
    }

    /// The `iss` of those tokens (AWS's own: facts/identity.md §7).
    pub fn identity_issuer(&self, base_url: &str) -> String {
        let base = match self.settings.issuer {
            IssuerMode::Public => &self.settings.public_url,
            IssuerMode::Host => base_url,
            IssuerMode::Aws => return "https://cognito-identity.amazonaws.com".to_owned(),
        };
        format!("{base}/cognito-identity")
    }

    /// The `iss` of a user pool's tokens, for a caller who reached the server at `base_url`.
    pub fn issuer(&self, base_url: &str, user_pool_id: &str, region: &str) -> String {
        match self.settings.issuer {
            IssuerMode::Public => format!("{}/{user_pool_id}", self.settings.public_url),
            IssuerMode::Host => format!("{base_url}/{user_pool_id}"),
            IssuerMode::Aws => {
                format!("https://cognito-idp.{region}.amazonaws.com/{user_pool_id}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_of_one_kind_ends_nothing_of_another() {
        let app = App::new(Settings::default()).unwrap();
        let (now, id) = (Timestamp::from_millis(0), Uuid::from_u128);
        for number in 0..10_010 {
            assert!(app.spend(Once::Code, id(number), 300 + i64::from(number > 20), now));
        }
        assert!(!app.spend(Once::Code, id(0), 300, now));
        for other in [Once::Trip, Once::PoolsCode, Once::Assertion] {
            assert!(app.spend(other, id(0), 300, now), "{other:?}");
            assert!(!app.spend(other, id(0), 300, now), "{other:?}");
        }
    }
}
