//! CreateUserPoolDomain — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html>
//!
//! A custom domain answers to its own name, by any certificate. Only stored: CertificateArn and SecurityPolicy of
//! CustomDomainConfig, and Routing.

use super::prelude::*;
use crate::user_pools::Domain;

pub(crate) async fn handle(
    cx: &Context,
    request: CreateUserPoolDomainRequest,
) -> Result<CreateUserPoolDomainResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let distribution = cx.app.random.cloud_front_distribution();
    let domain = cx.app.store.create_domain(&pool, |state| {
        Domain::create(request, state.settings(), pool.scope(), distribution)
    })?;
    Ok(CreateUserPoolDomainResponse {
        managed_login_version: domain.description.managed_login_version,
        cloud_front_domain: domain.cloud_front_domain(),
        routing: domain.description.routing,
    })
}
