//! UpdateUserPoolDomain — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateUserPoolDomain.html>
//!
//! What the request leaves out stays (assumed). What is only stored is what CreateUserPoolDomain only stores.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateUserPoolDomainRequest,
) -> Result<UpdateUserPoolDomainResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        let domain = state
            .domain(&request.domain)?
            .update(request, state.settings())?;
        state.set_domain(domain.clone());
        Ok(UpdateUserPoolDomainResponse {
            managed_login_version: domain.description.managed_login_version,
            cloud_front_domain: domain.cloud_front_domain(),
            routing: domain.description.routing,
        })
    })
}
