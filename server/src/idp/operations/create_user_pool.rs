//! CreateUserPool — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html>
//!
//! Only stored: IssuerConfiguration, KeyConfiguration, of UserPoolAddOns the AdvancedSecurityAdditionalFlows, of
//! EmailConfiguration the ConfigurationSet, and what SmsConfiguration says, since whether there is one is all
//! that counts: SnsCallerArn, ExternalId, SnsRegion, EumsSms. The tag `_custom_id_` fixes the pool's id and is
//! not stored.

use super::prelude::*;
use crate::user_pools::UserPool;

pub(crate) async fn handle(
    cx: &Context,
    mut request: CreateUserPoolRequest,
) -> Result<CreateUserPoolResponse> {
    let region = &cx.scope.region;
    let id = match UserPool::custom_id(&mut request) {
        Some(id) if !UserPool::is_id(&id, region) => return Err(errors::invalid_custom_id(&id)),
        Some(id) => id,
        None => cx.app.random.user_pool_id(region),
    };
    let settings = UserPool::create(request, id, &cx.scope, cx.now)?;
    let pool = cx.app.store.create_user_pool(settings, cx.scope.clone())?;
    Ok(CreateUserPoolResponse {
        user_pool: Some(pool.read(|state| state.describe())),
    })
}
