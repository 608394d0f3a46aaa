//! The settings of an identity pool, and which providers' tokens it takes (facts/identity.md §2, §3).

use std::collections::BTreeMap;

use cognito_model::identity::{
    CognitoIdentityProvider, CreateIdentityPoolInput, IdentityPool, IdentityPoolShortDescription,
};
use serde::{Deserialize, Serialize};

use crate::aws::Arn;
use crate::errors::{self, Result};

/// The tag that fixes the id of a new pool, as users of other doubles do.
const CUSTOM_ID_TAG: &str = "_custom_id_";

/// AWS's quota of tags, and the one of user pools that it starts with.
const MOST_TAGS: usize = 50;
const MOST_USER_POOLS: usize = 50;

const OIDC: &str = "oidc-provider/";

/// A provider whose users anybody may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicProvider<'a> {
    /// One of those that AWS knows by name, and the id that the application has there.
    Social {
        app: &'a str,
    },
    /// An OpenID Connect provider of IAM.
    OpenId {
        arn: &'a str,
    },
    Saml,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Settings {
    /// What DescribeIdentityPool returns.
    pub description: IdentityPool,
}

impl Settings {
    /// Takes the id that the request fixes by its tag out of the request.
    pub fn custom_id(request: &mut CreateIdentityPoolInput) -> Option<String> {
        request.identity_pool_tags.as_mut()?.remove(CUSTOM_ID_TAG)
    }

    /// Whether a text can be the id of a pool in a region: `<region>:<hexadecimal digits and dashes>`.
    pub fn is_id(id: &str, region: &str) -> bool {
        id.strip_prefix(region)
            .and_then(|rest| rest.strip_prefix(':'))
            .is_some_and(|name| {
                !name.is_empty()
                    && id.len() <= 55
                    && name
                        .bytes()
                        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
            })
    }

    /// `is_user_pool` tells whether a user pool is there.
    pub fn create(
        request: CreateIdentityPoolInput,
        id: String,
        is_user_pool: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        Self::checked(
            IdentityPool {
                identity_pool_id: id,
                identity_pool_name: request.identity_pool_name,
                allow_unauthenticated_identities: request.allow_unauthenticated_identities,
                allow_classic_flow: request.allow_classic_flow,
                supported_login_providers: request.supported_login_providers,
                developer_provider_name: request.developer_provider_name,
                open_id_connect_provider_arns: request.open_id_connect_provider_arns,
                cognito_identity_providers: request.cognito_identity_providers,
                saml_provider_arns: request.saml_provider_arns,
                identity_pool_tags: request.identity_pool_tags,
            },
            is_user_pool,
        )
    }

    /// The pool with other settings: what is left out is reset. The developer provider, which cannot be
    /// changed, and the tags, which have operations of their own, stay where they are left out
    /// (assumed: hashicorp/terraform-provider-aws sends neither, and finds both as they were).
    pub fn update(
        &self,
        wanted: IdentityPool,
        is_user_pool: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let old = &self.description;
        let developer = wanted
            .developer_provider_name
            .or_else(|| old.developer_provider_name.clone());
        if old.developer_provider_name.is_some() && developer != old.developer_provider_name {
            return Err(errors::developer_provider_cannot_change());
        }
        let tags = wanted
            .identity_pool_tags
            .or_else(|| old.identity_pool_tags.clone());
        let updated = IdentityPool {
            developer_provider_name: developer,
            identity_pool_tags: tags,
            ..wanted
        };
        Self::checked(updated, is_user_pool)
    }

    fn checked(mut pool: IdentityPool, is_user_pool: impl Fn(&str) -> bool) -> Result<Self> {
        let providers = pool.cognito_identity_providers.as_deref();
        if providers.is_some_and(|providers| providers.len() > MOST_USER_POOLS) {
            return Err(errors::limit_exceeded(
                "user pool providers",
                MOST_USER_POOLS,
            ));
        }
        for provider in providers.into_iter().flatten() {
            let names_a_pool = provider
                .provider_name
                .as_deref()
                .and_then(user_pool_of_provider)
                .is_some_and(&is_user_pool);
            if !names_a_pool || provider.client_id.is_none() {
                return Err(errors::invalid_cognito_identity_provider());
            }
        }
        for (arns, kind) in [
            (&pool.open_id_connect_provider_arns, OIDC),
            (&pool.saml_provider_arns, "saml-provider/"),
        ] {
            let is_provider = |arn: &str| {
                Arn::parse(arn).is_some_and(|arn| {
                    let name = arn.resource.strip_prefix(kind);
                    arn.service == "iam" && name.is_some_and(is_provider_name)
                })
            };
            if let Some(arn) = arns.iter().flatten().find(|arn| !is_provider(arn)) {
                return Err(errors::invalid_arn(arn));
            }
        }
        for provider in pool.cognito_identity_providers.iter_mut().flatten() {
            provider.server_side_token_check.get_or_insert(false);
        }
        let tags = pool.identity_pool_tags.take().unwrap_or_default();
        Self { description: pool }.with_tags(tags)
    }

    /// The pool with other tags; fifty at most, as AWS's quota says.
    pub fn with_tags(mut self, mut tags: BTreeMap<String, String>) -> Result<Self> {
        tags.remove(CUSTOM_ID_TAG);
        if let Some(key) = tags.keys().find(|key| key.starts_with("aws:")) {
            return Err(errors::reserved_tag(key));
        }
        if tags.len() > MOST_TAGS {
            return Err(errors::limit_exceeded("tags", MOST_TAGS));
        }
        self.description.identity_pool_tags = (!tags.is_empty()).then_some(tags);
        Ok(self)
    }

    pub fn tags(&self) -> BTreeMap<String, String> {
        self.description
            .identity_pool_tags
            .clone()
            .unwrap_or_default()
    }

    pub fn id(&self) -> &str {
        &self.description.identity_pool_id
    }

    /// Unless it is turned off (captured: facts/identity.md §7).
    pub fn allows_classic_flow(&self) -> bool {
        self.description.allow_classic_flow != Some(false)
    }

    /// Whether a name is that of the developer's own provider.
    pub fn is_developer_provider(&self, name: &str) -> bool {
        self.description.developer_provider_name.as_deref() == Some(name)
    }

    pub fn allows_guests(&self) -> bool {
        self.description.allow_unauthenticated_identities
    }

    /// As ListIdentityPools describes it.
    pub fn summary(&self) -> IdentityPoolShortDescription {
        IdentityPoolShortDescription {
            identity_pool_id: Some(self.description.identity_pool_id.clone()),
            identity_pool_name: Some(self.description.identity_pool_name.clone()),
        }
    }

    /// The configuration of a user pool's client: provider name and client id must both match.
    pub fn cognito_provider(
        &self,
        name: &str,
        client_id: &str,
    ) -> Option<&CognitoIdentityProvider> {
        self.description
            .cognito_identity_providers
            .iter()
            .flatten()
            .find(|provider| {
                provider.provider_name.as_deref() == Some(name)
                    && provider.client_id.as_deref() == Some(client_id)
            })
    }

    /// The provider under a key of Logins, where it is no user pool and no developer's own.
    pub fn public_provider(&self, key: &str) -> Option<PublicProvider<'_>> {
        let it = &self.description;
        let supported = it.supported_login_providers.as_ref();
        if let Some(app) = supported.and_then(|providers| providers.get(key)) {
            return Some(PublicProvider::Social { app });
        }
        let is_open_id = |arn: &&String| {
            let name = arn.split_once(OIDC).map(|(_, name)| name);
            name == Some(key)
        };
        let mut open_id = it.open_id_connect_provider_arns.iter().flatten();
        if let Some(arn) = open_id.find(is_open_id) {
            return Some(PublicProvider::OpenId { arn });
        }
        let mut saml = it.saml_provider_arns.iter().flatten();
        saml.any(|arn| arn == key).then_some(PublicProvider::Saml)
    }

    /// Whether the pool takes anybody from a provider.
    pub fn has_provider(&self, name: &str) -> bool {
        let it = &self.description;
        let mut user_pools = it.cognito_identity_providers.iter().flatten();
        user_pools.any(|provider| provider.provider_name.as_deref() == Some(name))
            || self.is_developer_provider(name)
            || self.public_provider(name).is_some()
    }

    /// Whether a key of RoleMappings is one that the pool can have.
    pub fn has_role_mapping_provider(&self, key: &str) -> bool {
        match key.rsplit_once(':') {
            Some((name, client_id)) if user_pool_of_provider(name).is_some() => {
                self.cognito_provider(name, client_id).is_some()
            }
            _ => self.public_provider(key).is_some(),
        }
    }
}

/// An OpenID Connect provider's name is asked for its keys as a host and a path, and no more of an address.
fn is_provider_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_graphic() && !"?#@\\".contains(c);
    !name.is_empty() && name.chars().all(is_plain)
}

/// The user pool that `cognito-idp.<region>.amazonaws.com/<user pool id>` names.
pub fn user_pool_of_provider(name: &str) -> Option<&str> {
    let (host, id) = name.strip_prefix("cognito-idp.")?.split_once('/')?;
    let region = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    (id.split_once('_')?.0 == region).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_name_names_a_user_pool_of_its_region() {
        assert_eq!(
            user_pool_of_provider("cognito-idp.us-west-2.amazonaws.com/us-west-2_abc"),
            Some("us-west-2_abc")
        );
        for name in [
            "us-west-2_abc",
            "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_abc",
            "cognito-idp.us-west-2.amazonaws.com/eu-west-1_abc",
            "cognito-idp.us-west-2.example.com/us-west-2_abc",
            "graph.facebook.com",
        ] {
            assert_eq!(user_pool_of_provider(name), None, "{name}");
        }
    }

    #[test]
    fn an_id_is_hexadecimal_and_of_its_region() {
        assert!(Settings::is_id(
            "us-west-2:11111111-2222-4333-8444-555555555555",
            "us-west-2"
        ));
        assert!(!Settings::is_id("us-west-2:xyz", "us-west-2"));
        assert!(!Settings::is_id("eu-west-1:1111", "us-west-2"));
    }
}
