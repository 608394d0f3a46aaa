//! AdminUpdateAuthEventFeedback — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateAuthEventFeedback.html>
//!
//! The FeedbackValue is only stored: nothing here learns from it.

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminUpdateAuthEventFeedbackRequest,
) -> Result<AdminUpdateAuthEventFeedbackResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.write(|state| {
        state.settings().check_threat_protection()?;
        let mut events = state.user(&request.username)?.events.clone();
        events.judge(&request.event_id, request.feedback_value, cx.now)?;
        state.update_user(&request.username, |user| user.events = events)
    })?;
    Ok(AdminUpdateAuthEventFeedbackResponse {})
}
