//! Resources are kept apart by account and region, as in AWS.

use serde::{Deserialize, Serialize};

/// The account and region that a resource lives in, or that a request works in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope {
    pub account: String,
    pub region: String,
}

impl Scope {
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            account: account.into(),
            region: region.into(),
        }
    }
}

/// Twelve digits.
pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A request with an AWS Signature: it sees the resources of its account and region only.
    Signed { access_key_id: String },
    /// A request without one: it finds its resource by what it carries.
    Anonymous,
}

impl Caller {
    pub fn is_signed(&self) -> bool {
        matches!(self, Self::Signed { .. })
    }
}
