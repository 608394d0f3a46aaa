//! How long a server takes to come back from a data folder of a million users, and how fast many writers
//! at once are answered: `cargo bench --package cognitwin --bench restart [-- USERS]`.
#![expect(
    clippy::unwrap_used,
    reason = "a bench is run by hand: what goes wrong ends it"
)]

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cognitwin::app::App;
use cognitwin::config::{Seed, Settings};
use cognitwin::control;
use cognitwin::http::{Body, Peer, respond};
use http::Request;
use serde_json::json;

const USERS: usize = 1_000_000;
const POOL_ID: &str = "us-east-1_Restart";
const WRITERS: usize = 64;
const WRITING: Duration = Duration::from_secs(5);
const PEER: Peer = Peer {
    scheme: "http",
    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
};

fn app(seed: Vec<PathBuf>) -> Arc<App> {
    App::new(Settings {
        seed: seed.into_iter().map(Seed::Path).collect(),
        ..Settings::default()
    })
    .unwrap()
}

fn seed(path: &Path, users: usize) {
    let users: Vec<_> = (0..users)
        .map(|number| {
            json!({
                "Username": format!("user-{number:07}"),
                "Password": "Passw0rd!",
                "UserAttributes": {"email": format!("user{number}@example.com"), "email_verified": "true"},
            })
        })
        .collect();
    let seed = json!({"UserPools": [{"Id": POOL_ID, "PoolName": "restart", "Users": users}]});
    fs::write(path, seed.to_string()).unwrap();
}

async fn begin(what: &str, seed: Vec<PathBuf>, folder: &Path) -> Arc<App> {
    let started = Instant::now();
    let app = app(seed);
    control::begin(&app, Some(folder)).await.unwrap();
    println!(
        "{what:<28} {:>9.0} ms",
        started.elapsed().as_secs_f64() * 1e3
    );
    app
}

async fn create_user(app: Arc<App>, number: usize) {
    let body = json!({"UserPoolId": POOL_ID, "Username": format!("new-{number}"), "MessageAction": "SUPPRESS"});
    let request = Request::post("http://localhost/")
        .header(
            "x-amz-target",
            "AWSCognitoIdentityProviderService.AdminCreateUser",
        )
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request, \
             SignedHeaders=host, Signature=00",
        )
        .header("content-type", "application/x-amz-json-1.1")
        .body(())
        .unwrap();
    let body = Body::Whole(Bytes::from(body.to_string()));
    let response = respond(app, request.into_parts().0, body, PEER).await;
    assert!(response.status().is_success(), "{response:?}");
}

#[tokio::main]
async fn main() {
    let users = std::env::args().skip(1).find_map(|it| it.parse().ok());
    let users = users.unwrap_or(USERS);
    let folder = std::env::temp_dir().join(format!("cognitwin-restart-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (seeds, data) = (folder.join("seed.json"), folder.join("data"));
    seed(&seeds, users);
    let server = begin("seeds into a new folder", vec![seeds.clone()], &data).await;
    server.store.journal().close();
    drop(server);
    let file = fs::metadata(data.join("cognitwin.redb")).unwrap();
    println!(
        "{:<28} {:>9.0} bytes a user",
        "file",
        file.len() as f64 / users as f64
    );
    let server = begin("start from the folder", Vec::new(), &data).await;

    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (next, server) = (next.clone(), server.clone());
            tokio::spawn(async move {
                while started.elapsed() < WRITING {
                    create_user(server.clone(), next.fetch_add(1, Ordering::Relaxed)).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let rate = next.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64();
    println!(
        "{:<28} {rate:>9.0} a second, {WRITERS} writers",
        "users created and kept"
    );
    server.store.journal().close();
    fs::remove_dir_all(folder).unwrap();
}
