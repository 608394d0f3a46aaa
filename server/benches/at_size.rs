//! Whether a pool of a million users answers as fast as one of a thousand, and what a user costs in
//! memory: `cargo bench --package cognitwin --bench at_size`. Reads `/proc`, so Linux only.
//!
//! Both servers run in this process and are asked in turns, so that whatever slows the machine down
//! slows both. The users are made by the operations themselves, without a socket.
#![expect(
    clippy::unwrap_used,
    reason = "a bench is run by hand: what goes wrong ends it"
)]
#![expect(clippy::panic, reason = "the same")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use cognitwin::app::App;
use cognitwin::config::Settings;
use cognitwin::http::{Body, Listener, Peer, Tls, respond, serve};
use http::Request;
use serde_json::{Value, json};

const SMALL: usize = 1_000;
const LARGE: usize = 1_000_000;
const ROUNDS: usize = 20;
const CALLS_OF_A_ROUND: usize = 200;

const MOST_RATIO: f64 = 1.20;
const MOST_BYTES: f64 = 1024.0;

const PEER: Peer = Peer {
    scheme: "http",
    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
};

const TARGET: &str = "AWSCognitoIdentityProviderService";
const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request, \
                      SignedHeaders=host, Signature=00";

/// A server with one pool, and a connection to it.
struct Side {
    app: Arc<App>,
    pool_id: String,
    client_id: String,
    users: usize,
    signed_up: usize,
    connection: Option<BufReader<TcpStream>>,
}

impl Side {
    async fn new() -> Self {
        let app = App::new(Settings::default()).unwrap();
        let mut side = Self {
            app,
            pool_id: String::new(),
            client_id: String::new(),
            users: 0,
            signed_up: 0,
            connection: None,
        };
        let pool = json!({"PoolName": "at-size", "AutoVerifiedAttributes": ["email"]});
        let pool = side.make("CreateUserPool", pool).await;
        side.pool_id = text(&pool["UserPool"]["Id"]);
        let client = json!({"UserPoolId": side.pool_id, "ClientName": "bench"});
        let client = side.make("CreateUserPoolClient", client).await;
        side.client_id = text(&client["UserPoolClient"]["ClientId"]);
        side
    }

    /// One call without a socket.
    async fn make(&self, operation: &str, body: Value) -> Value {
        let request = Request::post("http://localhost/")
            .header("x-amz-target", format!("{TARGET}.{operation}"))
            .header("authorization", SIGNED)
            .header("content-type", "application/x-amz-json-1.1")
            .body(())
            .unwrap();
        let body = Body::Whole(Bytes::from(body.to_string()));
        let response = respond(self.app.clone(), request.into_parts().0, body, PEER).await;
        let answer: Value = serde_json::from_slice(response.body()).unwrap();
        assert!(response.status().is_success(), "{operation}: {answer}");
        answer
    }

    async fn fill(&mut self, users: usize) {
        for number in 0..users {
            let user = json!({
                "UserPoolId": self.pool_id,
                "Username": username(number),
                "TemporaryPassword": "Passw0rd!",
                "MessageAction": "SUPPRESS",
                "UserAttributes": [
                    {"Name": "email", "Value": email(number)},
                    {"Name": "email_verified", "Value": "true"},
                    {"Name": "name", "Value": format!("User Number {number}")},
                ],
            });
            self.make("AdminCreateUser", user).await;
        }
        self.users = users;
    }

    async fn listen(&mut self) {
        let server = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        let stream = TcpStream::connect(server.address().unwrap()).unwrap();
        stream.set_nodelay(true).unwrap();
        self.connection = Some(BufReader::new(stream));
        let app = self.app.clone();
        tokio::spawn(serve(
            server,
            app,
            Tls::self_signed(),
            std::future::pending(),
        ));
    }

    /// One call over the socket, and how long it took.
    fn call(&mut self, operation: &str, body: &Value) -> Duration {
        let body = body.to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: {TARGET}.{operation}\r\n\
             Authorization: {SIGNED}\r\nContent-Type: application/x-amz-json-1.1\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let connection = self.connection.as_mut().unwrap();
        let started = Instant::now();
        connection.get_mut().write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        connection.read_line(&mut line).unwrap();
        let status = line.clone();
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            connection.read_line(&mut line).unwrap();
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
        }
        let mut answer = vec![0; length];
        connection.read_exact(&mut answer).unwrap();
        let took = started.elapsed();
        if !status.contains(" 200 ") {
            panic!("{operation}: {}", String::from_utf8_lossy(&answer));
        }
        took
    }

    /// The next body of an operation: another user each time, all over the pool.
    fn body(&mut self, operation: &str, turn: usize) -> Value {
        let number = turn * 7919 % self.users;
        match operation {
            "AdminGetUser" => json!({"UserPoolId": self.pool_id, "Username": username(number)}),
            "ListUsers" => {
                let filter = format!("email = \"{}\"", email(number));
                json!({"UserPoolId": self.pool_id, "Filter": filter})
            }
            _ => {
                self.signed_up += 1;
                let address = format!("new{}@example.com", self.signed_up);
                json!({
                    "ClientId": self.client_id,
                    "Username": format!("new-{}", self.signed_up),
                    "Password": "Passw0rd!",
                    "UserAttributes": [{"Name": "email", "Value": address}],
                })
            }
        }
    }

    fn round(&mut self, operation: &str, round: usize) -> Vec<Duration> {
        (0..CALLS_OF_A_ROUND)
            .map(|call| {
                let body = self.body(operation, round * CALLS_OF_A_ROUND + call);
                self.call(operation, &body)
            })
            .collect()
    }
}

fn username(number: usize) -> String {
    format!("user-{number:07}")
}

fn email(number: usize) -> String {
    format!("user{number}@example.com")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn resident_bytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|it| it.starts_with("VmRSS:")).unwrap();
    let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024.0
}

/// What the quickest quarter of the calls stays below, in microseconds: other work on the machine
/// disturbs it less than it does a median.
fn quartile(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 4].as_secs_f64() * 1e6
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut small = Side::new().await;
    small.fill(SMALL).await;
    let mut large = Side::new().await;
    let before = resident_bytes();
    large.fill(LARGE).await;
    let bytes = (resident_bytes() - before) / LARGE as f64;
    small.listen().await;
    large.listen().await;

    let mut is_met = bytes <= MOST_BYTES;
    println!(
        "{:<14} {bytes:>9.0} bytes a user, {LARGE} users",
        "resident"
    );
    // The first calls of all warm up what the whole process shares.
    small.round("AdminGetUser", 0);
    large.round("AdminGetUser", 0);
    for operation in ["AdminGetUser", "ListUsers", "SignUp"] {
        let (mut of_small, mut of_large) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            of_small.extend(small.round(operation, round));
            of_large.extend(large.round(operation, round));
        }
        let (of_small, of_large) = (quartile(of_small), quartile(of_large));
        let ratio = of_large / of_small;
        is_met &= ratio <= MOST_RATIO;
        println!(
            "{operation:<14} {of_small:>6.1} µs at {SMALL}, {of_large:>6.1} µs at {LARGE}: {ratio:.2}"
        );
    }
    let verdict = if is_met { "met" } else { "MISSED" };
    println!("goals: at most {MOST_BYTES} bytes a user, {MOST_RATIO} times the time: {verdict}");
    ExitCode::from(u8::from(!is_met))
}
