//! UpdateResourceServer — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateResourceServer.html>
//!
//! Name and scopes are replaced as a whole (documented).

use super::prelude::*;
use crate::user_pools::ResourceServer;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateResourceServerRequest,
) -> Result<UpdateResourceServerResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let server = ResourceServer::new(pool.id(), request.identifier, request.name, request.scopes)?;
    let resource_server = server.description.clone();
    pool.write(|state| {
        state.resource_server(server.identifier())?;
        state.set_resource_server(server);
        Ok(())
    })?;
    Ok(UpdateResourceServerResponse { resource_server })
}
