//! `/oauth2/authorize`: where every sign-in of an app begins. To the app at once where the browser has a
//! session, else to the login page with the same query (facts/oauth.md §2).

use bytes::Bytes;
use http::Response;

use super::parameters::Parameters;
use super::request::{AuthorizationRequest, Prompt};
use super::{Call, completion, reply, session};
use crate::errors::oauth::{self, OAuthError};

pub(super) async fn answer(call: &Call<'_>, is_post: bool) -> Response<Bytes> {
    let parameters = if is_post { &call.form } else { &call.query };
    let request = match AuthorizationRequest::check(call, parameters) {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    match external_provider(parameters, &request) {
        Ok(None) => {}
        Ok(Some(name)) => {
            let error = oauth::federation_not_implemented(&name);
            return call.tell_app(&request.destination(), &error);
        }
        Err(error) => return call.tell_app(&request.destination(), &error),
    }
    if let Some(authentication) = session::find(call, &request) {
        return completion::complete(call, &request, authentication).await;
    }
    if request.prompt == Prompt::None {
        return call.tell_app(&request.destination(), &oauth::login_required());
    }
    let query = if is_post {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters.iter())
            .finish()
    } else {
        call.query_text.to_owned()
    };
    let mut response = reply::redirect(&format!("{}/login?{query}", call.base_url()));
    call.keep_language(&mut response);
    response
}

/// The identity provider that the request names, unless that is the pool itself.
fn external_provider(
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
            let mut providers = state.identity_providers().iter();
            let found = providers.find(|it| {
                let identifiers = it.description.idp_identifiers.iter().flatten();
                identifiers.into_iter().any(|it| it == wanted)
            });
            found.map(|it| it.name())
        };
        let client = state.client(request.client_id).ok();
        let is_supported = |name: &&str| client.is_some_and(|it| it.supports_provider(name));
        match name.filter(is_supported) {
            Some("COGNITO") => Ok(None),
            Some(name) => Ok(Some(name.to_owned())),
            None => Err(oauth::provider_not_found(wanted)),
        }
    })
}
