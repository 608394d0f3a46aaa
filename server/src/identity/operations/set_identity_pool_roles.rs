//! SetIdentityPoolRoles — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetIdentityPoolRoles.html>

use super::prelude::*;
use crate::identity_pools::Roles;

pub(crate) async fn handle(cx: &Context, request: SetIdentityPoolRolesInput) -> Result<()> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    pool.write(|state| {
        let roles = Roles::set(request, state.settings())?;
        state.set_roles(roles);
        Ok(())
    })
}
