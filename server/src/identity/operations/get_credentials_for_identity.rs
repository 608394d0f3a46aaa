//! GetCredentialsForIdentity — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html>
//!
//! The enhanced flow: the identity pool chooses the role, which is of its own account (documented), and the
//! session lasts an hour.

use super::prelude::*;
use crate::aws::Arn;
use crate::credentials::TemporaryCredentials;
use crate::identity::logins::{self, OwnTokens};
use crate::identity::proven::Proven;
use cognito_model::Timestamp;

/// Not configurable (facts/identity.md §6).
const LIFE_SECONDS: i64 = 60 * 60;

pub(crate) async fn handle(
    cx: &Context,
    request: GetCredentialsForIdentityInput,
) -> Result<GetCredentialsForIdentityResponse> {
    let id = &request.identity_id;
    let pool = cx.identity_pool_of_identity(id)?;
    let settings = pool.read(|state| {
        state.identities().usable(id)?;
        Ok(state.settings().clone())
    })?;
    let logins = request.logins.unwrap_or_default();
    let checked = logins::check(cx, &settings, &logins, OwnTokens::Taken).await?;
    let custom = request.custom_role_arn.as_deref();
    let (identity_id, role, tags) = cx.app.store.with_identities(&pool, |state| {
        let proven = Proven::of(state, id, &checked)?;
        let role = checked.role(state, custom)?;
        let is_own = Arn::role(&role.arn).is_some_and(|arn| arn.account == pool.scope().account);
        if !is_own {
            return Err(errors::invalid_identity_pool_configuration());
        }
        let tags = checked.tags(state);
        Ok((proven.settle(cx, state)?, role, tags))
    })?;
    tracing::debug!(
        identity = identity_id,
        role = role.arn,
        why = role.why,
        ?tags,
        "credentials"
    );
    let session = "CognitoIdentityCredentials";
    let issued = TemporaryCredentials::issue(&cx.app, cx.now, &role.arn, session, LIFE_SECONDS);
    Ok(GetCredentialsForIdentityResponse {
        identity_id: Some(identity_id),
        credentials: Some(Credentials {
            session_token: Some(issued.session_token(&cx.app)?),
            access_key_id: Some(issued.access_key_id),
            secret_key: Some(issued.secret_access_key),
            expiration: Some(Timestamp::from_millis(issued.expires)),
        }),
    })
}
