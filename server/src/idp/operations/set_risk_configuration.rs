//! SetRiskConfiguration — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetRiskConfiguration.html>
//!
//! Only the BlockedIPRangeList takes effect. No sign-in is judged by its risk, so AccountTakeoverRiskConfiguration,
//! CompromisedCredentialsRiskConfiguration and the SkippedIPRangeList are only stored.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: SetRiskConfigurationRequest,
) -> Result<SetRiskConfigurationResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let risk_configuration = pool.write(|state| {
        if let Some(client_id) = &request.client_id {
            state.client(client_id)?;
        }
        let (settings, configuration) = state.settings().with_risk(request, cx.now)?;
        state.set_settings(settings);
        Ok(configuration)
    })?;
    Ok(SetRiskConfigurationResponse { risk_configuration })
}
