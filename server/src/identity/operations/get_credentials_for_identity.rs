//! GetCredentialsForIdentity — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html>
//!
//! The enhanced flow: the identity pool chooses the role, and the session lasts an hour.

use super::prelude::*;
use crate::credentials::TemporaryCredentials;
use crate::identity::logins::{self, CheckedLogin};
use crate::identity_pools::Login;
use crate::store::IdentityPoolState;
use cognito_model::Timestamp;

pub(crate) async fn handle(
    cx: &Context,
    request: GetCredentialsForIdentityInput,
) -> Result<GetCredentialsForIdentityResponse> {
    let id = &request.identity_id;
    let pool = cx
        .app
        .store
        .identity_pool_of_identity(id)
        .ok_or_else(|| errors::identity_not_found(id))?;
    let (settings, is_enabled) = pool.read(|state| {
        let identity = state.identities().get(id);
        (
            state.settings().clone(),
            identity.is_some_and(|identity| identity.enabled),
        )
    });
    if !is_enabled {
        return Err(errors::identity_not_found(id));
    }
    let logins = logins::check(cx, &settings, &request.logins.unwrap_or_default())?;
    if logins.is_empty() && request.custom_role_arn.is_some() {
        return Err(errors::access_to_role_forbidden(
            request.custom_role_arn.as_deref().unwrap_or_default(),
        ));
    }
    let (identity_id, role) = cx.app.store.with_identities(&pool, |state| {
        let proven = Proven::of(state, id, &logins)?;
        let role = match logins.first() {
            None if !settings.allows_guests() => {
                return Err(errors::unauthenticated_not_supported());
            }
            None => state.roles().of_guest()?.to_owned(),
            Some(login) => {
                let custom = request.custom_role_arn.as_deref();
                state
                    .roles()
                    .of_user(&login.role_mapping_key, &login.claims, custom)?
                    .to_owned()
            }
        };
        Ok((proven.settle(cx, state)?, role))
    })?;
    let credentials = TemporaryCredentials::issue(cx, &role, &identity_id);
    Ok(GetCredentialsForIdentityResponse {
        identity_id: Some(identity_id),
        credentials: Some(Credentials {
            session_token: Some(credentials.session_token(&cx.app)?),
            access_key_id: Some(credentials.access_key_id),
            secret_key: Some(credentials.secret_access_key),
            expiration: Some(Timestamp::from_millis(credentials.expires)),
        }),
    })
}

/// The identity that the logins prove: the one asked for, or the one that a guest's new login
/// already belongs to (facts/identity.md §4).
struct Proven {
    survivor: String,
    /// Identities that the logins make one with it.
    merged: Vec<String>,
    logins: Vec<Login>,
}

impl Proven {
    fn of(state: &IdentityPoolState, id: &str, logins: &[CheckedLogin]) -> Result<Self> {
        let identities = state.identities();
        let identity = identities
            .get(id)
            .ok_or_else(|| errors::identity_not_found(id))?;
        let is_guest = identity.logins.is_empty();
        let logins: Vec<_> = logins.iter().map(|it| it.login.clone()).collect();
        if !is_guest && logins.is_empty() {
            return Err(errors::access_to_identity_forbidden(id));
        }
        if !is_guest && !logins.iter().any(|login| identity.has(login)) {
            return Err(errors::logins_do_not_match());
        }
        let mut owners: Vec<String> = logins
            .iter()
            .filter_map(|login| identities.owner(login))
            .map(str::to_owned)
            .collect();
        // The older identity stays.
        owners.sort_by_key(|owner| identities.place(owner));
        owners.dedup();
        let survivor = match owners.first() {
            Some(owner) if is_guest => owner.clone(),
            _ => id.to_owned(),
        };
        let mut merged = owners;
        if is_guest {
            merged.push(id.to_owned());
        }
        merged.retain(|owner| *owner != survivor);
        Ok(Self {
            survivor,
            merged,
            logins,
        })
    }

    fn settle(self, cx: &Context, state: &mut IdentityPoolState) -> Result<String> {
        let Self {
            survivor,
            merged,
            logins,
        } = self;
        let is_new = |login: &Login| state.identities().owner(login).is_none();
        if !merged.is_empty() || logins.iter().any(is_new) {
            state.merge_identities(&survivor, &merged, &logins, cx.now)?;
        }
        Ok(survivor)
    }
}
