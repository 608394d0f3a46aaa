//! `/oauth2/authorize`: where every sign-in of an app begins. To the app at once where the browser has a
//! session, to another identity provider where the request names one, or there is no other choice, else to
//! the login page with the same query (facts/oauth.md §2).

use bytes::Bytes;
use http::Response;

use super::parameters::Parameters;
use super::request::{AuthorizationRequest, Prompt};
use super::{Call, completion, federation, reply, session};
use crate::errors::oauth::{self, OAuthError};

const OWN: &str = "COGNITO";

pub(super) async fn answer(call: &Call<'_>, is_post: bool) -> Response<Bytes> {
    let parameters = if is_post { &call.form } else { &call.query };
    let request = match AuthorizationRequest::check(call, parameters) {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    let wanted = match named_provider(parameters, &request) {
        Ok(wanted) => wanted,
        Err(error) => return call.tell_app(&request.destination(), &error),
    };
    if let Some(authentication) = session::find(call, &request, wanted.as_deref()) {
        return completion::complete(call, &request, authentication).await;
    }
    if request.prompt == Prompt::None {
        return call.tell_app(&request.destination(), &oauth::login_required());
    }
    let wanted = wanted.or_else(|| only_provider(&request));
    if let Some(name) = wanted.filter(|it| it != OWN) {
        return federation::depart(call, &request, parameters, &name).await;
    }
    let query = if is_post {
        parameters.to_query()
    } else {
        call.query_text.to_owned()
    };
    let mut response = reply::redirect(&format!("{}/login?{query}", call.base_url()));
    // Whoever was on the way to another provider has come back without an answer.
    for cookie in call.no_trip_cookies() {
        reply::set_cookie(&mut response, &cookie);
    }
    call.keep_language(&mut response);
    response
}

/// The identity provider that the request names, be it the pool itself.
fn named_provider(
    parameters: &Parameters,
    request: &AuthorizationRequest<'_>,
) -> Result<Option<String>, OAuthError> {
    let named = parameters.get("identity_provider");
    let by_identifier = parameters.get("idp_identifier");
    let Some(wanted) = named.or(by_identifier) else {
        return Ok(None);
    };
    request.pool.read(|state| {
        let name = if named.is_some() {
            Some(wanted)
        } else {
            let providers = state.identity_providers();
            let with = |identifier: &str| {
                let found = providers.iter().find(|it| it.has_identifier(identifier));
                found.map(|it| it.name())
            };
            // Whoever is asked for the own company types an address.
            let domain = wanted.rsplit_once('@').map(|(_, domain)| domain);
            with(wanted).or_else(|| with(domain?))
        };
        let client = state.client(request.client_id).ok();
        let is_supported = |name: &&str| client.is_some_and(|it| it.supports_provider(name));
        match name.filter(is_supported) {
            Some(name) => Ok(Some(name.to_owned())),
            None => Err(oauth::provider_not_found(wanted)),
        }
    })
}

/// The one by which alone users sign in through the client.
fn only_provider(request: &AuthorizationRequest<'_>) -> Option<String> {
    request.pool.read(|state| {
        let client = state.client(request.client_id).ok()?;
        match client.description.supported_identity_providers.as_deref() {
            Some([only]) => Some(only.clone()),
            _ => None,
        }
    })
}
