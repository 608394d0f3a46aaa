//! CreateTerms — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateTerms.html>
//!
//! Only stored until the sign-up page of managed login, which links to them, is there.

use super::prelude::*;
use crate::user_pools::Terms;

pub(crate) async fn handle(
    cx: &Context,
    request: CreateTermsRequest,
) -> Result<CreateTermsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let terms = Terms::create(request, cx.app.random.uuid().to_string(), cx.now);
    let description = terms.description.clone();
    pool.write(|state| state.add_terms(terms))?;
    Ok(CreateTermsResponse {
        terms: Some(description),
    })
}
