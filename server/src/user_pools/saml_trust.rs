//! What a user pool holds of a SAML provider beside its details.

use cognito_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys::CertifiedKey;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SamlTrust {
    /// The document behind `MetadataURL`, and when it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<(String, Timestamp)>,
    /// What the provider encrypts its assertions for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<CertifiedKey>,
}
