//! ConfirmSignUp — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ConfirmSignUp.html>
//!
//! AnalyticsMetadata and UserContextData change nothing in AWS's answers, nor here. ClientMetadata reaches
//! PostConfirmation.
//! Session is that of SignUp; the one that is answered signs the user in for the first time.

use super::prelude::*;
use crate::accounts;

pub(crate) async fn handle(
    cx: &Context,
    request: ConfirmSignUpRequest,
) -> Result<ConfirmSignUpResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    let session = accounts::confirm_sign_up(cx, &pool, &request).await?;
    Ok(ConfirmSignUpResponse { session })
}
