//! One request's view of the server: when it came, who made it, and where it may look.

use std::net::IpAddr;
use std::sync::Arc;

use cognito_model::Timestamp;

use crate::app::App;
use crate::aws::{Arn, Caller, Scope};
use crate::errors::{self, Result};
use crate::store::{IdentityPool, Pool};
use crate::triggers::Dialogue;

pub struct Context {
    pub app: Arc<App>,
    /// Taken once, so that every timestamp of one answer is the same.
    pub now: Timestamp,
    pub caller: Caller,
    /// Where the request creates and lists.
    pub scope: Scope,
    pub origin: Origin,
    /// The id that the caller fixes for what is created.
    pub fixed_id: Option<String>,
    /// What the pool's functions were asked, and answered.
    pub dialogue: Dialogue,
}

/// How, and from where, the caller reached the server.
pub struct Origin {
    /// Scheme and host as the caller used them, without a slash at the end.
    pub base_url: String,
    pub address: IpAddr,
}

impl Context {
    /// The view of somebody with a browser.
    pub fn anonymous(app: Arc<App>, origin: Origin) -> Self {
        Self {
            now: app.clock.now(),
            caller: Caller::Anonymous,
            scope: Scope::new(&app.settings.account, &app.settings.region),
            origin,
            fixed_id: None,
            dialogue: Dialogue::default(),
            app,
        }
    }

    /// Now, in whole seconds: tokens count so.
    pub fn now_seconds(&self) -> i64 {
        self.now.as_millis().div_euclid(1000)
    }

    /// The user pool that a signed caller names: one of its own account and region.
    pub fn user_pool(&self, id: &str) -> Result<Arc<Pool>> {
        self.app
            .store
            .user_pool(id)
            .filter(|pool| !self.caller.is_signed() || pool.scope() == &self.scope)
            .ok_or_else(|| errors::user_pool_not_found(id))
    }

    /// As [`Context::user_pool`], also where the caller is in the region of the pool's replica.
    pub fn user_pool_or_replica(&self, id: &str) -> Result<Arc<Pool>> {
        self.app
            .store
            .user_pool(id)
            .filter(|pool| !self.caller.is_signed() || self.is_here(pool))
            .ok_or_else(|| errors::user_pool_not_found(id))
    }

    /// Whether a pool, or its replica, is in the caller's account and region.
    fn is_here(&self, pool: &Pool) -> bool {
        pool.scope() == &self.scope
            || pool.scope().account == self.scope.account
                && pool.read(|state| state.replica_in(&self.scope.region).is_ok())
    }

    /// The user pool that an ARN names, or whose replica it names, in the caller's account and region.
    pub fn user_pool_of_arn(&self, text: &str) -> Result<Arc<Pool>> {
        Arn::parse(text)
            .filter(|arn| arn.service == "cognito-idp")
            .and_then(|arn| {
                self.app
                    .store
                    .user_pool(arn.resource.strip_prefix("userpool/")?)
            })
            .filter(|pool| self.is_here(pool) && Arn::user_pool(&self.scope, pool.id()) == text)
            .ok_or_else(|| errors::resource_not_found(text))
    }

    /// The user pool of an app client, wherever it is: public operations are not signed.
    pub fn user_pool_of_client(&self, client_id: &str) -> Result<Arc<Pool>> {
        self.app
            .store
            .user_pool_of_client(client_id)
            .ok_or_else(|| errors::client_not_found(client_id))
    }

    /// As [`Context::user_pool`], for identity pools.
    pub fn identity_pool(&self, id: &str) -> Result<Arc<IdentityPool>> {
        self.app
            .store
            .identity_pool(id)
            .filter(|pool| !self.caller.is_signed() || pool.scope() == &self.scope)
            .ok_or_else(|| errors::identity_pool_not_found(id))
    }

    /// The identity pool of an identity, where the caller may see it.
    pub fn identity_pool_of_identity(&self, id: &str) -> Result<Arc<IdentityPool>> {
        self.app
            .store
            .identity_pool_of_identity(id)
            .filter(|pool| !self.caller.is_signed() || pool.scope() == &self.scope)
            .ok_or_else(|| errors::identity_not_found(id))
    }

    /// The identity pool that an ARN names, in the caller's account and region.
    pub fn identity_pool_of_arn(&self, text: &str) -> Result<Arc<IdentityPool>> {
        let id = Arn::parse(text)
            .filter(|arn| arn.service == "cognito-identity")
            .and_then(|arn| arn.resource.strip_prefix("identitypool/"))
            .ok_or_else(|| errors::invalid_arn(text))?;
        self.identity_pool(id)
            .ok()
            .filter(|pool| Arn::identity_pool(&self.scope, pool.id()) == text)
            .ok_or_else(|| errors::identity_pool_not_found(id))
    }

    /// Where a user is: as the caller says, where it may, else where the caller is. What is no address says
    /// nothing (assumed).
    pub fn user_address(&self, may_say: bool, said: Option<&str>) -> String {
        said.filter(|_| may_say)
            .and_then(|said| said.parse::<IpAddr>().ok())
            .unwrap_or(self.origin.address)
            .to_string()
    }

    pub fn issuer(&self, pool: &Pool) -> String {
        self.app
            .issuer(&self.origin.base_url, pool.id(), &pool.scope().region)
    }
}
