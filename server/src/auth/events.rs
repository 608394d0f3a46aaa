//! What a pool with threat protection notes of a sign-in: each attempt is one event, from what was
//! proved first to the tokens or the failure that ends it (facts/users.md §14).

use cognito_model::idp::{ChallengeName, ChallengeResponse, EventResponseType, EventType};

use super::step::{Scene, Step};
use super::{First, Progress};
use crate::errors::ApiError;
use crate::user_pools::{Activity, User};

/// Notes what has been proved so far, and whether that was all.
pub(super) fn note(scene: &Scene<'_>, user: &mut User, progress: &Progress, step: &Step) {
    let response = match step {
        Step::Tokens(_) | Step::Proved(_) => EventResponseType::Pass,
        Step::Challenge(..) | Step::Exchange(_) => EventResponseType::InProgress,
        Step::Refused(_) | Step::Ended(_) => EventResponseType::Fail,
    };
    record(scene, user, progress, response, None);
}

/// A wrong answer, which ends the attempt for the event, though the user may answer again.
pub(super) fn refuse(
    scene: &Scene<'_>,
    user: &mut User,
    progress: &Progress,
    challenge: ChallengeName,
    error: ApiError,
) -> Step {
    record(
        scene,
        user,
        progress,
        EventResponseType::Fail,
        Some(challenge),
    );
    Step::Refused(error)
}

fn record(
    scene: &Scene<'_>,
    user: &mut User,
    progress: &Progress,
    response: EventResponseType,
    failed: Option<ChallengeName>,
) {
    if scene.settings().check_threat_protection().is_err() {
        return;
    }
    let right = |name| (name, ChallengeResponse::Success);
    let first = (progress.first == Some(First::Password)).then(|| right(ChallengeName::Password));
    let second = progress.has_second.then(|| right(ChallengeName::Mfa));
    let wrong = failed.map(|name| (name, ChallengeResponse::Failure));
    let answered: Vec<_> = [first, second, wrong].into_iter().flatten().collect();
    user.events.note(&Activity {
        id: progress.event_id,
        kind: EventType::SignIn,
        response,
        answered: &answered,
        address: &scene.address(),
        now: scene.turn.cx.now,
    });
}
