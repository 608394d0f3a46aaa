//! CreateTerms — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateTerms.html>
//!
//! The sign-up page of managed login links to them. Enforcement and TermsSource have one value each, and are only
//! stored.

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
