//! From a validated JSON value to the operation's file and back.

use std::future::Future;

use cognito_model::{ErrorCode, Operation};
use serde_json::Value;

use crate::context::Context;
use crate::errors::{self, ApiError, Result};

/// Runs one operation. An operation without output answers with an empty body.
pub(crate) async fn run<'c, O, H, F>(cx: &'c Context, input: Value, handle: H) -> Result<Vec<u8>>
where
    O: Operation,
    H: FnOnce(&'c Context, O::Input) -> F,
    F: Future<Output = Result<O::Output>>,
{
    // The validator has accepted the value, so this fails only if it and the types disagree.
    let request = serde_json::from_value(input).map_err(errors::internal)?;
    let response = handle(cx, request).await.inspect_err(|error| {
        debug_assert!(
            may_answer::<O>(error),
            "{} does not declare {error}",
            O::NAME
        );
    })?;
    if O::HAS_OUTPUT {
        serde_json::to_vec(&response).map_err(errors::internal)
    } else {
        Ok(Vec::new())
    }
}

/// Whether the model declares the error, or it is one that anything may answer.
fn may_answer<O: Operation>(error: &ApiError) -> bool {
    let code = error.code();
    let is_documented = matches!(
        (O::NAME, code),
        ("AdminCreateUser", ErrorCode::AliasExistsException)
    );
    let is_common = matches!(
        code,
        ErrorCode::InternalErrorException
            | ErrorCode::InvalidParameterException
            | ErrorCode::LimitExceededException
            | ErrorCode::NotImplementedException
    );
    is_common || is_documented || O::ERRORS.contains(&code)
}
