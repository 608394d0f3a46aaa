//! DescribeRiskConfiguration — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeRiskConfiguration.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: DescribeRiskConfigurationRequest,
) -> Result<DescribeRiskConfigurationResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.read(|state| {
        if let Some(client_id) = &request.client_id {
            state.client(client_id)?;
        }
        state.settings().check_threat_protection()?;
        let risk_configuration = state
            .settings()
            .risk_configuration(request.client_id.as_deref());
        Ok(DescribeRiskConfigurationResponse { risk_configuration })
    })
}
