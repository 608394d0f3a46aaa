//! Amazon Cognito identity pools (`cognito-identity`): a marker for every operation, and the types its calls carry.

mod operations;
pub mod shapes;
mod types;

pub use operations::*;
pub use types::*;
