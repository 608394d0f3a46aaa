//! RespondToAuthChallenge — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html>
//!
//! AnalyticsMetadata changes nothing in AWS's answers, nor here; of UserContextData, the IpAddress is recorded,
//! and compared with the blocked ranges of a risk configuration, and EncodedData changes nothing. ClientMetadata reaches
//! triggers only: all that are asked about an answer but CreateAuthChallenge.

use super::prelude::*;
use crate::auth::{self, Outcome, Parameters, Turn};

pub(crate) async fn handle(
    cx: &Context,
    request: RespondToAuthChallengeRequest,
) -> Result<RespondToAuthChallengeResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    let parameters = request.challenge_responses.unwrap_or_default();
    let turn = Turn {
        cx,
        pool: &pool,
        client_id: &request.client_id,
        parameters: Parameters(&parameters),
        session: request.session.as_deref(),
        by_administrator: false,
        on_page: false,
        is_first: false,
        client_metadata: request.client_metadata.as_ref(),
        address: request
            .user_context_data
            .as_ref()
            .and_then(|it| it.ip_address.as_deref()),
    };
    Ok(match auth::respond(&turn, request.challenge_name).await? {
        Outcome::Tokens(result) => RespondToAuthChallengeResponse {
            challenge_parameters: Some(Default::default()),
            authentication_result: Some(result),
            ..Default::default()
        },
        Outcome::Proved(_) => return Err(errors::ended_without_tokens()),
        Outcome::Challenge(challenge) => RespondToAuthChallengeResponse {
            challenge_name: Some(challenge.name),
            session: challenge.session,
            challenge_parameters: Some(challenge.parameters),
            ..Default::default()
        },
    })
}
