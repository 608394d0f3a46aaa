//! StopUserImportJob — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_StopUserImportJob.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: StopUserImportJobRequest,
) -> Result<StopUserImportJobResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        state.import_job(&request.job_id)?.check_stop(cx.now)?;
        let job = state.update_import_job(&request.job_id, |job| {
            job.stop();
            job.describe(cx.now)
        })?;
        Ok(StopUserImportJobResponse {
            user_import_job: Some(job),
        })
    })
}
