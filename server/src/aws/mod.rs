//! AWS's own notions: where a resource lives, and how its ARN is written.

mod arn;
mod scope;
pub(crate) mod signature;
pub(crate) mod sigv4;

pub use arn::{Arn, is_kms_key_id};
pub use scope::{Caller, Scope, is_account_id};
pub use sigv4::Credentials;
