//! New tokens for a refresh token: REFRESH_TOKEN_AUTH, where it stays as it is, and
//! GetTokensFromRefreshToken, where the client may have it rotated (facts/auth.md §10). No challenge,
//! and no PreAuthentication or PostAuthentication.

use cognito_model::idp::AuthenticationResultType;

use super::issue::Draft;
use super::{Outcome, Turn, secret_hash};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::keys::RefreshToken;
use crate::store::{Pool, PoolState};
use crate::triggers::{self, Trigger};
use crate::user_pools::{Client, Rotated, User};

pub async fn refresh(turn: &Turn<'_>) -> Result<Outcome> {
    let (cx, pool) = (turn.cx, turn.pool);
    let presented = turn.parameters.required("REFRESH_TOKEN")?;
    let hash = turn.parameters.get("SECRET_HASH");
    let device_key = turn.parameters.get("DEVICE_KEY");
    let token = cx.app.refresh_tokens.open(presented);
    let issuer = cx.issuer(pool);
    let draft = pool.write_through(turn.client_id, |state| {
        let client = state.client(turn.client_id)?;
        if client.rotates_refresh_tokens() {
            return Err(errors::refresh_flow_excluded_by_rotation());
        }
        secret_hash::check_presence(client, hash)?;
        let (token, user) = check(cx, state, client, token.as_ref(), device_key)?;
        secret_hash::check(client, &user.username, hash)?;
        if user
            .sign_ins
            .was_rotated(token.origin_jti, token.generation)
        {
            return Err(errors::refresh_token_revoked());
        }
        triggers::refuse(state.settings(), &[Trigger::PreTokenGeneration])?;
        let draft = Draft::renewed(
            cx,
            state,
            &issuer,
            user,
            client,
            token,
            cx.app.random.uuid(),
        );
        note_activity(cx, state, &user.username.clone(), token)?;
        Ok(draft)
    })?;
    Ok(Outcome::Tokens(draft.sign(cx, pool).await?))
}

pub async fn refresh_and_rotate(
    cx: &Context,
    pool: &Pool,
    client_id: &str,
    (presented, device_key): (&str, Option<&str>),
    secret: Option<&str>,
) -> Result<AuthenticationResultType> {
    let token = cx.app.refresh_tokens.open(presented);
    let issuer = cx.issuer(pool);
    let draft = pool.write_through(client_id, |state| {
        let client = state.client(client_id)?;
        secret_hash::check_secret(client, secret)?;
        let (token, user) = check(cx, state, client, token.as_ref(), device_key)?;
        triggers::refuse(state.settings(), &[Trigger::PreTokenGeneration])?;
        let mut draft = Draft::renewed(
            cx,
            state,
            &issuer,
            user,
            client,
            token,
            cx.app.random.uuid(),
        );
        if let Some(grace_seconds) = client.rotation_grace_seconds() {
            let mut sign_ins = user.sign_ins.clone();
            let (id, number, until) = (token.origin_jti, token.generation, token.exp);
            match sign_ins.rotate(id, number, until, grace_seconds, cx.now) {
                Rotated::Reused => return Err(errors::refresh_token_reused()),
                Rotated::Next(generation) => {
                    draft = draft.with_refresh_token(RefreshToken {
                        generation,
                        ..token.clone()
                    });
                }
            }
            let username = user.username.clone();
            state.update_user(&username, |user| user.sign_ins = sign_ins)?;
        } else if user
            .sign_ins
            .was_rotated(token.origin_jti, token.generation)
        {
            return Err(errors::refresh_token_reused());
        }
        note_activity(cx, state, &token.sub, token)?;
        Ok(draft)
    })?;
    draft.sign(cx, pool).await
}

/// Whether a refresh token is this client's, alive, and of somebody who may sign in.
fn check<'t, 's>(
    cx: &Context,
    state: &'s PoolState,
    client: &Client,
    token: Option<&'t RefreshToken>,
    device_key: Option<&str>,
) -> Result<(&'t RefreshToken, &'s User)> {
    let token = token
        .filter(|it| it.user_pool_id == state.settings().id() && it.client_id == client.id())
        .ok_or_else(errors::invalid_refresh_token)?;
    if cx.now_seconds() >= token.exp {
        return Err(errors::refresh_token_expired());
    }
    let user = state
        .users()
        .find_by_sub(&token.sub)
        .ok_or_else(errors::user_not_found)?;
    if !user.enabled {
        return Err(errors::user_is_disabled());
    }
    if user.sign_ins.has_ended(Some(token.origin_jti), token.iat) {
        return Err(errors::refresh_token_revoked());
    }
    // Where devices are tracked, a token is refreshed by the device that it was issued to.
    match (token.device_key.as_deref(), device_key) {
        (None, Some(_)) => Err(errors::device_not_found()),
        (Some(_), _) if state.settings().description.device_configuration.is_none() => {
            Ok((token, user))
        }
        (own, given) if own == given => Ok((token, user)),
        _ => Err(errors::invalid_refresh_token()),
    }
}

/// A tracked session is as recent as its last refresh.
fn note_activity(
    cx: &Context,
    state: &mut PoolState,
    username: &str,
    token: &RefreshToken,
) -> Result<()> {
    let sessions = &state.user(username)?.sign_ins.sessions;
    if sessions.iter().any(|it| it.origin_jti == token.origin_jti) {
        state.update_user(username, |user| {
            let sessions = user.sign_ins.sessions.iter_mut();
            for session in sessions.filter(|it| it.origin_jti == token.origin_jti) {
                session.last_active = cx.now;
                session.last_address = Some(cx.origin.address.to_string().into());
            }
        })?;
    }
    Ok(())
}
