//! CreateUserPoolReplica — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolReplica.html>
//!
//! Only stored, for its RegionName: the replica has its state and its tags, and no region but the pool's own signs anybody in.
//! It is made at once: the answer says CREATING, and whoever looks next sees INACTIVE.

use super::prelude::*;
use crate::user_pools::Replica;

pub(crate) async fn handle(
    cx: &Context,
    request: CreateUserPoolReplicaRequest,
) -> Result<CreateUserPoolReplicaResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let scope = pool.scope();
    let tags = request.user_pool_tags.unwrap_or_default();
    let replica = pool.write(|state| {
        let replica = Replica::create(request.region_name, tags, state.settings(), scope)?;
        if let Some(there) = state.replica() {
            return Err(errors::replica_exists(&there.region));
        }
        state.set_replica(Some(replica.clone()));
        Ok(replica)
    })?;
    Ok(CreateUserPoolReplicaResponse {
        user_pool_replica: Some(replica.describe(
            pool.id(),
            &scope.account,
            ReplicaStatusType::Creating,
        )),
    })
}
