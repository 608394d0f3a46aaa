//! Invoking a function: where the command line says that it runs. Five seconds, as AWS gives it
//! (facts/triggers.md §7); one attempt.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::{Answer, Event};
use crate::app::App;
use crate::clock::Stopwatch;
use crate::config::LambdaTarget;
use crate::context::Context;
use crate::errors::{self, ApiError, Result};

const TIMEOUT: Duration = Duration::from_secs(5);

/// Commands that run at a time; the others wait, as long as a function may take.
static AT_ONCE: Semaphore = Semaphore::const_new(16);

/// Of AWS Lambda's own answers.
const MOST_ANSWER: usize = 6 * 1024 * 1024;

/// What became of one invocation.
enum Failure {
    /// The function says that it failed, and why.
    Function(String),
    /// It was not reached.
    Invocation(String),
    /// It did not answer in time.
    Timeout,
}

/// Asks the pool's function; the answer is the `response` of the event that it gives back.
pub async fn invoke(cx: &Context, event: &Event) -> Result<Answer> {
    call(&cx.app, event).await
}

/// Tells the pool's function, whose answer nobody waits for.
pub async fn notify(app: Arc<App>, event: Event) {
    // The log says what became of it.
    let _ = call(&app, &event).await;
}

async fn call(app: &App, event: &Event) -> Result<Answer> {
    let trigger = event.trigger.name();
    let named = &event.function;
    let name = bare_name(named);
    let functions = &app.settings.lambda;
    let target = functions
        .iter()
        .find(|it| it.name == *named || it.name == name)
        .map(|it| &it.target)
        .ok_or_else(|| errors::trigger_not_invocable(trigger, name))?;
    let payload = event.payload();
    let watch = Stopwatch::start();
    let answer = match target {
        LambdaTarget::Exec(command) => run_exec(command, payload).await,
        LambdaTarget::Http(address) => tokio::time::timeout(TIMEOUT, post(address, payload))
            .await
            .unwrap_or(Err(Failure::Timeout)),
    };
    let result = match answer {
        Err(Failure::Timeout) => Err(errors::trigger_timed_out(trigger)),
        Err(Failure::Function(message)) => Err(errors::trigger_failed(trigger, &message)),
        Err(Failure::Invocation(message)) => Err(errors::trigger_unreachable(trigger, &message)),
        Ok(answer) => read(&answer),
    };
    tracing::info!(
        trigger = event.source,
        function = name,
        error = result.as_ref().err().and_then(ApiError::message),
        duration_ms = watch.elapsed().as_micros() as f64 / 1000.0,
        "trigger"
    );
    result
}

/// Of an ARN, the function's own name, without a version or alias.
fn bare_name(function: &str) -> &str {
    let name = match function.split_once(":function:") {
        Some((_, name)) => name,
        None => function,
    };
    name.split(':').next().unwrap_or(name)
}

fn read(answer: &[u8]) -> Result<Answer> {
    match serde_json::from_slice(answer) {
        Err(_) => Err(errors::lambda_output_is_no_json()),
        Ok(Value::Object(mut event)) => match event.remove("response") {
            Some(Value::Object(response)) => Ok(response),
            _ => Err(errors::lambda_output_unrecognizable()),
        },
        Ok(_) => Err(errors::lambda_output_unrecognizable()),
    }
}

/// The `errorMessage` of a function that failed.
fn error_message(text: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(text).ok()?;
    Some(value.get("errorMessage")?.as_str()?.to_owned())
}

/// What a command that failed says last, never more than a line that one reads.
fn last_line(text: &[u8]) -> String {
    const LONGEST: usize = 1024;
    let text = String::from_utf8_lossy(text);
    let line = text.trim().lines().last().unwrap_or_default();
    line.chars().take(LONGEST).collect()
}

async fn run_exec(command: &str, payload: String) -> std::result::Result<Vec<u8>, Failure> {
    let Ok(Ok(_turn)) = tokio::time::timeout(TIMEOUT, AT_ONCE.acquire()).await else {
        return Err(Failure::Timeout);
    };
    exec(command, payload).await
}

async fn exec(command: &str, payload: String) -> std::result::Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::Invocation(error.to_string());
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let group = child.id();
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A command that does not read its input may still answer.
            let _ = stdin.write_all(payload.as_bytes()).await;
        }
    };
    let run = async {
        let (_, answer, complaint) = tokio::join!(write, drain(stdout), drain(stderr));
        Ok((child.wait().await?, answer?, complaint?))
    };
    let Ok(ran) = tokio::time::timeout(TIMEOUT, run).await else {
        // What the shell has started goes with it.
        if let Some(group) = group {
            let group = format!("-{group}");
            let _ = Command::new("kill")
                .args(["-KILL", "--", &group])
                .status()
                .await;
        }
        return Err(Failure::Timeout);
    };
    let (status, answer, complaint) = ran.map_err(failed)?;
    if status.success() {
        return Ok(answer);
    }
    let message = error_message(&answer).unwrap_or_else(|| last_line(&complaint));
    Err(Failure::Function(message))
}

async fn drain(source: Option<impl tokio::io::AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(source) = source {
        let most = MOST_ANSWER as u64 + 1;
        source.take(most).read_to_end(&mut bytes).await?;
    }
    if bytes.len() > MOST_ANSWER {
        return Err(std::io::Error::other("the answer is too long"));
    }
    Ok(bytes)
}

async fn post(address: &Uri, payload: String) -> std::result::Result<Vec<u8>, Failure> {
    let answer = send(address, payload)
        .await
        .map_err(|error| Failure::Invocation(error.to_string()))?;
    let is_function_error = answer.headers().contains_key("x-amz-function-error");
    let status = answer.status();
    let body = answer.into_body();
    match (status, error_message(&body)) {
        (status, _) if status.is_success() && !is_function_error => Ok(body.to_vec()),
        (_, Some(message)) => Err(Failure::Function(message)),
        // AWS Lambda's word for an error that says nothing.
        (_, None) if is_function_error => Err(Failure::Function("Unhandled".to_owned())),
        (status, None) => Err(Failure::Invocation(format!(
            "HTTP status {}",
            status.as_u16()
        ))),
    }
}

type Error = Box<dyn std::error::Error + Send + Sync>;

async fn send(address: &Uri, payload: String) -> std::result::Result<http::Response<Bytes>, Error> {
    let host = address.host().unwrap_or_default();
    let port = address.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let path = address.path_and_query().map_or("/", |it| it.as_str());
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(HOST, format!("{host}:{port}"))
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(payload)))?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, MOST_ANSWER).collect().await?.to_bytes();
    connection.abort();
    Ok(http::Response::from_parts(head, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_by_itself_or_by_its_arn() {
        assert_eq!(bare_name("define"), "define");
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:define";
        assert_eq!(bare_name(arn), "define");
        assert_eq!(bare_name(&format!("{arn}:live")), "define");
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
        ] {
            assert_eq!(read(answer.as_bytes()).unwrap_err().message(), Some(told));
        }
    }

    #[test]
    fn a_failure_says_what_the_function_says() {
        let said = error_message(br#"{"errorMessage": "no"}"#);
        assert_eq!(said.as_deref(), Some("no"));
        assert_eq!(error_message(b"{\"secret\": 1}"), None);
        assert_eq!(last_line(b"Traceback\nValueError: no\n"), "ValueError: no");
        assert_eq!(last_line(&[b'x'; 9999]).len(), 1024);
    }
}
