//! A resource server: the custom scopes that an app client may be given.

use cognito_model::idp::{ResourceServerScopeType, ResourceServerType};
use serde::{Deserialize, Serialize};

use crate::errors::{self, Result};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceServer {
    pub description: ResourceServerType,
}

impl ResourceServer {
    pub fn new(
        user_pool_id: &str,
        identifier: String,
        name: String,
        scopes: Option<Vec<ResourceServerScopeType>>,
    ) -> Result<Self> {
        let scopes = scopes.unwrap_or_default();
        for (index, scope) in scopes.iter().enumerate() {
            if scopes[..index]
                .iter()
                .any(|it| it.scope_name == scope.scope_name)
            {
                return Err(errors::scope_is_there_twice(&scope.scope_name));
            }
        }
        Ok(Self {
            description: ResourceServerType {
                user_pool_id: Some(user_pool_id.to_owned()),
                identifier: Some(identifier),
                name: Some(name),
                scopes: Some(scopes),
                ..Default::default()
            },
        })
    }

    pub fn identifier(&self) -> &str {
        self.description.identifier.as_deref().unwrap_or_default()
    }

    /// Whether `<identifier>/<scope name>` is one of its scopes.
    pub fn has_scope(&self, scope: &str) -> bool {
        let name = scope
            .strip_prefix(self.identifier())
            .and_then(|rest| rest.strip_prefix('/'));
        name.is_some_and(|name| {
            self.description
                .scopes
                .iter()
                .flatten()
                .any(|it| it.scope_name == name)
        })
    }
}
