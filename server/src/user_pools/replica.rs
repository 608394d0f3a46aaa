//! A replica of a user pool in another region: its state and its tags (documentation of
//! CreateUserPoolReplica, and "Multi-Region replication for user pools").

use std::collections::BTreeMap;

use cognito_model::idp::{
    EncryptionKeyType, ReplicaRoleType, ReplicaStatusType, UserPoolReplicaType, UserPoolTierType,
};
use serde::{Deserialize, Serialize};

use super::UserPool;
use crate::aws::{Arn, Scope};
use crate::errors::{self, Result};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    pub region: String,
    /// ACTIVE or INACTIVE.
    pub status: ReplicaStatusType,
    pub tags: BTreeMap<String, String>,
}

impl Replica {
    /// A new one is there at once, and inactive (documented).
    pub fn create(
        region: String,
        tags: BTreeMap<String, String>,
        pool: &UserPool,
        scope: &Scope,
    ) -> Result<Self> {
        if region == scope.region || !is_region(&region) {
            return Err(errors::invalid_replica_region(&region));
        }
        if pool.description.user_pool_tier == Some(UserPoolTierType::Lite) {
            return Err(errors::feature_unavailable_in_tier(
                "Multi-Region replication",
                "LITE",
            ));
        }
        let key = pool.description.key_configuration.as_ref();
        let has_key = key.is_some_and(|key| {
            key.key_type == Some(EncryptionKeyType::CustomerManagedKey)
                && key
                    .kms_key_arn
                    .as_deref()
                    .is_some_and(|arn| arn.contains(":key/mrk-"))
        });
        if !has_key {
            return Err(errors::replica_needs_key());
        }
        UserPool::check_tags(&tags)?;
        Ok(Self {
            region,
            status: ReplicaStatusType::Inactive,
            tags,
        })
    }

    /// Only what is inactive can be deleted (documented).
    pub fn check_deletable(&self) -> Result<()> {
        if self.status == ReplicaStatusType::Inactive {
            Ok(())
        } else {
            Err(errors::replica_is_active(&self.region))
        }
    }

    /// As the API describes it, in a state of its choice.
    pub fn describe(
        &self,
        pool_id: &str,
        account: &str,
        status: ReplicaStatusType,
    ) -> UserPoolReplicaType {
        describe(
            &Scope::new(account, &self.region),
            pool_id,
            status,
            ReplicaRoleType::Secondary,
        )
    }
}

/// The pool itself, among its replicas.
pub fn primary(scope: &Scope, pool_id: &str) -> UserPoolReplicaType {
    describe(
        scope,
        pool_id,
        ReplicaStatusType::Active,
        ReplicaRoleType::Primary,
    )
}

fn describe(
    scope: &Scope,
    pool_id: &str,
    status: ReplicaStatusType,
    role: ReplicaRoleType,
) -> UserPoolReplicaType {
    UserPoolReplicaType {
        region_name: Some(scope.region.clone()),
        status: Some(status),
        role: Some(role),
        user_pool_arn: Some(Arn::user_pool(scope, pool_id)),
    }
}

/// `us-east-1`, `us-gov-west-1`: words, then a number.
fn is_region(text: &str) -> bool {
    let mut parts: Vec<_> = text.split('-').collect();
    let number = parts.pop().unwrap_or_default();
    parts.len() >= 2
        && parts
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_words_and_a_number() {
        for region in ["us-east-1", "us-gov-west-1", "ap-southeast-3"] {
            assert!(is_region(region), "{region}");
        }
        for other in ["", "useast1", "us-east", "us--1", "US-EAST-1", "us-east-1a"] {
            assert!(!is_region(other), "{other}");
        }
    }
}
