//! `/oauth2/idpresponse`: where OpenID Connect and social providers send the browser back, with a code or
//! with their refusal (facts/oauth.md §13.1).

use bytes::Bytes;
use cognito_model::idp::IdentityProviderTypeType as Type;
use http::Response;
use http::header::CACHE_CONTROL;

use super::{Call, reply};
use crate::errors::oauth;
use crate::federation::openid::OpenId;

pub(super) async fn answer(call: &Call<'_>, is_post: bool) -> Response<Bytes> {
    let parameters = if is_post { &call.form } else { &call.query };
    let trip = call.arrive(parameters.get("state"));
    let answered = call.end_trip(trip, async |request, trip, provider| {
        if provider.provider_type() == Type::Saml {
            return Err(oauth::invalid_request());
        }
        if let Some(error) = parameters.get("error") {
            let description = parameters.get("error_description");
            return Err(oauth::provider_refused(error, description));
        }
        let code = parameters.get("code").ok_or_else(oauth::invalid_request)?;
        let callback = call.callback();
        let client = OpenId {
            cx: &call.cx,
            pool: &request.pool,
            provider,
            callback: &callback,
        };
        client.proof(code, &trip.nonce).await
    });
    let mut response = answered.await;
    reply::set(&mut response, CACHE_CONTROL, "private");
    response
}
