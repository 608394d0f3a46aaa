//! UpdateTerms — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateTerms.html>
//!
//! What is only stored is what CreateTerms only stores.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateTermsRequest,
) -> Result<UpdateTermsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let terms = pool.write(|state| state.update_terms(request, cx.now))?;
    Ok(UpdateTermsResponse {
        terms: Some(terms.description),
    })
}
