//! Invoking a function: who runs it, how long that may take, what its failures are called, and one line
//! of the log. One attempt (facts/triggers.md §7).

mod exec;
mod http;
mod lambda_api;
mod places;
mod runtime_api;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::de::IgnoredAny;
use serde_json::Value;

use self::places::Places;
use self::runtime_api::Runtimes;
use super::{Answer, Event};
use crate::app::App;
use crate::calls::{Call, Payload};
use crate::clock::Stopwatch;
use crate::config::{LambdaApi, LambdaTarget};
use crate::context::Context;
use crate::errors::{self, Result};

pub use self::runtime_api::{PATH as RUNTIME_API_PATH, answer as runtime_api, is_poll};

/// AWS Lambda's own limit of an answer (captured: its error text names it).
pub const MOST_ANSWER: usize = 6 * 1024 * 1024 + 100;

/// What AWS gives a function that a user waits for.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Where nobody waits, the time that the function itself has. AWS's has one of up to 15 minutes.
const UNWATCHED_TIMEOUT: Duration = Duration::from_secs(60);
/// Invocations under way that nobody waits for, of one function and of all. What comes on top of them is not run.
const MOST_UNWATCHED_OF_ONE: usize = 250;
const MOST_UNWATCHED: usize = 1000;
/// AWS Lambda's word for an error that says nothing.
const UNHANDLED: &str = "Unhandled";
/// More of what a function says of its failure is not told.
const MOST_SAID: usize = 1024;

/// What became of an invocation that gave no answer.
#[derive(Debug, PartialEq, Eq)]
enum Failure {
    /// The function says that it failed, and why.
    Function(String),
    /// It was not reached, or not asked.
    Invocation(String),
}

impl Failure {
    /// Lambda's own words (captured).
    fn answer_too_long() -> Self {
        Self::Function(format!(
            "Response payload size exceeded maximum allowed payload size ({MOST_ANSWER} bytes)."
        ))
    }

    /// Of what a function says that failed.
    fn of_function(said: &[u8]) -> Self {
        Self::saying(error_message(said).as_deref().unwrap_or(UNHANDLED))
    }

    fn saying(said: &str) -> Self {
        Self::Function(said.chars().take(MOST_SAID).collect())
    }

    /// Lambda's name for too much at a time.
    fn throttled() -> Self {
        Self::Invocation("TooManyRequestsException".to_owned())
    }
}

type Invoked = std::result::Result<Bytes, Failure>;

/// Whether somebody waits for the answer: Lambda's invocation types `RequestResponse` and `Event`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Waited,
    Unwatched,
}

/// How much runs at a time; the rest waits, as long as a function may take.
struct Turns {
    commands: Places,
    posts: Places,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            commands: Places::new(16, 64),
            posts: Places::new(128, 512),
        }
    }
}

/// What runs functions, for the whole server.
pub struct Invokers {
    runtimes: Runtimes,
    waited: Turns,
    unwatched: Turns,
    unwatched_places: Places,
}

impl Default for Invokers {
    fn default() -> Self {
        Self {
            runtimes: Runtimes::default(),
            waited: Turns::default(),
            unwatched: Turns::default(),
            unwatched_places: Places::new(MOST_UNWATCHED_OF_ONE, MOST_UNWATCHED),
        }
    }
}

impl Invokers {
    /// Ends the polls of the runtime API, which have no end of their own.
    pub fn stop(&self) {
        self.runtimes.stop();
    }

    /// Until the invocations that nobody waits for are done.
    pub async fn finish(&self) {
        self.unwatched_places.finish().await;
    }
}

/// Asks the pool's function; the answer is the `response` of the event that it gives back.
pub async fn invoke(cx: &Context, event: &Event) -> Result<Answer> {
    run(&cx.app, event, Kind::Waited, read).await
}

/// Tells the pool's function what it gives no answer to; how that ends stands in the log only. It may be
/// a task of its own.
pub async fn notify(app: Arc<App>, event: Event) {
    let function = bare_name(&event.function);
    let Some(_place) = app.invokers.unwatched_places.try_take(function) else {
        let trigger = &event.source;
        tracing::warn!(
            trigger,
            function,
            "not invoked: too many invocations are under way"
        );
        return;
    };
    let _ = run(&app, &event, Kind::Unwatched, |_| Ok(())).await;
}

/// Who runs a function.
enum Target<'a> {
    Runtime(&'a str),
    Exec(&'a str),
    Http(&'a ::http::Uri),
    Api(&'a LambdaApi),
}

impl<'a> Target<'a> {
    /// A process that is attached, else what the command line says of this function, else the Lambda API,
    /// else a process that did not get to begin.
    fn of(app: &'a App, function: &str, name: &'a str) -> Option<Self> {
        let settings = &app.settings;
        if app.invokers.runtimes.is_attached(name) {
            return Some(Self::Runtime(name));
        }
        let mut functions = settings.lambda.iter();
        match functions.find(|it| it.name == *function || it.name == name) {
            Some(named) => Some(match &named.target {
                LambdaTarget::Exec(command) => Self::Exec(command),
                LambdaTarget::Http(address) => Self::Http(address),
            }),
            None => match &settings.lambda_api {
                Some(api) => Some(Self::Api(api)),
                None => {
                    let has_failed = app.invokers.runtimes.has_failed(name);
                    has_failed.then_some(Self::Runtime(name))
                }
            },
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Runtime(_) => "runtime",
            Self::Exec(_) => "exec",
            Self::Http(_) => "http",
            Self::Api(_) => "lambda",
        }
    }

    /// The time begins once the function has its place; `None` if it is over.
    async fn run(&self, app: &App, event: &Event, kind: Kind) -> Option<Invoked> {
        let (limit, turns) = match kind {
            Kind::Waited => (TIMEOUT, &app.invokers.waited),
            Kind::Unwatched => (UNWATCHED_TIMEOUT, &app.invokers.unwatched),
        };
        let places = match self {
            // It has a queue of its own.
            Self::Runtime(_) => None,
            Self::Exec(_) => Some(&turns.commands),
            Self::Http(_) | Self::Api(_) => Some(&turns.posts),
        };
        let _place = match places {
            None => None,
            Some(places) => {
                let place = places.take(bare_name(&event.function));
                match tokio::time::timeout(limit, place).await {
                    Ok(place) => place,
                    Err(_) => return Some(Err(Failure::throttled())),
                }
            }
        };
        let run = async {
            match self {
                Self::Runtime(name) => runtime_api::run(app, name, event, limit).await,
                Self::Exec(command) => unless_error(exec::run(command, event.payload()).await?),
                Self::Http(address) => unless_error(http::run(address, event.payload()).await?),
                Self::Api(api) => unless_error(lambda_api::run(app, api, event, kind).await?),
            }
        };
        tokio::time::timeout(limit, run).await.ok()
    }
}

async fn run<T>(app: &App, event: &Event, kind: Kind, read: fn(&[u8]) -> Result<T>) -> Result<T> {
    let trigger = event.trigger.name();
    let name = bare_name(&event.function);
    let (watch, time) = (Stopwatch::start(), app.clock.now());
    let mut said = Bytes::new();
    let target = Target::of(app, &event.function, name);
    let outcome = match &target {
        None => None,
        Some(target) => Some(target.run(app, event, kind).await),
    };
    // What a function itself says may be nobody else's business, so the log does not repeat it.
    let mut cause = None;
    let result = match outcome {
        None => Err(errors::trigger_not_invocable(
            trigger,
            name,
            &app.settings.public_url,
        )),
        Some(Some(Ok(answer))) => {
            said = answer;
            read(&said)
        }
        Some(Some(Err(Failure::Function(said)))) => Err(errors::trigger_failed(trigger, &said)),
        Some(Some(Err(Failure::Invocation(error)))) => {
            let refusal = errors::trigger_unreachable(trigger, &error);
            cause = Some(error);
            Err(refusal)
        }
        Some(None) => {
            cause = Some("timeout".to_owned());
            Err(errors::trigger_timed_out(trigger))
        }
    };
    let error = result.as_ref().err();
    app.journal.note(Call {
        id: app.random.uuid().to_string(),
        time,
        service: "lambda",
        operation: event.source.clone().into(),
        label: trigger,
        user_pool_id: Some(event.user_pool_id().to_owned()),
        account: Some(event.account.clone()),
        status: if error.is_some() { 500 } else { 200 },
        error: error.map(|it| it.code().as_str().into()),
        duration: watch.elapsed(),
        request: Payload::json(event.payload().as_bytes()),
        response: Payload::json(&said),
        trigger: Some(name.to_owned()),
    });
    tracing::info!(
        trigger = event.source,
        function = name,
        invoker = target.as_ref().map(Target::name),
        error = error.map(|it| it.code().as_str()),
        cause,
        duration_ms = watch.elapsed().as_micros() as f64 / 1000.0,
        "trigger"
    );
    result
}

/// A function's name or ARN, and the version or alias behind it.
fn parts(function: &str) -> (&str, Option<&str>) {
    let name_starts = function.find(":function:").map_or(0, |it| it + 10);
    match function[name_starts..].split_once(':') {
        Some((name, qualifier)) => (&function[..name_starts + name.len()], Some(qualifier)),
        None => (function, None),
    }
}

/// Of an ARN, the function's own name, without a version or alias.
fn bare_name(function: &str) -> &str {
    let (function, _) = parts(function);
    function.rsplit(':').next().unwrap_or(function)
}

fn read(answer: &[u8]) -> Result<Answer> {
    match serde_json::from_slice(answer) {
        Err(_) if !is_json(answer) => Err(errors::lambda_output_is_no_json()),
        Ok(Value::Object(mut event)) => match event.remove("response") {
            Some(Value::Object(response)) => Ok(response),
            _ => Err(errors::lambda_output_unrecognizable()),
        },
        _ => Err(errors::lambda_output_unrecognizable()),
    }
}

/// Whether it is JSON at all, even with numbers, depths or characters that are beyond this server.
fn is_json(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text);
    text.is_ok_and(|it| serde_json::from_str::<IgnoredAny>(it).is_ok())
}

/// An answer, unless it is an error alone: AWS's runtime interface emulator, and handlers that are run by
/// hand, mark a failure in no other way.
fn unless_error(answer: Bytes) -> Invoked {
    if is_bare_error(&answer) {
        Err(Failure::of_function(&answer))
    } else {
        Ok(answer)
    }
}

fn is_bare_error(body: &[u8]) -> bool {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    value.get("errorMessage").is_some_and(Value::is_string)
        && value.get("errorType").is_some_and(Value::is_string)
        && value.get("response").is_none()
}

/// The `errorMessage` of a function that failed.
fn error_message(text: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(text).ok()?;
    Some(value.get("errorMessage")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LambdaFunction, Settings};

    pub(super) fn app(lambda: Vec<LambdaFunction>) -> Arc<App> {
        let settings = Settings {
            lambda,
            ..Settings::default()
        };
        App::new(settings).unwrap()
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_done_before_the_end() {
        let file = std::env::temp_dir().join(format!("cognitwin-{}", std::process::id()));
        let command = format!("sleep 0.1; cat > {}; exit 1", file.display());
        let app = app(vec![LambdaFunction {
            name: "sender".to_owned(),
            target: LambdaTarget::Exec(command),
        }]);
        tokio::spawn(notify(app.clone(), Event::to("sender")));
        tokio::task::yield_now().await;
        // Nobody is told that this one cannot be run.
        notify(app.clone(), Event::to("nobody")).await;
        assert!(!file.exists());
        app.invokers.finish().await;
        let told = std::fs::read_to_string(&file).unwrap();
        assert_eq!(told, r#"{"userName":"alice"}"#);
        std::fs::remove_file(&file).unwrap();
        // One more than may be under way is not run.
        let places = &app.invokers.unwatched_places;
        let _all = [(); MOST_UNWATCHED_OF_ONE].map(|()| places.try_take("sender").unwrap());
        notify(app.clone(), Event::to("sender")).await;
        assert!(!file.exists());
    }

    #[test]
    fn a_function_is_named_by_itself_or_by_its_arn() {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:define";
        for (function, name, named, qualifier) in [
            ("define", "define", "define", None),
            ("define:live", "define", "define", Some("live")),
            (arn, "define", arn, None),
            (&format!("{arn}:live"), "define", arn, Some("live")),
            (&format!("{arn}:$LATEST"), "define", arn, Some("$LATEST")),
        ] {
            assert_eq!(bare_name(function), name);
            assert_eq!(parts(function), (named, qualifier));
        }
    }

    #[test]
    fn an_answer_is_the_event_with_its_response() {
        assert!(
            read(br#"{"response": {"a": 1}}"#)
                .unwrap()
                .contains_key("a")
        );
        for (answer, told) in [
            ("", "Invalid lambda function output : Invalid JSON"),
            ("{", "Invalid lambda function output : Invalid JSON"),
            ("null", "Unrecognizable lambda output"),
            ("{}", "Unrecognizable lambda output"),
            (r#"{"response": 1}"#, "Unrecognizable lambda output"),
            // JSON, but beyond what is read.
            (
                r#"{"response": {"a": 1e999}}"#,
                "Unrecognizable lambda output",
            ),
            (
                r#"{"response": {"a": "\ud800"}}"#,
                "Unrecognizable lambda output",
            ),
            (
                &format!("{}{}", "[".repeat(200), "]".repeat(200)),
                "Unrecognizable lambda output",
            ),
            (
                &"[".repeat(200),
                "Invalid lambda function output : Invalid JSON",
            ),
        ] {
            assert_eq!(read(answer.as_bytes()).unwrap_err().message(), Some(told));
        }
        assert!(!is_json(b"\"\xff\""));
    }

    #[test]
    fn a_failure_says_what_the_function_says() {
        let said = |text: &[u8]| match Failure::of_function(text) {
            Failure::Function(said) => said,
            other => panic!("{other:?}"),
        };
        assert_eq!(said(br#"{"errorMessage": "no"}"#), "no");
        for silent in [
            &b"{\"secret\": 1}"[..],
            b"",
            b"[]",
            b"{\"errorMessage\": null}",
        ] {
            assert_eq!(said(silent), "Unhandled");
        }
        let long = format!(r#"{{"errorMessage": "{}"}}"#, "x".repeat(9999));
        assert_eq!(said(long.as_bytes()).len(), MOST_SAID);
    }

    #[test]
    fn an_error_alone_is_no_answer() {
        assert!(is_bare_error(
            br#"{"errorMessage": "no", "errorType": "E"}"#
        ));
        for body in [
            &br#"{"errorMessage": "no", "errorType": "E", "response": {}}"#[..],
            br#"{"errorMessage": "no"}"#,
            b"{}",
            b"",
        ] {
            assert!(!is_bare_error(body));
        }
    }
}
