//! The house holds: imports point downwards, and no file grows past what one reads in a sitting.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From top to bottom. Modules of one layer may import each other.
const LAYERS: [&[&str]; 16] = [
    &["main"],
    &["server", "builder"],
    &["http"],
    &[
        "control", "oauth", "pages", "sts", "kms", "seed", "aws_json",
    ],
    &["idp", "identity"],
    &["federation"],
    &["auth", "accounts", "credentials"],
    &["snapshot"],
    &["tokens", "triggers", "delivery"],
    &["context"],
    &["app"],
    &["store"],
    &["user_pools", "identity_pools"],
    &["keys", "saml", "calls", "changes", "ordered", "rare"],
    &["errors", "config", "logging"],
    &["clock", "random", "aws", "aws_time", "fetch"],
];

/// Imports that point upwards: the file, what it imports, and why it may.
const EXCEPTIONS: [(&str, &str, &str); 14] = [
    (
        "app.rs",
        "delivery",
        "App owns the outbox, which asks for nothing above it",
    ),
    (
        "app.rs",
        "triggers",
        "App owns what runs the functions, which it is handed at each call",
    ),
    (
        "context.rs",
        "triggers",
        "what the functions answered belongs to one request",
    ),
    (
        "control/mod.rs",
        "http",
        "json_response, the body of every answer that is not AWS's",
    ),
    ("control/clock.rs", "http", "the same"),
    ("control/faults.rs", "http", "the same"),
    ("control/messages.rs", "http", "the same"),
    ("control/requests.rs", "http", "the same"),
    ("control/tokens.rs", "http", "the same"),
    ("control/totp.rs", "http", "the same"),
    (
        "idp/operations/prelude.rs",
        "aws_json",
        "page tokens, which are a part of the envelope",
    ),
    ("identity/operations/prelude.rs", "aws_json", "the same"),
    (
        "idp/operations/mod.rs",
        "aws_json",
        "generated: run() is the seam between the envelope and an operation",
    ),
    ("identity/operations/mod.rs", "aws_json", "the same"),
];

const MOST_LINES: usize = 700;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file under `server/src`: its path from there, and its text.
fn files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(source())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The module of the house that a file belongs to.
fn module(file: &str) -> &str {
    file.split('/')
        .next()
        .unwrap_or(file)
        .trim_end_matches(".rs")
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn name(text: &str) -> &str {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    &text[..text.find(|c| !is_part(c)).unwrap_or(text.len())]
}

/// The modules that a file names after `crate::`, its comments and tests aside.
fn imports(text: &str) -> BTreeSet<String> {
    let code = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or_default();
    let code: Vec<&str> = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let Some(group) = after.strip_prefix('{') else {
            found.insert(name(after).to_owned());
            continue;
        };
        // `{errors, sts::{self, Call}}`: only what stands at the first level is a module.
        let mut depth = 0;
        let mut is_start = true;
        for (index, c) in group.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => is_start = true,
                c if c.is_whitespace() => {}
                _ if is_start && depth == 0 => {
                    found.insert(name(&group[index..]).to_owned());
                    is_start = false;
                }
                _ => {}
            }
        }
    }
    found.retain(|module| !module.is_empty());
    found
}

#[test]
fn imports_are_found_in_every_form() {
    let text = "use crate::app::App;\nuse crate::{\n    errors, sts::{self, Call},\n    tokens,\n};\n\
                // crate::comment\nlet x = crate::idp::run();\n#[cfg(test)]\nmod tests { use crate::http; }";
    let found: Vec<String> = imports(text).into_iter().collect();
    assert_eq!(found, ["app", "errors", "idp", "sts", "tokens"]);
}

#[test]
fn every_module_has_its_layer() {
    for (file, _) in files() {
        let module = module(&file);
        assert!(
            module == "lib" || layer(module).is_some(),
            "{module} has no layer"
        );
    }
}

#[test]
fn imports_point_downwards() {
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for (file, text) in files() {
        let Some(own) = layer(module(&file)) else {
            continue;
        };
        for import in imports(&text) {
            let Some(other) = layer(&import) else {
                wrong.push(format!("{file} imports {import}, which has no layer"));
                continue;
            };
            if other >= own {
                continue;
            }
            match EXCEPTIONS
                .iter()
                .position(|(from, to, _)| *from == file && *to == import)
            {
                Some(exception) => {
                    used.insert(exception);
                }
                None => wrong.push(format!("{file} imports {import}, which is above it")),
            }
        }
    }
    for (index, (from, to, _)) in EXCEPTIONS.iter().enumerate() {
        if !used.contains(&index) {
            wrong.push(format!(
                "the exception of {from} for {to} is needed no longer"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_nouns_never_see_http() {
    for (file, text) in files() {
        if matches!(module(&file), "user_pools" | "identity_pools" | "store") {
            let code = text
                .split("#[cfg(test)]\nmod tests")
                .next()
                .unwrap_or_default();
            for word in ["http::", "HeaderMap", "StatusCode", "serde_json::Value"] {
                assert!(!code.contains(word), "{file} names {word}");
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_one_reads_in_a_sitting() {
    for (file, text) in files() {
        // Nobody reads what is generated.
        if text.starts_with("// Generated by") {
            continue;
        }
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{file} has {lines} lines");
    }
}

#[test]
fn only_the_clock_and_the_sources_of_randomness_ask_the_system() {
    for (file, text) in files() {
        for (word, allowed) in [
            ("SystemTime", "clock.rs"),
            ("Instant::now", "clock.rs"),
            ("SysRng", "random.rs"),
        ] {
            let uses = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let is_used = uses.into_iter().any(|line| line.contains(word));
            assert!(!is_used || file == allowed, "{file} names {word}");
        }
    }
}
