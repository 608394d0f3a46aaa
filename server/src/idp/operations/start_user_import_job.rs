//! StartUserImportJob — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_StartUserImportJob.html>

use super::prelude::*;
use crate::accounts::import;

pub(crate) async fn handle(
    cx: &Context,
    request: StartUserImportJobRequest,
) -> Result<StartUserImportJobResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    Ok(StartUserImportJobResponse {
        user_import_job: Some(import::start(cx, pool, request.job_id)?),
    })
}
