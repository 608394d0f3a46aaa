//! InitiateAuth — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html>
//!
//! AnalyticsMetadata and UserContextData change nothing in AWS's answers, nor here. ClientMetadata reaches
//! triggers only, which are refused until they are there. Session belongs to USER_AUTH.

use super::prelude::*;
use crate::auth::{self, Outcome, Parameters};
use crate::user_pools::AuthFlow;

pub(crate) async fn handle(
    cx: &Context,
    request: InitiateAuthRequest,
) -> Result<InitiateAuthResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    let client_id = &request.client_id;
    let parameters = request.auth_parameters.unwrap_or_default();
    let parameters = Parameters(&parameters);
    let allowed = |flow: AuthFlow, name: &str| {
        let allows =
            pool.read(|state| state.client(client_id).map(|client| client.allows(flow)))?;
        if allows {
            Ok(())
        } else {
            Err(errors::flow_not_enabled(name))
        }
    };
    let outcome = match request.auth_flow {
        AuthFlowType::UserPasswordAuth => {
            allowed(AuthFlow::UserPassword, "USER_PASSWORD_AUTH")?;
            auth::sign_in_by_password(cx, &pool, client_id, parameters).await?
        }
        AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken => {
            allowed(AuthFlow::Refresh, "REFRESH_TOKEN_AUTH")?;
            auth::refresh(cx, &pool, client_id, parameters).await?
        }
        AuthFlowType::AdminNoSrpAuth | AuthFlowType::AdminUserPasswordAuth => {
            return Err(errors::initiate_auth_method_not_supported());
        }
        flow => {
            return Err(errors::not_implemented(&format!(
                "InitiateAuth with AuthFlow {flow}"
            )));
        }
    };
    Ok(match outcome {
        Outcome::Tokens(result) => InitiateAuthResponse {
            challenge_parameters: Some(Default::default()),
            authentication_result: Some(result),
            ..Default::default()
        },
        Outcome::Challenge(challenge) => InitiateAuthResponse {
            challenge_name: Some(challenge.name),
            session: Some(challenge.session),
            challenge_parameters: Some(challenge.parameters),
            ..Default::default()
        },
    })
}
