//! `/logout`: ends the browser's session, and goes to a registered address of the app, or back to the
//! login page (facts/oauth.md §7). Tokens stay as they are. OpenID Connect's own logout parameters are
//! none here (documented).

use bytes::Bytes;
use http::Response;

use super::cookies::{PAGE_DATA, SESSION};
use super::request::{AuthorizationRequest, Refusal};
use super::{Call, reply, session};
use crate::federation::saml::{Saml, SamlSession};
use crate::store::Pool;

pub(super) async fn answer(call: &Call<'_>) -> Response<Bytes> {
    let Some(client_id) = call.query.get("client_id") else {
        return call.refuse(call.missing_parameter("client_id", None));
    };
    let Some(pool) = call.place.pool_of_client(&call.cx, client_id) else {
        let refusal = Refusal::ErrorPage("invalid_request", client_id.to_owned());
        return call.refuse(refusal);
    };
    call.note_pool(&pool);
    let logout_uri = call.query.get("logout_uri").filter(|uri| {
        pool.read(|state| {
            let client = state.client(client_id);
            client.is_ok_and(|client| client.has_logout_url(uri))
        })
    });
    let location = match logout_uri {
        Some(uri) => uri.to_owned(),
        // One that is not registered counts as none (captured: facts/captured.md 87).
        None => {
            for name in ["redirect_uri", "response_type"] {
                if call.query.get(name).is_none() {
                    let missing = pool.read(|state| call.missing_parameter(name, Some(state)));
                    return call.refuse(missing);
                }
            }
            match AuthorizationRequest::check(call, &call.query) {
                Ok(request) => login_page(call, &request),
                Err(refusal) => return call.refuse(refusal),
            }
        }
    };
    let elsewhere = match session::end(call, &pool) {
        Some((name, session)) => sign_out_elsewhere(call, &pool, &name, &session, &location).await,
        None => None,
    };
    let mut response = reply::redirect(&elsewhere.unwrap_or(location));
    reply::set_cookie(&mut response, &call.no_cookie(SESSION, true));
    reply::set_cookie(&mut response, &call.no_cookie(PAGE_DATA, false));
    response
}

/// At the SAML provider first, if it wants that (documented).
async fn sign_out_elsewhere(
    call: &Call<'_>,
    pool: &Pool,
    name: &str,
    session: &SamlSession,
    location: &str,
) -> Option<String> {
    let provider = call.provider(pool, name)?;
    let client = Saml {
        cx: &call.cx,
        pool,
        provider: &provider,
        answer_to: &call.saml_callback(),
    };
    let state = call.sign_out_state(location)?;
    client.sign_out(session, &state).await
}

/// With the same query, its scopes named (documented).
fn login_page(call: &Call<'_>, request: &AuthorizationRequest<'_>) -> String {
    let mut location = format!("{}/login?{}", call.base_url(), call.query_text);
    if call.query.get("scope").is_none() {
        let scope = [("scope", request.grant.scope.as_str())];
        location = reply::with_parameters(&location, false, &scope);
    }
    location
}
