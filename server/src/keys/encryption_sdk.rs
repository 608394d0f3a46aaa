//! Messages of the AWS Encryption SDK, as user pools hand codes to custom senders: message format 1, algorithm
//! suite 0x0378 (AES-256-GCM, HKDF with SHA-384, ECDSA on P-384, no key commitment), one data key of KMS.
//! <https://github.com/awslabs/aws-encryption-sdk-specification/blob/master/data-format/message.md>
//!
//! A code that Cognito itself sent shows the suite, the encryption context, the framing and the lengths
//! (captured: awslabs/aws-sdk-rust#1250).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA384, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{EncryptionContext, KmsKey};
use crate::errors::{self, Result};
use crate::random::Random;

const VERSION: u8 = 1;
/// Customer authenticated encrypted data.
const TYPE: u8 = 0x80;
const SUITE: [u8; 2] = [0x03, 0x78];
const KEY_LENGTH: usize = 32;
const IV_LENGTH: usize = 12;

const PROVIDER: &[u8] = b"aws-kms";
const FRAMED: u8 = 2;
const FRAME_LENGTH: u32 = 4096;
const LAST_FRAME: [u8; 4] = [0xff; 4];

/// The SDKs that foretell a message's size sign until the signature has this length, and so does Cognito.
const SIGNATURE_LENGTH: usize = 103;

type MessageId = [u8; 16];

/// Encrypts a text that fits into one frame. The public key joins the context, and with it what KMS is told.
pub fn encrypt(
    plaintext: &[u8],
    mut context: EncryptionContext,
    key: &KmsKey,
    random: &Random,
) -> Result<Vec<u8>> {
    let signer =
        EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).map_err(errors::internal)?;
    context.insert("aws-crypto-public-key".to_owned(), public_key(&signer));
    let (data_key, wrapped) = key.data_key(KEY_LENGTH, &context, random)?;
    let id = random.bytes();
    let content = content_key(&data_key, &id)?;

    let mut message = header(&id, &context, key.arn(), &wrapped)?;
    message.extend(header_authentication(&message, &content)?);
    message.extend(only_frame(plaintext, &id, &content)?);
    message.extend(footer(&message, &signer)?);
    Ok(message)
}

/// The point compressed: its x, and whether its y is odd.
fn public_key(signer: &EcdsaKeyPair) -> String {
    let point = signer.public_key().as_ref();
    let (x, y) = point[1..].split_at((point.len() - 1) / 2);
    let is_odd = y.last().is_some_and(|last| last % 2 == 1);
    STANDARD.encode([&[2 + u8::from(is_odd)][..], x].concat())
}

fn content_key(data_key: &[u8], id: &MessageId) -> Result<LessSafeKey> {
    let info = [&SUITE[..], id];
    Salt::new(HKDF_SHA384, &[])
        .extract(data_key)
        .expand(&info, &AES_256_GCM)
        .map(|derived| LessSafeKey::new(UnboundKey::from(derived)))
        .map_err(errors::internal)
}

fn header(
    id: &MessageId,
    context: &EncryptionContext,
    key_arn: &str,
    wrapped: &[u8],
) -> Result<Vec<u8>> {
    let mut pairs = count(context.len())?.to_vec();
    for (name, value) in context {
        pairs.extend(field(name.as_bytes())?);
        pairs.extend(field(value.as_bytes())?);
    }
    Ok([
        &[VERSION, TYPE][..],
        &SUITE,
        id,
        &field(&pairs)?,
        &count(1)?,
        &field(PROVIDER)?,
        &field(key_arn.as_bytes())?,
        &field(wrapped)?,
        &[FRAMED, 0, 0, 0, 0, IV_LENGTH as u8],
        &FRAME_LENGTH.to_be_bytes(),
    ]
    .concat())
}

/// A proof that the header is whole: nothing, encrypted in the place of a frame 0.
fn header_authentication(header: &[u8], content: &LessSafeKey) -> Result<Vec<u8>> {
    let iv = iv(0);
    let tag = seal(&mut [], iv, header, content)?;
    Ok([&iv[..], &tag].concat())
}

/// The frame that is the first and the last.
fn only_frame(plaintext: &[u8], id: &MessageId, content: &LessSafeKey) -> Result<Vec<u8>> {
    let length = u32::try_from(plaintext.len())
        .ok()
        .filter(|length| *length <= FRAME_LENGTH)
        .ok_or_else(|| errors::internal("a code is longer than a frame"))?;
    let number = 1_u32;
    let iv = iv(number);
    let additional = [
        &id[..],
        b"AWSKMSEncryptionClient Final Frame",
        &number.to_be_bytes(),
        &u64::from(length).to_be_bytes(),
    ]
    .concat();
    let mut text = plaintext.to_vec();
    let tag = seal(&mut text, iv, &additional, content)?;
    Ok([
        &LAST_FRAME[..],
        &number.to_be_bytes(),
        &iv,
        &length.to_be_bytes(),
        &text,
        &tag,
    ]
    .concat())
}

fn footer(message: &[u8], signer: &EcdsaKeyPair) -> Result<Vec<u8>> {
    loop {
        let signature = signer
            .sign(&SystemRandom::new(), message)
            .map_err(errors::internal)?;
        if signature.as_ref().len() == SIGNATURE_LENGTH {
            return field(signature.as_ref());
        }
    }
}

fn iv(frame: u32) -> [u8; IV_LENGTH] {
    let mut iv = [0; IV_LENGTH];
    iv[IV_LENGTH - 4..].copy_from_slice(&frame.to_be_bytes());
    iv
}

fn seal(
    text: &mut [u8],
    iv: [u8; IV_LENGTH],
    additional: &[u8],
    key: &LessSafeKey,
) -> Result<Vec<u8>> {
    key.seal_in_place_separate_tag(
        Nonce::assume_unique_for_key(iv),
        Aad::from(additional),
        text,
    )
    .map(|tag| tag.as_ref().to_vec())
    .map_err(errors::internal)
}

/// Bytes behind their length.
fn field(bytes: &[u8]) -> Result<Vec<u8>> {
    Ok([&count(bytes.len())?[..], bytes].concat())
}

fn count(number: usize) -> Result<[u8; 2]> {
    let number = u16::try_from(number).map_err(errors::internal)?;
    Ok(number.to_be_bytes())
}

#[cfg(test)]
mod tests;
