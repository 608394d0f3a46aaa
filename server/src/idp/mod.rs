//! The API of user pools (`cognito-idp`): one file an operation.

pub(crate) mod operations;
