//! What AWS publishes about the two Cognito APIs, in Rust: the types of requests and responses ([`idp`], [`identity`]),
//! the shape tables and the validator that answers in AWS's wording ([`validate`]), the operations and their errors.
//!
//! The types, tables and lists are generated from `fixtures/model`; nothing here knows what an operation does.

mod error_code;
pub mod identity;
pub mod idp;
mod operation;
mod pattern;
mod redacted_debug;
mod shape;
mod validate;
mod wire;
mod wire_enum;

pub use error_code::ErrorCode;
pub use operation::{Auth, Operation, OperationInfo, OperationVisitor, Service, find};
pub use pattern::Pattern;
/// The one type of the model that is any JSON.
pub use serde_json::Value as Document;
pub use shape::{Bounds, Member, Shape};
pub use validate::{Rejection, discard_null_entries, message, validate};
pub use wire::{Blob, Timestamp};
pub use wire_enum::UnknownValue;
