//! ListTerms — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListTerms.html>

use super::prelude::*;
use crate::user_pools::Terms;

pub(crate) async fn handle(cx: &Context, request: ListTermsRequest) -> Result<ListTermsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let bound_to = ["ListTerms", pool.id()];
    let after = page::place(request.next_token.as_deref(), &bound_to)?;
    let limit = page::limit(request.max_results);
    pool.read(|state| {
        let (terms, next) = state.login_pages().terms().page(after, limit);
        Ok(ListTermsResponse {
            terms: terms.into_iter().map(Terms::summary).collect(),
            next_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
