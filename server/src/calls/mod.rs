//! Calls as a test sees them: the journal of what was asked and answered, with its secrets masked; how
//! often and how fast; and the faults that a test wants the next ones to meet.

mod counters;
mod faults;
mod journal;
mod mask;

pub use counters::{BUCKETS, Counters, Row};
pub use faults::{Fault, Faults, Injected, Target, Wanted};
pub use journal::{Call, Filter, Journal, Payload};
