//! What the whole server shares, and what a test may replace: clock, entropy, state, settings.

use std::sync::Arc;

use crate::calls::{Faults, Journal};
use crate::clock::{Clock, Stopwatch};
use crate::config::{IssuerMode, Settings};
use crate::delivery::Outbox;
use crate::errors::Result;
use crate::keys::{IssuerKeys, KeyMaker, PoolKeys, RefreshTokenCipher, Sealer, SigningKey};
use crate::random::Random;
use crate::store::{Pool, Store};
use crate::triggers::Invokers;

pub struct App {
    pub settings: Settings,
    pub clock: Clock,
    pub random: Random,
    pub store: Store,
    pub outbox: Outbox,
    pub(crate) invokers: Invokers,
    pub journal: Journal,
    pub faults: Faults,
    pub(crate) keys: KeyMaker,
    /// The one that signs the OpenID tokens of identity pools, once somebody has needed it.
    pub(crate) identity_key: tokio::sync::OnceCell<SigningKey>,
    /// Those of OpenID Connect providers elsewhere.
    pub(crate) issuer_keys: IssuerKeys,
    pub(crate) refresh_tokens: RefreshTokenCipher,
    pub(crate) sealer: Sealer,
    pub(crate) started: Stopwatch,
}

impl App {
    /// A server with the system's clock and entropy, and nothing in it.
    pub fn new(settings: Settings) -> std::io::Result<Arc<Self>> {
        Self::with(settings, Clock::system(), Random::system()?)
    }

    /// The parts that a test replaces.
    pub fn with(settings: Settings, clock: Clock, random: Random) -> std::io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            sealer: Sealer::new(&random).map_err(std::io::Error::other)?,
            settings,
            clock,
            random,
            store: Store::in_memory(),
            outbox: Outbox::default(),
            invokers: Invokers::default(),
            journal: Journal::default(),
            faults: Faults::default(),
            keys: KeyMaker::start(),
            identity_key: tokio::sync::OnceCell::new(),
            issuer_keys: IssuerKeys::default(),
            refresh_tokens: RefreshTokenCipher::default(),
            started: Stopwatch::start(),
        }))
    }

    /// The keys that sign a user pool's tokens, made when they are first needed.
    pub(crate) async fn keys_of<'p>(&self, pool: &'p Pool) -> Result<&'p PoolKeys> {
        pool.keys()
            .get_or_try_init(|| PoolKeys::make(&self.keys, &self.random))
            .await
    }

    /// The key that signs the OpenID tokens of identity pools.
    pub(crate) async fn make_identity_key(&self) -> Result<&SigningKey> {
        let make =
            async || SigningKey::of_identity_pools(self.keys.take().await?, &self.settings.region);
        self.identity_key.get_or_try_init(make).await
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
