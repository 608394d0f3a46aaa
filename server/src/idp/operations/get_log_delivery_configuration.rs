//! GetLogDeliveryConfiguration — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetLogDeliveryConfiguration.html>
//!
//! Of a pool that delivers nothing, an empty list (assumed).

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: GetLogDeliveryConfigurationRequest,
) -> Result<GetLogDeliveryConfigurationResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let log_configurations = pool.read(|state| state.settings().log_configurations.clone());
    Ok(GetLogDeliveryConfigurationResponse {
        log_delivery_configuration: Some(LogDeliveryConfigurationType {
            user_pool_id: pool.id().to_owned(),
            log_configurations,
        }),
    })
}
