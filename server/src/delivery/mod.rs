//! Messages that carry codes and passwords: their texts, and the outbox that keeps them for a test
//! to read, and sends the emails on to an SMTP server where one is given.

mod outbox;
mod smtp;
mod templates;

pub use outbox::{DELIVERED, Filter, HANDED_OVER, Medium, Message, Outbox};
pub use smtp::Sender;
pub use templates::{CODE, Kind, USERNAME, expand, link_placeholder, template};
