//! Refusals about import jobs, and what a job says of its rows and of its end.

use cognito_model::ErrorCode;

use super::{ApiError, not_found};

fn precondition_not_met(message: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::PreconditionNotMetException, message)
}

/// *Assumed*.
pub fn import_job_not_found(job_id: &str) -> ApiError {
    not_found(format!("User import job {job_id} does not exist."))
}

/// Captured: aws-amplify/amplify-js#6416.
pub fn import_without_file(job_id: &str) -> ApiError {
    precondition_not_met(format!("No csv file was uploaded for {job_id}"))
}

/// *Assumed*: AWS documents that such a job does not start.
pub fn import_without_auto_verified() -> ApiError {
    precondition_not_met("User pool has no auto verified attributes.")
}

/// *Assumed*; `status` is the one that keeps the job from being started or stopped.
pub fn import_in_wrong_status(job_id: &str, status: &str) -> ApiError {
    precondition_not_met(format!("User import job {job_id} is in status {status}"))
}

/// *Assumed*: AWS documents that one job of an account can be active.
pub fn another_import_is_active() -> ApiError {
    precondition_not_met("Only one user import job can be active at a time.")
}

/// *Assumed*: AWS documents when, not in which words.
pub fn user_import_in_progress(user_pool_id: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UserImportInProgressException,
        format!("A user import job is in progress for user pool {user_pool_id}."),
    )
}

/// How a job ends.
pub mod import_end {
    /// Captured: the tests of a client (facts/users.md §15).
    pub const SUCCEEDED: &str = "Import Job Completed Successfully.";
    /// Documented: the sample of ListUserImportJobs; captured as well:
    /// aws-solutions/cognito-user-profiles-export-reference-architecture#9.
    pub const TOO_MANY_FAILED: &str =
        "Too many users have failed or been skipped during the import.";
    /// Documented: the sample of StopUserImportJob.
    pub const STOPPED: &str = "The Import Job was stopped by the developer.";
    /// *Assumed*.
    pub const NOT_UTF8: &str = "The CSV file is not in UTF-8 format.";
    /// *Assumed*.
    pub const WRONG_HEADER: &str = "The header of the CSV file does not match the user pool.";
    /// *Assumed*.
    pub const NO_HASH_COLUMN: &str = "The CSV file has no password_hash column.";
    /// *Assumed*.
    pub const TOO_MANY_ROWS: &str = "The CSV file has more than 500000 users.";
    /// *Assumed*.
    pub const INTERNAL: &str = "The Import Job failed due to an internal error.";
}

/// What the log says of a row. It names no user, as AWS's log does not.
pub mod import_row {
    /// Documented.
    pub const SUCCEEDED: &str = "The import succeeded.";
    /// Documented.
    pub const EXISTS: &str = "The user already exists.";
    /// Documented.
    pub const NOT_VERIFIED: &str = "The User Record does not set any of the auto verified attributes to true. \
         (Example: email_verified to true).";
    /// *Assumed*.
    pub const WRONG_LENGTH: &str = "The User Record does not have as many values as the header.";
    /// *Assumed*.
    pub const TOO_LONG: &str = "The User Record is longer than 16000 characters.";
    /// *Assumed*.
    pub const BAD_USERNAME: &str = "The cognito:username is missing or contains a space.";
    /// *Assumed*.
    pub const BAD_MFA: &str = "The cognito:mfa_enabled does not match the user pool.";
    /// *Assumed*.
    pub const MFA_WITHOUT_PHONE: &str = "The cognito:mfa_enabled is true without a phone_number.";
    /// *Assumed*.
    pub const BAD_BIRTHDATE: &str = "The birthdate is not in the format mm/dd/yyyy.";
    /// *Assumed*.
    pub const BAD_HASH: &str = "The password_hash is malformed.";
    /// *Assumed*.
    pub const COSTLY_HASH: &str = "The password_hash has a parameter that is out of bounds.";
    /// *Assumed*.
    pub const UNEXPECTED_HASH: &str =
        "The User Record has a password_hash, but the job has no password hashing algorithm.";
}
