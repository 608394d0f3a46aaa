//! The requests as KMS's model has them.

use cognito_model::{Bounds, Member, Shape};

static BOOLEAN: Shape = Shape::Boolean;
static TEXT: Shape = Shape::string(Bounds::NONE);
static KEY_ID: Shape = Shape::string(Bounds::between(1, 2048));
static CIPHERTEXT: Shape = Shape::Blob(Bounds::between(1, 6144));
static CONTEXT: Shape = Shape::map(&TEXT, &TEXT, Bounds::NONE);
static GRANT_TOKEN: Shape = Shape::string(Bounds::between(1, 8192));
static GRANT_TOKENS: Shape = Shape::list(&GRANT_TOKEN, Bounds::between(0, 10));
static NUMBER_OF_BYTES: Shape = Shape::Integer(Bounds::between(1, 1024));
static DATA_KEY_SPEC: Shape = Shape::Enum(&["AES_256", "AES_128"]);
static ALGORITHM: Shape = Shape::Enum(&[
    "SYMMETRIC_DEFAULT",
    "RSAES_OAEP_SHA_1",
    "RSAES_OAEP_SHA_256",
    "SM2PKE",
]);
static DRY_RUN_MODIFIER: Shape = Shape::Enum(&["IGNORE_CIPHERTEXT"]);
static DRY_RUN_MODIFIERS: Shape = Shape::list(&DRY_RUN_MODIFIER, Bounds::NONE);
static KEY_ENCRYPTION: Shape = Shape::Enum(&["RSAES_OAEP_SHA_256"]);
static ATTESTATION: Shape = Shape::Blob(Bounds::between(1, 262_144));
static RECIPIENT: Shape = Shape::Structure(&[
    Member::optional("KeyEncryptionAlgorithm", &KEY_ENCRYPTION),
    Member::optional("AttestationDocument", &ATTESTATION),
]);

pub(super) static DECRYPT: Shape = Shape::Structure(&[
    Member::optional("CiphertextBlob", &CIPHERTEXT),
    Member::optional("EncryptionContext", &CONTEXT),
    Member::optional("GrantTokens", &GRANT_TOKENS),
    Member::optional("KeyId", &KEY_ID),
    Member::optional("EncryptionAlgorithm", &ALGORITHM),
    Member::optional("Recipient", &RECIPIENT),
    Member::optional("DryRun", &BOOLEAN),
    Member::optional("DryRunModifiers", &DRY_RUN_MODIFIERS),
]);

pub(super) static GENERATE_DATA_KEY: Shape = Shape::Structure(&[
    Member::required("KeyId", &KEY_ID),
    Member::optional("EncryptionContext", &CONTEXT),
    Member::optional("NumberOfBytes", &NUMBER_OF_BYTES),
    Member::optional("KeySpec", &DATA_KEY_SPEC),
    Member::optional("GrantTokens", &GRANT_TOKENS),
    Member::optional("Recipient", &RECIPIENT),
    Member::optional("DryRun", &BOOLEAN),
]);

/// The item of a broken constraint in KMS's words: of a data key's KeySpec it names the specs of KMS keys
/// (captured: boto/boto3#3428).
pub(super) fn as_captured(item: String) -> String {
    match item.strip_suffix("[AES_256, AES_128]") {
        Some(beginning) => format!(
            "{beginning}[RSA_2048, ECC_NIST_P384, ECC_NIST_P256, ECC_NIST_P521, HMAC_384, RSA_3072, \
             ECC_SECG_P256K1, RSA_4096, SYMMETRIC_DEFAULT, HMAC_256, HMAC_224, HMAC_512]"
        ),
        None => item,
    }
}
