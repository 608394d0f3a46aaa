//! RevokeToken: a refresh token, and what came from it, ends before its time (facts/tokens.md §5).

use super::secret_hash;
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::Pool;
use crate::tokens::Unverified;

/// A token that is revoked already, or whose user is gone, is no error.
pub fn revoke_token(
    cx: &Context,
    pool: &Pool,
    client_id: &str,
    secret: Option<&str>,
    token: &str,
) -> Result<()> {
    let opened = cx.app.refresh_tokens.open(token);
    pool.write(|state| {
        let client = state
            .client(client_id)
            .map_err(|_| errors::client_is_unauthorized())?;
        secret_hash::check_secret(client, secret).map_err(|_| errors::client_is_unauthorized())?;
        let Some(opened) = opened else {
            return Err(if Unverified::parse(token).is_some() {
                errors::unsupported_token_type()
            } else {
                errors::not_a_refresh_token()
            });
        };
        if opened.user_pool_id != pool.id() || opened.client_id != client_id {
            return Err(errors::client_is_unauthorized());
        }
        if !client.revokes_tokens() {
            return Err(errors::token_revocation_off());
        }
        if state.users().find_by_sub(&opened.sub).is_some() {
            let until = opened.exp.max(cx.now_seconds() + client.validity().access);
            state.update_user(&opened.sub, |user| {
                user.sign_ins.revoke(opened.origin_jti, until, cx.now);
            })?;
        }
        Ok(())
    })
}
