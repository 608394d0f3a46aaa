//! The settings of an identity pool, and which providers' tokens it takes (facts/identity.md §2, §3).

use cognito_model::identity::{
    CognitoIdentityProvider, CreateIdentityPoolInput, IdentityPool, IdentityPoolShortDescription,
};
use serde::{Deserialize, Serialize};

use crate::aws::Arn;
use crate::errors::{self, Result};

/// The tag that fixes the id of a new pool, as users of other doubles do.
const CUSTOM_ID_TAG: &str = "_custom_id_";

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
        for provider in request.cognito_identity_providers.iter().flatten() {
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
            (&request.open_id_connect_provider_arns, "oidc-provider/"),
            (&request.saml_provider_arns, "saml-provider/"),
        ] {
            let is_provider = |arn: &str| {
                Arn::parse(arn)
                    .is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with(kind))
            };
            if let Some(arn) = arns.iter().flatten().find(|arn| !is_provider(arn)) {
                return Err(errors::invalid_arn(arn));
            }
        }
        let providers = request.cognito_identity_providers.map(|providers| {
            providers
                .into_iter()
                .map(|provider| CognitoIdentityProvider {
                    server_side_token_check: Some(
                        provider.server_side_token_check.unwrap_or(false),
                    ),
                    ..provider
                })
                .collect()
        });
        Ok(Self {
            description: IdentityPool {
                identity_pool_id: id,
                identity_pool_name: request.identity_pool_name,
                allow_unauthenticated_identities: request.allow_unauthenticated_identities,
                allow_classic_flow: request.allow_classic_flow,
                supported_login_providers: request.supported_login_providers,
                developer_provider_name: request.developer_provider_name,
                open_id_connect_provider_arns: request.open_id_connect_provider_arns,
                cognito_identity_providers: providers,
                saml_provider_arns: request.saml_provider_arns,
                identity_pool_tags: request.identity_pool_tags.filter(|tags| !tags.is_empty()),
            },
        })
    }

    pub fn id(&self) -> &str {
        &self.description.identity_pool_id
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

    /// Whether a key of Logins names a provider that the pool takes and that is no user pool.
    pub fn has_other_provider(&self, key: &str) -> bool {
        let it = &self.description;
        it.supported_login_providers
            .as_ref()
            .is_some_and(|providers| providers.contains_key(key))
            || it.saml_provider_arns.iter().flatten().any(|arn| arn == key)
            || it
                .open_id_connect_provider_arns
                .iter()
                .flatten()
                .any(|arn| {
                    arn.split_once("oidc-provider/")
                        .is_some_and(|(_, host)| host == key)
                })
    }

    /// Whether a key of RoleMappings is one that the pool can have.
    pub fn has_role_mapping_provider(&self, key: &str) -> bool {
        match key.rsplit_once(':') {
            Some((name, client_id)) if user_pool_of_provider(name).is_some() => {
                self.cognito_provider(name, client_id).is_some()
            }
            _ => self.has_other_provider(key),
        }
    }
}

/// The user pool that `cognito-idp.<region>.amazonaws.com/<user pool id>` names.
fn user_pool_of_provider(name: &str) -> Option<&str> {
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
