//! The nouns of user pools, and the rules over them. What they know comes as AWS's own types; they
//! never see a header, an untyped JSON value or an HTTP status.

mod attributes;
mod client;
mod client_checks;
mod code;
mod device;
mod domain;
mod factors;
mod filter;
mod group;
mod identity_provider;
mod lockout;
mod new_user;
mod password;
mod password_policy;
mod pool;
mod pool_settings;
mod resource_server;
mod schema;
mod sign_ins;
mod threat_protection;
mod user;
mod users;

pub use attributes::{Attributes, checked_updates, is_email, is_phone_number};
pub use client::{AuthFlow, Client, ClientSecret};
pub use client_checks::Surroundings;
pub use code::{Attempt, Attempts, Codes, Purpose};
pub use device::{Device, Devices};
pub use domain::Domain;
pub use factors::{Factor, Factors, Preferences, SoftwareToken};
pub use filter::Filter;
pub use group::{Group, GroupClaims};
pub use identity_provider::IdentityProvider;
pub use lockout::{Lockout, Strangers};
pub use new_user::NewUser;
pub use password::Password;
pub use password_policy::PasswordPolicy;
pub use pool::UserPool;
pub use resource_server::ResourceServer;
pub use schema::Schema;
pub use sign_ins::{Rotated, SignIns, TokenSession};
pub use user::User;
pub use users::{SignInNames, Users};
