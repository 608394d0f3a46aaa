//! Cognitwin: a local double of Amazon Cognito. `server/README.md` is the map of the house.

pub mod app;
mod auth;
pub mod aws;
pub mod aws_json;
mod aws_time;
mod changes;
pub mod clock;
pub mod config;
mod context;
mod control;
mod credentials;
pub mod delivery;
pub mod errors;
pub mod http;
mod identity;
mod identity_pools;
mod idp;
mod keys;
pub mod logging;
mod ordered;
pub mod random;
pub mod seed;
mod store;
mod sts;
mod tokens;
mod triggers;
mod user_pools;
