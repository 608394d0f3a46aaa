//! The nouns of identity pools: their settings, the identities in them, and which role one gets.

mod identities;
mod roles;
mod settings;

pub use identities::{Identities, Login};
pub use roles::{Claims, Roles};
pub use settings::Settings;
