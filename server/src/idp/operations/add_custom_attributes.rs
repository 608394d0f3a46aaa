//! AddCustomAttributes — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddCustomAttributes.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: AddCustomAttributesRequest,
) -> Result<AddCustomAttributesResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        state.check_no_import()?;
        let settings = state
            .settings()
            .with_attributes(request.custom_attributes, cx.now)?;
        state.set_settings(settings);
        Ok(())
    })?;
    Ok(AddCustomAttributesResponse {})
}
