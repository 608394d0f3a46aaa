//! AWS JSON 1.1: the envelope that both Cognito APIs speak (facts/wire.md §1).

mod envelope;
pub(crate) mod operation;
pub(crate) mod page;

pub use envelope::implemented;
pub(crate) use envelope::{Exchange, answer, parse, refuse, respond, signer, target};
