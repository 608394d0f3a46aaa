//! UpdateProvisionedLimit — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateProvisionedLimit.html>
//!
//! The RequestedLimitValue is only stored: no request is throttled.

use super::prelude::*;
use crate::user_pools::ProvisionedLimit;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateProvisionedLimitRequest,
) -> Result<UpdateProvisionedLimitResponse> {
    let limit = ProvisionedLimit::find(&request.limit_definition)?;
    let value = request.requested_limit_value;
    limit.check(value)?;
    if limit.is_of_managed_login() && uses_managed_login(cx) {
        return Err(errors::limit_is_of_managed_login(limit.category));
    }
    cx.app.store.provision_limit(&cx.scope, limit, value)?;
    Ok(UpdateProvisionedLimitResponse {
        limit: limit.describe(request.limit_definition, value),
    })
}

/// Whether a domain of the account in this region has managed login, which is version 2.
fn uses_managed_login(cx: &Context) -> bool {
    let (pools, _) = cx.app.store.list_user_pools(&cx.scope, 0, usize::MAX);
    pools.iter().any(|pool| {
        pool.read(|state| {
            let mut domains = state.domains().iter();
            domains.any(|domain| domain.description.managed_login_version == Some(2))
        })
    })
}
