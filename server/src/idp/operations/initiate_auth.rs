//! InitiateAuth — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html>
//!
//! AnalyticsMetadata changes nothing in AWS's answers, nor here; of UserContextData, the IpAddress is recorded,
//! and compared with the blocked ranges of a risk configuration, and EncodedData changes nothing. ClientMetadata reaches
//! triggers only: PreAuthentication and UserMigration, as their validationData.
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
        on_page: false,
        is_first: true,
        client_metadata: request.client_metadata.as_ref(),
        address: request
            .user_context_data
            .as_ref()
            .and_then(|it| it.ip_address.as_deref()),
    };
    Ok(match auth::initiate(&turn, request.auth_flow).await? {
        Outcome::Tokens(result) => InitiateAuthResponse {
            challenge_parameters: Some(Default::default()),
            authentication_result: Some(result),
            ..Default::default()
        },
        Outcome::Proved(_) => return Err(errors::ended_without_tokens()),
        Outcome::Challenge(challenge) => InitiateAuthResponse {
            challenge_name: Some(challenge.name),
            session: challenge.session,
            challenge_parameters: Some(challenge.parameters),
            available_challenges: challenge.available,
            authentication_result: None,
        },
    })
}
