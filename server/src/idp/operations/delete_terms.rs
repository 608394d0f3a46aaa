//! DeleteTerms — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteTerms.html>

use super::prelude::*;

pub(crate) async fn handle(cx: &Context, request: DeleteTermsRequest) -> Result<()> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| state.remove_terms(&request.terms_id))
}
