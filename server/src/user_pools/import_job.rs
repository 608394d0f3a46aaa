//! A job that imports users from a CSV file: its life from `Created` to its end, and the file while it
//! waits (facts/users.md §15).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use bytes::Bytes;
use cognito_model::Timestamp;
use cognito_model::idp::{
    CreateUserImportJobRequest, PasswordHashingAlgorithmType, UserImportJobStatusType,
    UserImportJobType,
};
use serde::{Deserialize, Serialize};
use tokio::sync::OwnedSemaphorePermit;

use crate::aws_time::{DAY, MINUTE};
use crate::errors::{self, Result, import_end};

/// Documented: the address of the file is good for so long.
const UPLOAD_SECONDS: i64 = 15 * MINUTE;
/// Documented: a job that nobody starts expires within 24 to 48 hours.
const EXPIRES_SECONDS: i64 = DAY;

/// A file, with the room that it takes of what all files may take together.
pub struct Upload {
    pub bytes: Bytes,
    pub room: OwnedSemaphorePermit,
}

#[derive(Clone, Serialize, Deserialize)]
pub struct ImportJob {
    description: UserImportJobType,
    /// What makes the address of the file unguessable.
    token: Box<str>,
    /// Not kept across a restart: the job is then one to which no file was uploaded.
    #[serde(skip)]
    upload: Option<Arc<Upload>>,
}

impl PartialEq for ImportJob {
    fn eq(&self, other: &Self) -> bool {
        let file = |job: &Self| job.upload.as_ref().map(Arc::as_ptr);
        self.description == other.description && file(self) == file(other)
    }
}

impl fmt::Debug for ImportJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportJob")
            .field("id", &self.id())
            .field("status", &self.description.status)
            .finish_non_exhaustive()
    }
}

/// What became of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Imported,
    Skipped,
    Failed,
}

impl ImportJob {
    /// `address` is where the file goes, its query not begun.
    pub fn create(
        request: CreateUserImportJobRequest,
        id: String,
        address: &str,
        token: String,
        now: Timestamp,
    ) -> Self {
        let url = format!("{address}?X-Amz-Expires={UPLOAD_SECONDS}&X-Amz-Signature={token}");
        Self {
            description: UserImportJobType {
                job_name: Some(request.job_name),
                job_id: Some(id),
                user_pool_id: Some(request.user_pool_id),
                pre_signed_url: Some(url),
                creation_date: Some(now),
                status: Some(UserImportJobStatusType::Created),
                cloud_watch_logs_role_arn: Some(request.cloud_watch_logs_role_arn),
                imported_users: Some(0),
                skipped_users: Some(0),
                failed_users: Some(0),
                password_hashing_algorithm: request.password_hashing_algorithm,
                ..UserImportJobType::default()
            },
            token: token.into(),
            upload: None,
        }
    }

    pub fn id(&self) -> &str {
        self.description.job_id.as_deref().unwrap_or_default()
    }

    pub fn algorithm(&self) -> Option<PasswordHashingAlgorithmType> {
        self.description.password_hashing_algorithm
    }

    pub fn status(&self, now: Timestamp) -> UserImportJobStatusType {
        let status = self.description.status;
        let status = status.unwrap_or(UserImportJobStatusType::Created);
        if status == UserImportJobStatusType::Created && self.age(now) >= EXPIRES_SECONDS * 1000 {
            UserImportJobStatusType::Expired
        } else {
            status
        }
    }

    pub fn describe(&self, now: Timestamp) -> UserImportJobType {
        UserImportJobType {
            status: Some(self.status(now)),
            ..self.description.clone()
        }
    }

    fn age(&self, now: Timestamp) -> i64 {
        let created = self.description.creation_date;
        now.as_millis() - created.map_or(0, Timestamp::as_millis)
    }

    /// In constant time.
    pub fn has_token(&self, token: &str) -> bool {
        verify_slices_are_equal(self.token.as_bytes(), token.as_bytes()).is_ok()
    }

    pub fn takes_file(&self, now: Timestamp) -> bool {
        self.status(now) == UserImportJobStatusType::Created
            && self.age(now) < UPLOAD_SECONDS * 1000
    }

    /// Replaces a file that came before.
    pub fn receive(&mut self, upload: Upload) {
        self.upload = Some(Arc::new(upload));
    }

    pub fn has_file_to_forget(&self, now: Timestamp) -> bool {
        self.upload.is_some() && self.status(now) == UserImportJobStatusType::Expired
    }

    pub fn forget_file(&mut self) {
        self.upload = None;
    }

    pub fn is_active(&self) -> bool {
        matches!(
            self.description.status,
            Some(
                UserImportJobStatusType::Pending
                    | UserImportJobStatusType::InProgress
                    | UserImportJobStatusType::Stopping
            )
        )
    }

    pub fn check_start(&self, now: Timestamp) -> Result<()> {
        match self.status(now) {
            UserImportJobStatusType::Created if self.upload.is_none() => {
                Err(errors::import_without_file(self.id()))
            }
            UserImportJobStatusType::Created => Ok(()),
            other => Err(errors::import_in_wrong_status(self.id(), other.as_str())),
        }
    }

    /// The file, which the job keeps no longer.
    pub fn start(&mut self, now: Timestamp) -> Option<Arc<Upload>> {
        self.description.status = Some(UserImportJobStatusType::Pending);
        self.description.start_date = Some(now);
        self.upload.take()
    }

    pub fn check_stop(&self, now: Timestamp) -> Result<()> {
        match self.status(now) {
            UserImportJobStatusType::Pending | UserImportJobStatusType::InProgress => Ok(()),
            other => Err(errors::import_in_wrong_status(self.id(), other.as_str())),
        }
    }

    pub fn stop(&mut self) {
        self.description.status = Some(UserImportJobStatusType::Stopping);
    }

    pub fn is_stopping(&self) -> bool {
        self.description.status == Some(UserImportJobStatusType::Stopping)
    }

    /// The rows begin, unless the job was stopped before.
    pub fn begin(&mut self) {
        if !self.is_stopping() {
            self.description.status = Some(UserImportJobStatusType::InProgress);
        }
    }

    pub fn count(&mut self, fate: Fate) {
        let counter = match fate {
            Fate::Imported => &mut self.description.imported_users,
            Fate::Skipped => &mut self.description.skipped_users,
            Fate::Failed => &mut self.description.failed_users,
        };
        *counter = Some(counter.unwrap_or_default() + 1);
    }

    /// The last row is done, or the developer has stopped the job. When there are too many failures
    /// is *assumed*: when they are more than the successes.
    pub fn finish(&mut self, now: Timestamp) {
        let count = |counter: Option<i64>| counter.unwrap_or_default();
        let job = &self.description;
        let lost = count(job.failed_users) + count(job.skipped_users);
        let (status, message) = if self.is_stopping() {
            (UserImportJobStatusType::Stopped, import_end::STOPPED)
        } else if lost > count(job.imported_users) {
            (UserImportJobStatusType::Failed, import_end::TOO_MANY_FAILED)
        } else {
            (UserImportJobStatusType::Succeeded, import_end::SUCCEEDED)
        };
        self.end(status, message, now);
    }

    /// Of a job that ran when its server stopped: nobody goes on with it.
    pub fn break_off(&mut self) {
        if self.is_active() {
            let created = self.description.creation_date;
            let begun = self.description.start_date.or(created);
            self.fail(import_end::INTERNAL, begun.unwrap_or_default());
        }
    }

    pub fn fail(&mut self, message: &str, now: Timestamp) {
        self.end(UserImportJobStatusType::Failed, message, now);
    }

    fn end(&mut self, status: UserImportJobStatusType, message: &str, now: Timestamp) {
        self.description.status = Some(status);
        self.description.completion_message = Some(message.to_owned());
        self.description.completion_date = Some(now);
    }
}
