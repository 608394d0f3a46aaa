//! How many requests a second an account may make, by category of operations
//! (<https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#category_operations>).

use cognito_model::idp::{LimitDefinitionType, LimitType};

use crate::errors::{self, Result};

/// Category, free requests a second, and whether more can be provisioned.
const CATEGORIES: [(&str, i32, bool); 18] = [
    ("UserAuthentication", 120, true),
    ("UserCreation", 50, true),
    ("UserFederation", 25, true),
    ("UserAccountRecovery", 30, false),
    ("UserRead", 120, true),
    ("UserUpdate", 25, false),
    ("UserToken", 120, true),
    ("UserResourceRead", 50, true),
    ("UserResourceUpdate", 25, false),
    ("UserList", 30, false),
    ("UserPoolRead", 15, false),
    ("UserPoolUpdate", 15, false),
    ("UserPoolResourceRead", 20, false),
    ("UserPoolResourceUpdate", 15, false),
    ("UserPoolClientRead", 15, false),
    ("UserPoolClientUpdate", 15, false),
    ("ClientAuthentication", 150, false),
    ("LimitManagement", 1, false),
];

/// The most that an account may provision, as a multiple of the free rate. *Assumed*: AWS grants each
/// account a maximum of its own.
const MOST_TIMES_FREE: i32 = 10;

/// A limit that can be provisioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProvisionedLimit {
    pub category: &'static str,
    pub free: i32,
}

impl ProvisionedLimit {
    pub fn find(definition: &LimitDefinitionType) -> Result<Self> {
        let category = definition
            .attributes
            .get("Category")
            .filter(|_| definition.attributes.len() == 1)
            .ok_or_else(errors::limit_needs_category)?;
        Self::named(category)
    }

    pub fn named(category: &str) -> Result<Self> {
        let &(category, free, is_adjustable) = CATEGORIES
            .iter()
            .find(|(name, ..)| *name == category)
            .ok_or_else(|| errors::limit_not_found(category))?;
        if is_adjustable {
            Ok(Self { category, free })
        } else {
            Err(errors::limit_is_fixed(category))
        }
    }

    /// Whether it counts the sign-ins of managed login, which only Service Quotas raises (documented).
    pub fn is_of_managed_login(&self) -> bool {
        matches!(self.category, "UserAuthentication" | "UserFederation")
    }

    pub fn check(&self, value: i32) -> Result<()> {
        if value < self.free {
            Err(errors::limit_below_default(self.free))
        } else if value > self.free * MOST_TIMES_FREE {
            Err(errors::limit_above_quota(self.free * MOST_TIMES_FREE))
        } else {
            Ok(())
        }
    }

    pub fn describe(&self, definition: LimitDefinitionType, value: i32) -> LimitType {
        LimitType {
            limit_definition: definition,
            provisioned_limit_value: value,
            free_limit_value: self.free,
        }
    }
}
