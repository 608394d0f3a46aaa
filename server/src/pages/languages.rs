//! What the pages say, in other languages than English: a file each in `languages/`, a line a text. AWS's
//! own words in them are not established, so all are *assumed*. The files are read as they are, so that a
//! start builds nothing of them; a page asks for a dozen lines of a hundred.

use std::borrow::Cow;

pub(super) const ENGLISH: &str = "en";

/// The languages that texts are there in.
const KNOWN: [(&str, &str); 5] = [
    (ENGLISH, ""),
    ("de", include_str!("languages/de.txt")),
    ("es", include_str!("languages/es.txt")),
    ("fr", include_str!("languages/fr.txt")),
    ("ja", include_str!("languages/ja.txt")),
];

pub(super) fn known(language: &str) -> Option<&'static str> {
    let mut known = KNOWN.iter().map(|(name, _)| *name);
    known.find(|name| *name == language)
}

/// A line is a text, ` = ` and its translation.
fn lines(language: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let table = KNOWN.iter().find(|(name, _)| *name == language);
    let table = table.map_or("", |(_, table)| *table);
    table.lines().filter_map(|line| line.split_once(" = "))
}

pub(super) fn find(language: &str, text: &str) -> Option<&'static str> {
    let mut lines = lines(language);
    Some(lines.find(|(english, _)| *english == text)?.1)
}

/// A text that is there, or one that is there but for what `{}` stands for. That may be such a text, too.
pub(super) fn translate<'t>(language: &str, text: &'t str) -> Cow<'t, str> {
    for (english, translation) in lines(language) {
        if english == text {
            return Cow::Borrowed(translation);
        }
        let Some((before, after)) = english.split_once("{}") else {
            continue;
        };
        let inner = text
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after));
        if let Some(inner) = inner {
            let inner = find(language, inner).unwrap_or(inner);
            return Cow::Owned(translation.replacen("{}", inner, 1));
        }
    }
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::path::Path;

    use super::*;

    /// What stands in quotation marks behind a mark, in every file of these folders.
    fn quoted(folders: &[&str], mark: &str) -> BTreeSet<String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = BTreeSet::new();
        for folder in folders {
            for file in fs::read_dir(source.join(folder)).unwrap() {
                let path = file.unwrap().path();
                if path.is_dir() {
                    continue;
                }
                let text = fs::read_to_string(&path).unwrap();
                // Tests say other things.
                let text = text.split("#[cfg(test)]").next().unwrap();
                for (at, _) in text.match_indices(mark) {
                    // The formatter puts a long text on a line of its own.
                    let rest = text[at + mark.len()..].trim_start();
                    if let Some(rest) = rest.strip_prefix('"') {
                        found.insert(literal(rest));
                    }
                }
            }
        }
        found
    }

    /// Up to the quotation mark that ends it.
    fn literal(rest: &str) -> String {
        let mut text = String::new();
        let mut letters = rest.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '"' => break,
                '\\' => text.extend(letters.next()),
                other => text.push(other),
            }
        }
        text
    }

    /// What pages say of themselves.
    fn said() -> BTreeSet<String> {
        let mut texts = quoted(&["pages/templates", "pages", "oauth"], ".say(");
        texts.extend(quoted(&["pages/templates", "pages", "oauth"], ".say_of("));
        // Labels of attributes, and those of factors.
        texts.extend(quoted(&["pages"], " => "));
        texts.retain(|it| it.starts_with(|first: char| first.is_ascii_uppercase()));
        // Of refusals, those that only a page tells.
        let errors = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/errors/oauth.rs");
        let errors = fs::read_to_string(errors).unwrap();
        let (_, of_pages) = errors.split_once("// ---- What pages say ----").unwrap();
        let constants = of_pages.split("pub const ").skip(1);
        texts.extend(constants.map(|it| literal(it.split_once('"').unwrap().1)));
        texts
    }

    /// Every literal of the refusals, with `{}` for what is put in.
    fn refusals() -> BTreeSet<String> {
        let mut texts = BTreeSet::new();
        for mark in ["(", ",", "=", "return ", "=> ", "{"] {
            texts.extend(quoted(&["errors", "oauth", "user_pools"], mark));
        }
        let without_names = |text: &String| {
            let (before, rest) = text.split_once('{')?;
            let (_, after) = rest.split_once('}')?;
            Some(format!("{before}{{}}{after}"))
        };
        let more: Vec<_> = texts.iter().filter_map(without_names).collect();
        texts.extend(more);
        texts
    }

    fn table(language: &str) -> BTreeMap<&'static str, &'static str> {
        let lines: Vec<_> = lines(language).collect();
        let table: BTreeMap<_, _> = lines.iter().copied().collect();
        assert_eq!(table.len(), lines.len(), "{language} has a text twice");
        table
    }

    #[test]
    fn every_language_has_every_text_and_none_that_nobody_says() {
        let (said, refusals) = (said(), refusals());
        assert!(said.len() > 20 && said.contains("Sign in"), "{said:?}");
        let german: BTreeSet<_> = table("de").into_keys().collect();
        for (language, source) in &KNOWN[1..] {
            let table = table(language);
            for text in &said {
                assert!(
                    table.contains_key(text.as_str()),
                    "{language} lacks: {text}"
                );
            }
            for (text, translation) in &table {
                let is_used = said.contains(*text) || refusals.contains(*text);
                assert!(is_used, "{language} has what nobody says: {text}");
                let holes = |text: &str| text.matches("{}").count();
                assert_eq!(holes(text), holes(translation), "{language}: {text}");
                assert!(!translation.trim().is_empty(), "{language}: {text}");
            }
            let own: BTreeSet<_> = table.into_keys().collect();
            assert_eq!(own, german, "{language} and de have different texts");
            let odd = source
                .lines()
                .find(|it| !it.starts_with('#') && !it.contains(" = "));
            assert_eq!(odd, None, "{language}");
        }
    }

    #[test]
    fn a_refusal_is_told_in_parts() {
        for (text, german) in [
            (
                "Incorrect username or password.",
                "Benutzername oder Passwort ist falsch.",
            ),
            (
                "Password does not conform to policy: Password not long enough",
                "Das Passwort entspricht nicht den Regeln: Das Passwort ist zu kurz",
            ),
            (
                "Password does not conform to policy: <b>",
                "Das Passwort entspricht nicht den Regeln: <b>",
            ),
            ("Known to nobody", "Known to nobody"),
            ("", ""),
        ] {
            assert_eq!(translate("de", text), german);
            assert_eq!(translate("en", text), text);
            assert_eq!(translate("tlh", text), text);
        }
    }
}
