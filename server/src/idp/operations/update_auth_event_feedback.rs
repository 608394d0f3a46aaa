//! UpdateAuthEventFeedback — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateAuthEventFeedback.html>
//!
//! A FeedbackToken comes with the message about a sign-in that seemed risky. No sign-in seems so to this server,
//! so none was ever sent, and whatever is given is refused.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: UpdateAuthEventFeedbackRequest,
) -> Result<UpdateAuthEventFeedbackResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.read(|state| {
        state.settings().check_threat_protection()?;
        state.user(&request.username)?;
        Err(errors::invalid_feedback_token())
    })
}
