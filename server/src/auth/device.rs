//! Signing in with a remembered device: it proves its secret by SRP, which may stand for the second
//! factor (facts/auth.md §9).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_model::idp::{ChallengeNameType, NewDeviceMetadataType};

use super::challenge::pose;
use super::session::{Expected, Session};
use super::step::{Scene, Step, take};
use super::{First, Outcome, Progress, Turn, verifier};
use crate::errors::{self, Result};
use crate::store::Pool;
use crate::tokens::AccessToken;
use crate::user_pools::User;

/// The same for all devices of a pool, and part of what their secrets are hashed with.
pub(super) fn device_group_key(pool: &Pool) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, pool.id().as_bytes());
    let text = URL_SAFE_NO_PAD.encode(digest.as_ref());
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    format!("-{}", letters.take(8).collect::<String>())
}

/// Whether a device signs in that the pool does not know; never where it tracks none.
pub(super) fn is_new(scene: &Scene<'_>, progress: &Progress) -> bool {
    let tracks = scene.settings().description.device_configuration.is_some();
    tracks && progress.first == Some(First::Password) && !progress.has_device
}

/// Its key.
pub(super) fn new_device(scene: &Scene<'_>, progress: &Progress) -> Option<NewDeviceMetadataType> {
    is_new(scene, progress).then(|| {
        let pool = scene.turn.pool;
        NewDeviceMetadataType {
            device_key: Some(format!(
                "{}_{}",
                pool.scope().region,
                scene.turn.cx.app.random.uuid()
            )),
            device_group_key: Some(device_group_key(pool)),
        }
    })
}

/// Whether a device key came with the tokens that an access token is one of.
pub fn check_issued(token: &AccessToken, key: &str) -> Result<()> {
    if token.device_key.as_deref() == Some(key) {
        Ok(())
    } else {
        Err(errors::invalid_device_key())
    }
}

/// The challenge of the device that the caller named, if it is remembered.
pub(super) fn ask(scene: &Scene<'_>, user: &mut User, progress: &Progress) -> Result<Option<Step>> {
    let Some(key) = progress
        .device_key
        .as_deref()
        .filter(|_| !progress.has_device)
    else {
        return Ok(None);
    };
    let device = user
        .devices
        .find(key)
        .ok_or_else(errors::device_not_found)?;
    if !device.is_remembered {
        return Ok(None);
    }
    let name = ChallengeNameType::DeviceSrpAuth;
    let challenge = pose(scene, &user.sub, name, progress.clone(), Expected::Own)?;
    if let Some(session) = &challenge.session {
        user.sign_ins.ask_device(key, session);
    }
    let challenge = challenge.naming(scene, user);
    Ok(Some(Step::Challenge(challenge, None)))
}

/// The answer to DEVICE_SRP_AUTH. Its session may be left out: widely used clients do.
pub(super) async fn answer(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let key = turn.parameters.required("DEVICE_KEY")?;
    let client_number = turn.parameters.required("SRP_A")?;
    take(turn, username, |scene, user| {
        let user = user.ok_or_else(errors::invalid_session)?;
        let asked = user.sign_ins.take_asked_device(key);
        let name = ChallengeNameType::DeviceSrpAuth;
        let session = match (turn.session, asked.as_deref()) {
            (None, Some(asked)) => Session::open_text(turn, Some(asked), name)
                .map_err(|_| errors::missing_parameter("Session"))?,
            (given, _) => Session::open_text(turn, given, name)?,
        };
        session.check_user(user)?;
        session.spend(user, turn.cx);
        let progress = session.progress.clone();
        let device = user
            .devices
            .find(key)
            .ok_or_else(errors::device_not_found)?;
        if progress.device_key.as_deref() != Some(key) || !device.is_remembered {
            return Err(errors::invalid_session());
        }
        let pending = verifier::ask_device(scene, user, device, client_number, progress)?;
        Ok(Step::Exchange(Box::new(pending)))
    })
    .await
}

/// What a sign-in is once the device is proved: with the second factor, where the pool says so.
pub(super) fn proved(scene: &Scene<'_>, progress: Progress) -> Progress {
    let configuration = scene.settings().description.device_configuration.as_ref();
    let replaces_factor =
        configuration.is_some_and(|it| it.challenge_required_on_new_device == Some(true));
    Progress {
        has_device: true,
        has_second: progress.has_second || replaces_factor,
        ..progress
    }
}
