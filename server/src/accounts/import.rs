//! Users who come by the file of an import job: the file's arrival, and the run through its rows, which
//! goes on behind the answer of StartUserImportJob (facts/users.md §15).

use std::sync::Arc;

use bytes::Bytes;
use cognito_model::idp::{CreateUserImportJobRequest, UserImportJobType, UserStatusType};

use crate::app::App;
use crate::context::Context;
use crate::errors::{self, Result, import_end, import_row};
use crate::store::{Pool, PoolState};
use crate::user_pools::{Factor, Fate, ImportFile, ImportJob, ImportedUser, NewUser, Upload, User};

/// The path of a file's address; the ids of pool and job follow.
pub const UPLOAD_PATH: &str = "/_cognitwin/import/";

/// So many rows, then others may run.
const ROWS_AT_ONCE: usize = 100;

pub fn create(
    cx: &Context,
    pool: &Pool,
    request: CreateUserImportJobRequest,
) -> Result<UserImportJobType> {
    let id = cx.app.random.import_job_id();
    let base = &cx.app.settings.public_url;
    let address = format!("{base}{UPLOAD_PATH}{}/{id}", pool.id());
    let job = ImportJob::create(request, id, &address, cx.app.random.signature(), cx.now);
    let description = job.describe(cx.now);
    pool.write(|state| state.add_import_job(job))?;
    Ok(description)
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadRefusal {
    /// Not the address that CreateUserImportJob gave out.
    WrongSignature,
    Expired,
    /// The files that wait for their import fill the room for them.
    NoRoom,
}

/// Whether a file may come to an address: what stands after [`UPLOAD_PATH`], and the query.
pub fn check_upload(app: &App, place: &str, query: &str) -> std::result::Result<(), UploadRefusal> {
    let (pool_id, job_id) = place.split_once('/').ok_or(UploadRefusal::WrongSignature)?;
    let pool = app.store.user_pool(pool_id);
    let pool = pool.ok_or(UploadRefusal::WrongSignature)?;
    let token =
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "X-Amz-Signature");
    let (_, token) = token.ok_or(UploadRefusal::WrongSignature)?;
    pool.read(|state| match state.import_jobs().get(job_id) {
        Some(job) if job.has_token(&token) => {
            if job.takes_file(app.clock.now()) {
                Ok(())
            } else {
                Err(UploadRefusal::Expired)
            }
        }
        _ => Err(UploadRefusal::WrongSignature),
    })
}

pub fn receive(
    app: &App,
    place: &str,
    query: &str,
    bytes: Bytes,
) -> std::result::Result<(), UploadRefusal> {
    check_upload(app, place, query)?;
    let room = app.store.take_upload_room(bytes.len(), app.clock.now());
    let room = room.ok_or(UploadRefusal::NoRoom)?;
    let (pool_id, job_id) = place.split_once('/').unwrap_or_default();
    let pool = app.store.user_pool(pool_id);
    let pool = pool.ok_or(UploadRefusal::WrongSignature)?;
    let received = pool.write(|state| {
        state.update_import_job(job_id, |job| {
            let takes_file = job.takes_file(app.clock.now());
            if takes_file {
                job.receive(Upload { bytes, room });
            }
            takes_file
        })
    });
    match received {
        Ok(true) => Ok(()),
        _ => Err(UploadRefusal::Expired),
    }
}

/// Begins the run, unless another one has its turn.
pub fn start(cx: &Context, pool: Arc<Pool>, job_id: String) -> Result<UserImportJobType> {
    let (description, upload, turn) = pool.write(|state| {
        let job = state.import_job(&job_id)?;
        job.check_start(cx.now)?;
        let verified = &state.settings().description.auto_verified_attributes;
        if verified.as_ref().is_none_or(Vec::is_empty) {
            return Err(errors::import_without_auto_verified());
        }
        let turn = cx.app.store.take_import_turn(pool.scope());
        let turn = turn.ok_or_else(errors::another_import_is_active)?;
        let upload = state.update_import_job(&job_id, |job| job.start(cx.now))?;
        let description = state.import_job(&job_id)?.describe(cx.now);
        Ok((description, upload, turn))
    })?;
    let app = cx.app.clone();
    tokio::spawn(async move {
        let run = run(app.clone(), pool.clone(), job_id.clone(), upload);
        if let Err(error) = tokio::spawn(run).await
            && error.is_panic()
        {
            end(&app, &pool, &job_id, |job, now| {
                job.fail(import_end::INTERNAL, now);
            });
        }
        drop(turn);
    });
    Ok(description)
}

fn end(
    app: &App,
    pool: &Pool,
    job_id: &str,
    end: impl FnOnce(&mut ImportJob, cognito_model::Timestamp),
) {
    let now = app.clock.now();
    let ended = pool.write(|state| {
        state.update_import_job(job_id, |job| {
            end(job, now);
            job.describe(now)
        })
    });
    // A pool that is gone has taken its jobs along.
    if let Ok(job) = ended {
        tracing::info!(
            pool = pool.id(),
            job = job_id,
            imported = job.imported_users,
            skipped = job.skipped_users,
            failed = job.failed_users,
            "{}",
            job.completion_message.unwrap_or_default()
        );
    }
}

async fn run(app: Arc<App>, pool: Arc<Pool>, job_id: String, upload: Option<Arc<Upload>>) {
    let bytes = upload.as_ref().map_or(&[][..], |upload| &upload.bytes[..]);
    let begun = pool.write(|state| {
        let algorithm = state.import_job(&job_id)?.algorithm();
        state.update_import_job(&job_id, ImportJob::begin)?;
        Ok((state.settings().clone(), algorithm))
    });
    let Ok((settings, algorithm)) = begun else {
        return;
    };
    let file = match ImportFile::open(bytes, &settings, algorithm) {
        Ok(file) => file,
        Err(problem) => {
            return end(&app, &pool, &job_id, |job, now| job.fail(problem, now));
        }
    };
    for rows in file.rows().chunks(ROWS_AT_ONCE) {
        for (line, row) in rows {
            let step = pool.write(|state| {
                if state.import_job(&job_id)?.is_stopping() {
                    return Ok(None);
                }
                let (fate, reason) = import_row(&app, state, &file, row);
                state.update_import_job(&job_id, |job| job.count(fate))?;
                Ok(Some((fate, reason)))
            });
            match step {
                Ok(Some((fate, reason))) => log(&pool, &job_id, *line, fate, &reason),
                Ok(None) => return end(&app, &pool, &job_id, ImportJob::finish),
                Err(_) => return,
            }
        }
        tokio::task::yield_now().await;
    }
    end(&app, &pool, &job_id, ImportJob::finish);
}

/// In the words of AWS's own log; it refers to users by their line only.
fn log(pool: &Pool, job: &str, line: usize, fate: Fate, reason: &str) {
    let pool = pool.id();
    match fate {
        Fate::Imported => tracing::debug!(pool, job, "[SUCCEEDED] Line Number {line} - {reason}"),
        Fate::Skipped => tracing::info!(pool, job, "[SKIPPED] Line Number {line} - {reason}"),
        Fate::Failed => tracing::info!(pool, job, "[FAILED] Line Number {line} - {reason}"),
    }
}

fn import_row(
    app: &App,
    state: &mut PoolState,
    file: &ImportFile<'_>,
    row: &str,
) -> (Fate, String) {
    let imported = file.user(row, state.settings());
    let new = match imported {
        Ok(imported) => draft(app, state, imported),
        Err(reason) => return (Fate::Failed, reason.to_owned()),
    };
    match new {
        Ok(Some(user)) => {
            state.insert_user(user);
            (Fate::Imported, import_row::SUCCEEDED.to_owned())
        }
        Ok(None) => (Fate::Skipped, import_row::EXISTS.to_owned()),
        Err(error) => {
            let reason = error.message().unwrap_or_default().trim_end();
            (Fate::Failed, reason.to_owned())
        }
    }
}

/// The user of a row; `None` where there is one of this name.
fn draft(app: &App, state: &PoolState, imported: ImportedUser) -> Result<Option<User>> {
    let settings = state.settings();
    let ImportedUser {
        username,
        attributes,
        password,
        has_mfa,
    } = imported;
    let new = NewUser::draft(&username, &attributes, settings, || app.random.sub())?;
    if new.is_known(state.users()) {
        return Ok(None);
    }
    new.check_required(settings)?;
    new.check_names(state.users(), false)?;
    let mut user = new.into_user(app.clock.now());
    let has_code_address = settings
        .one_time_code_attributes()
        .any(|attribute| user.attributes.get(attribute).is_some());
    user.status = if password.is_some() || has_code_address {
        UserStatusType::Confirmed
    } else {
        UserStatusType::ResetRequired
    };
    if has_mfa {
        user.factors.enable(Factor::Sms);
    }
    user.imported_password = password.map(Box::new);
    Ok(Some(user))
}
