//! The one source of entropy, and the formats of the identifiers that AWS makes from it
//! (facts: wire.md §2.1). A seeded source gives a test the same identifiers at every run.

use parking_lot::Mutex;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, RngExt, SeedableRng};
use uuid::Uuid;

const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"234567ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub struct Random(Mutex<StdRng>);

impl Random {
    /// Seeded by the system.
    pub fn system() -> std::io::Result<Self> {
        StdRng::try_from_rng(&mut SysRng)
            .map(Mutex::new)
            .map(Self)
            .map_err(std::io::Error::other)
    }

    /// The same draws for the same number: for tests only.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// The same draws for the same seed.
    pub fn of_seed(seed: [u8; 32]) -> Self {
        Self(Mutex::new(StdRng::from_seed(seed)))
    }

    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.lock().fill_bytes(&mut bytes);
        bytes
    }

    /// A version 4 UUID: request ids, event ids, jti, identities.
    pub fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// A user's `sub`: UUID-shaped, its third group beginning with `70`.
    pub fn sub(&self) -> String {
        Self::sub_of(self.bytes())
    }

    /// The one that these bytes make.
    pub fn sub_of(mut bytes: [u8; 16]) -> String {
        bytes[6] = 0x70;
        Uuid::from_bytes(bytes).to_string()
    }

    /// `<region>_<9 characters>`.
    pub fn user_pool_id(&self, region: &str) -> String {
        format!("{region}_{}", self.text(ALPHANUMERIC, 9))
    }

    /// 26 characters of base 36.
    pub fn client_id(&self) -> String {
        self.text(BASE36, 26)
    }

    /// 52 characters of base 36.
    pub fn client_secret(&self) -> String {
        self.text(BASE36, 52)
    }

    /// `<region>:<uuid>`: identity pools and identities.
    pub fn regional_uuid(&self, region: &str) -> String {
        format!("{region}:{}", self.uuid())
    }

    /// `ASIA` and 16 more: the access key of temporary credentials.
    pub fn access_key_id(&self) -> String {
        format!("ASIA{}", self.text(UPPER, 16))
    }

    /// 40 characters of the base 64 alphabet.
    pub fn secret_access_key(&self) -> String {
        self.text(BASE64, 40)
    }

    /// The host of a CloudFront distribution.
    pub fn cloud_front_distribution(&self) -> String {
        format!("d{}.cloudfront.net", self.text(BASE36, 13))
    }

    /// `tkn` and 25 more of base 36: a session of tokens.
    pub fn token_session_id(&self) -> String {
        format!("tkn{}", self.text(BASE36, 25))
    }

    /// `import-<10 characters>` (captured: aws-amplify/amplify-js#6416).
    pub fn import_job_id(&self) -> String {
        format!("import-{}", self.text(ALPHANUMERIC, 10))
    }

    /// 64 characters of base 16, as a signature has them.
    pub fn signature(&self) -> String {
        self.text(b"0123456789abcdef", 64)
    }

    /// A code of so many digits.
    pub fn digits(&self, length: usize) -> String {
        self.text(b"0123456789", length)
    }

    /// From 0 to less than 1.
    pub fn fraction(&self) -> f64 {
        self.0.lock().random()
    }

    /// A temporary password that satisfies every rule a policy can have: one of each kind, then
    /// mixed.
    pub fn password(&self, length: usize) -> String {
        const KINDS: [&[u8]; 4] = [
            b"ABCDEFGHJKLMNPQRSTUVWXYZ",
            b"abcdefghijkmnopqrstuvwxyz",
            b"23456789",
            b"!#%&*+-=?@",
        ];
        let mut rng = self.0.lock();
        let mut password: Vec<u8> = (0..length.max(KINDS.len()))
            .map(|index| {
                let kind = KINDS[index % KINDS.len()];
                kind[rng.random_range(0..kind.len())]
            })
            .collect();
        for last in (1..password.len()).rev() {
            password.swap(last, rng.random_range(0..=last));
        }
        password.into_iter().map(char::from).collect()
    }

    fn text(&self, alphabet: &[u8], length: usize) -> String {
        let mut rng = self.0.lock();
        (0..length)
            .map(|_| char::from(alphabet[rng.random_range(0..alphabet.len())]))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_the_formats_of_aws() {
        let random = Random::seeded(7);
        let pool = random.user_pool_id("eu-west-1");
        assert!(pool.starts_with("eu-west-1_") && pool.len() == 19, "{pool}");
        let client = random.client_id();
        assert_eq!(client.len(), 26);
        assert!(
            client
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
        );
        let sub = random.sub();
        assert_eq!(
            sub.split('-').map(str::len).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12]
        );
        assert!(sub.split('-').nth(2).unwrap().starts_with("70"), "{sub}");
        assert_eq!(random.access_key_id().len(), 20);
    }

    #[test]
    fn a_generated_password_has_every_kind_of_character() {
        let random = Random::seeded(7);
        for length in [0, 6, 8, 99] {
            let password = random.password(length);
            assert_eq!(password.len(), length.max(4));
            assert!(password.bytes().any(|byte| byte.is_ascii_uppercase()));
            assert!(password.bytes().any(|byte| byte.is_ascii_lowercase()));
            assert!(password.bytes().any(|byte| byte.is_ascii_digit()));
            assert!(password.bytes().any(|byte| byte.is_ascii_punctuation()));
        }
    }
}
