//! Messages that carry codes and passwords: their texts, and the outbox that keeps them for a test
//! to read instead of sending them.

mod outbox;
mod templates;

pub use outbox::{Filter, Medium, Message, Outbox};
pub use templates::{authentication, invitation, verification, verification_by_link};
