//! SignUp — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html>
//!
//! AnalyticsMetadata and UserContextData change nothing in AWS's answers, nor here. ClientMetadata reaches
//! PreSignUp, CustomMessage, the custom senders and, where PreSignUp confirms the user, PostConfirmation;
//! ValidationData reaches PreSignUp. Session goes to a client that allows USER_AUTH (assumed).

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(cx: &Context, request: SignUpRequest) -> Result<SignUpResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    let signed_up = accounts::sign_up(cx, &pool, &request).await?;
    Ok(SignUpResponse {
        user_confirmed: signed_up.confirmed,
        code_delivery_details: signed_up.delivery,
        user_sub: signed_up.sub,
        session: signed_up.session,
    })
}
