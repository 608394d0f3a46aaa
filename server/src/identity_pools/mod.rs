//! The nouns of identity pools: their settings, the identities in them, and which role and which tags
//! one gets.

mod identities;
mod principal_tags;
mod roles;
mod settings;

pub use identities::{Identities, Identity, Login};
pub use principal_tags::{PrincipalTags, TagMap};
pub use roles::{Claims, Role, Roles};
pub use settings::{PublicProvider, Settings, user_pool_of_provider};
