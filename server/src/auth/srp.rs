//! The server's side of SRP-6a as Cognito does it: the 3072-bit group of RFC 5054, SHA-256, numbers
//! hashed as their shortest two's complement, and a 16-byte key by HKDF (facts/auth.md §4). A user's
//! password and a device's secret are proved alike.

use std::sync::LazyLock;

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::hmac;
use rsa::BigUint;
use serde::{Deserialize, Serialize};

/// The prime of RFC 3526, group 15.
const PRIME: &str = "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd\
ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f\
83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b\
e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510\
15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7\
abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c\
bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff";

struct Group {
    prime: BigUint,
    generator: BigUint,
    multiplier: BigUint,
}

static GROUP: LazyLock<Group> = LazyLock::new(|| {
    let prime = number(PRIME).unwrap_or_default();
    let generator = BigUint::from(2_u8);
    let multiplier = hash(&[&padded(&prime), &padded(&generator)]);
    Group {
        prime,
        generator,
        multiplier: BigUint::from_bytes_be(&multiplier),
    }
});

/// What a caller sends as a number: hexadecimal, and not longer than a number of the group can be.
pub(super) fn number(hex: &str) -> Option<BigUint> {
    const LONGEST: usize = 2 * 385;
    let is_number =
        hex.len() <= LONGEST && !hex.is_empty() && hex.bytes().all(|it| it.is_ascii_hexdigit());
    is_number.then(|| BigUint::parse_bytes(hex.as_bytes(), 16))?
}

/// `g^x`: what the server knows of a secret.
pub(super) fn verifier(x: &[u8]) -> BigUint {
    GROUP
        .generator
        .modpow(&BigUint::from_bytes_be(x), &GROUP.prime)
}

/// One exchange, between the server's number and the proof that answers it. It goes with the caller,
/// sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Exchange {
    verifier: String,
    client: String,
    secret: [u8; 32],
    server: String,
}

/// The caller's `SRP_A`.
pub(super) struct ClientNumber(BigUint);

impl ClientNumber {
    /// `None` if it is no number that a proof can be built on.
    pub(super) fn parse(hex: &str) -> Option<Self> {
        let number = number(hex)?;
        let is_usable = (&number % &GROUP.prime) != BigUint::default();
        is_usable.then_some(Self(number))
    }
}

impl Exchange {
    /// Costs milliseconds: not for a time when a lock is held.
    pub(super) fn begin(client: &ClientNumber, verifier: &BigUint, secret: [u8; 32]) -> Self {
        let group = &*GROUP;
        let power = group
            .generator
            .modpow(&BigUint::from_bytes_be(&secret), &group.prime);
        let server = (&group.multiplier * verifier + power) % &group.prime;
        Self {
            verifier: verifier.to_str_radix(16),
            client: client.0.to_str_radix(16),
            secret,
            server: server.to_str_radix(16),
        }
    }

    /// `SRP_B`.
    pub(super) fn server_number(&self) -> &str {
        &self.server
    }

    /// The key that both sides come to, which costs milliseconds: not for a time when a lock is held.
    pub(super) fn key(&self) -> Option<Key> {
        self.shared_key().map(Key)
    }

    fn shared_key(&self) -> Option<[u8; 16]> {
        let group = &*GROUP;
        let client = number(&self.client)?;
        let server = number(&self.server)?;
        let verifier = number(&self.verifier)?;
        let scrambler = BigUint::from_bytes_be(&hash(&[&padded(&client), &padded(&server)]));
        if scrambler == BigUint::default() {
            return None;
        }
        let base = client * verifier.modpow(&scrambler, &group.prime) % &group.prime;
        let shared = base.modpow(&BigUint::from_bytes_be(&self.secret), &group.prime);
        let salt = hmac::Key::new(hmac::HMAC_SHA256, &padded(&scrambler));
        let key = hmac::sign(&salt, &padded(&shared));
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
        let key = hmac::sign(&key, b"Caldera Derived Key\x01");
        key.as_ref()[..16].try_into().ok()
    }
}

/// What a proof is signed with.
pub(super) struct Key([u8; 16]);

impl Key {
    /// Whether the caller's signature of the parts shows that it knows the secret.
    pub(super) fn is_proved(&self, parts: &[&[u8]], signature: &[u8]) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        hmac::verify(&key, &parts.concat(), signature).is_ok()
    }
}

/// The shortest two's complement of a positive number: a zero byte before a first bit that is set.
pub(super) fn padded(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes[0] >= 0x80 {
        bytes.insert(0, 0);
    }
    bytes
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.finish().as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        number(hex).unwrap().to_bytes_be()
    }

    fn digest(text: &str) -> String {
        hash(&[text.as_bytes()])
            .map(|byte| format!("{byte:02x}"))
            .concat()
    }

    /// The test vector of facts/auth.md §4.
    fn exchange() -> Exchange {
        let a = number("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb").unwrap();
        let client = GROUP.generator.modpow(&a, &GROUP.prime).to_str_radix(16);
        assert_eq!(
            digest(&client),
            "cc9768b3ed89f4896aa3622586e9c6b379cf56c2bc23a3c22122b5fb6a5f1559"
        );
        let verifier = verifier(&bytes(
            "84b12b694e220b1660b9a84f9187754df964955e62a076a8f5f2b74c51e99ced",
        ));
        assert_eq!(
            digest(&verifier.to_str_radix(16)),
            "309fa7e71fc75f1e630d7d081331e853e0ea862e80d6b75c8db9156ec6978816"
        );
        let secret = bytes("3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d");
        let client = ClientNumber::parse(&client).unwrap();
        Exchange::begin(&client, &verifier, secret.try_into().unwrap())
    }

    #[test]
    fn the_multiplier_is_that_of_aws() {
        assert_eq!(
            GROUP.multiplier.to_str_radix(16),
            "538282c4354742d7cbbde2359fcf67f9f5b3a6b08791e5011b43b8a5b66d9ee6"
        );
    }

    #[test]
    fn the_test_vector_is_proved() {
        let exchange = exchange();
        assert_eq!(
            digest(exchange.server_number()),
            "3a36c1e8f701bf1c30e7a88261c4fc58de7f571e8e3c80a26a34de269d7c738a"
        );
        assert_eq!(
            exchange.shared_key().unwrap().to_vec(),
            bytes("bcb721eb7185d7cb834d3f0d8899721c")
        );
        let parts = [
            b"ExAmPlE01".as_slice(),
            b"a1b2c3d4-5678-90ab-cdef-1234567890ab",
            b"secret-block-bytes",
            b"Tue Mar 5 07:08:09 UTC 2024",
        ];
        let signature = STANDARD
            .decode("H+LS/ZWVoS7/hMxQWjWZcpDaGc38ipi1aGvIc9OJ8Ro=")
            .unwrap();
        let key = exchange.key().unwrap();
        assert!(key.is_proved(&parts, &signature));
        assert!(!key.is_proved(&parts[..3], &signature));
        assert!(!key.is_proved(&parts, &signature[..31]));
        assert!(!key.is_proved(&parts, &[]));
    }

    #[test]
    fn a_number_that_would_give_the_key_away_begins_no_exchange() {
        let prime = PRIME.to_owned();
        let twice = (&GROUP.prime * 2_u8).to_str_radix(16);
        for number in ["", "0", "00", &prime, &twice, "xyz", "-1", &"f".repeat(771)] {
            assert!(ClientNumber::parse(number).is_none(), "{number}");
        }
    }
}
