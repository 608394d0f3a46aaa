//! DescribeIdentity — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DescribeIdentity.html>
//!
//! A disabled identity is still described (assumed: ListIdentities shows it, too).

use super::prelude::*;
use crate::identity_pools::Identity;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeIdentityInput,
) -> Result<IdentityDescription> {
    let id = &request.identity_id;
    let pool = cx.identity_pool_of_identity(id)?;
    pool.read(|state| state.identities().get(id).map(Identity::description))
        .ok_or_else(|| errors::identity_not_found(id))
}
