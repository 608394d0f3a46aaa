//! A regular expression of the model: its text as AWS prints it, and how it is matched.

use std::sync::OnceLock;

use regex::Regex;

/// A pattern that a whole value has to match; compiled when it is first asked.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    translated: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// `text` is the model's, `translated` means the same to the `regex` crate.
    pub(crate) const fn new(text: &'static str, translated: &'static str) -> Self {
        Self {
            text,
            translated,
            compiled: OnceLock::new(),
        }
    }

    /// The pattern as the model has it and AWS prints it.
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// Whether the pattern could be compiled; a test holds that all can.
    pub fn compiles(&self) -> bool {
        self.compiled().is_some()
    }

    /// Whether the whole value matches.
    pub fn is_match(&self, value: &str) -> bool {
        self.compiled().is_none_or(|regex| regex.is_match(value))
    }

    fn compiled(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| Regex::new(&format!(r"\A(?:{})\z", self.translated)).ok())
            .as_ref()
    }
}
