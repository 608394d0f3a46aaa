//! SetLogDeliveryConfiguration — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetLogDeliveryConfiguration.html>
//!
//! LogConfigurations are only stored: nothing is delivered to a log group, bucket or stream.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: SetLogDeliveryConfigurationRequest,
) -> Result<SetLogDeliveryConfigurationResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let log_configurations = request.log_configurations.clone();
    pool.write(|state| {
        let settings = state.settings().with_logs(request.log_configurations)?;
        state.set_settings(settings);
        Ok(())
    })?;
    Ok(SetLogDeliveryConfigurationResponse {
        log_delivery_configuration: Some(LogDeliveryConfigurationType {
            user_pool_id: pool.id().to_owned(),
            log_configurations,
        }),
    })
}
