//! InitiateAuth — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html>
//!
//! AnalyticsMetadata and UserContextData change nothing in AWS's answers, nor here. ClientMetadata reaches
//! triggers only, which are refused until they are there.
//! Session is the one that ConfirmSignUp answers, for USER_AUTH.

use super::prelude::*;
use crate::auth::{self, Outcome, Parameters, Turn};

pub(crate) async fn handle(
    cx: &Context,
    request: InitiateAuthRequest,
) -> Result<InitiateAuthResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    let parameters = request.auth_parameters.unwrap_or_default();
    let turn = Turn {
        cx,
        pool: &pool,
        client_id: &request.client_id,
        parameters: Parameters(&parameters),
        session: request.session.as_deref(),
        by_administrator: false,
        is_first: true,
    };
    Ok(match auth::initiate(&turn, request.auth_flow).await? {
        Outcome::Tokens(result) => InitiateAuthResponse {
            challenge_parameters: Some(Default::default()),
            authentication_result: Some(result),
            ..Default::default()
        },
        Outcome::Challenge(challenge) => InitiateAuthResponse {
            challenge_name: Some(challenge.name),
            session: challenge.session,
            challenge_parameters: Some(challenge.parameters),
            available_challenges: challenge.available,
            authentication_result: None,
        },
    })
}
