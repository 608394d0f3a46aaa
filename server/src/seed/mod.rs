//! Seed files: the state that a server starts with, in YAML or JSON, its fields named as those of
//! the AWS API. A seed goes through the same checks as a request, and applying it twice changes
//! nothing.

mod fields;
mod identity_pools;
mod user_pools;

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::Value;

use self::fields::Fields;
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Place, Settings};
use crate::random::Random;

/// Which file, where in it, and what is wrong.
#[derive(Debug, thiserror::Error)]
pub struct SeedError {
    file: PathBuf,
    problem: Problem,
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.problem)
    }
}

/// A place in a document, and what is wrong there.
#[derive(Debug)]
struct Problem {
    path: String,
    message: String,
}

impl Problem {
    fn at(path: impl Into<String>, message: impl fmt::Display) -> Self {
        // One line, whatever a library has to say.
        let message = message
            .to_string()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        Self {
            path: path.into(),
            message,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// Applies a file, or every `.yaml`, `.yml` and `.json` file of a folder in the order of their names.
pub fn apply(app: &Arc<App>, path: &Path) -> Result<(), SeedError> {
    for file in files(path)? {
        apply_file(app, &file).map_err(|problem| SeedError { file, problem })?;
    }
    Ok(())
}

/// Applies seeds to a server that nobody sees: 0 if all are right, else 1 and every problem.
pub fn check(paths: &[PathBuf], place: &Place) -> ExitCode {
    let settings = Settings {
        region: place.region.clone(),
        account: place.account.clone(),
        ..Settings::default()
    };
    let result = Random::system().and_then(|random| App::with(settings, Clock::system(), random));
    let mut code = ExitCode::SUCCESS;
    let mut refuse = |problem: &dyn fmt::Display| {
        let _ = writeln!(std::io::stderr(), "cognitwin: {problem}");
        code = ExitCode::from(1);
    };
    match result {
        Ok(app) => {
            for path in paths {
                if let Err(error) = apply(&app, path) {
                    refuse(&error);
                }
            }
        }
        Err(error) => refuse(&error),
    }
    code
}

fn files(path: &Path) -> Result<Vec<PathBuf>, SeedError> {
    let problem = |error| SeedError {
        file: path.to_owned(),
        problem: Problem::at("", error),
    };
    if !fs::metadata(path).map_err(problem)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(problem)? {
        let file = entry.map_err(problem)?.path();
        let extension = file.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("yaml" | "yml" | "json")) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn apply_file(app: &App, file: &Path) -> Result<(), Problem> {
    let text = fs::read_to_string(file).map_err(|error| Problem::at("", error))?;
    let mut document = Fields::of(parse(&text)?, "")?;
    let user_pools = document.list("UserPools")?;
    let identity_pools = document.list("IdentityPools")?;
    document.end("not a part of a seed")?;
    refuse_duplicates(&user_pools, "Id")?;
    refuse_duplicates(&identity_pools, "IdentityPoolId")?;
    for (pool, path) in user_pools {
        user_pools::apply(app, Fields::of(pool, &path)?)?;
    }
    for (pool, path) in identity_pools {
        identity_pools::apply(app, Fields::of(pool, &path)?)?;
    }
    Ok(())
}

/// The same key twice in one list is a mistake: the second would be lost.
fn refuse_duplicates(list: &[(Value, String)], key: &str) -> Result<(), Problem> {
    let mut seen = HashSet::new();
    for (element, path) in list {
        if let Some(value) = element.get(key).and_then(Value::as_str)
            && !seen.insert(value)
        {
            return Err(Problem::at(
                format!("{path}.{key}"),
                format!("{value} is there twice"),
            ));
        }
    }
    Ok(())
}

/// JSON if it begins like an object of JSON, else YAML. An empty document is an empty seed.
fn parse(text: &str) -> Result<Value, Problem> {
    let value: Option<Value> = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| Problem::at("", error))?
    } else {
        // The first line says what and where; the others show the document.
        serde_saphyr::from_str(text).map_err(|error| {
            Problem::at("", error.to_string().lines().next().unwrap_or_default())
        })?
    };
    Ok(value.unwrap_or_else(|| Value::Object(Default::default())))
}
