//! DeleteIdentities — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DeleteIdentities.html>
//!
//! An identity of another account or region is not processed, one that is nowhere is no fault (assumed).

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DeleteIdentitiesInput,
) -> Result<DeleteIdentitiesResponse> {
    let mut unprocessed = Vec::new();
    for id in request.identity_ids_to_delete {
        let code = match cx.app.store.identity_pool_of_identity(&id) {
            None => continue,
            Some(pool) if pool.scope() != &cx.scope => ErrorCode::AccessDenied,
            Some(pool) => match cx.app.store.delete_identity(&pool, &id) {
                Ok(()) => continue,
                Err(_) => ErrorCode::InternalServerError,
            },
        };
        unprocessed.push(UnprocessedIdentityId {
            identity_id: Some(id),
            error_code: Some(code),
        });
    }
    Ok(DeleteIdentitiesResponse {
        unprocessed_identity_ids: Some(unprocessed),
    })
}
