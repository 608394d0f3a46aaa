//! SRP: the challenges PASSWORD_VERIFIER and DEVICE_PASSWORD_VERIFIER, which prove a password or a
//! device's secret without sending it (facts/auth.md §4, §9). The server's half of the exchange goes
//! with the caller as `SECRET_BLOCK`, sealed.
//!
//! TIMESTAMP is compared with its format only: the server's clock may be moved, the caller's is not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_model::idp::ChallengeNameType;
use jiff::fmt::strtime;
use rsa::BigUint;
use serde::{Deserialize, Serialize};

use super::challenge::next;
use super::password::{judge, refuse_stranger};
use super::session::Session;
use super::srp::{self, ClientNumber, Exchange};
use super::step::{Scene, Step, take};
use super::stranger::{Stranger, name_and_sub};
use super::{Challenge, Outcome, Progress, Turn, device};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::user_pools::{Device, User};

const PURPOSE: &[u8] = &[0x01, 0x80, 0x02, 0x78];

#[derive(Serialize, Deserialize)]
struct SecretBlock {
    session: Session,
    exchange: Exchange,
}

/// A challenge whose arithmetic is still to be done, which costs milliseconds.
pub(super) struct Pending {
    session: Session,
    client: ClientNumber,
    secret: Secret,
    salt: String,
    parameters: Vec<(&'static str, String)>,
    /// Only the flows that offer a choice give a session beside the secret block (captured.md 51).
    gives_session: bool,
    pub(super) available: Option<Vec<ChallengeNameType>>,
}

/// What the server knows of the secret.
enum Secret {
    Exponent([u8; 32]),
    Verifier(BigUint),
}

impl Pending {
    /// Not for a time when a lock is held.
    pub(super) fn pose(self, cx: &Context) -> Result<Challenge> {
        let verifier = match self.secret {
            Secret::Exponent(x) => srp::verifier(&x),
            Secret::Verifier(verifier) => verifier,
        };
        let exchange = Exchange::begin(&self.client, &verifier, cx.app.random.bytes());
        let server_number = exchange.server_number().to_owned();
        let session = self.session;
        let (name, sealed) = (session.challenge, session.seal(cx)?);
        let block = SecretBlock { session, exchange };
        let block = cx.app.sealer.seal(PURPOSE, &block, 0, &cx.app.random)?;
        let own = [
            ("SALT", self.salt),
            ("SECRET_BLOCK", STANDARD.encode(block)),
            ("SRP_B", server_number),
        ];
        let parameters = own.into_iter().chain(self.parameters);
        Ok(Challenge {
            name,
            parameters: parameters
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            session: self.gives_session.then_some(sealed),
            available: self.available,
        })
    }
}

/// USER_SRP_AUTH.
pub(super) async fn begin(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let client_number = turn.parameters.required("SRP_A")?;
    ClientNumber::parse(client_number).ok_or_else(errors::invalid_srp_a)?;
    take(turn, username, |scene, user| {
        let user = user.as_deref();
        let mut pending = ask(scene, user, username, client_number, turn.progress())?;
        pending.gives_session = false;
        Ok(Step::Exchange(Box::new(pending)))
    })
    .await
}

/// PASSWORD_VERIFIER: for somebody without a password, or for nobody, one that no answer passes.
pub(super) fn ask(
    scene: &Scene<'_>,
    user: Option<&User>,
    username: &str,
    client_number: &str,
    progress: Progress,
) -> Result<Pending> {
    let turn = scene.turn;
    let (name, sub) = name_and_sub(scene, user, username);
    let (salt, x) = match user.and_then(|user| user.password.as_ref()) {
        Some(password) => (password.salt(), password.x()),
        None => {
            let name = user.map_or(username, |user| &user.username);
            (Stranger::of(scene, name).salt, turn.cx.app.random.bytes())
        }
    };
    let challenge = ChallengeNameType::PasswordVerifier;
    Ok(Pending {
        session: Session::begin(turn, scene.client, &sub, challenge, progress),
        client: ClientNumber::parse(client_number).ok_or_else(errors::invalid_srp_a)?,
        secret: Secret::Exponent(x),
        salt: BigUint::from_bytes_be(&salt).to_str_radix(16),
        parameters: vec![("USERNAME", name.clone()), ("USER_ID_FOR_SRP", name)],
        gives_session: true,
        available: None,
    })
}

/// DEVICE_PASSWORD_VERIFIER.
pub(super) fn ask_device(
    scene: &Scene<'_>,
    user: &User,
    device: &Device,
    client_number: &str,
    progress: Progress,
) -> Result<Pending> {
    let challenge = ChallengeNameType::DevicePasswordVerifier;
    Ok(Pending {
        session: Session::begin(scene.turn, scene.client, &user.sub, challenge, progress),
        client: ClientNumber::parse(client_number).ok_or_else(errors::invalid_srp_a)?,
        secret: Secret::Verifier(BigUint::from_bytes_be(&device.verifier)),
        salt: BigUint::from_bytes_be(&device.salt).to_str_radix(16),
        parameters: vec![
            ("USERNAME", user.username.clone()),
            ("DEVICE_KEY", device.key.to_string()),
        ],
        gives_session: true,
        available: None,
    })
}

/// What answers either challenge.
struct Claim<'a> {
    session: Session,
    key: Option<srp::Key>,
    block_bytes: Vec<u8>,
    signature: Vec<u8>,
    timestamp: &'a str,
}

impl<'a> Claim<'a> {
    fn read(turn: &Turn<'a>, challenge: ChallengeNameType) -> Result<Self> {
        let signature = turn.parameters.required("PASSWORD_CLAIM_SIGNATURE")?;
        let block = turn.parameters.required("PASSWORD_CLAIM_SECRET_BLOCK")?;
        let timestamp = turn.parameters.required("TIMESTAMP")?;
        let is_exact = check_timestamp(timestamp)?;
        let read = || {
            let bytes = STANDARD.decode(block).ok()?;
            let block: SecretBlock = turn.cx.app.sealer.open(PURPOSE, &bytes)?;
            Some((block, bytes))
        };
        let (block, block_bytes) = read()
            .filter(|_| is_exact)
            .ok_or_else(errors::incorrect_username_or_password)?;
        block.session.check(turn, challenge)?;
        // Where a session comes with it, it has to be one, too.
        if turn.session.is_some() {
            let session = Session::open(turn, challenge)?;
            if session.id != block.session.id {
                return Err(errors::invalid_session());
            }
        }
        Ok(Self {
            key: block.exchange.key(),
            session: block.session,
            block_bytes,
            signature: STANDARD.decode(signature).unwrap_or_default(),
            timestamp,
        })
    }

    fn is_proved(&self, group: &str, name: &str) -> bool {
        let parts = [
            group.as_bytes(),
            name.as_bytes(),
            &self.block_bytes,
            self.timestamp.as_bytes(),
        ];
        let key = self.key.as_ref();
        key.is_some_and(|key| key.is_proved(&parts, &self.signature))
    }
}

/// The answer to PASSWORD_VERIFIER. A DEVICE_KEY may come with it.
pub(super) async fn answer(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let claim = Claim::read(turn, ChallengeNameType::PasswordVerifier)?;
    let pool_name = turn
        .pool
        .id()
        .split_once('_')
        .map_or(turn.pool.id(), |(_, name)| name);
    take(turn, username, |scene, user| {
        let mut progress = claim.session.progress.clone();
        progress.device_key = turn.progress().device_key.or(progress.device_key);
        let session = &claim.session;
        session.check_anyone(scene, user.as_deref(), username)?;
        match user {
            None => Err(refuse_stranger(scene, &session.sub)),
            Some(user) => {
                let step = judge(scene, Some(user), username, progress, |user| {
                    Ok(user.password.is_some() && claim.is_proved(pool_name, &user.username))
                })?;
                if !matches!(step, Step::Refused(_)) {
                    session.spend(user, turn.cx);
                }
                Ok(step)
            }
        }
    })
    .await
}

/// The answer to DEVICE_PASSWORD_VERIFIER: the device is proved.
pub(super) async fn answer_of_device(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let key = turn.parameters.required("DEVICE_KEY")?;
    let claim = Claim::read(turn, ChallengeNameType::DevicePasswordVerifier)?;
    let group = device::device_group_key(turn.pool);
    take(turn, username, |scene, user| {
        let user = user.ok_or_else(errors::invalid_session)?;
        claim.session.check_user(user)?;
        let progress = claim.session.progress.clone();
        let is_named = progress.device_key.as_deref() == Some(key);
        let device = user
            .devices
            .find(key)
            .ok_or_else(errors::device_not_found)?;
        if !is_named || !device.is_remembered || !claim.is_proved(&group, key) {
            return Err(errors::incorrect_username_or_password());
        }
        claim.session.spend(user, turn.cx);
        next(scene, user, &device::proved(scene, progress))
    })
    .await
}

/// Whether it is written exactly as AWS wants it, `Tue Mar 5 07:08:09 UTC 2024`: what is not is
/// refused like a wrong signature (captured: captured.md 52), what is no time at all by its format.
fn check_timestamp(text: &str) -> Result<bool> {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const FORMAT: &str = "%b %d %H:%M:%S UTC %Y";
    let (_, date) = text
        .split_once(' ')
        .filter(|(day, _)| DAYS.contains(day))
        .ok_or_else(errors::timestamp_format)?;
    let time = strtime::parse(FORMAT, date)
        .and_then(|parsed| parsed.to_datetime())
        .map_err(|_| errors::timestamp_format())?;
    let written = time.strftime("%a %b %-d %H:%M:%S UTC %Y").to_string();
    Ok(written == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_written_as_aws_wants_it() {
        assert!(check_timestamp("Tue Mar 5 07:08:09 UTC 2024").unwrap());
        assert!(!check_timestamp("Tue Mar 05 07:08:09 UTC 2024").unwrap());
        assert!(!check_timestamp("Wed Mar 5 07:08:09 UTC 2024").unwrap());
        for text in [
            "",
            "2024-03-05T07:08:09Z",
            "Tue Mar 5 07:08:09 2024",
            "Tue Foo 5 07:08:09 UTC 2024",
        ] {
            assert_eq!(
                check_timestamp(text).unwrap_err().to_string(),
                "InvalidParameterException: TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."
            );
        }
    }
}
