//! The filter of ListUsers: one attribute, `=` or `^=`, one value in quotes (facts/users.md §9,
//! captured.md 104, 105).

use super::User;
use crate::errors::{self, Result};

/// What can be searched for.
const SEARCHABLE: [&str; 10] = [
    "username",
    "email",
    "phone_number",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "cognito:user_status",
    "status",
    "sub",
];

#[derive(Debug, PartialEq, Eq)]
pub struct Filter {
    attribute: &'static str,
    is_prefix: bool,
    /// In lower case where the attribute's case does not count.
    value: String,
}

impl Filter {
    /// `None` for an empty text, which matches everybody.
    pub fn parse(text: &str) -> Result<Option<Self>> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let (attribute, rest) = attribute(text).ok_or_else(errors::filter_syntax)?;
        let rest = rest.trim_start();
        let (is_prefix, rest) = match rest.strip_prefix("^=") {
            Some(rest) => (true, rest),
            None => (
                false,
                rest.strip_prefix('=').ok_or_else(errors::filter_syntax)?,
            ),
        };
        let (value, rest) = quoted(rest.trim_start()).ok_or_else(errors::filter_syntax)?;
        if !rest.trim().is_empty() {
            return Err(errors::filter_syntax());
        }
        let attribute = SEARCHABLE
            .into_iter()
            .find(|known| *known == attribute)
            .ok_or_else(|| errors::invalid_search_attribute(&attribute))?;
        let value = if counts_case(attribute) {
            value
        } else {
            value.to_lowercase()
        };
        Ok(Some(Self {
            attribute,
            is_prefix,
            value,
        }))
    }

    /// The attribute and value of an exact search.
    pub(super) fn exact(&self) -> Option<(&'static str, &str)> {
        (!self.is_prefix).then_some((self.attribute, &*self.value))
    }

    pub fn matches(&self, user: &User) -> bool {
        let value = match self.attribute {
            "username" => Some(user.username.as_str()),
            "status" => Some(if user.enabled { "Enabled" } else { "Disabled" }),
            "cognito:user_status" => Some(user.status.as_str()),
            attribute => user.attribute(attribute),
        };
        let Some(value) = value else { return false };
        if counts_case(self.attribute) {
            self.compare(value)
        } else {
            self.compare(&value.to_lowercase())
        }
    }

    fn compare(&self, value: &str) -> bool {
        if self.is_prefix {
            value.starts_with(&self.value)
        } else {
            value == self.value
        }
    }
}

fn counts_case(attribute: &str) -> bool {
    matches!(attribute, "username" | "status")
}

/// A name, bare or in quotes, and what follows.
fn attribute(text: &str) -> Option<(String, &str)> {
    if text.starts_with('"') {
        return quoted(text);
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '=' | '^' | '"'))?;
    (end > 0).then(|| (text[..end].to_owned(), &text[end..]))
}

/// A text in quotes, those within it escaped, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.strip_prefix('"')?.char_indices();
    while let Some((index, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[index + 2..])),
            '\\' => value.push(characters.next()?.1),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> Filter {
        Filter::parse(text).unwrap().unwrap()
    }

    #[test]
    fn a_filter_has_an_attribute_an_operator_and_a_value() {
        let email = |is_prefix, value: &str| Filter {
            attribute: "email",
            is_prefix,
            value: value.to_owned(),
        };
        assert_eq!(filter(r#"email = "A@b.co""#), email(false, "a@b.co"));
        assert_eq!(filter(r#"email="a""#), email(false, "a"));
        assert_eq!(filter(r#""email"^="testuser""#), email(true, "testuser"));
        assert_eq!(
            filter(r#"  email  ^=  "a \"b\" \\ c"  "#),
            email(true, r#"a "b" \ c"#)
        );
        assert_eq!(filter(r#"username = "Alice""#).value, "Alice");
        assert_eq!(Filter::parse("  ").unwrap(), None);
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in [
            "email",
            "email =",
            "email = a",
            r#"email = "a"#,
            r#"= "a""#,
            r#"email == "a""#,
            r#"email ~ "a""#,
            r#"email = "a" and name = "b""#,
            r#"email = "a"b"#,
            r#""email = "a""#,
            "\"",
            "\\",
            r#"email = "\"#,
        ] {
            let error = Filter::parse(text).unwrap_err();
            assert_eq!(
                error.message(),
                Some("Error while parsing filter."),
                "{text}"
            );
        }
        let custom = Filter::parse(r#"custom:tier = "a""#).unwrap_err();
        assert_eq!(
            custom.message(),
            Some("Invalid search attribute: custom:tier")
        );
    }
}
