//! ListUserImportJobs — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserImportJobs.html>
//!
//! The last created comes first (documented), and a page has at most as many jobs as the model lets the
//! answer have.

use super::prelude::*;

const MOST_OF_A_PAGE: usize = 50;

pub(crate) async fn handle(
    cx: &Context,
    request: ListUserImportJobsRequest,
) -> Result<ListUserImportJobsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let bound_to = ["ListUserImportJobs", pool.id()];
    let before = page::place(request.pagination_token.as_deref(), &bound_to)?;
    let limit = page::limit(Some(request.max_results)).min(MOST_OF_A_PAGE);
    pool.read(|state| {
        let (jobs, next) = state.import_jobs().page_backwards(before, limit);
        Ok(ListUserImportJobsResponse {
            user_import_jobs: Some(jobs.iter().map(|job| job.describe(cx.now)).collect()),
            pagination_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
