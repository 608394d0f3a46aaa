//! What the tests of real clients and the measurements share.

pub mod srp;
pub mod wire;
