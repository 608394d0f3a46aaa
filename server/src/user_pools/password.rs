//! A user's password as it is kept: `salt` and `x = H(salt ‖ H(pool ‖ user ‖ ":" ‖ password))`, from
//! which the SRP verifier `g^x` follows when SRP asks for it (facts/auth.md §4). A check is two
//! hashes, so a sign-in costs its signatures and nothing else.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};

use cognito_model::Timestamp;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Kept", try_from = "Kept")]
pub struct Password {
    salt: [u8; 16],
    x: [u8; 32],
    /// When an administrator set it for one use; `None` for a password of the user's own.
    temporary_since: Option<Timestamp>,
}

/// As it is written: there are many, and a text is shorter and sooner read than a list of numbers.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Salt and `x`, in Base64.
    hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    temporary_since: Option<Timestamp>,
}

impl From<Password> for Kept {
    fn from(password: Password) -> Self {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(&password.salt);
        bytes[16..].copy_from_slice(&password.x);
        Self {
            hash: STANDARD_NO_PAD.encode(bytes),
            temporary_since: password.temporary_since,
        }
    }
}

impl TryFrom<Kept> for Password {
    type Error = &'static str;

    fn try_from(kept: Kept) -> Result<Self, Self::Error> {
        const WRONG: &str = "hash: not the 48 bytes of a salt and a hash, in Base64";
        let bytes = STANDARD_NO_PAD.decode(kept.hash).map_err(|_| WRONG)?;
        let (salt, x) = bytes.split_first_chunk().ok_or(WRONG)?;
        Ok(Self {
            salt: *salt,
            x: x.try_into().map_err(|_| WRONG)?,
            temporary_since: kept.temporary_since,
        })
    }
}

impl Password {
    /// `user_pool_id` and `username` are part of the hash, as SRP wants it.
    pub fn new(salt: [u8; 16], user_pool_id: &str, username: &str, password: &str) -> Self {
        let x = private_key(&salt, user_pool_id, username, password);
        Self {
            salt,
            x,
            temporary_since: None,
        }
    }

    #[must_use]
    pub fn temporary(mut self, since: Timestamp) -> Self {
        self.temporary_since = Some(since);
        self
    }

    pub fn is_temporary(&self) -> bool {
        self.temporary_since.is_some()
    }

    /// Whether a temporary password is older than the policy lets it be.
    pub fn has_expired(&self, now: Timestamp, validity_days: i32) -> bool {
        const DAY: i64 = 24 * 60 * 60 * 1000;
        self.temporary_since.is_some_and(|since| {
            now.as_millis() - since.as_millis() >= i64::from(validity_days) * DAY
        })
    }

    /// What SRP tells a caller who says that it knows the password.
    pub fn salt(&self) -> [u8; 16] {
        self.salt
    }

    /// The exponent of the SRP verifier.
    pub fn x(&self) -> [u8; 32] {
        self.x
    }

    /// In constant time.
    pub fn is(&self, user_pool_id: &str, username: &str, password: &str) -> bool {
        let x = private_key(&self.salt, user_pool_id, username, password);
        verify_slices_are_equal(&self.x, &x).is_ok()
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Password")
            .field("temporary_since", &self.temporary_since)
            .finish_non_exhaustive()
    }
}

/// SRP's `x`. The pool takes part by what stands after `_` in its id; the salt as a positive
/// number, so with a zero byte before it where its first bit is set.
fn private_key(salt: &[u8; 16], user_pool_id: &str, username: &str, password: &str) -> [u8; 32] {
    let pool_name = user_pool_id
        .split_once('_')
        .map_or(user_pool_id, |(_, name)| name);
    let mut identity = Context::new(&SHA256);
    for part in [pool_name, username, ":", password] {
        identity.update(part.as_bytes());
    }
    let mut x = Context::new(&SHA256);
    let significant = salt
        .iter()
        .position(|byte| *byte != 0)
        .map_or(&salt[15..], |first| &salt[first..]);
    if significant[0] >= 0x80 {
        x.update(&[0]);
    }
    x.update(significant);
    x.update(identity.finish().as_ref());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(x.finish().as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vector of facts/auth.md §4.
    #[test]
    fn x_is_what_srp_computes() {
        let salt = u128::from_str_radix("63479ad69a090b258277ec8fba6f9941", 16)
            .unwrap()
            .to_be_bytes();
        let x = private_key(
            &salt,
            "us-east-1_ExAmPlE01",
            "a1b2c3d4-5678-90ab-cdef-1234567890ab",
            "P@ssw0rd-Test1",
        );
        assert_eq!(
            x.map(|byte| format!("{byte:02x}")).concat(),
            "84b12b694e220b1660b9a84f9187754df964955e62a076a8f5f2b74c51e99ced"
        );
    }

    #[test]
    fn only_the_same_password_of_the_same_user_is_right() {
        let password = Password::new([0xff; 16], "us-east-1_a", "alice", "Passw0rd!");
        assert!(password.is("us-east-1_a", "alice", "Passw0rd!"));
        assert!(!password.is("us-east-1_a", "alice", "passw0rd!"));
        assert!(!password.is("us-east-1_a", "bob", "Passw0rd!"));
        assert!(!password.is("us-east-1_b", "alice", "Passw0rd!"));
    }

    #[test]
    fn what_is_kept_is_short_and_comes_back_whole() {
        let since = Timestamp::from_millis(1500);
        for password in [
            Password::new([7; 16], "p", "u", "x"),
            Password::new([0xff; 16], "p", "u", "x").temporary(since),
        ] {
            let text = serde_json::to_string(&password).unwrap();
            assert!(text.len() < 110, "{text}");
            assert_eq!(serde_json::from_str::<Password>(&text).unwrap(), password);
        }
        for wrong in ["", "AAAA", "?", &"A".repeat(63), &"A".repeat(65)] {
            let text = serde_json::json!({"hash": wrong}).to_string();
            let error = serde_json::from_str::<Password>(&text).unwrap_err();
            assert!(error.to_string().contains("not the 48 bytes"), "{error}");
        }
    }

    #[test]
    fn a_temporary_password_expires_by_the_clock() {
        let day = 86_400_000;
        let password = Password::new([0; 16], "p", "u", "x").temporary(Timestamp::from_millis(0));
        assert!(!password.has_expired(Timestamp::from_millis(7 * day - 1), 7));
        assert!(password.has_expired(Timestamp::from_millis(7 * day), 7));
        let own = Password::new([0; 16], "p", "u", "x");
        assert!(!own.has_expired(Timestamp::from_millis(9000 * day), 7));
    }
}
