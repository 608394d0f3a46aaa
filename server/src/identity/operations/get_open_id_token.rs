//! GetOpenIdToken — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdToken.html>
//!
//! The classic flow: the caller takes the token to AssumeRoleWithWebIdentity, and a role of its choice.

use super::prelude::*;
use crate::identity::logins::{self, OwnTokens};
use crate::identity::openid_token;
use crate::identity::proven::Proven;

/// Documented.
const LIFE_SECONDS: i64 = 10 * 60;

pub(crate) async fn handle(
    cx: &Context,
    request: GetOpenIdTokenInput,
) -> Result<GetOpenIdTokenResponse> {
    let id = &request.identity_id;
    let pool = cx.identity_pool_of_identity(id)?;
    let settings = pool.read(|state| {
        state.identities().usable(id)?;
        if !state.settings().allows_classic_flow() {
            return Err(errors::classic_flow_is_off());
        }
        if state.roles().has_mappings() {
            return Err(errors::classic_flow_has_no_role_mappings());
        }
        Ok(state.settings().clone())
    })?;
    let logins = request.logins.unwrap_or_default();
    let checked = logins::check(cx, &settings, &logins, OwnTokens::Refused).await?;
    let bearer = cx.app.store.with_identities(&pool, |state| {
        let identity_id = Proven::of(state, id, &checked)?.settle(cx, state)?;
        Ok(checked.bearer(state, &identity_id))
    })?;
    Ok(GetOpenIdTokenResponse {
        token: Some(openid_token::issue(cx, &pool, &bearer, LIFE_SECONDS).await?),
        identity_id: Some(bearer.identity_id),
    })
}
