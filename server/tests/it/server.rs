//! A server of one test: no sockets, time that stands still, randomness that repeats.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use cognito_model::{Service, Timestamp};
use cognitwin::app::App;
use cognitwin::clock::Clock;
use cognitwin::config::{Seed, Settings};
use cognitwin::http::{Body, Peer, respond};
use cognitwin::random::Random;
use cognitwin::seed;
use http::{Request, Response};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

pub const PEER: Peer = Peer {
    scheme: "http",
    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
};

/// When every test begins: 2026-01-01T00:00:00.500Z, in milliseconds.
pub const START: i64 = 1_767_225_600_500;
/// The same in whole seconds, as tokens count.
pub const START_SECONDS: i64 = 1_767_225_600;
/// The same as an answer of the API shows it.
pub const START_STAMP: f64 = 1_767_225_600.5;

pub const SECOND: i64 = 1000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

pub const ACCOUNT: &str = "000000000000";
pub const REGION: &str = "us-east-1";
pub const PASSWORD: &str = "Passw0rd!";

pub struct Server {
    pub app: Arc<App>,
    runtime: Runtime,
}

/// Who calls: a region, and an access key where the call is signed.
#[derive(Clone, Copy)]
pub struct Caller {
    pub region: &'static str,
    pub key: Option<&'static str>,
}

pub const OWNER: Caller = Caller {
    region: REGION,
    key: Some("test"),
};
pub const NOBODY: Caller = Caller {
    region: REGION,
    key: None,
};

pub fn settings() -> Settings {
    Settings {
        region: REGION.to_owned(),
        account: ACCOUNT.to_owned(),
        ..Settings::default()
    }
}

/// The body of a refusal.
pub fn refusal(kind: &str, message: &str) -> Value {
    json!({"__type": kind, "message": message})
}

/// A request with some members more, or others.
pub fn with(mut base: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        unreachable!("{more}")
    };
    base.as_object_mut().unwrap().extend(more);
    base
}

/// A member that is a text.
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| unreachable!("{value}"))
        .to_owned()
}

/// What a token says, without checking it.
pub fn claims(token: &Value) -> Value {
    part(token, 1)
}

/// A part of a JWS that is JSON: 0 for its header, 1 for its claims.
pub fn part(token: &Value, index: usize) -> Value {
    let token = text(token);
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// `Authorization` as an SDK writes it; the signature itself is nobody's business here.
pub fn authorization(key: &str, region: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/cognito-idp/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=0000"
    )
}

impl Server {
    pub fn new() -> Self {
        Self::with(settings())
    }

    pub fn with(settings: Settings) -> Self {
        let clock = Clock::frozen_at(Timestamp::from_millis(START));
        Self {
            app: App::with(settings, clock, Random::seeded(1)).unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    /// What is asked of the app itself.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Any request.
    pub fn send(&self, request: Request<impl Into<Bytes>>) -> Response<Bytes> {
        let (head, body) = request.into_parts();
        let body = Body::Whole(body.into());
        self.runtime
            .block_on(respond(self.app.clone(), head, body, PEER))
    }

    pub fn get(&self, path: &str) -> Response<Bytes> {
        self.send(Request::get(path).body(String::new()).unwrap())
    }

    pub fn delete(&self, path: &str) -> Response<Bytes> {
        self.send(Request::delete(path).body(String::new()).unwrap())
    }

    /// What the outbox holds.
    pub fn messages(&self, query: &str) -> Value {
        let response = self.get(&format!("/_cognitwin/messages{query}"));
        assert_eq!(response.status(), 200);
        json_of(&response)
    }

    pub fn call_as(&self, caller: Caller, operation: &str, input: Value) -> Response<Bytes> {
        let service = Service::ALL
            .iter()
            .find(|service| cognito_model::find(**service, operation).is_some())
            .unwrap();
        let target = format!("{}.{operation}", service.target_prefix());
        self.call_target(caller, &target, input.to_string())
    }

    /// For targets and bodies that are not those of an operation.
    pub fn call_target(&self, caller: Caller, target: &str, body: String) -> Response<Bytes> {
        let mut request = Request::post("/")
            .header("host", "cognito.test:8080")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target);
        if let Some(key) = caller.key {
            request = request.header("authorization", authorization(key, caller.region));
        }
        self.send(request.body(body).unwrap())
    }

    /// The answer of a call that succeeds; null where the body is empty.
    #[track_caller]
    pub fn ok_as(&self, caller: Caller, operation: &str, input: Value) -> Value {
        let response = self.call_as(caller, operation, input);
        let body = json_of(&response);
        assert_eq!(response.status(), 200, "{operation}: {body}");
        body
    }

    #[track_caller]
    pub fn ok(&self, operation: &str, input: Value) -> Value {
        self.ok_as(OWNER, operation, input)
    }

    /// A call that is refused with this code and message and nothing else.
    #[track_caller]
    pub fn refuses_as(
        &self,
        caller: Caller,
        operation: &str,
        input: Value,
        kind: &str,
        message: &str,
    ) {
        let response = self.call_as(caller, operation, input.clone());
        assert_eq!(
            json_of(&response),
            refusal(kind, message),
            "{operation} {input}"
        );
        assert_eq!(response.status(), 400, "{operation} {input}");
    }

    #[track_caller]
    pub fn refuses(&self, operation: &str, input: Value, kind: &str, message: &str) {
        self.refuses_as(OWNER, operation, input, kind, message);
    }

    /// The error of an operation that asks for something that is not there yet.
    #[track_caller]
    pub fn is_not_implemented(&self, operation: &str, input: Value, what: &str) {
        let response = self.call_as(OWNER, operation, input);
        let message = format!("{what} is not implemented by Cognitwin yet");
        assert_eq!(
            json_of(&response),
            refusal("NotImplementedException", &message)
        );
        assert_eq!(response.status(), 501);
    }

    /// A new user pool's id.
    #[track_caller]
    pub fn pool(&self, settings: Value) -> String {
        let request = with(json!({"PoolName": "demo"}), settings);
        text(&self.ok("CreateUserPool", request)["UserPool"]["Id"])
    }

    /// The id of a new app client that signs in with passwords and refreshes.
    #[track_caller]
    pub fn client(&self, pool: &str, settings: Value) -> String {
        let request = json!({
            "UserPoolId": pool,
            "ClientName": "app",
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        });
        let client = self.ok("CreateUserPoolClient", with(request, settings));
        text(&client["UserPoolClient"]["ClientId"])
    }

    /// A confirmed user with [`PASSWORD`]; the answer is what AdminCreateUser says of it.
    #[track_caller]
    pub fn user(&self, pool: &str, username: &str, attributes: &[(&str, &str)]) -> Value {
        let user = self.ok(
            "AdminCreateUser",
            json!({
                "UserPoolId": pool,
                "Username": username,
                "MessageAction": "SUPPRESS",
                "UserAttributes": attribute_list(attributes),
            }),
        );
        let request = json!({"UserPoolId": pool, "Username": username, "Password": PASSWORD, "Permanent": true});
        assert_eq!(self.ok("AdminSetUserPassword", request), json!({}));
        user["User"].clone()
    }

    /// A pool, a client and alice: (pool id, client id).
    #[track_caller]
    pub fn demo(&self) -> (String, String) {
        let pool = self.pool(json!({}));
        let client = self.client(&pool, json!({}));
        self.user(&pool, "alice", &[]);
        (pool, client)
    }

    /// The tokens of a sign-in.
    #[track_caller]
    pub fn sign_in(&self, client: &str, username: &str) -> Value {
        let answer = self.ok_as(
            NOBODY,
            "InitiateAuth",
            password_auth(client, username, PASSWORD),
        );
        answer["AuthenticationResult"].clone()
    }

    /// Applies a file or a folder.
    pub fn apply(&self, path: &Path) -> Result<(), seed::SeedError> {
        seed::apply(&self.app, &[Seed::Path(path.to_owned())])
    }

    /// What only a seed can make, such as users who are disabled.
    pub fn seed(&self, name: &str, seed: Value) {
        let folder = std::env::temp_dir().join(format!("cognitwin-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("seed.json");
        write!(std::fs::File::create(&path).unwrap(), "{seed}").unwrap();
        let applied = self.apply(&path);
        std::fs::remove_dir_all(&folder).unwrap();
        applied.unwrap();
    }

    pub fn advance(&self, millis: i64) {
        self.app.clock.advance(millis);
    }
}

/// The body as JSON; null if it is empty.
pub fn json_of(response: &Response<Bytes>) -> Value {
    if response.body().is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(response.body()).unwrap()
}

pub fn attribute_list(attributes: &[(&str, &str)]) -> Value {
    attributes
        .iter()
        .map(|(name, value)| json!({"Name": name, "Value": value}))
        .collect()
}

pub fn password_auth(client: &str, username: &str, password: &str) -> Value {
    json!({
        "ClientId": client,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": username, "PASSWORD": password},
    })
}

pub fn refresh_auth(client: &str, token: &Value) -> Value {
    json!({
        "ClientId": client,
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "AuthParameters": {"REFRESH_TOKEN": token},
    })
}
