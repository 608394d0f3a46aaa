//! GetOpenIdTokenForDeveloperIdentity — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdTokenForDeveloperIdentity.html>

use super::prelude::*;
use crate::identity::logins::{self, CheckedLogin, OwnTokens};
use crate::identity::openid_token;
use crate::identity::proven::Proven;
use cognito_model::ErrorCode;

/// Documented, where TokenDuration says nothing.
const LIFE_SECONDS: i64 = 15 * 60;

pub(crate) async fn handle(
    cx: &Context,
    request: GetOpenIdTokenForDeveloperIdentityInput,
) -> Result<GetOpenIdTokenForDeveloperIdentityResponse> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    let settings = pool.read(|state| state.settings().clone());
    let mut logins = request.logins;
    let provider = settings.description.developer_provider_name.as_deref();
    let (provider, user) = provider
        .and_then(|provider| Some((provider, logins.remove(provider)?)))
        .ok_or_else(errors::developer_provider_not_supported)?;
    let developer = CheckedLogin::of_developer(pool.id(), provider, &user)?;
    let mut checked = logins::check(cx, &settings, &logins, OwnTokens::Refused)
        .await
        .map_err(declared)?;
    checked.logins.insert(0, developer);

    let new_id = || cx.app.random.regional_uuid(&pool.scope().region);
    let mut bearer = cx.app.store.with_identities(&pool, |state| {
        checked.confirm(state.settings())?;
        let identity_id = if let Some(id) = &request.identity_id {
            state.identities().usable(id)?;
            let owner = state.identities().owner(&checked.logins[0].login);
            if owner.is_some_and(|owner| owner != id) {
                return Err(errors::developer_user_already_registered());
            }
            Proven::of(state, id, &checked)?.settle(cx, state)?
        } else {
            let logins: Vec<_> = checked.logins.iter().map(|it| it.login.clone()).collect();
            state.identity_of(&logins, new_id, cx.now)?
        };
        Ok(checked.bearer(state, &identity_id))
    })?;
    if let Some(tags) = request.principal_tags {
        bearer.tags = tags;
    }
    let life = request.token_duration.unwrap_or(LIFE_SECONDS);
    Ok(GetOpenIdTokenForDeveloperIdentityResponse {
        token: Some(openid_token::issue(cx, &pool, &bearer, life).await?),
        identity_id: Some(bearer.identity_id),
    })
}

/// The model declares no ExternalServiceException here: a token that nobody can check is not checked.
fn declared(error: errors::ApiError) -> errors::ApiError {
    if error.code() == ErrorCode::ExternalServiceException {
        errors::invalid_login_token("Couldn't verify signed token.").caused_by(error)
    } else {
        error
    }
}
