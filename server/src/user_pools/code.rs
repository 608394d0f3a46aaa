//! Codes that confirm, verify and reset: one of a kind and user at a time, the newest counts, each
//! is used once and lives by the clock (facts/users.md §4).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use cognito_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::aws_time::{DAY, HOUR};
use crate::errors::{self, Result};

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    ConfirmSignUp,
    ResetPassword,
    /// To verify an email address.
    VerifyEmail,
    VerifyPhoneNumber,
}

impl Purpose {
    pub fn verifying(attribute: &str) -> Option<Self> {
        match attribute {
            "email" => Some(Self::VerifyEmail),
            "phone_number" => Some(Self::VerifyPhoneNumber),
            _ => None,
        }
    }

    fn seconds(self) -> i64 {
        match self {
            Self::ResetPassword => HOUR,
            _ => DAY,
        }
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Code {
    purpose: Purpose,
    value: Box<str>,
    /// The attribute whose address it went to.
    pub attribute: Box<str>,
    /// The address, where it becomes the attribute's value only once it is verified.
    pub pending: Option<Box<str>>,
    issued: Timestamp,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Code")
            .field("purpose", &self.purpose)
            .field("issued", &self.issued)
            .finish_non_exhaustive()
    }
}

/// The codes of one user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Codes(Vec<Code>);

impl Codes {
    /// Replaces an earlier code of the same purpose.
    pub fn issue(
        &mut self,
        purpose: Purpose,
        value: &str,
        attribute: &str,
        pending: Option<&str>,
        now: Timestamp,
    ) {
        self.revoke(purpose);
        self.0.push(Code {
            purpose,
            value: value.into(),
            attribute: attribute.into(),
            pending: pending.map(Into::into),
            issued: now,
        });
    }

    pub fn revoke(&mut self, purpose: Purpose) {
        self.0.retain(|code| code.purpose != purpose);
    }

    /// The right code, still alive; it is gone once the caller revokes it.
    pub fn check(&self, purpose: Purpose, given: &str, now: Timestamp) -> Result<&Code> {
        let code = self
            .0
            .iter()
            .find(|code| code.purpose == purpose)
            .ok_or_else(errors::code_expired)?;
        let age = now.as_millis() - code.issued.as_millis();
        if age >= purpose.seconds() * 1000 {
            return Err(errors::code_expired());
        }
        match verify_slices_are_equal(code.value.as_bytes(), given.as_bytes()) {
            Ok(()) => Ok(code),
            Err(_) => Err(errors::code_mismatch()),
        }
    }
}

/// What a user may do only so often in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attempt {
    ConfirmSignUp,
    ResendConfirmationCode,
    GetUserAttributeVerificationCode,
    VerifyUserAttribute,
    /// ForgotPassword and ConfirmForgotPassword together.
    ResetPassword,
    ChangePassword,
}

impl Attempt {
    /// An hour's quota (facts/users.md §4). AWS lets between 5 and 20 resets pass by risk; here they
    /// are 20.
    fn most(self) -> usize {
        match self {
            Self::ConfirmSignUp | Self::VerifyUserAttribute => 15,
            Self::ResetPassword => 20,
            Self::ResendConfirmationCode
            | Self::GetUserAttributeVerificationCode
            | Self::ChangePassword => 5,
        }
    }
}

/// The attempts of one user in the last hour.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attempts(Vec<(Attempt, Timestamp)>);

impl Attempts {
    pub fn check(&self, attempt: Attempt, now: Timestamp) -> Result<()> {
        let recent = self
            .0
            .iter()
            .filter(|(it, at)| *it == attempt && is_recent(*at, now))
            .count();
        if recent < attempt.most() {
            Ok(())
        } else {
            Err(errors::attempt_limit_exceeded())
        }
    }

    pub fn note(&mut self, attempt: Attempt, now: Timestamp) {
        self.0.retain(|(_, at)| is_recent(*at, now));
        self.0.push((attempt, now));
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    now.as_millis() - at.as_millis() < HOUR * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn told(result: Result<&Code>) -> String {
        result.unwrap_err().to_string()
    }

    const MISMATCH: &str =
        "CodeMismatchException: Invalid verification code provided, please try again.";
    const EXPIRED: &str =
        "ExpiredCodeException: Invalid code provided, please request a code again.";

    #[test]
    fn a_code_lives_by_the_clock_and_the_newest_counts() {
        let mut codes = Codes::default();
        assert_eq!(
            told(codes.check(Purpose::ConfirmSignUp, "1", at(0))),
            EXPIRED
        );
        codes.issue(Purpose::ConfirmSignUp, "111111", "email", None, at(0));
        codes.issue(Purpose::ConfirmSignUp, "222222", "email", None, at(10));
        assert_eq!(
            told(codes.check(Purpose::ConfirmSignUp, "111111", at(20))),
            MISMATCH
        );
        assert_eq!(
            told(codes.check(Purpose::ResetPassword, "222222", at(20))),
            EXPIRED
        );
        assert!(
            codes
                .check(Purpose::ConfirmSignUp, "222222", at(10 + DAY - 1))
                .is_ok()
        );
        assert_eq!(
            told(codes.check(Purpose::ConfirmSignUp, "222222", at(10 + DAY))),
            EXPIRED
        );
        codes.issue(Purpose::ResetPassword, "333333", "email", None, at(0));
        assert!(
            codes
                .check(Purpose::ResetPassword, "333333", at(HOUR - 1))
                .is_ok()
        );
        assert_eq!(
            told(codes.check(Purpose::ResetPassword, "333333", at(HOUR))),
            EXPIRED
        );
        codes.revoke(Purpose::ResetPassword);
        assert_eq!(
            told(codes.check(Purpose::ResetPassword, "333333", at(1))),
            EXPIRED
        );
    }

    #[test]
    fn attempts_are_counted_by_the_hour() {
        let mut attempts = Attempts::default();
        for second in 0..5 {
            attempts.check(Attempt::ChangePassword, at(second)).unwrap();
            attempts.note(Attempt::ChangePassword, at(second));
        }
        assert_eq!(
            attempts
                .check(Attempt::ChangePassword, at(5))
                .unwrap_err()
                .to_string(),
            "LimitExceededException: Attempt limit exceeded, please try after some time."
        );
        assert!(
            attempts
                .check(Attempt::ResendConfirmationCode, at(5))
                .is_ok()
        );
        assert!(attempts.check(Attempt::ChangePassword, at(HOUR)).is_ok());
    }
}
