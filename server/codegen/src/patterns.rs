//! Java's regular expressions, as the model has them, → the `regex` crate's.
//!
//! Java's `\w \s \d` are ASCII, its `.` stops at five line terminators, and its classes give `-`, `&` and `~` no
//! meaning when doubled. Everything else the model uses means the same in both.

use crate::model::{Error, Result};

const WORD: &str = "0-9A-Za-z_";
const SPACE: &str = r"\t\n\x0B\f\r ";
const DIGIT: &str = "0-9";
const ANY: &str = r"[^\n\r\u{85}\u{2028}\u{2029}]";

/// Patterns that the `regex` crate cannot express as they stand, and their equivalents for a whole value.
const BY_HAND: [(&str, &str); 1] = [(
    r"^[0-9A-Za-z\.\-_]*(?<!\.)$",
    r"(?:[0-9A-Za-z.\-_]*[0-9A-Za-z\-_])?",
)];

pub(crate) fn translate(pattern: &str) -> Result<String> {
    if let Some((_, equivalent)) = BY_HAND.iter().find(|(text, _)| *text == pattern) {
        return Ok((*equivalent).to_owned());
    }
    if ["(?<", "(?=", "(?!", r"\b", "&&"]
        .iter()
        .any(|part| pattern.contains(part))
    {
        return Err(Error::new(format!(
            "write the pattern {pattern} by hand, in patterns.rs"
        )));
    }
    let dot = if pattern.starts_with("(?s)") {
        "."
    } else {
        ANY
    };
    let mut out = String::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.push_str(&escape(letters.next(), &mut letters, false)),
            '.' => out.push_str(dot),
            '[' => out.push_str(&class(&mut letters)),
            _ => out.push(letter),
        }
    }
    Ok(out)
}

/// The rest of a class, whose `[` has been read.
fn class(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut out = String::from("[");
    if letters.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    while let Some(letter) = letters.next() {
        let item = match letter {
            ']' => break,
            '\\' => escape(letters.next(), letters, true),
            '-' | '&' | '~' | '[' => format!("\\{letter}"),
            _ => letter.to_string(),
        };
        out.push_str(&item);
        // A range needs a single character on both sides; otherwise the `-` is itself.
        let is_single = !matches!(letter, '-')
            && (letter != '\\' || item.starts_with(r"\x") && item.len() == 4);
        let mut ahead = letters.clone();
        if is_single && ahead.next() == Some('-') && ahead.next().is_some_and(|end| end != ']') {
            letters.next();
            out.push('-');
            match letters.next() {
                Some('\\') => out.push_str(&escape(letters.next(), letters, true)),
                Some(end) => out.push(end),
                None => {}
            }
        }
    }
    out.push(']');
    out
}

/// An escape, whose backslash and letter have been read.
fn escape(
    letter: Option<char>,
    letters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    in_class: bool,
) -> String {
    let set = |items: &str| {
        if in_class {
            items.to_owned()
        } else {
            format!("[{items}]")
        }
    };
    match letter {
        Some('w') => set(WORD),
        Some('s') => set(SPACE),
        Some('d') => set(DIGIT),
        Some('W') => format!("[^{WORD}]"),
        Some('S') => format!("[^{SPACE}]"),
        Some('D') => format!("[^{DIGIT}]"),
        Some('x') => {
            let digits: String = letters.by_ref().take(2).collect();
            format!(r"\x{digits}")
        }
        Some(other) => format!("\\{other}"),
        None => String::from(r"\\"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_become_ascii_and_literal_hyphens_are_escaped() {
        for (java, rust) in [
            (r"[\w+]+", "[0-9A-Za-z_+]+"),
            (r"[\S]+", r"[[^\t\n\x0B\f\r ]]+"),
            (r"[\w\s+=,.@-]+", r"[0-9A-Za-z_\t\n\x0B\f\r +=,.@\-]+"),
            (r"[A-Za-z0-9-_=.]+", r"[A-Za-z0-9\-_=.]+"),
            (r"[\w-]+_[0-9a-f-]+", r"[0-9A-Za-z_\-]+_[0-9a-f\-]+"),
            (r"[\x21\x23-\x5B\x5D-\x7E]+", r"[\x21\x23-\x5B\x5D-\x7E]+"),
            (r"[^_\p{Z}][\p{L}\p{P}]", r"[^_\p{Z}][\p{L}\p{P}]"),
            (r"\d+", "[0-9]+"),
            (r"(?s).*", "(?s).*"),
            (r".*\{####\}", r"[^\n\r\u{85}\u{2028}\u{2029}]*\{####\}"),
        ] {
            assert_eq!(translate(java).unwrap(), rust, "{java}");
        }
    }

    #[test]
    fn the_bucket_name_s_look_behind_has_an_equivalent() {
        assert_eq!(translate(BY_HAND[0].0).unwrap(), BY_HAND[0].1);
    }

    #[test]
    fn an_unknown_look_around_is_refused() {
        assert!(translate("a(?=b)").is_err());
    }
}
