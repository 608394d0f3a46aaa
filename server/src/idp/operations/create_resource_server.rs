//! CreateResourceServer — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateResourceServer.html>

use super::prelude::*;
use crate::user_pools::ResourceServer;

pub(crate) async fn handle(
    cx: &Context,
    request: CreateResourceServerRequest,
) -> Result<CreateResourceServerResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let server = ResourceServer::new(pool.id(), request.identifier, request.name, request.scopes)?;
    let resource_server = server.description.clone();
    pool.write(|state| state.add_resource_server(server))?;
    Ok(CreateResourceServerResponse { resource_server })
}
