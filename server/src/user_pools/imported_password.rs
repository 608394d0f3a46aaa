//! The hash of a password that an import brings from another system. It is what the first sign-in is
//! checked against; from then on the password is kept as this server keeps all of them. The formats
//! and bounds are those that AWS documents.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use cognito_model::idp::PasswordHashingAlgorithmType;
use serde::{Deserialize, Serialize};

use crate::errors::import_row;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedPassword {
    algorithm: PasswordHashingAlgorithmType,
    text: Box<str>,
}

impl std::fmt::Debug for ImportedPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportedPassword")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// A text taken apart.
enum Parts {
    Bcrypt,
    Scrypt {
        params: scrypt::Params,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    Argon2id {
        version: argon2::Version,
        params: argon2::Params,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
    Pbkdf2 {
        iterations: std::num::NonZeroU32,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
}

const MOST_BCRYPT_COST: u32 = 12;
const MOST_SCRYPT: (u32, u32, u32) = (65_536, 8, 1);
const MOST_ARGON2: (u32, u32, u32) = (19_456, 2, 1);
const MOST_ITERATIONS: u32 = 600_000;
/// More than any of them makes.
const MOST_HASH_BYTES: usize = 64;

impl ImportedPassword {
    pub fn parse(
        algorithm: PasswordHashingAlgorithmType,
        text: &str,
    ) -> Result<Self, &'static str> {
        let password = Self {
            algorithm,
            text: text.into(),
        };
        password.parts()?;
        Ok(password)
    }

    /// Takes as long as the hash wants, some tenths of a second: not for a thread that others wait for.
    pub fn is(&self, password: &str) -> bool {
        match self.parts() {
            Ok(Parts::Bcrypt) => bcrypt::verify(password, &self.text).unwrap_or(false),
            Ok(Parts::Scrypt { params, salt, hash }) => {
                let mut own = vec![0; hash.len()];
                scrypt::scrypt(password.as_bytes(), &salt, &params, &mut own).is_ok()
                    && verify_slices_are_equal(&own, &hash).is_ok()
            }
            Ok(Parts::Argon2id {
                version,
                params,
                salt,
                hash,
            }) => {
                let mut own = vec![0; hash.len()];
                argon2::Argon2::new(argon2::Algorithm::Argon2id, version, params)
                    .hash_password_into(password.as_bytes(), &salt, &mut own)
                    .is_ok()
                    && verify_slices_are_equal(&own, &hash).is_ok()
            }
            Ok(Parts::Pbkdf2 {
                iterations,
                salt,
                hash,
            }) => {
                let algorithm = pbkdf2::PBKDF2_HMAC_SHA256;
                pbkdf2::verify(algorithm, iterations, &salt, password.as_bytes(), &hash).is_ok()
            }
            Err(_) => false,
        }
    }

    fn parts(&self) -> Result<Parts, &'static str> {
        let fields: Vec<&str> = self.text.split('$').collect();
        match (self.algorithm, &fields[..]) {
            (PasswordHashingAlgorithmType::Bcrypt, ["", "2a" | "2b" | "2x" | "2y", cost, rest])
                if cost.len() == 2 && rest.len() == 53 && rest.bytes().all(is_bcrypt64) =>
            {
                bounded(&[number(cost)?], &[MOST_BCRYPT_COST])?;
                Ok(Parts::Bcrypt)
            }
            (PasswordHashingAlgorithmType::Scrypt, [n, r, p, salt, hash]) => {
                let (n, r, p) = (number(n)?, number(r)?, number(p)?);
                bounded(&[n, r, p], &[MOST_SCRYPT.0, MOST_SCRYPT.1, MOST_SCRYPT.2])?;
                let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| import_row::BAD_HASH)?;
                if !n.is_power_of_two() {
                    return Err(import_row::BAD_HASH);
                }
                Ok(Parts::Scrypt {
                    params: scrypt::Params::new(log_n, r, p).map_err(|_| import_row::BAD_HASH)?,
                    salt: hex(salt)?,
                    hash: sized(hex(hash)?)?,
                })
            }
            (
                PasswordHashingAlgorithmType::Argon2id,
                ["", "argon2id", version, costs, salt, hash],
            ) => {
                let version = match *version {
                    "v=19" => argon2::Version::V0x13,
                    "v=16" => argon2::Version::V0x10,
                    _ => return Err(import_row::BAD_HASH),
                };
                let costs: Vec<&str> = costs.split(',').collect();
                let [m, t, p] = costs[..] else {
                    return Err(import_row::BAD_HASH);
                };
                let cost = |text: &str, name: &str| {
                    let text = text.strip_prefix(name).ok_or(import_row::BAD_HASH)?;
                    number(text)
                };
                let (m, t, p) = (cost(m, "m=")?, cost(t, "t=")?, cost(p, "p=")?);
                bounded(&[m, t, p], &[MOST_ARGON2.0, MOST_ARGON2.1, MOST_ARGON2.2])?;
                let hash = sized(base64(hash)?)?;
                let params = argon2::Params::new(m, t, p, Some(hash.len()));
                Ok(Parts::Argon2id {
                    version,
                    params: params.map_err(|_| import_row::BAD_HASH)?,
                    salt: base64(salt)?,
                    hash,
                })
            }
            (
                PasswordHashingAlgorithmType::Pbkdf2Sha256,
                ["", "pbkdf2-sha256", iterations, salt, hash],
            ) => {
                let iterations = number(iterations)?;
                bounded(&[iterations], &[MOST_ITERATIONS])?;
                Ok(Parts::Pbkdf2 {
                    iterations: iterations.try_into().map_err(|_| import_row::BAD_HASH)?,
                    salt: base64(salt)?,
                    hash: sized(base64(hash)?)?,
                })
            }
            _ => Err(import_row::BAD_HASH),
        }
    }
}

fn is_bcrypt64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/')
}

fn number(text: &str) -> Result<u32, &'static str> {
    text.parse().map_err(|_| import_row::BAD_HASH)
}

fn bounded(values: &[u32], most: &[u32]) -> Result<(), &'static str> {
    if values.iter().zip(most).all(|(value, most)| value <= most) {
        Ok(())
    } else {
        Err(import_row::COSTLY_HASH)
    }
}

/// Short hashes are guessed, long ones are work.
fn sized(hash: Vec<u8>) -> Result<Vec<u8>, &'static str> {
    if (16..=MOST_HASH_BYTES).contains(&hash.len()) {
        Ok(hash)
    } else {
        Err(import_row::BAD_HASH)
    }
}

/// Python's libraries write a dot for the plus.
fn base64(text: &str) -> Result<Vec<u8>, &'static str> {
    STANDARD_NO_PAD
        .decode(text.trim_end_matches('=').replace('.', "+"))
        .map_err(|_| import_row::BAD_HASH)
}

fn hex(text: &str) -> Result<Vec<u8>, &'static str> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0);
    let digits = digits.ok_or(import_row::BAD_HASH)?;
    let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).unwrap_or_default();
    Ok(digits.chunks(2).map(byte).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All of them are hashes of `Passw0rd!`, made by Python's bcrypt, hashlib and argon2.
    const HASHES: [(PasswordHashingAlgorithmType, &str); 4] = [
        (PasswordHashingAlgorithmType::Bcrypt, BCRYPT),
        (PasswordHashingAlgorithmType::Scrypt, SCRYPT),
        (PasswordHashingAlgorithmType::Argon2id, ARGON2ID),
        (PasswordHashingAlgorithmType::Pbkdf2Sha256, PBKDF2),
    ];
    const BCRYPT: &str = "$2b$04$K9/EBSTz/f8Zw0KTRj70uey.qteGxVYL29aihYsSNiScSsEpzLEGO";
    const SCRYPT: &str = "1024$8$1$000102030405060708090a0b0c0d0e0f$45d81a3ed913b44aba6b20b94f285a9eef3cdef2197fc90d4364b15c4b62e663";
    const ARGON2ID: &str = "$argon2id$v=19$m=64,t=2,p=1$fNl0rGRDPoeDnHAytH7IuQ$ORht3uxKFwy1ExcVeOoLjVLE2TWImklnaxTdHrNmIVA";
    const PBKDF2: &str =
        "$pbkdf2-sha256$1000$AAECAwQFBgcICQoLDA0ODw$.bBIX3PcwZJzR09g5gGFDZEhWG.zYWl2e9S2Ep0.5qM";

    #[test]
    fn every_algorithm_knows_its_password_and_no_other() {
        for (algorithm, text) in HASHES {
            let password = ImportedPassword::parse(algorithm, text).unwrap();
            assert!(password.is("Passw0rd!"), "{algorithm:?}");
            assert!(!password.is("passw0rd!"), "{algorithm:?}");
            for (other, _) in HASHES.iter().filter(|(it, _)| *it != algorithm) {
                let refused = ImportedPassword::parse(*other, text);
                assert_eq!(refused.unwrap_err(), import_row::BAD_HASH);
            }
        }
    }

    #[test]
    fn a_hash_that_costs_more_than_aws_takes_is_out_of_bounds() {
        for (algorithm, text) in [
            (
                PasswordHashingAlgorithmType::Bcrypt,
                BCRYPT.replace("$04$", "$13$"),
            ),
            (
                PasswordHashingAlgorithmType::Scrypt,
                SCRYPT.replace("1024$", "131072$"),
            ),
            (
                PasswordHashingAlgorithmType::Argon2id,
                ARGON2ID.replace("m=64", "m=19457"),
            ),
            (
                PasswordHashingAlgorithmType::Pbkdf2Sha256,
                PBKDF2.replace("$1000$", "$600001$"),
            ),
        ] {
            let refused = ImportedPassword::parse(algorithm, &text);
            assert_eq!(refused.unwrap_err(), import_row::COSTLY_HASH);
        }
    }

    #[test]
    fn what_is_no_hash_is_malformed() {
        for (algorithm, _) in HASHES {
            for text in [
                "",
                "$",
                "Passw0rd!",
                "$2b$xx$",
                "1$8$1$zz$",
                "0$0$0$00$00",
                "$argon2id$v=19$m=64$a$b",
            ] {
                let refused = ImportedPassword::parse(algorithm, text);
                assert_eq!(refused.unwrap_err(), import_row::BAD_HASH, "{text}");
            }
        }
    }
}
