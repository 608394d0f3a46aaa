//! REFRESH_TOKEN_AUTH: new ID and access tokens for a refresh token, which stays as it is
//! (facts/auth.md §10). No challenge, and no PreAuthentication or PostAuthentication.

use super::issue::Draft;
use super::{Outcome, Parameters, secret_hash};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::Pool;
use crate::tokens::Issuance;
use crate::triggers::{self, Trigger};
use crate::user_pools::GroupClaims;

pub async fn refresh(
    cx: &Context,
    pool: &Pool,
    client_id: &str,
    parameters: Parameters<'_>,
) -> Result<Outcome> {
    let presented = parameters.required("REFRESH_TOKEN")?;
    let hash = parameters.get("SECRET_HASH");
    if parameters.get("DEVICE_KEY").is_some() {
        return Err(errors::device_not_found());
    }
    let issuer = cx.issuer(pool);
    let token = cx.app.refresh_tokens.open(presented);
    let draft = pool.read(|state| {
        let client = state.client(client_id)?;
        if client.rotates_refresh_tokens() {
            return Err(errors::refresh_flow_excluded_by_rotation());
        }
        secret_hash::check_presence(client, hash)?;
        let token = token
            .as_ref()
            .filter(|token| token.user_pool_id == pool.id() && token.client_id == client_id)
            .ok_or_else(errors::invalid_refresh_token)?;
        if cx.now_seconds() >= token.exp {
            return Err(errors::refresh_token_expired());
        }
        let user = state
            .users()
            .find_by_sub(&token.sub)
            .ok_or_else(errors::user_not_found)?;
        secret_hash::check(client, &user.username, hash)?;
        if !user.enabled {
            return Err(errors::user_is_disabled());
        }
        triggers::refuse(state.settings(), &[Trigger::PreTokenGeneration])?;
        Ok(Draft::new(
            cx,
            &Issuance {
                issuer: &issuer,
                client,
                user,
                groups: GroupClaims::of(state.groups_of(user).collect()),
                now: cx.now_seconds(),
                auth_time: token.auth_time,
                event_id: cx.app.random.uuid(),
                origin_jti: token.origin_jti,
            },
        ))
    })?;
    Ok(Outcome::Tokens(draft.sign(cx, pool).await?))
}
