//! ListIdentityProviders — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListIdentityProviders.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: ListIdentityProvidersRequest,
) -> Result<ListIdentityProvidersResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let bound_to = ["ListIdentityProviders", pool.id()];
    let after = page::place(request.next_token.as_deref(), &bound_to)?;
    // The output holds 50 at most, whatever is asked for (model).
    let limit = page::limit(request.max_results).min(50);
    pool.read(|state| {
        let (providers, next) = state.identity_providers().page(after, limit);
        Ok(ListIdentityProvidersResponse {
            providers: providers
                .iter()
                .map(|provider| provider.summary())
                .collect(),
            next_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
