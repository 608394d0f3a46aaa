//! The command: parse, prepare, serve, wait for the signal.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;

use cognitwin::config::{Command, Config, Serve};
use cognitwin::{Builder, logging, seed};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let config = match Config::read() {
        Ok(config) => config,
        // Help and version, which are no errors, print themselves.
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => return refuse(one_line(&error.to_string()).into()),
    };
    match config.command {
        Some(Command::Healthcheck(address)) => cognitwin::http::healthcheck(&address),
        Some(Command::Check {
            paths,
            place,
            parameters,
        }) => seed::check(&paths, &place, &parameters),
        None => run(config.serve).map_or_else(refuse, |()| ExitCode::SUCCESS),
    }
}

/// One line that names the culprit.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature that map_or_else wants"
)]
fn refuse(error: Box<dyn Error>) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "cognitwin: {error}");
    ExitCode::from(2)
}

/// What is wrong, without the tips and the usage that follow it.
fn one_line(error: &str) -> String {
    let problem = error
        .split("\n\n")
        .next()
        .unwrap_or(error)
        .trim_start_matches("error:");
    problem.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::main]
async fn run(serve: Serve) -> Result<(), Box<dyn Error>> {
    logging::start(serve.log, serve.log_format);
    let prepared = Builder::of(serve.with_environment()?).prepare().await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let address = prepared.address();
    writeln!(std::io::stdout(), "cognitwin listening on http://{address}")?;
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    prepared.serve(stop).await;
    Ok(())
}
