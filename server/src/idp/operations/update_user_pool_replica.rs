//! UpdateUserPoolReplica — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolReplica.html>
//!
//! From the region of the pool or of its replica. The Status is only stored: an active replica answers no more than an
//! inactive one.

use super::prelude::*;
use crate::user_pools::Replica;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateUserPoolReplicaRequest,
) -> Result<UpdateUserPoolReplicaResponse> {
    let pool = cx.user_pool_or_replica(&request.user_pool_id)?;
    let scope = pool.scope();
    if request.region_name == scope.region {
        return Err(errors::primary_is_no_replica());
    }
    let status = match request.status {
        UpdateReplicaStatusType::Active => ReplicaStatusType::Active,
        UpdateReplicaStatusType::Inactive => ReplicaStatusType::Inactive,
    };
    let replica = pool.write(|state| {
        let replica = state.replica_in(&request.region_name)?.clone();
        let replica = Replica { status, ..replica };
        state.set_replica(Some(replica.clone()));
        Ok(replica)
    })?;
    Ok(UpdateUserPoolReplicaResponse {
        user_pool_replica: Some(replica.describe(pool.id(), &scope.account, status)),
    })
}
