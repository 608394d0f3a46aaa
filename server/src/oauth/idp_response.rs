//! Where identity providers send the browser back: `/oauth2/idpresponse`, `/saml2/idpresponse` and
//! `/saml2/logout`. No sign-in leads to one yet, so what comes belongs to none.

use bytes::Bytes;
use http::Response;

use super::{Call, error};
use crate::errors::oauth::NO_FEDERATION;

pub(super) fn answer(call: &Call<'_>) -> Response<Bytes> {
    error::page(call, NO_FEDERATION, Some("invalid_request"))
}
