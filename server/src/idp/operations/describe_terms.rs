//! DescribeTerms — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeTerms.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeTermsRequest,
) -> Result<DescribeTermsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let terms = pool.read(|state| {
        let terms = state.login_pages().terms_by_id(&request.terms_id)?;
        Ok(terms.description.clone())
    })?;
    Ok(DescribeTermsResponse { terms: Some(terms) })
}
