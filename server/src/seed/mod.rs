//! Seed files: the state that a server starts with, in YAML or JSON, its fields named as those of
//! the AWS API; templates of CloudFormation; the data of cognito-local. A seed goes through the same
//! checks as a request, and applying it twice changes nothing: what is there stays as it is.

mod cognito_local;
mod document;
mod fields;
mod identity_pools;
mod progress;
mod settings;
mod template;
mod user_pools;
mod users;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Map, Value};

use self::document::Document;
use self::fields::Fields;
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Place, Seed, SeedParameters, Settings};
use crate::errors::{self, ApiError};
use crate::random::Random;
use crate::snapshot::{self, Snapshot};

/// Which file, where in it, and what is wrong.
#[derive(Debug, thiserror::Error)]
pub struct SeedError {
    file: PathBuf,
    problem: Problem,
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.problem.line {
            // Of no file in particular.
            _ if self.file.as_os_str().is_empty() => write!(f, "{}", self.problem),
            Some(_) => write!(f, "{file}:{}", self.problem),
            None => write!(f, "{file}: {}", self.problem),
        }
    }
}

/// A place in a document, and what is wrong there.
#[derive(Debug, Clone)]
struct Problem {
    line: Option<usize>,
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
            line: None,
            path: path.into(),
            message,
        }
    }

    fn on_line(self, line: usize) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "{line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// What the templates among the seeds are given, and which of it any of them has asked for.
struct Given<'s> {
    parameters: &'s [(String, String)],
    asked: RefCell<HashSet<String>>,
}

impl<'s> Given<'s> {
    fn of(settings: &'s Settings) -> Self {
        Self {
            parameters: &settings.seed_parameters,
            asked: RefCell::default(),
        }
    }

    fn get(&self, wanted: &str) -> Option<&'s str> {
        let mut all = self.parameters.iter().rev();
        let (name, value) = all.find(|(name, _)| name == wanted)?;
        self.asked.borrow_mut().insert(name.clone());
        Some(value)
    }

    /// CloudFormation's words for what a template does not know (captured:
    /// amazon-ec2-image-builder-samples#18); here, for what none of them does.
    fn refuse_unknown(&self) -> Result<(), SeedError> {
        let asked = self.asked.borrow();
        let mut unknown: Vec<&str> = Vec::new();
        for (name, _) in self.parameters {
            if !asked.contains(&**name) && !unknown.contains(&&**name) {
                unknown.push(name);
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let unknown = unknown.join(", ");
        let problem = format!("Parameters: [{unknown}] do not exist in the template");
        Err(SeedError {
            file: PathBuf::new(),
            problem: Problem::at("", problem),
        })
    }
}

/// Applies seeds, one after another.
pub fn apply(app: &Arc<App>, seeds: &[Seed]) -> Result<(), SeedError> {
    let given = Given::of(&app.settings);
    for seed in seeds {
        match seed {
            Seed::Path(path) => apply_path(app, &given, path)?,
            Seed::Text(text) => {
                let source = Source::Text(text);
                apply_document_of(app, &given, &source).map_err(|problem| SeedError {
                    file: source.name().to_owned(),
                    problem,
                })?;
            }
        }
    }
    given.refuse_unknown()
}

/// Applies a file, or the files of a folder in the order of their names: `.yaml`, `.yml`, `.json`,
/// `.jsonl`; of what `cdk synth` wrote, the templates; of cognito-local's folder, all of it.
fn apply_path(app: &Arc<App>, given: &Given<'_>, path: &Path) -> Result<(), SeedError> {
    let in_file = |file: &Path| {
        let file = file.to_owned();
        move |problem| SeedError { file, problem }
    };
    if let Some(folder) = cognito_local::folder(path) {
        return folder.apply(app);
    }
    for file in files(path).map_err(in_file(path))? {
        let applied = if extension(&file) == "jsonl" {
            users::apply_lines(app, &file)
        } else {
            apply_document_of(app, given, &Source::File(&file))
        };
        applied.map_err(in_file(&file))?;
    }
    Ok(())
}

/// Applies seeds to a server that nobody sees: 0 if all are right, else 1 and every problem.
pub fn check(paths: &[PathBuf], place: &Place, parameters: &SeedParameters) -> ExitCode {
    let settings = Settings {
        region: place.region.clone(),
        account: place.account.clone(),
        seed_parameters: parameters.values(),
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
            let given = Given::of(&app.settings);
            let mut is_known = true;
            for path in paths {
                if let Err(error) = apply_path(&app, &given, path) {
                    is_known = false;
                    refuse(&error);
                }
            }
            // What a template wants that is wrong, nobody knows.
            if let (true, Err(error)) = (is_known, given.refuse_unknown()) {
                refuse(&error);
            }
        }
        Err(error) => refuse(&error),
    }
    code
}

/// What a folder of a server keeps may be in the way of what a seed wants: that stays, and the server starts.
fn stay(app: &App, path: &str, error: ApiError) -> errors::Result<()> {
    if app.store.journal().is_durable() {
        tracing::warn!("seed: {path} is left out: {error}");
        return Ok(());
    }
    Err(error)
}

fn extension(file: &Path) -> String {
    let extension = file.extension().and_then(|extension| extension.to_str());
    extension.unwrap_or_default().to_ascii_lowercase()
}

fn files(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    let problem = |error| Problem::at("", error);
    if !fs::metadata(path).map_err(problem)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    // What `cdk synth` writes beside its templates is nobody's seed.
    let only_templates = path.join("cdk.out").is_file() && path.join("manifest.json").is_file();
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(problem)? {
        let file = entry.map_err(problem)?.path();
        // Editors and systems leave files that nobody sees.
        let is_hidden = file
            .file_name()
            .is_some_and(|it| it.as_encoded_bytes().starts_with(b"."));
        let is_template = || file.to_string_lossy().ends_with(".template.json");
        if matches!(&*extension(&file), "yaml" | "yml" | "json" | "jsonl")
            && !is_hidden
            && !file.is_dir()
            && (!only_templates || is_template())
        {
            files.push(file);
        }
    }
    if files.is_empty() {
        tracing::warn!("seed: {} holds no seed", path.display());
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> Result<String, Problem> {
    fs::read_to_string(file).map_err(|error| Problem::at("", error))
}

/// Where the text of a document is.
enum Source<'s> {
    File(&'s Path),
    Text(&'s str),
}

impl Source<'_> {
    /// By which its problems, and the stack of its template, are told from others.
    fn name(&self) -> &Path {
        match self {
            Self::File(file) => file,
            Self::Text(_) => Path::new("seed"),
        }
    }

    fn read(&self) -> Result<Cow<'_, str>, Problem> {
        match self {
            Self::File(file) => read(file).map(Cow::Owned),
            Self::Text(text) => Ok(Cow::Borrowed(text)),
        }
    }
}

fn apply_document_of(app: &App, given: &Given<'_>, source: &Source<'_>) -> Result<(), Problem> {
    let text = source.read()?;
    if snapshot::is_one(&text) {
        return Snapshot::parse(app, text.as_bytes())
            .and_then(|snapshot| snapshot.merge(app))
            .map_err(|problem| Problem::at("", problem));
    }
    let document = document::parse(&text)?;
    drop(text);
    apply_document(app, given, source.name(), document)
        .map_err(|problem| with_line(problem, source))
}

/// The text is read once more where something is wrong with it, and is in nobody's way where not.
fn with_line(problem: Problem, source: &Source<'_>) -> Problem {
    if problem.line.is_some() || problem.path.is_empty() {
        return problem;
    }
    let text = source.read().unwrap_or_default();
    Problem {
        line: document::line_of(&text, &problem.path),
        ..problem
    }
}

fn apply_document(
    app: &App,
    given: &Given<'_>,
    file: &Path,
    document: Document,
) -> Result<(), Problem> {
    let Document { value, tag } = document;
    let mut fields = Fields::of(value, "")?;
    if fields.contains("Resources") {
        return template::apply(app, given, file, fields);
    }
    if let Some((tag, line)) = tag {
        let problem = format!("{tag} is for templates, which have Resources");
        return Err(Problem::at("", problem).on_line(line));
    }
    if cognito_local::is_pool(&fields) {
        return cognito_local::apply_pool(app, fields, &mut Map::new());
    }
    // What the AWS CLI prints is a seed as it is.
    if fields.contains("IdentityPoolId") {
        return identity_pools::apply(app, fields);
    }
    let described_pool = fields.take("UserPool");
    let described_client = fields.take("UserPoolClient");
    let user_pools = fields.list("UserPools")?;
    let identity_pools = fields.list("IdentityPools")?;
    fields.end("not a part of a seed")?;
    refuse_duplicates(&user_pools, "Id")?;
    refuse_duplicates(&identity_pools, "IdentityPoolId")?;
    let described_pool = described_pool.map(|pool| (pool, "UserPool".to_owned()));
    for (pool, path) in described_pool.into_iter().chain(user_pools) {
        user_pools::apply(app, Fields::described(pool, &path, "UserPool")?)?;
    }
    if let Some(client) = described_client {
        user_pools::apply_described_client(app, Fields::of(client, "UserPoolClient")?)?;
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
