//! CreateUserImportJob — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserImportJob.html>
//!
//! CloudWatchLogsRoleArn is only stored: what becomes of each row goes to this server's own log.

use super::prelude::*;
use crate::accounts::import;

pub(crate) async fn handle(
    cx: &Context,
    request: CreateUserImportJobRequest,
) -> Result<CreateUserImportJobResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    Ok(CreateUserImportJobResponse {
        user_import_job: Some(import::create(cx, &pool, request)?),
    })
}
