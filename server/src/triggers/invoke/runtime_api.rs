//! The Lambda runtime API: a process asks for the next event of a function, and posts what came of it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>; the texts of refusals are those of
//! AWS's runtime interface emulator.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Response, StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;

use super::{Event, Failure, Invoked, MOST_ANSWER};
use crate::app::App;
use crate::aws::Arn;
use crate::clock::Stopwatch;

/// Followed by a function's name and [`VERSION`].
pub const PATH: &str = "/_cognitwin/lambda/";
const VERSION: &str = "/2018-06-01/runtime/";

/// Of one function; AWS throttles beyond as many at a time.
const MOST_WAITING: usize = 1000;
const MOST_FUNCTIONS: usize = 1000;
/// The longest that Lambda lets a name be.
const LONGEST_NAME: usize = 140;
/// A process is still there for so long after it took or answered an event: then it asks for the next one.
const BETWEEN_EVENTS: Duration = Duration::from_secs(10);
/// One that breaks off while it asks has most likely ended, unless it asks again at once.
const AFTER_BREAKING_OFF: Duration = Duration::from_secs(1);

/// The functions that processes run.
pub(super) struct Runtimes {
    watch: Stopwatch,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    functions: HashMap<String, Function>,
    stopped: bool,
}

#[derive(Default)]
struct Function {
    waiting: VecDeque<Invocation>,
    /// Those that a process has.
    running: HashMap<Uuid, oneshot::Sender<Invoked>>,
    polls: usize,
    /// Until when, by the watch, a process that does not ask is thought to be there.
    here_until: Duration,
    /// Why the last process that began did not get to its first event.
    init_error: Option<String>,
    /// An event waits, or the server stops.
    changed: Arc<Notify>,
}

impl Function {
    fn is_attached(&self, now: Duration) -> bool {
        self.polls > 0 || !self.running.is_empty() || now < self.here_until
    }
}

struct Invocation {
    id: Uuid,
    arn: String,
    deadline_millis: i64,
    payload: String,
    answer: oneshot::Sender<Invoked>,
}

impl Default for Runtimes {
    fn default() -> Self {
        Self {
            watch: Stopwatch::start(),
            state: Mutex::default(),
        }
    }
}

impl Runtimes {
    pub(super) fn is_attached(&self, name: &str) -> bool {
        let state = self.state.lock();
        let function = state.functions.get(name);
        function.is_some_and(|it| it.is_attached(self.watch.elapsed()))
    }

    /// Whether the last process did not get to its first event.
    pub(super) fn has_failed(&self, name: &str) -> bool {
        let state = self.state.lock();
        let function = state.functions.get(name);
        function.is_some_and(|it| it.init_error.is_some())
    }

    pub(super) fn stop(&self) {
        let mut state = self.state.lock();
        state.stopped = true;
        for function in state.functions.values_mut() {
            function.waiting.clear();
            function.changed.notify_waiters();
        }
    }

    /// Queues an event for the next process that asks.
    fn push(&self, name: &str, invocation: Invocation) -> Result<(), Failure> {
        let mut state = self.state.lock();
        let stopped = state.stopped;
        let gone = || Failure::Invocation("ServiceException".to_owned());
        let function = state.functions.get_mut(name).filter(|_| !stopped);
        let function = function.ok_or_else(gone)?;
        if let Some(error) = &function.init_error {
            return Err(Failure::Function(error.clone()));
        }
        if function.waiting.len() >= MOST_WAITING {
            return Err(Failure::throttled());
        }
        function.waiting.push_back(invocation);
        function.changed.notify_one();
        Ok(())
    }

    /// Notes that a process asks; `None` where there are too many functions, or the server stops.
    fn attach(&self, name: &str) -> Option<Poll<'_>> {
        let mut state = self.state.lock();
        if state.stopped || !state.has_room_for(name, self.watch.elapsed()) {
            return None;
        }
        let function = state.functions.entry(name.to_owned()).or_default();
        function.polls += 1;
        function.init_error = None;
        Some(Poll {
            runtimes: self,
            name: name.to_owned(),
            changed: function.changed.clone(),
            has_event: false,
        })
    }

    /// What came of an event; false where no process has it.
    fn answer(&self, name: &str, id: &str, answer: Invoked) -> bool {
        let mut state = self.state.lock();
        let running = state.functions.get_mut(name).and_then(|function| {
            let running = function.running.remove(&Uuid::parse_str(id).ok()?)?;
            function.here_until = self.watch.elapsed() + BETWEEN_EVENTS;
            Some(running)
        });
        running.is_some_and(|running| running.send(answer).is_ok())
    }

    /// A process has ended before its first event: so have the events that wait for it, unless there is
    /// another.
    fn fail_init(&self, name: &str, error: &Failure) -> bool {
        let Failure::Function(said) = error else {
            return false;
        };
        let mut state = self.state.lock();
        if state.stopped || !state.has_room_for(name, self.watch.elapsed()) {
            return false;
        }
        let function = state.functions.entry(name.to_owned()).or_default();
        if function.polls == 0 && function.running.is_empty() {
            for invocation in function.waiting.drain(..) {
                let _ = invocation.answer.send(Err(Failure::Function(said.clone())));
            }
            function.here_until = Duration::ZERO;
            function.init_error = Some(said.clone());
        }
        true
    }
}

impl State {
    fn has_room_for(&mut self, name: &str, now: Duration) -> bool {
        if self.functions.contains_key(name) {
            return true;
        }
        if self.functions.len() >= MOST_FUNCTIONS {
            self.functions.retain(|_, it| it.is_attached(now));
        }
        self.functions.len() < MOST_FUNCTIONS
    }
}

/// A process that asks for the next event, for as long as it does.
struct Poll<'a> {
    runtimes: &'a Runtimes,
    name: String,
    changed: Arc<Notify>,
    has_event: bool,
}

impl Poll<'_> {
    /// The next event, which is nobody else's then; `None` once the server stops. Waits without end, and
    /// takes nothing if it is dropped before it is ready.
    async fn next(&mut self) -> Option<Invocation> {
        let changed = self.changed.clone();
        loop {
            let mut changed = std::pin::pin!(changed.notified());
            changed.as_mut().enable();
            {
                let mut state = self.runtimes.state.lock();
                if state.stopped {
                    return None;
                }
                let function = state.functions.get_mut(&self.name)?;
                while let Some(mut invocation) = function.waiting.pop_front() {
                    if invocation.answer.is_closed() {
                        continue;
                    }
                    let (unused, _) = oneshot::channel();
                    let answer = std::mem::replace(&mut invocation.answer, unused);
                    function.running.insert(invocation.id, answer);
                    self.has_event = true;
                    return Some(invocation);
                }
            }
            changed.await;
        }
    }
}

impl Drop for Poll<'_> {
    fn drop(&mut self) {
        let mut state = self.runtimes.state.lock();
        if let Some(function) = state.functions.get_mut(&self.name) {
            function.polls -= 1;
            let patience = if self.has_event {
                BETWEEN_EVENTS
            } else {
                AFTER_BREAKING_OFF
            };
            function.here_until = self.runtimes.watch.elapsed() + patience;
        }
    }
}

/// Somebody who waits for an invocation; it is forgotten with them.
struct Waiting<'a> {
    runtimes: &'a Runtimes,
    name: &'a str,
    id: Uuid,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.runtimes.state.lock();
        if let Some(function) = state.functions.get_mut(self.name) {
            function.waiting.retain(|it| it.id != self.id);
            if function.running.remove(&self.id).is_some() {
                // The process is late, and not gone.
                function.here_until = self.runtimes.watch.elapsed() + BETWEEN_EVENTS;
            }
        }
    }
}

pub(super) async fn run(app: &App, name: &str, event: &Event, limit: Duration) -> Invoked {
    let runtimes = &app.invokers.runtimes;
    let id = app.random.uuid();
    let (answer, answered) = oneshot::channel();
    let invocation = Invocation {
        id,
        arn: arn(app, event),
        deadline_millis: app.clock.system_now().as_millis() + limit.as_millis() as i64,
        payload: event.payload(),
        answer,
    };
    let _waiting = Waiting { runtimes, name, id };
    runtimes.push(name, invocation)?;
    // An answer that will not come any more: the server stops.
    let stopped = |_| Err(Failure::Invocation("ServiceException".to_owned()));
    answered.await.unwrap_or_else(stopped)
}

fn arn(app: &App, event: &Event) -> String {
    let function = &event.function;
    if Arn::parse(function).is_some() {
        return function.clone();
    }
    let region = event.region();
    format!(
        "arn:aws:lambda:{region}:{}:function:{function}",
        app.settings.account
    )
}

/// Whether a request asks for the next event: it has no end of its own, and breaks off with its caller.
pub fn is_poll(method: &Method, path: &str) -> bool {
    method == Method::GET && path.starts_with(PATH) && path.ends_with("/invocation/next")
}

/// Answers a process; `path` is what comes after [`PATH`], and a body that was too long is `None`.
pub async fn answer(
    app: &App,
    method: &Method,
    path: &str,
    body: Option<&[u8]>,
) -> Response<Bytes> {
    let is_name = |name: &str| {
        (1..=LONGEST_NAME).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let Some((name, call)) = path.split_once(VERSION).filter(|(name, _)| is_name(name)) else {
        return not_found();
    };
    let runtimes = &app.invokers.runtimes;
    let failure = || body.map_or_else(Failure::answer_too_long, Failure::of_function);
    let call: Vec<&str> = call.split('/').collect();
    let is_known = match (method, call.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => {
            return match next(runtimes, name).await {
                Some(invocation) => hand_out(app, invocation),
                None => unavailable(),
            };
        }
        (&Method::POST, ["invocation", id, "response"]) => {
            let answer = body.map(Bytes::copy_from_slice);
            runtimes.answer(name, id, answer.ok_or_else(Failure::answer_too_long))
        }
        (&Method::POST, ["invocation", id, "error"]) => runtimes.answer(name, id, Err(failure())),
        (&Method::POST, ["init", "error"]) => {
            if !runtimes.fail_init(name, &failure()) {
                return unavailable();
            }
            true
        }
        (
            _,
            ["invocation", "next"] | ["invocation", _, "response" | "error"] | ["init", "error"],
        ) => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            return response;
        }
        _ => return not_found(),
    };
    if body.is_none() {
        refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            &format!("Exceeded maximum allowed payload size ({MOST_ANSWER} bytes)."),
        )
    } else if is_known {
        respond(StatusCode::ACCEPTED, &json!({"status": "OK"}))
    } else {
        refuse(
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "Invalid request ID",
        )
    }
}

async fn next(runtimes: &Runtimes, name: &str) -> Option<Invocation> {
    runtimes.attach(name)?.next().await
}

fn hand_out(app: &App, invocation: Invocation) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(invocation.payload));
    let mut hexadecimal = String::new();
    for byte in app.random.bytes::<20>() {
        let _ = write!(hexadecimal, "{byte:02x}");
    }
    let (root, parent) = hexadecimal.split_at(24);
    let seconds = app.clock.system_now().as_millis() / 1000;
    for (name, value) in [
        ("lambda-runtime-aws-request-id", invocation.id.to_string()),
        (
            "lambda-runtime-deadline-ms",
            invocation.deadline_millis.to_string(),
        ),
        ("lambda-runtime-invoked-function-arn", invocation.arn),
        (
            "lambda-runtime-trace-id",
            format!("Root=1-{seconds:08x}-{root};Parent={parent};Sampled=0"),
        ),
        (CONTENT_TYPE.as_str(), "application/json".to_owned()),
    ] {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn respond(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn refuse(status: StatusCode, kind: &str, message: &str) -> Response<Bytes> {
    respond(status, &json!({"errorMessage": message, "errorType": kind}))
}

fn not_found() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from("404 page not found\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// AWS's: the process should end.
fn unavailable() -> Response<Bytes> {
    refuse(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalServerError",
        "Internal Server Error",
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::app;
    use super::*;

    fn invocation(id: u128) -> (Invocation, oneshot::Receiver<Invoked>) {
        let (answer, answered) = oneshot::channel();
        let invocation = Invocation {
            id: Uuid::from_u128(id),
            arn: String::new(),
            deadline_millis: 0,
            payload: String::new(),
            answer,
        };
        (invocation, answered)
    }

    #[tokio::test]
    async fn a_function_has_only_so_many_events_waiting() {
        let runtimes = Runtimes::default();
        assert!(!runtimes.is_attached("f"));
        drop(runtimes.attach("f").unwrap());
        assert!(runtimes.is_attached("f"));
        let mut callers = Vec::new();
        for id in 0..MOST_WAITING {
            let (invocation, answered) = invocation(id as u128);
            runtimes.push("f", invocation).unwrap();
            callers.push(answered);
        }
        let full = runtimes.push("f", invocation(9999).0);
        assert_eq!(full, Err(Failure::throttled()));
        // Whoever went away is not asked for; the others are, in their order.
        drop(callers.drain(..2));
        let next = runtimes.attach("f").unwrap().next().await.unwrap();
        assert_eq!(next.id, Uuid::from_u128(2));
        let id = next.id.to_string();
        assert!(runtimes.answer("f", &id, Ok(Bytes::new())));
        assert!(!runtimes.answer("f", &id, Ok(Bytes::new())));
        assert_eq!(callers.remove(0).await, Ok(Ok(Bytes::new())));
    }

    #[tokio::test]
    async fn there_are_only_so_many_functions_unless_their_processes_have_gone() {
        let runtimes = Runtimes::default();
        let polls: Vec<_> = (0..MOST_FUNCTIONS)
            .map(|name| runtimes.attach(&name.to_string()).unwrap())
            .collect();
        assert!(runtimes.attach("more").is_none());
        assert!(!runtimes.fail_init("more", &Failure::Function(String::new())));
        drop(polls);
        for function in runtimes.state.lock().functions.values_mut() {
            function.here_until = Duration::ZERO;
        }
        assert!(runtimes.attach("more").is_some());
        assert_eq!(runtimes.state.lock().functions.len(), 1);
    }

    #[tokio::test]
    async fn a_poll_that_is_dropped_takes_no_event() {
        let runtimes = Runtimes::default();
        let (mut gone, mut stays) = (runtimes.attach("f").unwrap(), runtimes.attach("f").unwrap());
        let mut first = Box::pin(gone.next());
        let mut second = Box::pin(stays.next());
        // Both ask; the first is told of the event, and goes away before it looks.
        assert!(futures_are_pending(&mut first, &mut second));
        let (invocation, _answered) = invocation(1);
        runtimes.push("f", invocation).unwrap();
        drop(first);
        let next = tokio::time::timeout(Duration::from_secs(5), second).await;
        assert_eq!(next.unwrap().unwrap().id, Uuid::from_u128(1));
    }

    fn futures_are_pending<F: Future + Unpin>(first: &mut F, second: &mut F) -> bool {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let mut is_pending = |it: &mut F| std::pin::Pin::new(it).poll(&mut cx).is_pending();
        is_pending(first) && is_pending(second)
    }

    #[tokio::test]
    async fn whoever_does_not_wait_any_more_is_forgotten() {
        let app = app(Vec::new());
        let runtimes = &app.invokers.runtimes;
        drop(runtimes.attach("f").unwrap());
        let event = Event::to("f");
        let short = Duration::from_millis(20);
        let waits = tokio::time::timeout(short, run(&app, "f", &event, short));
        assert!(waits.await.is_err());
        assert!(runtimes.state.lock().functions["f"].waiting.is_empty());
        let waits = tokio::time::timeout(short, run(&app, "f", &event, short));
        let mut poll = runtimes.attach("f").unwrap();
        let (waited, next) = tokio::join!(waits, poll.next());
        assert!(waited.is_err() && next.is_some());
        assert!(runtimes.state.lock().functions["f"].running.is_empty());
        assert!(runtimes.is_attached("f"));
    }

    #[tokio::test]
    async fn nothing_waits_for_a_server_that_stops() {
        let app = app(Vec::new());
        let runtimes = &app.invokers.runtimes;
        let mut poll = runtimes.attach("f").unwrap();
        drop(runtimes.attach("g").unwrap());
        let event = Event::to("g");
        let (next, waits, ()) = tokio::join!(
            poll.next(),
            run(&app, "g", &event, Duration::from_secs(5)),
            async { runtimes.stop() }
        );
        assert!(next.is_none());
        let gone = Failure::Invocation("ServiceException".to_owned());
        assert_eq!(waits, Err(gone));
        assert!(runtimes.attach("f").is_none());
    }
}
