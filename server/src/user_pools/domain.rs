//! A domain of a user pool: a prefix of AWS's own, or a custom one (CreateUserPoolDomain's
//! documentation).

use cognito_model::idp::{
    CreateUserPoolDomainRequest, DomainDescriptionType, DomainStatusType,
    UpdateUserPoolDomainRequest, UserPoolTierType,
};
use serde::{Deserialize, Serialize};

use super::UserPool;
use crate::aws::Scope;
use crate::errors::{self, Result};

/// Words that no prefix may contain.
const RESERVED: [&str; 3] = ["aws", "amazon", "cognito"];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Domain {
    pub description: DomainDescriptionType,
}

impl Domain {
    /// `distribution` is the name of the CloudFront distribution that a custom domain would have.
    pub fn create(
        request: CreateUserPoolDomainRequest,
        pool: &UserPool,
        scope: &Scope,
        distribution: String,
    ) -> Result<Self> {
        let is_custom = request.custom_domain_config.is_some();
        if is_custom {
            if !is_host_name(&request.domain) {
                return Err(errors::invalid_custom_domain());
            }
        } else if !is_prefix(&request.domain) {
            return Err(errors::invalid_domain());
        } else if let Some(word) = RESERVED
            .into_iter()
            .find(|word| request.domain.contains(word))
        {
            return Err(errors::reserved_word_in_domain(word));
        }
        if request.routing.is_some() && !is_custom {
            return Err(errors::invalid_setting(
                "Routing",
                "it is for custom domains only.",
            ));
        }
        let version = managed_login_version(request.managed_login_version, pool)?;
        Ok(Self {
            description: DomainDescriptionType {
                user_pool_id: Some(request.user_pool_id),
                aws_account_id: Some(scope.account.clone()),
                domain: Some(request.domain),
                s3_bucket: Some(format!("aws-cognito-prod-{}-assets", scope.region)),
                cloud_front_distribution: Some(distribution),
                version: None,
                status: Some(DomainStatusType::Active),
                custom_domain_config: request.custom_domain_config,
                managed_login_version: Some(version),
                routing: request.routing,
            },
        })
    }

    /// What the request leaves out stays.
    pub fn update(&self, request: UpdateUserPoolDomainRequest, pool: &UserPool) -> Result<Self> {
        if request.custom_domain_config.is_some() && !self.is_custom() {
            return Err(errors::invalid_setting(
                "CustomDomainConfig",
                "it is for custom domains only.",
            ));
        }
        let mut description = self.description.clone();
        if request.managed_login_version.is_some() {
            description.managed_login_version =
                Some(managed_login_version(request.managed_login_version, pool)?);
        }
        description.custom_domain_config = request
            .custom_domain_config
            .or(description.custom_domain_config);
        description.routing = request.routing.or(description.routing);
        Ok(Self { description })
    }

    pub fn name(&self) -> &str {
        self.description.domain.as_deref().unwrap_or_default()
    }

    /// Its full name: a prefix stands before AWS's own.
    pub fn host(&self, region: &str) -> String {
        let name = self.name();
        if self.is_custom() {
            name.to_owned()
        } else {
            format!("{name}.auth.{region}.amazoncognito.com")
        }
    }

    pub fn is_custom(&self) -> bool {
        self.description.custom_domain_config.is_some()
    }

    /// The distribution that a custom domain points to.
    pub fn cloud_front_domain(&self) -> Option<String> {
        self.description
            .cloud_front_distribution
            .clone()
            .filter(|_| self.is_custom())
    }
}

/// 1 is the classic hosted UI, 2 managed login.
fn managed_login_version(asked: Option<i32>, pool: &UserPool) -> Result<i32> {
    match asked.unwrap_or(1) {
        2 if pool.description.user_pool_tier == Some(UserPoolTierType::Lite) => {
            Err(errors::feature_unavailable_in_tier("Managed login", "LITE"))
        }
        version @ (1 | 2) => Ok(version),
        _ => Err(errors::invalid_setting(
            "ManagedLoginVersion",
            "it must be 1 or 2.",
        )),
    }
}

fn is_prefix(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Two labels at the least.
fn is_host_name(text: &str) -> bool {
    text.contains('.') && text.split('.').all(is_prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_host_names_are_told_apart() {
        for prefix in ["a", "my-app", "0a"] {
            assert!(is_prefix(prefix) && !is_host_name(prefix), "{prefix}");
        }
        for name in ["auth.example.com", "a.b"] {
            assert!(is_host_name(name) && !is_prefix(name), "{name}");
        }
        for neither in ["", "-a", "a-", "A", "a_b", "a..b", ".a", &"a".repeat(64)] {
            assert!(!is_prefix(neither) && !is_host_name(neither), "{neither}");
        }
    }
}
