//! GetCSVHeader — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetCSVHeader.html>

use super::prelude::*;
use crate::user_pools::import_header;

pub(crate) async fn handle(
    cx: &Context,
    request: GetCSVHeaderRequest,
) -> Result<GetCSVHeaderResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    Ok(GetCSVHeaderResponse {
        csv_header: Some(pool.read(|state| import_header(state.settings()))),
        user_pool_id: Some(request.user_pool_id),
    })
}
