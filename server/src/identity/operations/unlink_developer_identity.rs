//! UnlinkDeveloperIdentity — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UnlinkDeveloperIdentity.html>

use super::prelude::*;
use crate::identity_pools::Login;

pub(crate) async fn handle(cx: &Context, request: UnlinkDeveloperIdentityInput) -> Result<()> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    let id = &request.identity_id;
    let login = Login {
        provider: request.developer_provider_name,
        subject: request.developer_user_identifier,
        is_developer: true,
    };
    cx.app.store.with_identities(&pool, |state| {
        if !state.settings().is_developer_provider(&login.provider) {
            return Err(errors::developer_provider_not_supported());
        }
        state.identities().usable(id)?;
        match state.identities().owner(&login) {
            None => Err(errors::developer_user_not_found(&login.subject)),
            Some(owner) if owner != id => Err(errors::developer_user_of_another_identity()),
            Some(_) => {
                state.unlink(id, &[login], cx.now);
                Ok(())
            }
        }
    })
}
