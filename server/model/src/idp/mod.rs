//! Amazon Cognito user pools (`cognito-idp`): a marker for every operation, and the types its calls carry.

mod operations;
pub mod shapes;
mod types;

pub use operations::*;
pub use types::*;
