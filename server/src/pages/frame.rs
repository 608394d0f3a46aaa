//! What every page has, whatever it is about: its language and its look.

use std::borrow::Cow;
use std::fmt::Display;

use super::languages::{self, ENGLISH};
use super::look::Look;

/// Every template has one, called `page`.
pub(crate) struct Frame {
    /// That of its texts.
    pub(crate) language: &'static str,
    pub(crate) look: Look,
}

impl Frame {
    /// In a language of managed login; where its texts are not there, in English.
    pub(crate) fn new(language: &str, look: Look) -> Self {
        Self {
            language: languages::known(language).unwrap_or(ENGLISH),
            look,
        }
    }

    /// A text of this program in the language of the page.
    pub(crate) fn say(&self, text: &'static str) -> &'static str {
        languages::find(self.language, text).unwrap_or(text)
    }

    /// A text with the one thing that `{}` in it stands for.
    pub(crate) fn say_of(&self, text: &'static str, of: impl Display) -> String {
        self.say(text).replacen("{}", &of.to_string(), 1)
    }

    /// A text that was made elsewhere, such as a refusal. One that no language has stays as it is.
    pub(crate) fn tell<'t>(&self, text: &'t str) -> Cow<'t, str> {
        languages::translate(self.language, text)
    }

    /// What an attribute of a user is called on a page.
    pub(crate) fn label_of<'n>(&self, attribute: &'n str) -> &'n str {
        match label(attribute) {
            Some(label) => self.say(label),
            None => attribute.strip_prefix("custom:").unwrap_or(attribute),
        }
    }
}

/// The type of the field that takes an attribute, for a telephone's keyboard and a browser's memory.
pub(crate) fn field_type(attribute: &str) -> &'static str {
    match attribute {
        "email" => "email",
        "phone_number" => "tel",
        "birthdate" => "date",
        "picture" | "profile" | "website" => "url",
        _ => "text",
    }
}

/// The word of HTML for what a browser may fill in.
pub(crate) fn autocomplete(attribute: &str) -> &'static str {
    match attribute {
        "birthdate" => "bday",
        "email" => "email",
        "family_name" => "family-name",
        "given_name" => "given-name",
        "middle_name" => "additional-name",
        "name" => "name",
        "nickname" => "nickname",
        "phone_number" => "tel",
        "address" => "street-address",
        "website" => "url",
        _ => "off",
    }
}

fn label(attribute: &str) -> Option<&'static str> {
    Some(match attribute {
        "address" => "Address",
        "birthdate" => "Birth date",
        "email" => "Email",
        "family_name" => "Family name",
        "gender" => "Gender",
        "given_name" => "Given name",
        "locale" => "Locale",
        "middle_name" => "Middle name",
        "name" => "Name",
        "nickname" => "Nickname",
        "phone_number" => "Phone number",
        "picture" => "Picture",
        "preferred_username" => "Preferred username",
        "profile" => "Profile",
        "website" => "Website",
        "zoneinfo" => "Time zone",
        _ => return None,
    })
}
