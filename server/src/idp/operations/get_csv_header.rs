//! GetCSVHeader — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetCSVHeader.html>
//!
//! In the order of AWS's own header: standard attributes but `sub`, the pool's, and two columns of the
//! import itself (facts/users.md §15).

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: GetCSVHeaderRequest,
) -> Result<GetCSVHeaderResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let csv_header = pool.read(|state| {
        let schema = state
            .settings()
            .description
            .schema_attributes
            .iter()
            .flatten();
        let names = schema
            .filter_map(|attribute| attribute.name.clone())
            .filter(|name| name != "sub");
        let own = ["cognito:mfa_enabled", "cognito:username"].map(str::to_owned);
        names.chain(own).collect()
    });
    Ok(GetCSVHeaderResponse {
        user_pool_id: Some(request.user_pool_id),
        csv_header: Some(csv_header),
    })
}
