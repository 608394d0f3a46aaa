//! DeleteUserPoolReplica — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolReplica.html>
//!
//! It is gone at once: the answer says DELETING, and whoever looks next sees none.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DeleteUserPoolReplicaRequest,
) -> Result<DeleteUserPoolReplicaResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let scope = pool.scope();
    if request.region_name == scope.region {
        return Err(errors::primary_is_no_replica());
    }
    let replica = pool.write(|state| {
        let replica = state.replica_in(&request.region_name)?.clone();
        replica.check_deletable()?;
        state.set_replica(None);
        Ok(replica)
    })?;
    Ok(DeleteUserPoolReplicaResponse {
        user_pool_replica: Some(replica.describe(
            pool.id(),
            &scope.account,
            ReplicaStatusType::Deleting,
        )),
    })
}
