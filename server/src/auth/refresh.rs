//! New tokens for a refresh token: REFRESH_TOKEN_AUTH, where it stays as it is, and
//! GetTokensFromRefreshToken, where the client may have it rotated (facts/auth.md §10). No challenge,
//! and no PreAuthentication or PostAuthentication. ClientMetadata reaches PreTokenGeneration from the
//! latter operation only, as from no beginning of a sign-in.

use cognito_model::idp::{AuthenticationResultType, GetTokensFromRefreshTokenRequest};

use super::issue::Draft;
use super::token_generation::Occasion;
use super::{Outcome, Turn, secret_hash};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::keys::RefreshToken;
use crate::rare::Rare;
use crate::store::{Pool, PoolState};
use crate::triggers;
use crate::user_pools::{Client, Rotated, SignIns, User};

pub async fn refresh(turn: &Turn<'_>) -> Result<Outcome> {
    let (cx, pool) = (turn.cx, turn.pool);
    let presented = turn.parameters.required("REFRESH_TOKEN")?;
    let hash = turn.parameters.get("SECRET_HASH");
    let device_key = turn.parameters.get("DEVICE_KEY");
    let token = cx.app.refresh_tokens.open(presented);
    let issuer = cx.issuer(pool);
    let step = |state: &mut PoolState| {
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
        let occasion = Occasion::of_refresh(cx, None);
        let draft = Draft::renewed(cx, state, &issuer, user, client, token, occasion)?;
        note_activity(cx, state, &user.username.clone(), token)?;
        Ok(draft)
    };
    let draft = triggers::settle(cx, || pool.write_through(turn.client_id, step)).await?;
    Ok(Outcome::Tokens(draft.sign(cx, pool).await?))
}

pub async fn refresh_and_rotate(
    cx: &Context,
    pool: &Pool,
    request: &GetTokensFromRefreshTokenRequest,
) -> Result<AuthenticationResultType> {
    let client_id = &request.client_id;
    let token = cx.app.refresh_tokens.open(&request.refresh_token);
    let issuer = cx.issuer(pool);
    let step = |state: &mut PoolState| {
        let client = state.client(client_id)?;
        secret_hash::check_secret(client, request.client_secret.as_deref())?;
        let device_key = request.device_key.as_deref();
        let (token, user) = check(cx, state, client, token.as_ref(), device_key)?;
        let rotated = rotate(cx, client, user, token)?;
        let occasion = Occasion::of_refresh(cx, request.client_metadata.as_ref());
        let mut draft = Draft::renewed(cx, state, &issuer, user, client, token, occasion)?;
        if let Some((sign_ins, next)) = rotated {
            draft = draft.with_refresh_token(next);
            let username = user.username.clone();
            state.update_user(&username, |user| user.sign_ins = sign_ins)?;
        }
        note_activity(cx, state, &token.sub, token)?;
        Ok(draft)
    };
    let draft = triggers::settle(cx, || pool.write_through(client_id, step)).await?;
    draft.sign(cx, pool).await
}

/// The token that comes after this one, where the client wants that, and what then is noted.
fn rotate(
    cx: &Context,
    client: &Client,
    user: &User,
    token: &RefreshToken,
) -> Result<Option<(Rare<SignIns>, RefreshToken)>> {
    let (id, number) = (token.origin_jti, token.generation);
    let Some(grace_seconds) = client.rotation_grace_seconds() else {
        return if user.sign_ins.was_rotated(id, number) {
            Err(errors::refresh_token_reused())
        } else {
            Ok(None)
        };
    };
    let mut sign_ins = user.sign_ins.clone();
    match sign_ins.rotate(id, number, token.exp, grace_seconds, cx.now) {
        Rotated::Reused => Err(errors::refresh_token_reused()),
        Rotated::Next(generation) => {
            let token = token.clone();
            Ok(Some((
                sign_ins,
                RefreshToken {
                    generation,
                    ..token
                },
            )))
        }
    }
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
    let life = state.life();
    if life.has_ended(&user.sign_ins, Some(token.origin_jti), token.iat) {
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
