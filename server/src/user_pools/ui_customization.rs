//! How the classic hosted UI of a client looks, or of all clients that have no look of their own: CSS
//! and a logo (documentation of SetUICustomization, and "Customizing hosted UI (classic) branding").

use cognito_model::idp::UICustomizationType;
use cognito_model::{Blob, Timestamp};
use serde::{Deserialize, Serialize};

use crate::errors::{self, Result};

/// The client id that stands for all clients.
pub const ALL_CLIENTS: &str = "ALL";
/// Documented: 100 KB.
const MOST_IMAGE_BYTES: usize = 100 * 1024;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UiCustomization {
    /// What SetUICustomization answers, the address of the image aside.
    pub description: UICustomizationType,
    pub image: Option<Image>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Image {
    pub bytes: Blob,
    pub media_type: MediaType,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaType {
    Png,
    Jpeg,
}

impl MediaType {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// Told by the first bytes.
    fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else {
            None
        }
    }
}

impl UiCustomization {
    /// `None` where neither CSS nor an image is given: the look is the default again (assumed). What
    /// was there before keeps its date of creation and nothing else: both are set together (documented).
    pub fn new(
        user_pool_id: &str,
        client_id: &str,
        css: Option<String>,
        image: Option<Blob>,
        before: Option<&Self>,
        now: Timestamp,
    ) -> Result<Option<Self>> {
        let css = css.filter(|css| !css.is_empty());
        if let Some(problem) = css.as_deref().and_then(problem_of_css) {
            return Err(errors::invalid_css(&problem));
        }
        let image = image
            .filter(|bytes| !bytes.as_bytes().is_empty())
            .map(|bytes| {
                let media_type = MediaType::of(bytes.as_bytes())
                    .filter(|_| bytes.as_bytes().len() <= MOST_IMAGE_BYTES)
                    .ok_or_else(errors::invalid_image)?;
                Ok(Image { bytes, media_type })
            })
            .transpose()?;
        if css.is_none() && image.is_none() {
            return Ok(None);
        }
        let created = before.and_then(|before| before.description.creation_date);
        let version = jiff::Timestamp::from_millisecond(now.as_millis())
            .map_err(errors::internal)?
            .strftime("%Y%m%d%H%M%S")
            .to_string();
        Ok(Some(Self {
            description: UICustomizationType {
                user_pool_id: Some(user_pool_id.to_owned()),
                client_id: Some(client_id.to_owned()),
                image_url: None,
                css,
                css_version: Some(version),
                last_modified_date: Some(now),
                creation_date: created.or(Some(now)),
            },
            image,
        }))
    }

    pub fn client_id(&self) -> &str {
        self.description.client_id.as_deref().unwrap_or_default()
    }

    /// As the API describes it; the image has the path that it has in AWS's distribution, under the
    /// base of this server's links.
    pub fn describe(&self, public_url: &str) -> UICustomizationType {
        let path = self.image.as_ref().map(|_| {
            let pool = self.description.user_pool_id.as_deref().unwrap_or_default();
            let version = self.description.css_version.as_deref().unwrap_or_default();
            let client = self.client_id();
            format!("{public_url}/{pool}/{client}/{version}/assets/images/image.jpg")
        });
        UICustomizationType {
            image_url: path,
            ..self.description.clone()
        }
    }
}

/// What is wrong with a style sheet: only rules over the classes that AWS names, which all end in
/// `-customizable`, and no at-rules.
fn problem_of_css(css: &str) -> Option<String> {
    let Some(bare) = without_comments(css) else {
        return Some("a text has no end.".to_owned());
    };
    let mut rest = bare.as_str();
    while let Some((selectors, rule)) = rest.split_once('{') {
        for selector in selectors.split(',').map(str::trim) {
            if selector.starts_with('@') {
                return Some(format!("{selector} is not allowed."));
            }
            let class = selector.strip_prefix('.').unwrap_or_default();
            let class = class.split_once(':').map_or(class, |(class, _)| class);
            let is_name = class
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !is_name || !class.ends_with("-customizable") {
                return Some(format!("{selector} is not a customizable class."));
            }
        }
        let Some((body, after)) = rule.split_once('}') else {
            return Some("a rule has no end.".to_owned());
        };
        if body.contains('{') {
            return Some("rules cannot be nested.".to_owned());
        }
        rest = after;
    }
    let rest = rest.trim();
    (!rest.is_empty()).then(|| format!("{rest} is no rule."))
}

/// The rules without comments, and without what stands in quotation marks: neither is a rule, whatever it looks
/// like. `None` where a text does not end in its line.
fn without_comments(css: &str) -> Option<String> {
    let mut bare = String::new();
    let mut rest = css;
    while let Some(at) = rest.find(['"', '\'', '/']) {
        let (before, special) = rest.split_at(at);
        bare.push_str(before);
        let Some(comment) = special.strip_prefix("/*") else {
            let mark = special.chars().next()?;
            rest = &special[1..];
            bare.push(mark);
            if mark != '/' {
                let mut is_escaped = false;
                let end = rest.find(|c| {
                    let is_end = !is_escaped && (c == mark || c == '\n');
                    is_escaped = !is_escaped && c == '\\';
                    is_end
                })?;
                rest = rest[end..].strip_prefix(mark)?;
                bare.push(mark);
            }
            continue;
        };
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    bare.push_str(rest);
    Some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_sheets_have_rules_over_customizable_classes_only() {
        for css in [
            "",
            " ",
            "/* @import */ .logo-customizable { max-width: 60%; }",
            ".label-customizable{content:\"/* } body { \\\"\"; color: red}",
            ".submitButton-customizable:hover{color:#fff}\n.label-customizable, .banner-customizable {}",
        ] {
            assert_eq!(problem_of_css(css), None, "{css}");
        }
        for css in [
            "@import url(x);",
            "@media print { .logo-customizable {} }",
            "body { color: red }",
            ".logo { color: red }",
            ".logo-customizable img { color: red }",
            ".logo-customizable { color: red",
            ".logo-customizable",
            ".logo-customizable{content:\"/*\"} body{color:red} .logo-customizable{content:\"*/\"}",
            ".logo-customizable{content:\"x} body{color:red}",
            ".logo-customizable{content:'x\n'}",
            ".logo-customizable { .label-customizable { } }",
            "/* never closed .logo-customizable { } */ x",
        ] {
            assert!(problem_of_css(css).is_some(), "{css}");
        }
    }

    #[test]
    fn images_are_told_by_their_first_bytes() {
        assert_eq!(
            MediaType::of(b"\x89PNG\r\n\x1a\nrest"),
            Some(MediaType::Png)
        );
        assert_eq!(MediaType::of(b"\xff\xd8\xff\xe0"), Some(MediaType::Jpeg));
        for bytes in [b"GIF89a".as_slice(), b"<svg/>", b""] {
            assert_eq!(MediaType::of(bytes), None);
        }
    }
}
