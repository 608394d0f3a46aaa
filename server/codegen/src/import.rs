//! `import`: an installed botocore → `fixtures/model`, without the prose.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::model::{Error, Model, Result};

/// The folder of each model: where botocore has it, and what it is called here.
const MODELS: [(&str, &str); 2] = [
    ("data/cognito-idp/2016-04-18", "cognito-idp"),
    ("data/cognito-identity/2014-06-30", "cognito-identity"),
];

/// Shapes whose pattern the service does not hold requests to: it takes the dots of a custom domain, and tells a wrong
/// prefix in words of its own (captured: mineiros-io/terraform-aws-cognito-user-pool#69).
const NOT_CHECKED_BY_PATTERN: [&str; 1] = ["DomainType"];

pub(crate) fn import(root: &Path, botocore: Option<PathBuf>) -> Result<()> {
    let botocore = match botocore {
        Some(folder) => folder,
        None => installed_botocore()?,
    };
    let target = root.join("fixtures/model");
    fs::create_dir_all(&target).map_err(|e| Error::at(&target, e))?;
    let mut counts = Vec::new();
    for (folder, name) in MODELS {
        let mut model = read_compressed(&botocore.join(folder).join("service-2.json.gz"))?;
        counts.push(format!(
            "- `{name}.json`: {} operations, {} shapes",
            model.operations.iter().count(),
            model.shapes.iter().count()
        ));
        for name in NOT_CHECKED_BY_PATTERN {
            model.forget_pattern(name);
        }
        let mut text =
            serde_json::to_string_pretty(&model).map_err(|e| Error::new(e.to_string()))?;
        text.push('\n');
        write(&target.join(format!("{name}.json")), &text)?;
    }
    let version = version(&botocore)?;
    write(&target.join("SOURCE.md"), &source(&version, &counts))
}

fn installed_botocore() -> Result<PathBuf> {
    let output = Command::new("python3")
        .args(["-c", "import botocore; print(botocore.__path__[0])"])
        .output()
        .map_err(|e| Error::new(format!("python3: {e}")))?;
    if !output.status.success() {
        return Err(Error::new(
            "python3 has no botocore: pip install botocore, or give --botocore DIR",
        ));
    }
    Ok(PathBuf::from(
        String::from_utf8_lossy(&output.stdout).trim(),
    ))
}

fn read_compressed(path: &Path) -> Result<Model> {
    let file = File::open(path).map_err(|e| Error::at(path, e))?;
    let output = Command::new("gzip")
        .arg("-dc")
        .stdin(Stdio::from(file))
        .output()
        .map_err(|e| Error::new(format!("gzip: {e}")))?;
    if !output.status.success() {
        return Err(Error::at(path, String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| Error::at(path, e))
}

fn version(botocore: &Path) -> Result<String> {
    let path = botocore.join("__init__.py");
    let text = fs::read_to_string(&path).map_err(|e| Error::at(&path, e))?;
    text.lines()
        .find_map(|line| line.strip_prefix("__version__ = "))
        .map(|quoted| quoted.trim_matches(['\'', '"']).to_owned())
        .ok_or_else(|| Error::at(&path, "no __version__"))
}

fn source(version: &str, counts: &[String]) -> String {
    format!(
        "# Where these files come from

botocore {version} (<https://github.com/boto/botocore>), licence Apache-2.0, files
`botocore/data/cognito-idp/2016-04-18/service-2.json` and
`botocore/data/cognito-identity/2014-06-30/service-2.json`.

{}

Kept: operations (name, input, output, errors, authtype), shapes (type, members, required, min, max, pattern,
enum, sensitive, exception, fault, document) and the metadata, in the order of the source.
Dropped: the pattern of DomainType, which the service does not hold requests to; all documentation, deprecation notes, HTTP numbers and bindings, examples, paginators, waiters, endpoint rules.

To refresh: `pip install --upgrade botocore`, then `cargo run -p codegen -- import` (it asks `python3` where botocore is,
or takes `--botocore DIR`; it needs `gzip`), then `cargo run -p codegen -- generate`. Do not edit the files by hand.
",
        counts.join("\n")
    )
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|e| Error::at(path, e))
}
