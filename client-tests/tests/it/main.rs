//! The AWS SDK for Rust, unmodified but for the endpoint, against the binary.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests unwrap as tests do: a panic is a failed test"
)]

mod article;
mod life;
mod server;
