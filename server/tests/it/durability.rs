//! State on disk: what was answered is there after a restart, and a disk that fails is not covered up.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cognitwin::control;
use cognitwin::store::{Batch, Settled, Storage};
use proptest::prelude::*;
use serde_json::json;

use crate::oauth;
use crate::server::{MINUTE, NOBODY, Server, json_of, refresh_auth};
use crate::snapshots::{everything, live, snapshot};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("cognitwin-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("cognitwin.redb")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn open(folder: &Path) -> Result<Server, String> {
    let server = Server::new();
    match server.wait(control::begin(&server.app, Some(folder))) {
        Ok(()) => Ok(server),
        Err(error) => Err(error.to_string()),
    }
}

#[track_caller]
fn refused(folder: &Path) -> String {
    match open(folder) {
        Ok(_) => unreachable!("the folder was opened"),
        Err(problem) => problem,
    }
}

fn close(server: Server) {
    server.app.store.journal().close();
}

#[test]
fn everything_is_there_after_a_restart() {
    let folder = Folder::new("restart");
    let server = open(&folder.0).unwrap();
    let (_, client, tokens) = everything(&server);
    let before = snapshot(&server, "");
    close(server);
    let server = open(&folder.0).unwrap();
    assert_eq!(snapshot(&server, ""), before);
    server.ok_as(
        NOBODY,
        "InitiateAuth",
        refresh_auth(&client, &tokens["RefreshToken"]),
    );
    server.delete("/_cognitwin/messages");
    server.delete("/_cognitwin/clock");
    let before = snapshot(&server, "");
    close(server);
    let server = open(&folder.0).unwrap();
    assert_eq!(snapshot(&server, ""), before);
    assert_eq!(server.messages(""), json!([]));
    // What is taken away goes from the folder, too.
    let request = http::Request::post("/_cognitwin/reset");
    assert_eq!(
        server.send(request.body(String::new()).unwrap()).status(),
        204
    );
    server.demo();
    let before = snapshot(&server, "");
    close(server);
    assert_eq!(snapshot(&open(&folder.0).unwrap(), ""), before);
}

#[test]
fn a_sign_in_on_the_domain_goes_on_after_a_restart() {
    let folder = Folder::new("sign-in");
    let server = open(&folder.0).unwrap();
    let pool = server.pool(json!({}));
    let client = server.client(&pool, oauth::app());
    server.user(&pool, "alice", &[]);
    let (spent, cookie) = oauth::sign_in(&server, &client);
    assert_eq!(oauth::exchange(&server, &client, &spent).0, 200);
    let code = oauth::let_in(&server, &client, &cookie).unwrap();
    let late = oauth::let_in(&server, &client, &cookie).unwrap();
    let clock = server.app.clock.offset_millis();
    close(server);
    let server = open(&folder.0).unwrap();
    assert!(server.app.clock.offset_millis() - clock < 1000);
    let dead = (400, json!({"error": "invalid_grant"}));
    assert_eq!(oauth::exchange(&server, &client, &spent), dead);
    let (status, tokens) = oauth::exchange(&server, &client, &code);
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(oauth::exchange(&server, &client, &code), dead);
    assert!(oauth::let_in(&server, &client, &cookie).is_some());
    server.advance(5 * MINUTE);
    assert_eq!(oauth::exchange(&server, &client, &late), dead);
    // What is over is forgotten with the next code.
    oauth::let_in(&server, &client, &cookie).unwrap();
    let document = snapshot(&server, "");
    assert_eq!(document.matches("\"AuthorizationCode\"").count(), 1);
    close(server);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn any_state_is_the_same_after_a_restart(
        history in prop::collection::vec((0..20_u8, any::<u8>(), any::<u8>()), 0..80)
    ) {
        let folder = Folder::new("history");
        let server = open(&folder.0).unwrap();
        live(&server, &history);
        let before = snapshot(&server, "");
        close(server);
        let server = open(&folder.0).unwrap();
        prop_assert_eq!(snapshot(&server, ""), before);
        close(server);
    }
}

#[test]
fn a_folder_in_use_is_refused() {
    let folder = Folder::new("in-use");
    let server = open(&folder.0).unwrap();
    let problem = format!("{}: another server uses this folder", folder.0.display());
    assert_eq!(refused(&folder.0), problem);
    server.demo();
    close(server);
    open(&folder.0).unwrap();
}

#[test]
fn a_folder_of_a_newer_version_is_refused_and_left() {
    let folder = Folder::new("newer");
    close(open(&folder.0).unwrap());
    {
        let database = redb::Database::open(folder.file()).unwrap();
        let mut transaction = database.begin_write().unwrap();
        transaction.set_quick_repair(true);
        {
            let facts: redb::TableDefinition<'_, &str, u64> = redb::TableDefinition::new("facts");
            let mut facts = transaction.open_table(facts).unwrap();
            facts.insert("version", 7).unwrap();
        }
        transaction.commit().unwrap();
    }
    let before = fs::read(folder.file()).unwrap();
    let problem = format!(
        "{}: written by a newer version of cognitwin (format 7; this one reads 1)",
        folder.0.display()
    );
    assert_eq!(refused(&folder.0), problem);
    assert!(fs::read(folder.file()).unwrap() == before);
}

#[test]
fn a_damaged_folder_is_refused_and_left() {
    let folder = Folder::new("damaged");
    let server = open(&folder.0).unwrap();
    let (pool, _) = server.demo();
    for number in 0..40 {
        server.user(&pool, &format!("user-number-{number}"), &[]);
    }
    let document = snapshot(&server, "");
    close(server);
    let good = fs::read(folder.file()).unwrap();
    let named = format!("{}: damaged: ", folder.0.display());
    let refuses = |bytes: Vec<u8>, what: &str| {
        fs::write(folder.file(), &bytes).unwrap();
        let problem = refused(&folder.0);
        assert!(
            problem.starts_with(&named) && problem.lines().count() == 1,
            "{what}: {problem}"
        );
        assert!(fs::read(folder.file()).unwrap() == bytes, "{what}: changed");
    };
    refuses(Vec::new(), "empty");
    refuses(b"not a database".to_vec(), "another file");
    refuses(vec![0; good.len()], "zeros");
    refuses(good[..good.len() / 2].to_vec(), "half of it");
    // Whatever a damage does that lies where nothing is: what is opened is what was there.
    for at in (0..good.len()).step_by(good.len() / 150) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x55;
        fs::write(folder.file(), &bytes).unwrap();
        match open(&folder.0) {
            Ok(server) => {
                assert_eq!(snapshot(&server, ""), document, "at {at}");
                close(server);
            }
            Err(problem) => {
                assert!(problem.starts_with(&named), "{problem}");
                assert!(
                    fs::read(folder.file()).unwrap() == bytes,
                    "at {at}: changed"
                );
            }
        }
    }
    let mut hits = 0;
    for (at, _) in good
        .windows(12)
        .enumerate()
        .filter(|(_, it)| *it == b"user-number-")
    {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        fs::write(folder.file(), &bytes).unwrap();
        match open(&folder.0) {
            Ok(server) => {
                assert_eq!(snapshot(&server, ""), document, "at {at}");
                close(server);
            }
            Err(_) => hits += 1,
        }
    }
    assert!(hits >= 40, "{hits}");
}

#[test]
fn a_folder_that_cannot_be_made_is_refused() {
    let folder = Folder::new("a-file");
    fs::write(&folder.0, "").unwrap();
    let problem = refused(&folder.0);
    assert!(
        problem.starts_with(&format!("{}: ", folder.0.display())),
        "{problem}"
    );
    fs::remove_file(&folder.0).unwrap();
}

/// A disk that fails at one of its writes, and stays so.
struct Failing {
    writes: AtomicUsize,
    good: usize,
    /// Whether it says so at once, or later when somebody waits.
    is_late: bool,
}

impl Failing {
    fn has_failed(&self) -> bool {
        self.writes.load(Ordering::SeqCst) > self.good
    }
}

impl Storage for Failing {
    fn commit(&self, _: Vec<Batch>) -> io::Result<()> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        if self.has_failed() && !self.is_late {
            return Err(io::Error::other("the disk is full"));
        }
        Ok(())
    }

    fn settled(&self) -> Settled<'_> {
        let result = if self.has_failed() {
            Err(io::Error::other("the disk is full"))
        } else {
            Ok(())
        };
        Box::pin(std::future::ready(result))
    }
}

#[test]
fn nothing_is_acknowledged_once_the_disk_has_failed() {
    for is_late in [false, true] {
        for good in 1..12 {
            let server = Server::new();
            let storage = Failing {
                writes: AtomicUsize::new(0),
                good,
                is_late,
            };
            server.app.store.attach(Arc::new(storage)).unwrap();
            let mut has_failed = false;
            for number in 0..15 {
                let request = json!({"PoolName": format!("pool{number}")});
                let response = server.call_as(crate::server::OWNER, "CreateUserPool", request);
                if response.status() == 200 {
                    assert!(!has_failed && number < good);
                    continue;
                }
                has_failed = true;
                assert_eq!(response.status(), 500);
                assert_eq!(json_of(&response)["__type"], "InternalErrorException");
                assert!(!String::from_utf8_lossy(response.body()).contains("disk"));
            }
            assert!(has_failed);
            // Not even what only looks: memory is ahead of the disk.
            assert_eq!(server.get("/health").status(), 500);
            let listed = server.call_as(
                crate::server::OWNER,
                "ListUserPools",
                json!({"MaxResults": 1}),
            );
            assert_eq!(listed.status(), 500);
        }
    }
}

/// A disk that takes its time.
struct Slow(tokio::sync::watch::Receiver<bool>);

impl Storage for Slow {
    fn commit(&self, _: Vec<Batch>) -> io::Result<()> {
        Ok(())
    }

    fn settled(&self) -> Settled<'_> {
        let mut done = self.0.clone();
        Box::pin(async move {
            done.wait_for(|it| *it)
                .await
                .map(drop)
                .map_err(io::Error::other)
        })
    }
}

#[test]
fn an_answer_waits_for_the_disk_but_no_lock_does() {
    let server = Server::new();
    let (pool, _) = server.demo();
    let (done, waiting) = tokio::sync::watch::channel(false);
    server.app.store.attach(Arc::new(Slow(waiting))).unwrap();
    let head = http::Request::get("/health")
        .body(())
        .unwrap()
        .into_parts()
        .0;
    let call = cognitwin::http::respond(
        server.app.clone(),
        head,
        cognitwin::http::Body::Whole(bytes::Bytes::new()),
        crate::server::PEER,
    );
    server.wait(async {
        tokio::pin!(call);
        let early = tokio::time::timeout(std::time::Duration::from_millis(20), call.as_mut()).await;
        assert!(early.is_err());
        let users = server.app.store.user_pool(&pool).unwrap();
        assert_eq!(users.read(|state| state.users().len()), 1);
        done.send(true).unwrap();
        assert_eq!(call.await.status(), 200);
    });
}
