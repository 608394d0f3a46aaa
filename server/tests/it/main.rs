//! In-process tests of the whole: a real App, no sockets, a clock that stands until it is moved.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests unwrap as tests do: a panic is a failed test"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "requests are written with json! where they are sent"
)]

mod admin_create_user;
mod calls;
mod clients;
mod concurrency;
mod control;
mod credentials;
mod durability;
mod identities;
mod identity_pools;
mod identity_providers;
mod imports;
mod invitations;
mod isolation;
mod layers;
mod linked_identities;
mod lockout;
mod login_pages;
mod oauth;
mod parity;
mod refresh;
mod regions;
mod resets;
mod seeds;
mod server;
mod sign_in;
mod snapshots;
mod tokens;
mod user_pools;
mod users;
mod wire;
