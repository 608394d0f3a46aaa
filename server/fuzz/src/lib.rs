//! What the targets share: a server without sockets, put back as it was after each input that may have changed it,
//! so that an input does the same each time it is tried. No input may break a call off: what the server answers is
//! its own doing or a refusal, never an answer of the 500 class.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use cognito_model::Timestamp;
use cognitwin::app::App;
use cognitwin::clock::Clock;
use cognitwin::config::{Seed, Settings};
use cognitwin::http::{Body, Peer, respond};
use cognitwin::random::Random;
use cognitwin::seed;
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

pub const POOL: &str = "us-east-1_Fuzz12345";
pub const CLIENT: &str = "1fuzz";
pub const PASSWORD: &str = "Passw0rd!";
pub const HOST: &str = "localhost:9229";

const PEER: Peer = Peer {
    scheme: "http",
    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
};
/// 2026-01-01T00:00:00Z, in milliseconds.
const START: i64 = 1_767_225_600_000;
/// A failed call may change something as well, such as what is counted of wrong passwords.
const MOST_REFUSALS: u32 = 100;

pub struct World {
    pub app: Arc<App>,
    pub runtime: Runtime,
    before: Bytes,
    is_changed: Cell<bool>,
    refusals: Cell<u32>,
}

impl World {
    /// With what `seed.yaml` has in it.
    pub fn new() -> Self {
        let seed = Path::new(env!("CARGO_MANIFEST_DIR")).join("seed.yaml");
        let mut world = Self::empty();
        seed::apply(&world.app, &[Seed::Path(seed)]).unwrap();
        // The keys are made before they are kept.
        world.sign_in();
        world.keep();
        world
    }

    /// With nothing in it.
    pub fn empty() -> Self {
        let settings = Settings {
            code: Some("123456".to_owned()),
            ..Settings::default()
        };
        let clock = Clock::frozen_at(Timestamp::from_millis(START));
        let mut world = Self {
            app: App::with(settings, clock, Random::seeded(1)).unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
            before: Bytes::new(),
            is_changed: Cell::default(),
            refusals: Cell::default(),
        };
        world.keep();
        world
    }

    fn keep(&mut self) {
        self.before = self.snapshot();
    }

    pub fn snapshot(&self) -> Bytes {
        let request = Request::get("/_cognitwin/snapshot").body(Bytes::new());
        self.send(request.unwrap()).into_body()
    }

    /// As it was in the beginning.
    pub fn restore(&self) {
        if self.is_changed.get() || self.refusals.get() > MOST_REFUSALS {
            self.restore_anyway();
        }
    }

    pub fn restore_anyway(&self) {
        let request = Request::put("/_cognitwin/snapshot").body(self.before.clone());
        let answer = self.send(request.unwrap());
        assert!(answer.status().is_success(), "{answer:?}");
        self.is_changed.set(false);
        self.refusals.set(0);
    }

    /// The answer, which is none of the 500 class but for what is said not to be there yet.
    pub fn send(&self, request: Request<Bytes>) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        let asked = format!("{} {}", head.method, head.uri);
        let answer = respond(self.app.clone(), head, Body::Whole(body), PEER);
        let answer = self.runtime.block_on(answer);
        if answer.status().as_u16() >= 400 {
            self.refusals.set(self.refusals.get() + 1);
        } else {
            self.is_changed.set(true);
        }
        let status = answer.status().as_u16();
        assert!(status < 500 || status == 501, "{asked}: {answer:?}");
        answer
    }

    /// A call of AWS JSON 1.1: the status, and the body if it is JSON.
    pub fn call(&self, target: &str, body: impl Into<Bytes>) -> (u16, Value) {
        let prefix = match target {
            _ if target.contains('.') => "",
            _ if cognito_model::find(cognito_model::Service::IdentityPools, target).is_some() => {
                "AWSCognitoIdentityService."
            }
            _ => "AWSCognitoIdentityProviderService.",
        };
        let request = Request::post("/")
            .header("host", HOST)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("{prefix}{target}"))
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/cognito-idp/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=0000",
            );
        let Ok(request) = request.body(body.into()) else {
            return (0, Value::Null);
        };
        let answer = self.send(request);
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), body)
    }

    /// Alice's tokens.
    pub fn sign_in(&self) -> Value {
        let request = json!({
            "ClientId": CLIENT,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "alice", "PASSWORD": PASSWORD},
        });
        let (status, answer) = self.call("InitiateAuth", request.to_string());
        assert_eq!(status, 200, "{answer}");
        answer["AuthenticationResult"].clone()
    }
}

thread_local! {
    static WORLD: World = World::new();
}

/// Lends the world to one input, and puts it back as it was.
pub fn with<T>(input: impl FnOnce(&World) -> T) -> T {
    WORLD.with(|world| {
        let answer = input(world);
        world.restore();
        answer
    })
}
