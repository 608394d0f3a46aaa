//! A user's authenticator app: the secret it shares with the server, and the codes it makes of it
//! (RFC 6238 with AWS's choices: SHA-1, six digits, thirty seconds; facts/users.md §11).

use cognito_model::{Blob, Timestamp};
use serde::{Deserialize, Serialize};
use totp_rs::{Algorithm, Builder, Totp};

use crate::errors::{self, Result};
use crate::random::Random;

/// 52 characters of base 32, as AWS's secrets have (facts/wire.md §2.1).
const SECRET_LENGTH: usize = 32;
const DIGITS: u8 = 6;
const STEP_SECONDS: u64 = 30;
/// How many steps the app's clock may be ahead or behind.
const SKEW: u16 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TotpSecret(Blob);

impl TotpSecret {
    pub fn new(random: &Random) -> Self {
        Self(Blob::new(random.bytes::<SECRET_LENGTH>().to_vec()))
    }

    /// One that somebody else has made: 16 bytes or more, as RFC 4226 wants it.
    pub fn from_base32(text: &str) -> Option<Self> {
        let secret = totp_rs::Secret::try_from_base32(text).ok()?;
        let bytes = secret.as_bytes();
        (bytes.len() >= 16).then(|| Self(Blob::new(bytes.to_vec())))
    }

    /// As AssociateSoftwareToken answers it.
    pub fn to_base32(&self) -> String {
        totp_rs::Secret::from(self.0.as_bytes()).to_base32()
    }

    /// The step that a code belongs to: the present one or a neighbour. Codes compare in constant time.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<u64> {
        self.generator()?.check(code, seconds(now)?)
    }

    /// The code of this moment.
    pub fn code(&self, now: Timestamp) -> Option<TotpCode> {
        let seconds = seconds(now)?;
        Some(TotpCode {
            digits: self.generator()?.generate(seconds).to_string(),
            step: seconds / STEP_SECONDS,
            seconds_left: STEP_SECONDS - seconds % STEP_SECONDS,
        })
    }

    fn generator(&self) -> Option<Totp> {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_step_duration(STEP_SECONDS)
            .with_skew(SKEW)
            .with_secret(self.0.as_bytes())
            .build()
            .ok()
    }
}

fn seconds(now: Timestamp) -> Option<u64> {
    u64::try_from(now.as_millis() / 1000).ok()
}

/// What an authenticator app shows.
pub struct TotpCode {
    pub digits: String,
    pub seconds_left: u64,
    step: u64,
}

/// An app whose first code has proven that it has the secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoftwareToken {
    secret: TotpSecret,
    pub friendly_device_name: Option<String>,
    /// The newest step whose code was used.
    last_step: u64,
}

impl SoftwareToken {
    /// `step` is that of the code which proved it, used up by that.
    pub fn new(secret: TotpSecret, friendly_device_name: Option<String>, step: u64) -> Self {
        Self {
            secret,
            friendly_device_name,
            last_step: step,
        }
    }

    /// The step of a code that may sign in: each is used once, and none before a used one (*assumed*).
    pub fn check(&self, code: &str, now: Timestamp) -> Result<u64> {
        let step = self.secret.step_of(code, now);
        let step = step.ok_or_else(errors::software_token_code_mismatch)?;
        if step > self.last_step {
            Ok(step)
        } else {
            Err(errors::software_token_code_used())
        }
    }

    /// The code that the app shows, and whether it has been used.
    pub fn shown(&self, now: Timestamp) -> Option<(TotpCode, bool)> {
        let code = self.secret.code(now)?;
        let is_used = code.step <= self.last_step;
        Some((code, is_used))
    }

    pub fn note_use(&mut self, step: u64) {
        self.last_step = step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238's test vectors.
    fn rfc() -> TotpSecret {
        TotpSecret(Blob::new(b"12345678901234567890".to_vec()))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1: the last six of its eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = u64::try_from(seconds / 30).unwrap();
            assert_eq!(rfc().step_of(code, at(seconds)), Some(step), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_right_one_step_early_and_late() {
        let (code, step) = ("005924", 1_234_567_890 / 30);
        let begin = i64::try_from(step * 30).unwrap();
        for seconds in [begin - 30, begin - 1, begin, begin + 29, begin + 59] {
            assert_eq!(rfc().step_of(code, at(seconds)), Some(step), "{seconds}");
        }
        for seconds in [begin - 31, begin + 60, 0] {
            assert_eq!(rfc().step_of(code, at(seconds)), None, "{seconds}");
        }
    }

    #[test]
    fn what_is_no_code_matches_nothing() {
        for code in ["", "5924", "0005924", "00592a", "٠٠٥٩٢٤", &"0".repeat(9999)] {
            assert_eq!(rfc().step_of(code, at(1_234_567_890)), None, "{code}");
        }
    }

    #[test]
    fn a_code_is_used_once() {
        let now = at(1_234_567_890);
        let step = rfc().step_of("005924", now).unwrap();
        let mut token = SoftwareToken::new(rfc(), None, step - 1);
        assert_eq!(token.check("005924", now).unwrap(), step);
        token.note_use(step);
        assert_eq!(
            token.check("005924", now).unwrap_err().to_string(),
            "ExpiredCodeException: Your software token has already been used once."
        );
        assert_eq!(
            token.check("000000", now).unwrap_err().to_string(),
            "CodeMismatchException: Invalid code received for user"
        );
    }

    #[test]
    fn a_secret_is_52_characters_that_no_log_shows() {
        let secret = TotpSecret::new(&Random::seeded(1));
        let text = secret.to_base32();
        assert_eq!(text.len(), 52);
        assert!(
            text.bytes()
                .all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
        );
        assert_eq!(format!("{secret:?}"), "TotpSecret(Blob(32 bytes))");
        assert_ne!(secret, TotpSecret::new(&Random::seeded(2)));
    }
}
