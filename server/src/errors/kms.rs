//! Refusals of the two KMS calls.

use cognito_model::ErrorCode;

use super::{ApiError, validation};

fn key_not_found(message: String) -> ApiError {
    ApiError::new(ErrorCode::NotFoundException, message)
}

/// Captured: localstack/localstack, `test_get_key_invalid_uuid`. AWS says it of whatever is no UUID, here it is
/// said only of what cannot be an id.
pub fn kms_key_id_invalid(id: &str) -> ApiError {
    key_not_found(format!("Invalid keyId '{id}'"))
}

/// Captured: localstack/localstack, `test_get_key_in_different_region`; `part` is what is wrong, the region.
/// For other parts *assumed* alike.
pub fn kms_arn_invalid(part: &str) -> ApiError {
    key_not_found(format!("Invalid arn {part}"))
}

/// *Assumed*, after what AWS says of an alias that is not there: here, one that no alias can be called.
pub fn kms_alias_not_found(arn: &str) -> ApiError {
    key_not_found(format!("Alias {arn} is not found."))
}

/// Documented: KMS's own example of such an entry in CloudTrail.
pub fn kms_incorrect_key() -> ApiError {
    ApiError::new(
        ErrorCode::IncorrectKeyException,
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )
}

/// Captured without a message: aws/aws-nitro-enclaves-sdk-c#68, aws/aws-sdk-java#1323.
pub fn kms_invalid_ciphertext() -> ApiError {
    ApiError::bare(ErrorCode::InvalidCiphertextException)
}

/// Captured: aws/aws-encryption-sdk-javascript#1005.
pub fn kms_foreign_ciphertext() -> ApiError {
    ApiError::new(
        ErrorCode::AccessDeniedException,
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
         or you are not allowed to access.",
    )
}

/// *Assumed*, after what AWS says of signing algorithms: every key here is symmetric.
pub fn kms_algorithm_incompatible(algorithm: &str) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidKeyUsageException,
        format!("Algorithm {algorithm} is incompatible with key spec SYMMETRIC_DEFAULT."),
    )
}

/// *Assumed* without a message: no grant can be made here, so no token is of one.
pub fn kms_invalid_grant_token() -> ApiError {
    ApiError::bare(ErrorCode::InvalidGrantTokenException)
}

/// Documented: AWS's own example of such an entry in CloudTrail.
pub fn kms_dry_run() -> ApiError {
    ApiError::new(
        ErrorCode::DryRunOperationException,
        "The request would have succeeded, but the DryRun option is set.",
    )
}

/// Captured for GenerateRandom (nsmithuk/local-kms#6); for GenerateDataKey *assumed* alike.
pub fn kms_data_key_length() -> ApiError {
    validation("Please specify either number of bytes or key spec.".to_owned())
}

/// *Assumed*: what the model cannot say, since the member is only sometimes required.
pub fn kms_member_missing(member: &str) -> ApiError {
    validation(format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    ))
}
