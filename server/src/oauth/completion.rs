//! The end of a sign-in: back to the app, with a code or with tokens (facts/oauth.md §2).

use bytes::Bytes;
use http::Response;

use super::cookies::CSRF;
use super::request::AuthorizationRequest;
use super::{Call, reply, session};
use crate::auth;
use crate::errors::oauth;
use crate::federation::Proof;
use crate::user_pools::{Authentication, AuthorizationCode};

/// The browser's session begins, and the browser goes back to the app. `proof`: of the provider through which
/// the user came, unless that was the pool itself.
pub(super) async fn admit(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    authentication: Authentication,
    proof: Option<&Proof>,
) -> Response<Bytes> {
    let cookie = session::begin(call, &request.pool, &authentication, proof);
    let mut response = complete(call, request, authentication).await;
    if let Ok(cookie) = cookie {
        call.noted.lock().renews_csrf = true;
        reply::set_cookie(&mut response, &call.no_cookie(CSRF, false));
        reply::set_cookie(&mut response, &cookie);
    }
    response
}

pub(super) async fn complete(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    authentication: Authentication,
) -> Response<Bytes> {
    let cx = &call.cx;
    if !request.is_implicit {
        let id = cx.app.random.uuid().to_string();
        let code = AuthorizationCode {
            id: id.clone(),
            made: cx.now,
            client_id: request.client_id.to_owned(),
            redirect_uri: request.redirect_uri.clone(),
            code_challenge: request.code_challenge.map(str::to_owned),
            nonce: request.nonce.map(str::to_owned),
            grant: request.grant.clone(),
            authentication,
        };
        let added = request.pool.write(|state| {
            state.add_code(code);
            Ok(())
        });
        if let Err(error) = added {
            let refusal = oauth::refused_authorization(&error);
            return call.tell_app(&request.destination(), &refusal);
        }
        let mut parameters = vec![("code", id.as_str())];
        parameters.extend(request.state.map(|it| ("state", it)));
        let location = reply::with_parameters(&request.redirect_uri, false, &parameters);
        return reply::redirect(&location);
    }
    let granted = (&request.grant, request.nonce);
    let (pool, client_id) = (&request.pool, request.client_id);
    match auth::issue(cx, pool, client_id, &authentication, granted, false).await {
        Ok(tokens) => {
            let expires_in = tokens.expires_in.unwrap_or_default().to_string();
            let mut parameters = Vec::new();
            parameters.extend(tokens.id_token.as_deref().map(|it| ("id_token", it)));
            parameters.extend(
                tokens
                    .access_token
                    .as_deref()
                    .map(|it| ("access_token", it)),
            );
            parameters.push(("expires_in", &expires_in));
            parameters.push(("token_type", "Bearer"));
            parameters.extend(request.state.map(|it| ("state", it)));
            let location = reply::with_parameters(&request.redirect_uri, true, &parameters);
            reply::redirect(&location)
        }
        Err(error) => call.tell_app(
            &request.destination(),
            &oauth::refused_authorization(&error),
        ),
    }
}
