//! DescribeUserImportJob — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserImportJob.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeUserImportJobRequest,
) -> Result<DescribeUserImportJobResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.read(|state| {
        Ok(DescribeUserImportJobResponse {
            user_import_job: Some(state.import_job(&request.job_id)?.describe(cx.now)),
        })
    })
}
