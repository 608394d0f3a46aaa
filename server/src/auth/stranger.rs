//! Whoever is not there, where the client is not to be told so: the same each time that somebody asks
//! by the name, and like somebody in all that can be seen (facts/users.md §17).

use super::step::Scene;
use crate::random::Random;
use crate::user_pools::User;

pub(super) struct Stranger {
    pub(super) sub: String,
    pub(super) salt: [u8; 16],
}

impl Stranger {
    pub(super) fn of(scene: &Scene<'_>, username: &str) -> Self {
        let name = scene.state.users().normal(username);
        let text = format!("{}/{name}", scene.turn.pool.id());
        let mark = scene.turn.cx.app.sealer.mark(&text);
        let half = |from: usize| {
            let mut half = [0; 16];
            half.copy_from_slice(&mark[from..from + 16]);
            half
        };
        Self {
            sub: Random::sub_of(half(0)),
            salt: half(16),
        }
    }
}

/// The name and the id that a challenge tells of somebody, or of nobody alike: where addresses are
/// names, the name is the id.
pub(super) fn name_and_sub(
    scene: &Scene<'_>,
    user: Option<&User>,
    username: &str,
) -> (String, String) {
    let has_names = scene.settings().description.username_attributes.is_none();
    match user {
        Some(user) => (user.username.clone(), user.sub.clone()),
        None => {
            let sub = Stranger::of(scene, username).sub;
            let name = if has_names { username } else { &sub };
            (name.to_owned(), sub)
        }
    }
}
