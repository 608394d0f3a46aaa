//! AWS JSON 1.1: the envelope that both Cognito APIs speak (facts/wire.md §1).

mod envelope;
pub(crate) mod operation;
pub(crate) mod page;
mod parity;

pub use envelope::implemented;
pub(crate) use envelope::{Exchange, Failure, answer, parse, refuse, respond, signer, target};
pub use parity::ledger;
