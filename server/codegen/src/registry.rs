//! `operations/mod.rs` of the server: declares the operation files that are there, and sends a call to its file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::model::{Error, Result};
use crate::names;
use crate::output::Service;

pub(crate) fn registry(service: &Service, folder: &Path) -> Result<String> {
    let operations: BTreeMap<String, &str> = service
        .model
        .operations
        .iter()
        .map(|(name, _)| (names::snake_case(name), name))
        .collect();
    let mut implemented = BTreeMap::new();
    let mut others = BTreeSet::new();
    for stem in stems(folder)? {
        match operations.get(&stem) {
            Some(name) => {
                implemented.insert(stem, *name);
            }
            None => {
                others.insert(stem);
            }
        }
    }
    let mut out = String::new();
    for stem in implemented.keys() {
        let _ = writeln!(out, "mod {stem};");
    }
    out.push('\n');
    for stem in others {
        let _ = writeln!(out, "pub(crate) mod {stem};");
    }
    out.push('\n');
    if !implemented.is_empty() {
        let markers: Vec<&str> = implemented.values().copied().collect();
        let _ = writeln!(
            out,
            "use cognito_model::{}::{{{}}};",
            service.module,
            markers.join(", ")
        );
    }
    out.push_str("use serde_json::Value;\n\n");
    if !implemented.is_empty() {
        out.push_str("use crate::aws_json::operation::run;\n");
    }
    out.push_str("use crate::context::Context;\nuse crate::errors::Result;\n\n");
    let names: BTreeSet<String> = implemented
        .values()
        .map(|name| format!("{name:?}"))
        .collect();
    let _ = writeln!(
        out,
        "/// The operations that have a file here.\npub(crate) const IMPLEMENTED: &[&str] = &[{}];\n",
        names.into_iter().collect::<Vec<_>>().join(", ")
    );
    if implemented.is_empty() {
        out.push_str(
            "/// Runs an operation; none has a file yet.\n\
             pub(crate) async fn dispatch(_: &Context, _: &str, _: Value) -> Option<Result<Vec<u8>>> {\n\
             None\n}\n",
        );
        return Ok(out);
    }
    out.push_str(
        "/// Runs an operation; `None` when it has no file here.\n\
         ///\n\
         /// Every call is boxed, so that this future is not as large as the largest of them.\n\
         pub(crate) async fn dispatch(cx: &Context, operation: &str, input: Value) -> Option<Result<Vec<u8>>> {\n\
         Some(match operation {\n",
    );
    for (stem, name) in &implemented {
        let _ = writeln!(
            out,
            "{name:?} => Box::pin(run::<{name}, _, _>(cx, input, {stem}::handle)).await,"
        );
    }
    Ok(out + "_ => return None,\n})\n}\n")
}

/// The names of the operations that have a file.
pub(crate) fn implemented(service: &Service, folder: &Path) -> Result<BTreeSet<String>> {
    let stems = stems(folder)?;
    let names = service.model.operations.iter().map(|(name, _)| name);
    Ok(names
        .filter(|name| stems.contains(&names::snake_case(name)))
        .map(str::to_owned)
        .collect())
}

/// The Rust modules of a folder, by name; a folder that is not there has none.
fn stems(folder: &Path) -> Result<BTreeSet<String>> {
    let mut stems = BTreeSet::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(stems);
    };
    for entry in entries {
        let path = entry.map_err(|e| Error::at(folder, e))?.path();
        let is_module = if path.is_dir() {
            path.join("mod.rs").exists()
        } else {
            path.extension().is_some_and(|extension| extension == "rs")
        };
        if let Some(stem) = path.file_stem().and_then(|stem| stem.to_str())
            && is_module
            && stem != "mod"
        {
            stems.insert(stem.to_owned());
        }
    }
    Ok(stems)
}
