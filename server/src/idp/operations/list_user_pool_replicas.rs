//! ListUserPoolReplicas — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPoolReplicas.html>
//!
//! The pool itself and its replica, if it has one: never more than one page.

use super::prelude::*;
use crate::user_pools::primary;

pub(crate) async fn handle(
    cx: &Context,
    request: ListUserPoolReplicasRequest,
) -> Result<ListUserPoolReplicasResponse> {
    let pool = cx.user_pool_or_replica(&request.user_pool_id)?;
    if request.next_token.is_some() {
        return Err(errors::invalid_next_token());
    }
    let scope = pool.scope();
    let mut replicas = vec![primary(scope, pool.id())];
    pool.read(|state| {
        let secondary = state.replica();
        replicas.extend(secondary.map(|it| it.describe(pool.id(), &scope.account, it.status)));
    });
    Ok(ListUserPoolReplicasResponse {
        user_pool_replicas: Some(replicas),
        next_token: None,
    })
}
