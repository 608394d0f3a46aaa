//! Names that a stack gives its resources: the same at every start, in the forms that AWS makes.

use aws_lc_rs::digest::{SHA256, digest};
use uuid::Uuid;

use crate::random::Random;

const ALPHANUMERIC: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const UPPER: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The names of one resource.
pub(super) struct Names {
    place: String,
    region: String,
    logical_id: String,
    stack: String,
}

impl Names {
    pub(super) fn new(account: &str, region: &str, stack: &str, logical_id: &str) -> Self {
        Self {
            place: format!("{account}/{region}/{stack}/{logical_id}"),
            region: region.to_owned(),
            logical_id: logical_id.to_owned(),
            stack: stack.to_owned(),
        }
    }

    fn bytes(&self, what: &str, count: usize) -> Vec<u8> {
        let round = |round: usize| {
            let text = format!("{}/{what}/{round}", self.place);
            digest(&SHA256, text.as_bytes()).as_ref().to_vec()
        };
        let mut bytes: Vec<u8> = (0..count.div_ceil(32)).flat_map(round).collect();
        bytes.truncate(count);
        bytes
    }

    fn text(&self, what: &str, alphabet: &[u8], length: usize) -> String {
        let bytes = self.bytes(what, length);
        (bytes.into_iter())
            .map(|byte| char::from(alphabet[usize::from(byte) % alphabet.len()]))
            .collect()
    }

    pub(super) fn sixteen(&self, what: &str) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.bytes(what, 16));
        bytes
    }

    pub(super) fn user_pool_id(&self) -> String {
        format!("{}_{}", self.region, self.text("pool", ALPHANUMERIC, 9))
    }

    pub(super) fn client_id(&self) -> String {
        self.text("client", BASE36, 26)
    }

    pub(super) fn client_secret(&self) -> String {
        self.text("secret", BASE36, 52)
    }

    pub(super) fn uuid(&self) -> String {
        uuid::Builder::from_random_bytes(self.sixteen("uuid"))
            .into_uuid()
            .to_string()
    }

    pub(super) fn identity_pool_id(&self) -> String {
        format!("{}:{}", self.region, self.uuid())
    }

    pub(super) fn sub(&self) -> String {
        Random::sub_of(self.sixteen("sub"))
    }

    /// What CloudFormation calls a Cognito resource that has no name.
    pub(super) fn short_name(&self) -> String {
        format!(
            "{}-{}",
            self.logical_id,
            self.text("name", ALPHANUMERIC, 12)
        )
    }

    /// What it calls any other.
    pub(super) fn long_name(&self) -> String {
        format!(
            "{}-{}-{}",
            self.stack,
            self.logical_id,
            self.text("name", UPPER, 12)
        )
    }

    pub(super) fn stack_id(account: &str, region: &str, stack: &str) -> String {
        let uuid = Uuid::from_bytes(Self::new(account, region, stack, "").sixteen("stack"));
        format!("arn:aws:cloudformation:{region}:{account}:stack/{stack}/{uuid}")
    }
}
