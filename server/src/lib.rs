//! Cognitwin: a local double of Amazon Cognito, as a program and as a library for tests in Rust.
//!
//! A [`Server`] is whole: user pools, identity pools, their domains and the control API, on a port of its own.
//! Give [`Server::url`] to any AWS client as its endpoint. Each test may have a server, since one starts in
//! milliseconds, and none of them sees another.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//! # use std::io::{Read, Write};
//! # /// An unsigned call, as the AWS SDK makes it.
//! # fn call(server: &cognitwin::Server, operation: &str, body: &str) -> std::io::Result<String> {
//! #     let mut stream = std::net::TcpStream::connect(server.address())?;
//! #     write!(
//! #         stream,
//! #         "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\
//! #          X-Amz-Target: AWSCognitoIdentityProviderService.{operation}\r\n\
//! #          Content-Type: application/x-amz-json-1.1\r\n\r\n{body}",
//! #         body.len()
//! #     )?;
//! #     let mut answer = String::new();
//! #     stream.read_to_string(&mut answer)?;
//! #     Ok(answer)
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = cognitwin::Server::builder()
//!     .seed_text(
//!         "UserPools:
//!            - Id: us-east-1_local0001
//!              PoolName: shop
//!              AutoVerifiedAttributes: [email]
//!              Clients: [{ClientId: web, ClientName: web}]",
//!     )
//!     .frozen_at(SystemTime::now())
//!     .start()
//!     .await?;
//!
//! let sign_up = r#"{"ClientId": "web", "Username": "alice", "Password": "Passw0rd!",
//!     "UserAttributes": [{"Name": "email", "Value": "alice@example.com"}]}"#;
//! assert!(call(&server, "SignUp", sign_up)?.starts_with("HTTP/1.1 200"));
//!
//! let messages = server.messages();
//! assert_eq!(messages[0].destination, "alice@example.com");
//! let code = messages[0].code.as_deref().unwrap_or_default();
//! let confirm = format!(r#"{{"ClientId": "web", "Username": "alice", "ConfirmationCode": "{code}"}}"#);
//!
//! // A code is good for a day.
//! server.advance(Duration::from_secs(24 * 60 * 60));
//! assert!(call(&server, "ConfirmSignUp", &confirm)?.contains("ExpiredCodeException"));
//!
//! // As it was, for the next test.
//! server.reset().await?;
//! assert!(server.messages().is_empty());
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! The library logs with [`tracing`](https://docs.rs/tracing), and installs nothing that shows it.

mod accounts;
#[doc(hidden)]
pub mod app;
mod auth;
#[doc(hidden)]
pub mod aws;
#[doc(hidden)]
pub mod aws_json;
mod aws_time;
mod builder;
#[doc(hidden)]
pub mod calls;
#[doc(hidden)]
pub mod changes;
#[doc(hidden)]
pub mod clock;
#[doc(hidden)]
pub mod config;
mod context;
#[doc(hidden)]
pub mod control;
mod credentials;
#[doc(hidden)]
pub mod delivery;
#[doc(hidden)]
pub mod errors;
mod federation;
mod fetch;
#[doc(hidden)]
pub mod http;
mod identity;
mod identity_pools;
mod idp;
mod keys;
mod kms;
#[doc(hidden)]
pub mod logging;
mod oauth;
mod ordered;
mod pages;
#[doc(hidden)]
pub mod random;
mod rare;
mod saml;
#[doc(hidden)]
pub mod seed;
mod server;
#[doc(hidden)]
pub mod snapshot;
#[doc(hidden)]
pub mod store;
mod sts;
mod tokens;
mod triggers;
mod user_pools;

pub use builder::Builder;
#[doc(inline)]
pub use config::IssuerMode;
#[doc(inline)]
pub use delivery::{Medium, Message};
pub use server::{Error, Server};
