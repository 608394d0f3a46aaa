//! The API of identity pools (`cognito-identity`): one file an operation.

mod logins;
pub(crate) mod openid_token;
pub(crate) mod operations;
mod proven;
