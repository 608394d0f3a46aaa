//! GetProvisionedLimit — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetProvisionedLimit.html>
//!
//! Of an adjustable category; the others have no provisioned limit (assumed).

use super::prelude::*;
use crate::user_pools::ProvisionedLimit;

pub(crate) async fn handle(
    cx: &Context,
    request: GetProvisionedLimitRequest,
) -> Result<GetProvisionedLimitResponse> {
    let limit = ProvisionedLimit::find(&request.limit_definition)?;
    let value = cx.app.store.provisioned_limit(&cx.scope, limit);
    Ok(GetProvisionedLimitResponse {
        limit: limit.describe(request.limit_definition, value),
    })
}
