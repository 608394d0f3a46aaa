//! The caller's side of Cognito's SRP, as the client libraries do it, with none of the server's own arithmetic.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use num_bigint::BigUint;

/// The prime of RFC 3526, group 15.
const PRIME: &[u8] = b"ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd\
ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f\
83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b\
e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510\
15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7\
abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c\
bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff";

/// Somebody who proves a password. The secret number may be a fixed one: whom the proof convinces is not
/// what the tests and measurements are about.
pub struct Prover {
    prime: BigUint,
    secret: BigUint,
    public: BigUint,
}

/// What the challenge PASSWORD_VERIFIER says.
pub struct Challenge<'a> {
    pub user_id: &'a str,
    pub salt: &'a str,
    pub server_number: &'a str,
    pub secret_block: &'a str,
}

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        16
    }
}

impl Prover {
    /// None for a number that is no number.
    pub fn new(secret: &str) -> Option<Self> {
        let prime = BigUint::parse_bytes(PRIME, 16)?;
        let secret = number(secret)?;
        let public = BigUint::from(2_u8).modpow(&secret, &prime);
        Some(Self {
            prime,
            secret,
            public,
        })
    }

    /// `SRP_A`.
    pub fn public_number(&self) -> String {
        self.public.to_str_radix(16)
    }

    /// `PASSWORD_CLAIM_SIGNATURE`; None if the challenge is not one.
    pub fn sign(
        &self,
        pool_name: &str,
        password: &str,
        challenge: &Challenge<'_>,
        timestamp: &str,
    ) -> Option<String> {
        let generator = BigUint::from(2_u8);
        let server = number(challenge.server_number)?;
        let u = BigUint::from_bytes_be(&hash(&[padded(&self.public), padded(&server)]));
        let identity = format!("{pool_name}{}:{password}", challenge.user_id);
        let identity = digest(&SHA256, identity.as_bytes()).as_ref().to_vec();
        let x = BigUint::from_bytes_be(&hash(&[padded(&number(challenge.salt)?), identity]));
        let k = BigUint::from_bytes_be(&hash(&[padded(&self.prime), padded(&generator)]));

        let known = k * generator.modpow(&x, &self.prime) % &self.prime;
        let base = (server + &self.prime - known) % &self.prime;
        let shared = base.modpow(&(&self.secret + &u * x), &self.prime);

        let mut key = [0; 16];
        let salt = Salt::new(HKDF_SHA256, &padded(&u));
        let expanded = salt.extract(&padded(&shared));
        let expanded = expanded.expand(&[b"Caldera Derived Key"], KeyLength).ok()?;
        expanded.fill(&mut key).ok()?;
        let message = [
            pool_name.as_bytes(),
            challenge.user_id.as_bytes(),
            &STANDARD.decode(challenge.secret_block).ok()?,
            timestamp.as_bytes(),
        ]
        .concat();
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &message);
        Some(STANDARD.encode(signature))
    }
}

fn number(hex: &str) -> Option<BigUint> {
    BigUint::parse_bytes(hex.as_bytes(), 16)
}

fn hash(parts: &[Vec<u8>]) -> Vec<u8> {
    digest(&SHA256, &parts.concat()).as_ref().to_vec()
}

/// The shortest two's complement of a positive number.
fn padded(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes[0] >= 0x80 {
        bytes.insert(0, 0);
    }
    bytes
}
