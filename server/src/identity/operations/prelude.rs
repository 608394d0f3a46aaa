//! What every operation needs at hand.

pub(crate) use cognito_model::identity::*;

pub(crate) use crate::aws_json::page;
pub(crate) use crate::context::Context;
pub(crate) use crate::errors::{self, Result};
