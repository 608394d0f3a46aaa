//! The grant `authorization_code`. A code is spent by the first client that may have it, whether or not
//! the rest of its request is right (*assumed*), so nobody tries verifiers.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_model::idp::OAuthFlowType;

use super::Call;
use super::client::Caller;
use super::token::{Granted, body_of};
use crate::auth;
use crate::errors::oauth::{self, OAuthError};
use crate::keys::OAuthGrant;
use crate::store::PoolState;
use crate::user_pools::Client;

pub(super) async fn exchange(call: &Call<'_>, caller: &Caller) -> Granted {
    let (cx, pool) = (&call.cx, &*caller.pool);
    let code = call.form.get("code").ok_or_else(oauth::invalid_request)?;
    let redirect_uri = call.form.get("redirect_uri");
    let redirect_uri = redirect_uri.ok_or_else(oauth::invalid_request)?;
    pool.read(|state| {
        let client = state.client(&caller.client_id);
        let client = client.map_err(|_| oauth::invalid_client())?;
        // Captured: facts/captured.md 91.
        if !client.is_oauth_client() {
            return Err(oauth::invalid_grant());
        }
        if !client.allows_oauth_flow(OAuthFlowType::Code) {
            return Err(oauth::unauthorized_client());
        }
        Ok(())
    })?;
    let take = |state: &mut PoolState| Ok(state.take_code(code, &caller.client_id, cx.now));
    let code = pool.write(take).map_err(|_| oauth::invalid_grant())?;
    let code = code.ok_or_else(oauth::invalid_grant)?;
    if code.redirect_uri != redirect_uri {
        return Err(oauth::invalid_redirect());
    }
    let verifier = call.form.get("code_verifier");
    check_verifier(code.code_challenge.as_deref(), verifier)?;
    pool.read(|state| match state.client(&caller.client_id) {
        Ok(client) if may_read(client, &code.grant) => Ok(()),
        _ => Err(oauth::invalid_grant()),
    })?;
    let granted = (&code.grant, code.nonce.as_deref());
    let tokens = auth::issue(
        cx,
        pool,
        &caller.client_id,
        &code.authentication,
        granted,
        true,
    );
    tokens
        .await
        .map(body_of)
        .map_err(|error| oauth::refused_grant(&error))
}

/// A verifier without a challenge is refused, too (*assumed*): whoever sends one believes in a challenge
/// that somebody has taken away (RFC 9700 §2.1.1).
fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), OAuthError> {
    let (Some(challenge), Some(verifier)) = (challenge, verifier) else {
        return match (challenge, verifier) {
            (None, None) => Ok(()),
            _ => Err(oauth::invalid_grant()),
        };
    };
    let own = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    verify_slices_are_equal(own.as_bytes(), challenge.as_bytes())
        .map_err(|_| oauth::invalid_grant())
}

/// Whether the client reads what its scopes are about (documented: one that reads `email` and not
/// `email_verified` may not have the scope `email`).
fn may_read(client: &Client, grant: &OAuthGrant) -> bool {
    let pairs = [
        ("email", ["email", "email_verified"]),
        ("phone", ["phone_number", "phone_number_verified"]),
    ];
    pairs.into_iter().all(|(scope, attributes)| {
        !grant.has_scope(scope) || attributes.into_iter().all(|it| client.may_read(it))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_the_one_of_its_challenge() {
        // The example of RFC 7636, appendix B.
        let challenge = Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let verifier = Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(check_verifier(challenge, verifier), Ok(()));
        assert_eq!(check_verifier(None, None), Ok(()));
        for (challenge, verifier) in [
            (challenge, None),
            (challenge, challenge),
            (verifier, verifier),
            (None, verifier),
        ] {
            assert_eq!(
                check_verifier(challenge, verifier),
                Err(oauth::invalid_grant())
            );
        }
    }
}
