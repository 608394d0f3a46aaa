//! AdminListUserAuthEvents — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminListUserAuthEvents.html>

use super::prelude::*;

pub(crate) async fn handle(
    cx: &Context,
    request: AdminListUserAuthEventsRequest,
) -> Result<AdminListUserAuthEventsResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    pool.read(|state| {
        state.settings().check_threat_protection()?;
        let user = state.user(&request.username)?;
        let bound_to = ["AdminListUserAuthEvents", pool.id(), &user.username];
        let after = page::place(request.next_token.as_deref(), &bound_to)?;
        let events = user.events.newest_first();
        let (events, next) = page::of(&events, after, page::limit(request.max_results));
        Ok(AdminListUserAuthEventsResponse {
            auth_events: Some(events.iter().map(|it| (*it).clone()).collect()),
            next_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
