//! DescribeTermsByClient — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeTermsByClient.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeTermsByClientRequest,
) -> Result<DescribeTermsByClientResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let (client_id, name) = (&request.client_id, &request.terms_name);
    let terms = pool.read(|state| {
        state.client(client_id)?;
        let terms = state.login_pages().terms_of(client_id, name);
        terms
            .map(|terms| terms.description.clone())
            .ok_or_else(|| errors::client_has_no_terms(name, client_id))
    })?;
    Ok(DescribeTermsByClientResponse { terms: Some(terms) })
}
