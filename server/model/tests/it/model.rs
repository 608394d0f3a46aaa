//! `fixtures/model` read afresh, and sample values made from it: nothing here comes from the generator or its tables.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use cognito_model::Service;
use regex::Regex;
use serde_json::{Map, Value, json};

pub(crate) struct Model {
    pub(crate) service: Service,
    pub(crate) json: Value,
    /// The file itself, because a parsed object forgets the order of its members.
    pub(crate) text: String,
    patterns: RefCell<BTreeMap<String, Regex>>,
}

pub(crate) fn models() -> Vec<Model> {
    Service::ALL
        .iter()
        .map(|service| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../fixtures/model")
                .join(format!("{}.json", service.name()));
            let text = std::fs::read_to_string(path).expect("the model is there");
            Model {
                service: *service,
                json: serde_json::from_str(&text).expect("the model is JSON"),
                text,
                patterns: RefCell::default(),
            }
        })
        .collect()
}

/// What fits each pattern; the first is what a sample request holds.
const SAMPLES: &[(&str, &[&str])] = &[
    (r"[0-9]+", &["123456"]),
    (r"\d+", &["123456789012"]),
    ("Level[1-4]", &["Level1", "Level2", "Level3", "Level4"]),
    (r"[\x21\x23-\x5B\x5D-\x7E]+", &["https://api"]),
    (
        r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?",
        &["arn:aws:lambda:eu-west-1:123456789012:function:one"],
    ),
    (
        r"(arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?)?",
        &["arn:aws:acm:us-east-1:123456789012:certificate/one"],
    ),
    (
        r"arn:[\w+=/,.@-]+:[\w+=/,.@-]+:::[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?",
        &["arn:aws:s3:::bucket"],
    ),
    (r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+", &["email"]),
    (r"[\w+]+", &["client+id"]),
    (r"[\w\s+=,.@-]+", &["A name, of 1"]),
    (r"[\w]+", &["word"]),
    (r"[\w_]+", &["word_1"]),
    (r"[\S]+", &["Token/1"]),
    (r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", &["user@example.com"]),
    (r"[\w-]+_[0-9a-f-]+", &["eu-west-1_00-ff"]),
    (r"[\w-]+:[0-9a-f-]+", &["eu-west-1:00-ff"]),
    (r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$", &["a-domain"]),
    (
        r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+@[\p{L}\p{M}\p{S}\p{N}\p{P}]+",
        &["a@example.com"],
    ),
    (r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*", &["Hello {username}"]),
    (
        r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*",
        &["Code {####} for you"],
    ),
    (r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s]+", &["A subject"]),
    (r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]+", &["A body of text"]),
    (
        r"[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{##[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*##\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*",
        &["Click {##here##} now"],
    ),
    (r"[\w+-]+", &["event-1"]),
    (r"[A-Za-z0-9-_+/=.]+", &["a.b-c_d+e/f="]),
    (r"^[0-9a-fA-F]+$", &["0aF"]),
    (r"[\w\s+=.@-]+", &["An idp 1"]),
    (
        "^cognito:(default|dutch|english|french|spanish|german|bahasa-indonesia|italian|japanese|korean|portuguese-brazil|chinese-(simplified|traditional))$",
        &["cognito:default", "cognito:dutch"],
    ),
    (
        r"^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$",
        &["https://example.com/terms"],
    ),
    (
        "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[4][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$",
        &["01234567-89ab-4cde-8f01-23456789abcd"],
    ),
    (r"[\p{L}\p{M}\p{S}\p{N}\p{P}\p{Z}]+", &["A Provider"]),
    (
        r"[^_\p{Z}][\p{L}\p{M}\p{S}\p{N}\p{P}][^_\p{Z}]+",
        &["Provider"],
    ),
    (r"^[\w\- ]+$", &["resource-1"]),
    (r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]+", &["read.all"]),
    (r"^[0-9A-Za-z\.\-_]*(?<!\.)$", &["a.bucket"]),
    ("^[a-zA-Z0-9_-]+$", &["configuration-set"]),
    ("[A-Za-z0-9]+", &["ABCDEFGHIJKLMNOP"]),
    (r"[\w+=/]+", &["c2VjcmV0+/="]),
    ("^(tkn|sso)[a-z0-9]{25}$", &["tkn0123456789abcdefghijklmno"]),
    ("(?s).*", &["Your code\nis {####}"]),
    (r".*\{####\}.*", &["Your code is {####}"]),
    (
        "^(terms-of-use|privacy-policy)$",
        &["terms-of-use", "privacy-policy"],
    ),
    ("[A-Za-z0-9-_=.]+", &["aaa.bbb-_=.ccc"]),
    ("import-[0-9a-zA-Z-]+", &["import-1a-B"]),
    (r"[\w-]+_[0-9a-zA-Z]+", &["eu-west-1_aB3"]),
    (r"[\w._:/-]+", &["cognito-idp.eu-west-1.amazonaws.com/pool"]),
    (r"[\w._-]+", &["login.example-1"]),
    (r"[\w.;_/-]+", &["provider/1"]),
    ("(un)?authenticated", &["authenticated", "unauthenticated"]),
];

impl Model {
    pub(crate) fn shape(&self, name: &str) -> &Value {
        let shape = &self.json["shapes"][name];
        assert!(shape.is_object(), "no shape {name}");
        shape
    }

    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.json["operations"]
            .as_object()
            .expect("operations are an object")
            .iter()
            .map(|(name, operation)| (name.as_str(), operation))
    }

    /// The members of a structure: name, shape's name, whether required.
    pub(crate) fn members(&self, name: &str) -> Vec<(&str, &str, bool)> {
        let shape = self.shape(name);
        let required: Vec<&str> = shape["required"]
            .as_array()
            .map(|names| names.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        shape["members"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(member, target)| {
                (
                    member.as_str(),
                    text(&target["shape"]),
                    required.contains(&member.as_str()),
                )
            })
            .collect()
    }

    /// Whether printing a value of this shape would print something sensitive.
    pub(crate) fn is_sensitive(&self, name: &str) -> bool {
        let shape = self.shape(name);
        shape["sensitive"] == true
            || ["member", "key", "value"].iter().any(|part| {
                shape[*part].is_object() && self.is_sensitive(text(&shape[*part]["shape"]))
            })
    }

    /// Whether a string fits a pattern. Only ASCII is asked, for which the model's text can be used as it stands.
    pub(crate) fn matches(&self, pattern: &str, value: &str) -> bool {
        assert!(value.is_ascii());
        self.patterns
            .borrow_mut()
            .entry(pattern.to_owned())
            .or_insert_with(|| {
                // No sample ends in a dot, so the look-behind has nothing to say.
                let text = pattern.replace(r"(?<!\.)", "");
                Regex::new(&format!(r"\A(?:{text})\z")).expect("the model's pattern")
            })
            .is_match(value)
    }

    /// A string that satisfies its shape.
    pub(crate) fn sample_string(&self, name: &str) -> String {
        let shape = self.shape(name);
        if let Some(first) = shape["enum"].get(0) {
            return text(first).to_owned();
        }
        let sample = match shape["pattern"].as_str() {
            None => "text",
            Some(pattern) => samples(pattern)[0],
        };
        let sized = sized(
            sample,
            shape["min"].as_u64().unwrap_or(0),
            shape["max"].as_u64(),
        );
        if let Some(pattern) = shape["pattern"].as_str() {
            assert!(
                self.matches(pattern, &sized),
                "{name}: {sized:?} is no sample of {pattern}"
            );
        }
        sized
    }

    /// The smallest value that satisfies the shape.
    pub(crate) fn minimal(&self, name: &str) -> Value {
        self.value(name, false)
    }

    /// A value that satisfies the shape and has every member there is.
    pub(crate) fn full(&self, name: &str) -> Value {
        self.value(name, true)
    }

    fn value(&self, name: &str, full: bool) -> Value {
        let shape = self.shape(name);
        let min = shape["min"].as_u64().unwrap_or(0);
        let count = min.max(u64::from(full));
        match text(&shape["type"]) {
            "structure" if shape["document"] == true => json!({ "any": ["thing", 1, null] }),
            "structure" => self
                .members(name)
                .into_iter()
                .filter(|(.., required)| full || *required)
                .map(|(member, target, _)| (member.to_owned(), self.value(target, full)))
                .collect(),
            "list" => {
                let member = text(&shape["member"]["shape"]);
                (0..count).map(|_| self.value(member, full)).collect()
            }
            "map" => {
                let value = self.value(text(&shape["value"]["shape"]), full);
                self.keys(text(&shape["key"]["shape"]), count)
                    .into_iter()
                    .map(|key| (key, value.clone()))
                    .collect::<Map<_, _>>()
                    .into()
            }
            "string" => self.sample_string(name).into(),
            "integer" | "long" => shape["min"].as_i64().unwrap_or(1).into(),
            "boolean" => true.into(),
            "timestamp" => json!(1_689_980_857.949),
            "blob" => {
                assert!(min <= 3);
                "YWJj".into()
            }
            other => unreachable!("no sample of a {other}"),
        }
    }

    /// That many different keys; they fit their shape as far as the pattern has so many.
    pub(crate) fn keys(&self, name: &str, count: u64) -> Vec<String> {
        let shape = self.shape(name);
        let patterned: &[&str] = shape["pattern"].as_str().map_or(&[], samples);
        (0..count)
            .map(|index| {
                let known = usize::try_from(index).ok().and_then(|i| patterned.get(i));
                known.map_or_else(|| format!("key{index}"), ToString::to_string)
            })
            .collect()
    }
}

fn samples(pattern: &str) -> &'static [&'static str] {
    SAMPLES
        .iter()
        .find(|(text, _)| *text == pattern)
        .unwrap_or_else(|| unreachable!("write a sample of the pattern {pattern}"))
        .1
}

/// The sample, cut or its last letter repeated, so that its length is allowed.
fn sized(sample: &str, min: u64, max: Option<u64>) -> String {
    let mut text: String = match max.and_then(|max| usize::try_from(max).ok()) {
        Some(max) => sample.chars().take(max).collect(),
        None => sample.to_owned(),
    };
    let last = text.chars().last().unwrap_or('a');
    while (text.chars().count() as u64) < min {
        text.push(last);
    }
    text
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("a string of the model")
}
