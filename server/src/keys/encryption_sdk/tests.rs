//! Messages read by the specification alone, byte for byte.

use aws_lc_rs::hmac::{self, HMAC_SHA384};
use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};

use super::*;
use crate::keys::Sealer;

const ARN: &str = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const POOL: &str = "us-east-1_ABCdef123";

/// Takes a message apart from its beginning.
struct Reader<'m>(&'m [u8]);

impl<'m> Reader<'m> {
    fn bytes(&mut self, length: usize) -> &'m [u8] {
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        self.bytes(N).try_into().unwrap()
    }

    fn field(&mut self) -> &'m [u8] {
        let length = u16::from_be_bytes(self.array());
        self.bytes(length.into())
    }

    fn text(&mut self) -> &'m str {
        std::str::from_utf8(self.field()).unwrap()
    }
}

struct Server {
    sealer: Sealer,
    random: Random,
}

impl Server {
    fn new() -> Self {
        let random = Random::seeded(1);
        Self {
            sealer: Sealer::new(&random),
            random,
        }
    }

    fn key(&self) -> KmsKey {
        KmsKey::of(&self.sealer, ARN).unwrap()
    }

    fn encrypt(&self, plaintext: &[u8]) -> Result<Vec<u8>> {
        let context = EncryptionContext::from([("userpool-id".to_owned(), POOL.to_owned())]);
        encrypt(plaintext, context, &self.key(), &self.random)
    }
}

/// HKDF of one block, which 32 bytes of SHA-384 are: RFC 5869.
fn derive(data_key: &[u8], info: &[u8]) -> Vec<u8> {
    let extracted = hmac::sign(&hmac::Key::new(HMAC_SHA384, &[0; 48]), data_key);
    let key = hmac::Key::new(HMAC_SHA384, extracted.as_ref());
    hmac::sign(&key, &[info, &[1]].concat()).as_ref()[..32].to_vec()
}

fn open(key: &[u8], iv: [u8; 12], additional: &[u8], sealed: &[u8]) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap());
    let mut sealed = sealed.to_vec();
    key.open_in_place(
        Nonce::assume_unique_for_key(iv),
        Aad::from(additional),
        &mut sealed,
    )
    .unwrap()
    .to_vec()
}

#[test]
fn a_message_is_what_the_specification_says_and_opens_with_the_key_of_kms() {
    let server = Server::new();
    let message = server.encrypt(b"123456").unwrap();
    let mut reader = Reader(&message);

    assert_eq!(reader.bytes(4), [1, 0x80, 0x03, 0x78]);
    let id: [u8; 16] = reader.array();
    let additional = reader.field();
    assert_eq!(additional.len(), 0x81, "as captured for an id of 19");
    let mut pairs = Reader(additional);
    assert_eq!(pairs.array(), [0, 2]);
    assert_eq!(pairs.text(), "aws-crypto-public-key");
    let public_key = pairs.text();
    assert_eq!(public_key.len(), 68);
    assert_eq!((pairs.text(), pairs.text()), ("userpool-id", POOL));
    assert_eq!(pairs.0.len(), 0);

    assert_eq!(reader.array(), [0, 1]);
    assert_eq!((reader.text(), reader.text()), ("aws-kms", ARN));
    let context = EncryptionContext::from([
        ("aws-crypto-public-key".to_owned(), public_key.to_owned()),
        ("userpool-id".to_owned(), POOL.to_owned()),
    ]);
    let data_key = server.key().decrypt(reader.field(), &context).unwrap();
    let key = derive(&data_key, &[&[0x03, 0x78], &id[..]].concat());

    assert_eq!(reader.bytes(6), [2, 0, 0, 0, 0, 12]);
    assert_eq!(reader.array(), 4096_u32.to_be_bytes());
    let header = &message[..message.len() - reader.0.len()];
    let iv = reader.array();
    assert_eq!(iv, [0; 12]);
    assert!(open(&key, iv, header, reader.bytes(16)).is_empty());

    assert_eq!(reader.bytes(8), [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1]);
    let iv = reader.array();
    assert_eq!(iv, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(reader.array(), 6_u32.to_be_bytes());
    let additional = [
        &id[..],
        b"AWSKMSEncryptionClient Final Frame",
        &[0, 0, 0, 1],
        &[0, 0, 0, 0, 0, 0, 0, 6],
    ]
    .concat();
    assert_eq!(open(&key, iv, &additional, reader.bytes(6 + 16)), b"123456");

    let signed = &message[..message.len() - reader.0.len()];
    let signature = reader.field();
    assert_eq!((signature.len(), reader.0.len()), (103, 0));
    let point = STANDARD.decode(public_key).unwrap();
    UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, &point)
        .verify(signed, signature)
        .unwrap();
}

#[test]
fn a_message_is_never_the_same_twice() {
    let server = Server::new();
    assert_ne!(
        server.encrypt(b"123456").unwrap()[..20],
        server.encrypt(b"123456").unwrap()[..20]
    );
}

#[test]
fn a_text_fills_a_frame_and_is_never_longer() {
    let server = Server::new();
    assert!(server.encrypt(&[]).is_ok());
    assert!(server.encrypt(&[b'x'; 4096]).is_ok());
    assert!(server.encrypt(&[b'x'; 4097]).is_err());
}
