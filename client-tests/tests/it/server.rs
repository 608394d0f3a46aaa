//! The binary with the demo seed, on a free port, until the test ends; and SDK clients that call it.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use aws_sdk_cognitoidentity as identity;
use aws_sdk_cognitoidentityprovider as idp;
use aws_sdk_sts as sts;

pub const REGION: &str = "us-west-2";
pub const POOL: &str = "us-west-2_Demo12345";
pub const CLIENT: &str = "1example23456789localclient";
pub const IDENTITY_POOL: &str = "us-west-2:11111111-2222-4333-8444-555555555555";
pub const USERNAME: &str = "alice";
pub const PASSWORD: &str = "Passw0rd!";

/// The key of `Logins` for the demo's user pool.
pub fn login_provider() -> String {
    format!("cognito-idp.{REGION}.amazonaws.com/{POOL}")
}

pub struct Server {
    process: Child,
    url: String,
}

/// An access key as the SDKs take it; a key of twelve digits is an account.
#[derive(Clone)]
pub struct Keys {
    pub id: String,
    pub secret: String,
    pub session_token: Option<String>,
}

impl Keys {
    pub fn of_account(account: &str) -> Self {
        Self {
            id: account.to_owned(),
            secret: "secret".to_owned(),
            session_token: None,
        }
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn binary() -> PathBuf {
    if let Some(path) = env::var_os("COGNITWIN_BIN") {
        return path.into();
    }
    let target = workspace().join("target");
    let found = ["release", "debug"]
        .map(|profile| target.join(profile).join("cognitwin"))
        .into_iter()
        .find(|path| path.is_file());
    found.expect("no cognitwin binary: run `cargo build --release`, or name one in COGNITWIN_BIN")
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// With these flags, too.
    pub fn start_with(flags: &[&str]) -> Self {
        let binary = binary();
        let mut command = Command::new(&binary);
        // Settings of whoever runs the tests must not reach the server under test.
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("COGNITWIN_") {
                command.env_remove(name);
            }
        }
        command
            .args(["--port", "0", "--log", "off", "--seed"])
            .arg(workspace().join("fixtures/demo.yaml"))
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut process = command
            .spawn()
            .unwrap_or_else(|error| unreachable!("{}: {error}", binary.display()));
        let mut ready = String::new();
        let stdout = process.stdout.take().expect("stdout is piped");
        BufReader::new(stdout)
            .read_line(&mut ready)
            .expect("the server says when it is ready");
        let url = ready
            .trim_end()
            .strip_prefix("cognitwin listening on ")
            .unwrap_or_else(|| unreachable!("not a ready line: {ready:?}"))
            .to_owned();
        Self { process, url }
    }

    /// As issuers are named.
    pub fn public_url(&self) -> String {
        self.url.replace("127.0.0.1", "localhost")
    }

    /// The body that answers a GET, read to the end of the connection.
    pub fn get(&self, path: &str) -> String {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("the server listens");
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream
            .write_all(request.as_bytes())
            .expect("the server reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("the server answers in UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n").expect("HTTP");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        body.to_owned()
    }

    pub fn idp(&self) -> idp::Client {
        self.idp_as(&Keys::of_account("test"))
    }

    pub fn idp_as(&self, keys: &Keys) -> idp::Client {
        let config = idp::Config::builder()
            .behavior_version(idp::config::BehaviorVersion::latest())
            .region(idp::config::Region::new(REGION))
            .credentials_provider(idp::config::Credentials::new(
                &keys.id,
                &keys.secret,
                keys.session_token.clone(),
                None,
                "test",
            ))
            .endpoint_url(&self.url);
        idp::Client::from_conf(config.build())
    }

    pub fn identity(&self) -> identity::Client {
        let keys = Keys::of_account("test");
        let config = identity::Config::builder()
            .behavior_version(identity::config::BehaviorVersion::latest())
            .region(identity::config::Region::new(REGION))
            .credentials_provider(identity::config::Credentials::new(
                keys.id,
                keys.secret,
                None,
                None,
                "test",
            ))
            .endpoint_url(&self.url);
        identity::Client::from_conf(config.build())
    }

    pub fn sts(&self, keys: &Keys) -> sts::Client {
        let config = sts::Config::builder()
            .behavior_version(sts::config::BehaviorVersion::latest())
            .region(sts::config::Region::new(REGION))
            .credentials_provider(sts::config::Credentials::new(
                &keys.id,
                &keys.secret,
                keys.session_token.clone(),
                None,
                "test",
            ))
            .endpoint_url(&self.url);
        sts::Client::from_conf(config.build())
    }

    /// Asks the server to stop, and answers whether it did so in order.
    fn stop(&mut self) -> std::io::Result<bool> {
        let pid = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        Ok(self.process.wait()?.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stopped = self.stop();
        if !std::thread::panicking() {
            assert!(
                stopped.expect("the server can be told to stop"),
                "the server stops in order"
            );
        }
    }
}
