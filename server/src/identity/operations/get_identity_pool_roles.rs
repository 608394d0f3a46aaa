//! GetIdentityPoolRoles — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetIdentityPoolRoles.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: GetIdentityPoolRolesInput,
) -> Result<GetIdentityPoolRolesResponse> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    Ok(pool.read(|state| GetIdentityPoolRolesResponse {
        identity_pool_id: Some(pool.id().to_owned()),
        roles: state.roles().roles(),
        role_mappings: state.roles().mappings(),
    }))
}
