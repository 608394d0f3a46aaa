//! The server as a library: what a test in Rust sees of it, over its socket and by its methods.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests unwrap as tests do: a panic is a failed test"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "requests are written with json! where they are sent"
)]

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognitwin::{IssuerMode, Server};
use serde_json::{Value, json};
use tokio::sync::RwLock;

/// Whoever counts the threads of the process is alone in it.
static PROCESS: RwLock<()> = RwLock::const_new(());

const HOUR: Duration = Duration::from_secs(3600);
/// 2030-01-01T00:00:00Z and 2040-01-01T00:00:00Z.
const EARLY: Duration = Duration::from_secs(1_893_456_000);
const LATE: Duration = Duration::from_secs(2_208_988_800);

fn moment(since_1970: Duration) -> SystemTime {
    SystemTime::UNIX_EPOCH + since_1970
}

fn seed(password: &str) -> String {
    format!(
        "UserPools:
  - Id: us-east-1_Library01
    PoolName: library
    AutoVerifiedAttributes: [email]
    Clients:
      - ClientId: web
        ClientName: web
        ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH]
    Users: [{{Username: alice, Password: {password}}}]
"
    )
}

/// Status and body of an unsigned call.
fn call(server: &Server, operation: &str, body: Value) -> (u16, Value) {
    let body = body.to_string();
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-amz-json-1.1\r\n\
         X-Amz-Target: AWSCognitoIdentityProviderService.{operation}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

fn sign_in(server: &Server, username: &str, password: &str) -> (u16, Value) {
    let request = json!({
        "ClientId": "web", "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": username, "PASSWORD": password},
    });
    let (status, answer) = call(server, "InitiateAuth", request);
    (
        status,
        answer["AuthenticationResult"]["AccessToken"].clone(),
    )
}

fn get_user(server: &Server, token: &Value) -> (u16, Value) {
    call(server, "GetUser", json!({"AccessToken": token}))
}

fn sign_up(server: &Server, username: &str) -> u16 {
    let request = json!({
        "ClientId": "web", "Username": username, "Password": "Passw0rd!",
        "UserAttributes": [{"Name": "email", "Value": format!("{username}@example.com")}],
    });
    call(server, "SignUp", request).0
}

fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("cognitwin-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

async fn refused(builder: cognitwin::Builder) -> String {
    builder.start().await.unwrap_err().to_string()
}

/// How many threads of the process have this name.
#[cfg(target_os = "linux")]
fn threads(name: &str) -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    // One that has just ended has no name any more.
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|it| it.trim_end() == name).count()
}

/// The maker of signing keys ends with the key that it is just making.
#[cfg(target_os = "linux")]
async fn key_makers_become(wanted: usize) -> bool {
    for _ in 0..1000 {
        if threads("keys") == wanted {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_end_of_a_server_frees_its_port_and_its_threads_and_no_others() {
    let _alone = PROCESS.write().await;
    let first = Server::builder().seed_text(seed("Passw0rd!"));
    let first = first.start().await.unwrap();
    let second = Server::builder().seed_text(seed("Passw0rd!"));
    let second = second.start().await.unwrap();
    assert!(threads("cognitwin") > 0 && key_makers_become(2).await);
    let address = first.address();
    first.shutdown().await;
    drop(TcpListener::bind(address).unwrap());
    assert!(key_makers_become(1).await);
    assert_eq!(sign_in(&second, "alice", "Passw0rd!").0, 200);
    let address = second.address();
    drop(second);
    drop(TcpListener::bind(address).unwrap());
    assert_eq!(threads("cognitwin"), 0);
    assert!(key_makers_become(0).await);
}

#[tokio::test]
async fn servers_side_by_side_have_nothing_in_common() {
    let _some = PROCESS.read().await;
    let early = Server::builder().seed_text(seed("Passw0rd!"));
    let early = early.frozen_at(moment(EARLY)).start().await.unwrap();
    let late = Server::builder().seed_text(seed("An0ther-word"));
    let late = late.frozen_at(moment(LATE)).start().await.unwrap();
    assert_ne!(early.address(), late.address());
    assert_eq!(sign_in(&late, "alice", "Passw0rd!").0, 400);

    let (_, early_token) = sign_in(&early, "alice", "Passw0rd!");
    let (_, late_token) = sign_in(&late, "alice", "An0ther-word");
    assert_eq!(claims(&early_token)["iat"], EARLY.as_secs());
    assert_eq!(claims(&late_token)["iat"], LATE.as_secs());
    assert_eq!(
        claims(&early_token)["iss"],
        early.issuer("us-east-1_Library01")
    );
    assert_eq!(get_user(&early, &early_token).0, 200);
    assert_eq!(get_user(&late, &early_token).0, 400);

    early.advance(HOUR);
    let expired =
        json!({"__type": "NotAuthorizedException", "message": "Access Token has expired"});
    assert_eq!(get_user(&early, &early_token), (400, expired));
    assert_eq!(get_user(&late, &late_token).0, 200);
    assert_eq!(
        (early.now(), late.now()),
        (moment(EARLY + HOUR), moment(LATE))
    );

    assert_eq!(
        (sign_up(&early, "bob"), sign_up(&late, "carol")),
        (200, 200)
    );
    let to = |server: &Server| -> Vec<String> {
        let messages = server.messages().into_iter();
        messages.map(|message| message.destination).collect()
    };
    assert_eq!(
        (to(&early), to(&late)),
        (
            vec!["bob@example.com".to_owned()],
            vec!["carol@example.com".to_owned()]
        )
    );
    late.forget_messages();
    assert_eq!((to(&early).len(), to(&late).len()), (1, 0));

    early.reset().await.unwrap();
    assert_eq!(
        (sign_up(&early, "bob"), sign_up(&late, "carol")),
        (200, 400)
    );
    early.shutdown().await;
    assert_eq!(get_user(&late, &late_token).0, 200);
}

#[tokio::test]
async fn a_reset_brings_back_the_clock_and_the_ids_that_the_server_started_with() {
    let _some = PROCESS.read().await;
    let server = Server::builder().seed_text(seed("Passw0rd!"));
    let server = server.frozen_at(moment(EARLY)).start().await.unwrap();
    let sub = |token: &Value| claims(token)["sub"].clone();
    let (_, before) = sign_in(&server, "alice", "Passw0rd!");
    server.set_now(moment(LATE));
    assert_eq!(server.now(), moment(LATE));
    server.freeze(false);
    server.reset().await.unwrap();
    assert_eq!(server.now(), moment(EARLY));
    let (_, after) = sign_in(&server, "alice", "Passw0rd!");
    assert_eq!(
        (sub(&after), claims(&after)["iat"].clone()),
        (sub(&before), json!(EARLY.as_secs()))
    );

    let running = Server::builder()
        .clock_from(moment(LATE))
        .start()
        .await
        .unwrap();
    assert!(running.now() >= moment(LATE));
    running.advance(HOUR);
    running.reset().await.unwrap();
    assert!(running.now() >= moment(LATE) && running.now() < moment(LATE + HOUR));
}

#[tokio::test]
async fn a_server_that_is_dropped_has_kept_everything_and_its_folder_is_free() {
    let _some = PROCESS.read().await;
    let data = folder("library");
    let begin = || Server::builder().data(&data).seed_text(seed("Passw0rd!"));
    let server = begin().start().await.unwrap();
    assert_eq!(sign_up(&server, "bob"), 200);
    server.advance(HOUR);
    let in_use = format!("{}: another server uses this folder", data.display());
    assert_eq!(refused(begin()).await, in_use);
    let then = server.now();
    drop(server);

    let server = begin().start().await.unwrap();
    assert_eq!(sign_up(&server, "bob"), 400);
    assert_eq!(server.messages().len(), 1);
    assert!(server.now() >= then);
    server.shutdown().await;
    // What the builder says of the clock counts for more than what the folder does.
    let server = begin().frozen_at(moment(EARLY)).start().await.unwrap();
    assert_eq!(server.now(), moment(EARLY));
    drop(server);
    fs::remove_dir_all(data).unwrap();
}

#[tokio::test]
async fn settings_take_effect() {
    let _some = PROCESS.read().await;
    let server = Server::builder()
        .host(Ipv4Addr::UNSPECIFIED)
        .seed_text(seed("Passw0rd!"))
        .code("123456")
        .issuer(IssuerMode::Aws)
        .start()
        .await
        .unwrap();
    assert!(server.address().ip().is_unspecified());
    let port = server.address().port();
    assert_eq!(server.url(), format!("http://127.0.0.1:{port}"));
    assert_eq!(sign_up(&server, "bob"), 200);
    assert_eq!(server.messages()[0].code.as_deref(), Some("123456"));
    let (_, token) = sign_in(&server, "alice", "Passw0rd!");
    let issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Library01";
    assert_eq!(claims(&token)["iss"], issuer);
    assert_eq!(server.issuer("us-east-1_Library01"), issuer);
}

#[tokio::test]
async fn what_is_wrong_is_told_in_one_line_that_names_it() {
    let _some = PROCESS.read().await;
    let begin = Server::builder;
    for (builder, problem) in [
        (
            begin().region("x").account("y"),
            "region: x: not an AWS region",
        ),
        (
            begin().account("12"),
            "account: 12: an AWS account id has 12 digits",
        ),
        (begin().code("12"), "code: 12: a code has 4 to 8 digits"),
        (
            begin().public_url("here"),
            "public_url: here: not an http or https URL",
        ),
        (
            begin().lambda("f", "nowhere"),
            "lambda: f=nowhere: NAME=http://HOST[:PORT][/PATH] or NAME=exec:COMMAND is wanted",
        ),
        (
            begin().verify_signatures([("", "secret")]),
            "verify_signatures: a key and its secret are wanted",
        ),
        (
            begin().seed_text("UserPools:\n  - PoolNam: typo"),
            "seed:2: UserPools[0].PoolNam: CreateUserPool has no such field",
        ),
        (
            begin().seed("/nowhere/seed.yaml"),
            "/nowhere/seed.yaml: No such file or directory (os error 2)",
        ),
    ] {
        assert_eq!(refused(builder).await, problem);
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    assert_eq!(
        refused(begin().port(address.port())).await,
        format!("{address}: Address already in use (os error 98)")
    );
}
