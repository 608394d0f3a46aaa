//! The AWS SDK for Rust, unmodified but for the endpoint, and the `openidconnect` crate, against the binary.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests unwrap as tests do: a panic is a failed test"
)]

mod article;
mod life;
mod openid_connect;
mod server;
