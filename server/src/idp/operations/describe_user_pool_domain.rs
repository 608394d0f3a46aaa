//! DescribeUserPoolDomain — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPoolDomain.html>
//!
//! Of a domain that is not there, an empty description (assumed: what clients of AWS rely on).

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeUserPoolDomainRequest,
) -> Result<DescribeUserPoolDomainResponse> {
    let name = &request.domain;
    let pool = cx.app.store.user_pool_of_domain(name, &cx.scope.region);
    let description = pool
        .filter(|pool| pool.scope() == &cx.scope)
        .and_then(|pool| pool.read(|state| Some(state.domains().get(name)?.description.clone())));
    Ok(DescribeUserPoolDomainResponse {
        domain_description: Some(description.unwrap_or_default()),
    })
}
