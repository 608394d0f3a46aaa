//! A user's attributes, and the checks of a value against the pool's schema (facts/users.md §2, §8).

use cognito_model::idp::{AttributeDataType, AttributeType, SchemaAttributeType};
use serde::{Deserialize, Serialize};

use super::Schema;
use crate::errors::{self, Result};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    pub name: Box<str>,
    pub value: Box<str>,
}

/// The attributes of one user but `sub`, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(Vec<Attribute>);

impl Attributes {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|attribute| &*attribute.name == name)
            .map(|attribute| &*attribute.value)
    }

    /// Whether a flag such as `email_verified` is set.
    /// Whether an address is shown to be the user's.
    pub fn is_verified(&self, address: &str) -> bool {
        self.is_true(&format!("{address}_verified"))
    }

    pub fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    pub fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|attribute| &*attribute.name == name) {
            Some(attribute) => attribute.value = value.into(),
            None => self.0.push(Attribute {
                name: name.into(),
                value: value.into(),
            }),
        }
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|attribute| &*attribute.name != name);
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|attribute| (&*attribute.name, &*attribute.value))
    }

    /// What an administrator gives a new user, checked; required attributes may be missing, since
    /// the user is asked for them at the first sign-in.
    pub fn of_new_user(given: &[AttributeType], schema: Schema<'_>) -> Result<Self> {
        let mut unknown = String::new();
        let mut attributes = Self::default();
        for AttributeType { name, value } in given {
            if name == "sub" {
                return Err(errors::sub_is_fixed());
            }
            let Some(declared) = schema.find(name) else {
                unknown.push_str(name);
                unknown.push_str(": Attribute does not exist in the schema.\n");
                continue;
            };
            let value = value
                .as_deref()
                .filter(|value| !value.is_empty())
                .ok_or_else(|| errors::attribute_value_is_null(name))?;
            attributes.set(name, &checked(name, value, declared)?);
        }
        if unknown.is_empty() {
            Ok(attributes)
        } else {
            Err(errors::attributes_not_in_schema(&unknown))
        }
    }
}

/// What an update asks for, checked: each name with its new value, or `None` where it goes. An empty
/// value deletes (facts/users.md §8).
pub fn checked_updates(
    given: &[AttributeType],
    schema: Schema<'_>,
) -> Result<Vec<(String, Option<String>)>> {
    let mut problems = String::new();
    let mut updates = Vec::new();
    for AttributeType { name, value } in given {
        if name == "sub" {
            return Err(errors::sub_is_fixed());
        }
        let Some(declared) = schema.find(name) else {
            problems.push_str(&format!(
                "user.{name}: Attribute does not exist in the schema.\n"
            ));
            continue;
        };
        if declared.mutable == Some(false) {
            problems.push_str(&format!("user.{name}: Attribute cannot be updated.\n"));
            continue;
        }
        let value = value.as_deref().unwrap_or_default();
        if !value.is_empty() {
            updates.push((name.clone(), Some(checked(name, value, declared)?)));
        } else if declared.required == Some(true) {
            return Err(errors::required_attribute_cannot_be_deleted(name));
        } else {
            updates.push((name.clone(), None));
        }
    }
    if problems.is_empty() {
        Ok(updates)
    } else {
        Err(errors::attributes_cannot_be_updated(&problems))
    }
}

/// The value as it is kept, if the schema accepts it.
fn checked(name: &str, value: &str, declared: &SchemaAttributeType) -> Result<String> {
    match name {
        "email" if !is_email(value) => return Err(errors::invalid_email()),
        "phone_number" if !is_phone_number(value) => return Err(errors::invalid_phone_number()),
        "birthdate" if value.parse::<jiff::civil::Date>().is_err() => {
            let problem = "birthdate: Attribute value must be a date of the form YYYY-MM-DD.
";
            return Err(errors::attributes_not_in_schema(problem));
        }
        _ => {}
    }
    // The wording of these problems is assumed; that they are reported so is captured.
    let refuse = |problem: &str| {
        Err(errors::attributes_not_in_schema(&format!(
            "{name}: {problem}\n"
        )))
    };
    match declared.attribute_data_type {
        Some(AttributeDataType::Boolean) => match value.to_ascii_lowercase().as_str() {
            flag @ ("true" | "false") => Ok(flag.to_owned()),
            _ => refuse("Attribute value must be true or false."),
        },
        Some(AttributeDataType::Number) => {
            let Some(number) = value
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
            else {
                return refuse("Attribute value must be a number.");
            };
            let bounds = declared.number_attribute_constraints.as_ref();
            let bound = |text: Option<&String>| text.and_then(|text| text.parse::<f64>().ok());
            let least = bound(bounds.and_then(|bounds| bounds.min_value.as_ref()));
            let most = bound(bounds.and_then(|bounds| bounds.max_value.as_ref()));
            if least.is_some_and(|least| number < least) || most.is_some_and(|most| number > most) {
                return refuse("Attribute value is out of range.");
            }
            Ok(value.to_owned())
        }
        Some(AttributeDataType::DateTime) => {
            let is_moment = value.parse::<i64>().is_ok()
                || value.parse::<jiff::Timestamp>().is_ok()
                || value.parse::<jiff::civil::Date>().is_ok();
            if is_moment {
                Ok(value.to_owned())
            } else {
                refuse("Attribute value must be a date and time.")
            }
        }
        _ => {
            let bounds = declared.string_attribute_constraints.as_ref();
            let bound = |text: Option<&String>| text.and_then(|text| text.parse::<usize>().ok());
            let length = value.chars().count();
            if bound(bounds.and_then(|bounds| bounds.min_length.as_ref()))
                .is_some_and(|least| length < least)
            {
                return refuse("String attribute value is too short.");
            }
            if bound(bounds.and_then(|bounds| bounds.max_length.as_ref()))
                .is_some_and(|most| length > most)
            {
                return refuse("String attribute value is too long.");
            }
            Ok(value.to_owned())
        }
    }
}

/// Something before and after one `@`, with a dot in the domain.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && !local.contains('@')
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
}

/// `+` and digits, no more than fifteen of them (E.164).
pub fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Result<Attributes> {
        let schema = Schema::of_new_pool(vec![
            SchemaAttributeType {
                name: Some("age".into()),
                attribute_data_type: Some(AttributeDataType::Number),
                number_attribute_constraints: Some(
                    cognito_model::idp::NumberAttributeConstraintsType {
                        min_value: Some("0".into()),
                        max_value: Some("150".into()),
                    },
                ),
                ..Default::default()
            },
            SchemaAttributeType {
                name: Some("since".into()),
                attribute_data_type: Some(AttributeDataType::DateTime),
                ..Default::default()
            },
        ])
        .unwrap();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| AttributeType {
                name: (*name).into(),
                value: Some((*value).into()),
            })
            .collect();
        Attributes::of_new_user(&pairs, Schema::new(&schema))
    }

    fn refusal(pairs: &[(&str, &str)]) -> String {
        given(pairs).unwrap_err().message().unwrap().to_owned()
    }

    #[test]
    fn every_unknown_attribute_is_named() {
        assert_eq!(
            refusal(&[
                ("custom:firstName", "a"),
                ("email", "a@b.c"),
                ("custom:dateOfBirth", "b")
            ]),
            "Attributes did not conform to the schema: custom:firstName: Attribute does not exist in the schema.\n\
             custom:dateOfBirth: Attribute does not exist in the schema.\n"
        );
    }

    #[test]
    fn flags_are_kept_in_lower_case() {
        let attributes = given(&[("email", "a@b.c"), ("email_verified", "True")]).unwrap();
        assert_eq!(attributes.get("email_verified"), Some("true"));
        assert!(attributes.is_true("email_verified"));
        assert!(given(&[("email_verified", "yes")]).is_err());
    }

    #[test]
    fn addresses_have_their_formats() {
        for email in [
            "a@b.co",
            "first.last+tag@mail.example.com",
            "üser@exämple.org",
        ] {
            assert!(is_email(email), "{email}");
        }
        for email in [
            "", "a", "a@b", "@b.co", "a@b@c.d", "a b@c.d", "a@.co", "a@co.",
        ] {
            assert!(!is_email(email), "{email}");
        }
        for phone in ["+1", "+14325551212"] {
            assert!(is_phone_number(phone), "{phone}");
        }
        for phone in ["", "+", "14325551212", "+1432-555", "+1234567890123456"] {
            assert!(!is_phone_number(phone), "{phone}");
        }
        assert_eq!(
            refusal(&[("email", "nobody")]),
            "Invalid email address format."
        );
        assert_eq!(
            refusal(&[("phone_number", "123")]),
            "Invalid phone number format."
        );
    }

    #[test]
    fn values_keep_the_types_and_bounds_of_the_schema() {
        assert!(
            given(&[
                ("custom:age", "42"),
                ("custom:since", "2026-01-01T00:00:00Z"),
                ("birthdate", "2000-01-01")
            ])
            .is_ok()
        );
        for pair in [
            ("custom:age", "old"),
            ("custom:age", "151"),
            ("custom:since", "soon"),
            ("birthdate", "2000"),
            ("birthdate", "abcdefghij"),
        ] {
            assert!(given(&[pair]).is_err(), "{pair:?}");
        }
    }

    #[test]
    fn nobody_gives_a_sub() {
        assert_eq!(
            refusal(&[("sub", "x")]),
            "Cannot modify the non-mutable attribute sub"
        );
    }
}
