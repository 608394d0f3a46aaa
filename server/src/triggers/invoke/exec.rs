//! A function that is a command: the event on its standard input, the answer on its standard output.

use std::process::Stdio;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::{Failure, Invoked, MOST_ANSWER, UNHANDLED, error_message};

/// What the shell has started goes with it, whatever ends the wait for it.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // The shell's own: an image may have a shell and no such program.
            let _ = Command::new("sh")
                .args(["-c", "kill -s KILL -- \"-$0\"", &group.to_string()])
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
        }
    }
}

pub(super) async fn run(command: &str, payload: String) -> Invoked {
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
    let mut group = Group(child.id());
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A command that does not read its input may still answer.
            let _ = stdin.write_all(payload.as_bytes()).await;
        }
        Ok(())
    };
    let ((), answer, complaint) = tokio::try_join!(write, drain(stdout), drain(stderr))?;
    let status = child.wait().await.map_err(failed)?;
    group.0 = None;
    if status.success() {
        return Ok(Bytes::from(answer));
    }
    let said = error_message(&answer).or_else(|| last_line(&complaint));
    Err(Failure::saying(said.as_deref().unwrap_or(UNHANDLED)))
}

async fn drain(source: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    if let Some(source) = source {
        let most = MOST_ANSWER as u64 + 1;
        let read = source.take(most).read_to_end(&mut bytes).await;
        read.map_err(|error| Failure::Invocation(error.to_string()))?;
    }
    if bytes.len() > MOST_ANSWER {
        return Err(Failure::answer_too_long());
    }
    Ok(bytes)
}

/// What a command that failed says last.
fn last_line(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    text.trim().lines().last().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_fails_with_its_last_line() {
        let line = last_line(b"Traceback\nValueError: no\n");
        assert_eq!(line.as_deref(), Some("ValueError: no"));
        assert_eq!(last_line(b" \n"), None);
    }
}
