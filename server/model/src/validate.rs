//! The check of a request against its table, before it becomes a typed request, in AWS's wording.
//!
//! First the JSON types, of which the first wrong one ends the call; then the constraints, all of which are told
//! together in the order of the model's members. Unknown members are none of its business.
//!
//! The wording is that of answers AWS gave to deliberately wrong calls (`fixtures/wire`), except where a comment says
//! *assumed*.

use std::fmt::{self, Display};

use serde_json::{Map, Value};

use crate::shape::{Bounds, Shape};
use crate::wire::Blob;

/// Why a request does not fit its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// A value is of the wrong JSON type; the text is the message of a `SerializationException`.
    Serialization(String),
    /// Constraints are broken; one item each, for [`message`]. Never empty, and without any sensitive value.
    Constraints(Vec<String>),
}

/// The message that tells all broken constraints.
pub fn message(items: &[String]) -> String {
    let count = items.len();
    let errors = if count == 1 { "error" } else { "errors" };
    format!("{count} validation {errors} detected: {}", items.join("; "))
}

/// Checks a value against a shape; a valid one costs no allocation, blobs apart.
pub fn validate(shape: &Shape, value: &Value) -> Result<(), Rejection> {
    check_types(shape, value).map_err(Rejection::Serialization)?;
    let mut items = Vec::new();
    check_constraints(shape, value, &Path::Root, &mut items);
    if items.is_empty() {
        Ok(())
    } else {
        Err(Rejection::Constraints(items))
    }
}

/// Takes out of every map the entries that are `null`: to AWS they are not there. Programs rely on it, as
/// amazon-cognito-identity-js does, whose refresh names the device it does not have: `"DEVICE_KEY": null`.
pub fn discard_null_entries(shape: &Shape, value: &mut Value) {
    match (shape, value) {
        (Shape::Structure(members), Value::Object(object)) => {
            for member in *members {
                if let Some(value) = object.get_mut(member.name) {
                    discard_null_entries(member.shape, value);
                }
            }
        }
        (Shape::Map { value: member, .. }, Value::Object(entries)) => {
            entries.retain(|_, entry| !entry.is_null());
            for entry in entries.values_mut() {
                discard_null_entries(member, entry);
            }
        }
        (Shape::List { member, .. }, Value::Array(elements)) => {
            for element in elements {
                discard_null_entries(member, element);
            }
        }
        _ => {}
    }
}

/// The texts for wrong JSON types: all assumed, after the Java JSON parser that AWS's front ends are known to use.
mod wrong_type {
    pub(super) const LIST: &str = "Start of list found where not expected.";
    pub(super) const OBJECT: &str = "Start of structure or map found where not expected.";
    pub(super) const SCALAR: &str = "Unexpected field type";
    pub(super) const BASE64: &str = "Invalid base64 value";

    pub(super) fn conversion(token: &str, target: &str) -> String {
        format!("{token} can not be converted to {target}")
    }
}

/// Finds the first value whose JSON type is not the shape's. `null` is of every type.
fn check_types(shape: &Shape, value: &Value) -> Result<(), String> {
    match (shape, value) {
        (_, Value::Null) | (Shape::Document, _) => Ok(()),
        (Shape::Structure(members), Value::Object(object)) => {
            for member in *members {
                if let Some(value) = object.get(member.name) {
                    check_types(member.shape, value)?;
                }
            }
            Ok(())
        }
        (Shape::Map { value: shape, .. }, Value::Object(object)) => object
            .values()
            .try_for_each(|value| check_types(shape, value)),
        (Shape::List { member, .. }, Value::Array(elements)) => elements
            .iter()
            .try_for_each(|element| check_types(member, element)),
        (_, Value::Object(_)) => Err(wrong_type::OBJECT.to_owned()),
        (_, Value::Array(_)) => Err(wrong_type::LIST.to_owned()),
        (Shape::Structure(_) | Shape::Map { .. } | Shape::List { .. }, _) => {
            Err(wrong_type::SCALAR.to_owned())
        }
        _ => check_scalar_type(shape, value),
    }
}

fn check_scalar_type(shape: &Shape, value: &Value) -> Result<(), String> {
    let (fits, target) = match shape {
        Shape::Integer(_) => (
            value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
            "an Integer",
        ),
        Shape::Long(_) => (value.is_i64(), "a Long"),
        Shape::Boolean => (value.is_boolean(), "a Boolean"),
        Shape::Timestamp => (value.is_number(), "a Timestamp"),
        Shape::Blob(_) => match value {
            Value::String(text) if Blob::from_base64(text).is_none() => {
                return Err(wrong_type::BASE64.to_owned());
            }
            _ => (value.is_string(), "a Blob"),
        },
        _ => (value.is_string(), "a String"),
    };
    if fits {
        return Ok(());
    }
    let token = match value {
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        _ => "STRING_VALUE",
    };
    Err(wrong_type::conversion(token, target))
}

/// Collects every broken constraint of a value whose JSON types are right.
fn check_constraints(shape: &Shape, value: &Value, path: &Path<'_>, items: &mut Vec<String>) {
    match (shape, value) {
        (Shape::Structure(members), _) => {
            for member in *members {
                let path = Path::Member(path, member.name);
                match value.get(member.name) {
                    None | Some(Value::Null) => {
                        if member.required {
                            items.push(null_item(member.shape, &path));
                        }
                    }
                    Some(value) => check_constraints(member.shape, value, &path, items),
                }
            }
        }
        (Shape::List { member, bounds, .. }, Value::Array(elements)) => {
            let mut report = Report::new(shape, value, path, items);
            if is_scalar(member) {
                report.parts("Member", member, elements.iter());
            } else {
                for (index, element) in elements.iter().enumerate() {
                    let path = Path::Element(path, index + 1);
                    check_part(member, element, &path, report.items);
                }
            }
            report.length(*bounds, elements.len());
        }
        (
            Shape::Map {
                key,
                value: member,
                bounds,
                ..
            },
            Value::Object(entries),
        ) => {
            let mut report = Report::new(shape, value, path, items);
            if !entries.keys().all(|name| fits_text(key, name)) {
                report.must_satisfy("Map keys", key);
            }
            if is_scalar(member) {
                report.parts("Map value", member, entries.values());
            } else {
                for (name, entry) in entries {
                    let path = Path::Entry(path, name);
                    check_part(member, entry, &path, report.items);
                }
            }
            report.length(*bounds, entries.len());
        }
        (
            Shape::String {
                bounds, pattern, ..
            },
            Value::String(text),
        ) => {
            let mut report = Report::new(shape, value, path, items);
            if let Some(pattern) = pattern
                && !pattern.is_match(text)
            {
                report.item(Rule::Pattern(pattern.text()));
            }
            report.length(*bounds, text.chars().count());
        }
        (Shape::Enum(values), Value::String(text)) if !values.contains(&text.as_str()) => {
            Report::new(shape, value, path, items).item(Rule::OneOf(values));
        }
        (Shape::Integer(bounds) | Shape::Long(bounds), Value::Number(_)) => {
            let number = value.as_i64().unwrap_or_default();
            let mut report = Report::new(shape, value, path, items);
            if let Some(max) = bounds.exceeded_by(number) {
                report.item(Rule::MaxValue(max));
            }
            if let Some(min) = bounds.missed_by(number) {
                report.item(Rule::MinValue(min));
            }
        }
        (Shape::Blob(bounds), Value::String(text)) => {
            Report::new(shape, value, path, items).length(*bounds, blob_length(text));
        }
        _ => {}
    }
}

/// An element of a list, or a value of a map, that is itself a structure, list or map.
fn check_part(shape: &Shape, value: &Value, path: &Path<'_>, items: &mut Vec<String>) {
    if value.is_null() {
        items.push(null_item(shape, path));
    } else {
        check_constraints(shape, value, path, items);
    }
}

fn null_item(shape: &Shape, path: &Path<'_>) -> String {
    let value = if shape.is_sensitive() { "" } else { " null" };
    format!(
        "Value{value} at '{path}' failed to satisfy constraint: {}",
        Rule::NotNull
    )
}

fn is_scalar(shape: &Shape) -> bool {
    !matches!(
        shape,
        Shape::Structure(_) | Shape::List { .. } | Shape::Map { .. } | Shape::Document
    )
}

/// Whether a scalar inside a list or map satisfies everything its shape asks.
fn fits(shape: &Shape, value: &Value) -> bool {
    match (shape, value) {
        (Shape::String { .. } | Shape::Enum(_), Value::String(text)) => fits_text(shape, text),
        (Shape::Integer(bounds) | Shape::Long(bounds), Value::Number(_)) => value
            .as_i64()
            .is_some_and(|number| in_bounds(*bounds, number)),
        (Shape::Blob(bounds), Value::String(text)) => in_bounds(*bounds, signed(blob_length(text))),
        _ => true,
    }
}

fn fits_text(shape: &Shape, text: &str) -> bool {
    match shape {
        Shape::String {
            bounds, pattern, ..
        } => {
            in_bounds(*bounds, signed(text.chars().count()))
                && pattern.is_none_or(|pattern| pattern.is_match(text))
        }
        Shape::Enum(values) => values.contains(&text),
        _ => true,
    }
}

fn in_bounds(bounds: Bounds, value: i64) -> bool {
    bounds.exceeded_by(value).is_none() && bounds.missed_by(value).is_none()
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn blob_length(text: &str) -> usize {
    Blob::from_base64(text).map_or(0, |blob| blob.as_bytes().len())
}

/// Writes the items about one value.
struct Report<'a> {
    shape: &'a Shape,
    value: &'a Value,
    path: &'a Path<'a>,
    items: &'a mut Vec<String>,
}

impl<'a> Report<'a> {
    fn new(
        shape: &'a Shape,
        value: &'a Value,
        path: &'a Path<'a>,
        items: &'a mut Vec<String>,
    ) -> Self {
        Self {
            shape,
            value,
            path,
            items,
        }
    }

    fn item(&mut self, rule: impl Display) {
        let path = self.path;
        self.items.push(if self.shape.is_sensitive() {
            format!("Value at '{path}' failed to satisfy constraint: {rule}")
        } else {
            let value = JavaText(self.shape, self.value);
            format!("Value '{value}' at '{path}' failed to satisfy constraint: {rule}")
        });
    }

    fn length(&mut self, bounds: Bounds, length: usize) {
        let length = signed(length);
        if let Some(max) = bounds.exceeded_by(length) {
            self.item(Rule::MaxLength(max));
        }
        if let Some(min) = bounds.missed_by(length) {
            self.item(Rule::MinLength(min));
        }
    }

    /// The scalars of a list or map: they are not told one by one. Where `null` stands among them, the text is assumed.
    fn parts<'v>(&mut self, subject: &str, shape: &Shape, values: impl Iterator<Item = &'v Value>) {
        let (mut all_fit, mut any_null) = (true, false);
        for value in values {
            any_null |= value.is_null();
            all_fit &= fits(shape, value);
        }
        if any_null {
            self.item(Rule::NotNull);
        }
        if !all_fit {
            self.must_satisfy(subject, shape);
        }
    }

    /// One item that names everything the parts have to satisfy, whichever of it is broken.
    fn must_satisfy(&mut self, subject: &str, shape: &Shape) {
        let rules: Vec<String> = rules(shape).iter().map(ToString::to_string).collect();
        self.item(format_args!(
            "{subject} must satisfy constraint: [{}]",
            rules.join(", ")
        ));
    }
}

/// What a scalar has to satisfy inside a list or map, in AWS's order.
fn rules(shape: &Shape) -> Vec<Rule> {
    let lengths = |bounds: Bounds| {
        [
            bounds.max.map(Rule::MaxLength),
            bounds.min.map(Rule::MinLength),
        ]
        .into_iter()
        .flatten()
    };
    match shape {
        Shape::String {
            bounds, pattern, ..
        } => lengths(*bounds)
            .chain(pattern.map(|pattern| Rule::Pattern(pattern.text())))
            .collect(),
        Shape::Enum(values) => vec![Rule::OneOf(values)],
        Shape::Blob(bounds) => lengths(*bounds).collect(),
        Shape::Integer(bounds) | Shape::Long(bounds) => [
            bounds.max.map(Rule::MaxValue),
            bounds.min.map(Rule::MinValue),
        ]
        .into_iter()
        .flatten()
        .collect(),
        _ => Vec::new(),
    }
}

enum Rule {
    NotNull,
    MaxLength(i64),
    MinLength(i64),
    MaxValue(i64),
    MinValue(i64),
    Pattern(&'static str),
    OneOf(&'static [&'static str]),
}

impl Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNull => f.write_str("Member must not be null"),
            Self::MaxLength(max) => {
                write!(f, "Member must have length less than or equal to {max}")
            }
            Self::MinLength(min) => {
                write!(f, "Member must have length greater than or equal to {min}")
            }
            Self::MaxValue(max) => write!(f, "Member must have value less than or equal to {max}"),
            Self::MinValue(min) => {
                write!(f, "Member must have value greater than or equal to {min}")
            }
            Self::Pattern(text) => {
                write!(f, "Member must satisfy regular expression pattern: {text}")
            }
            Self::OneOf(values) => {
                write!(
                    f,
                    "Member must satisfy enum value set: [{}]",
                    values.join(", ")
                )
            }
        }
    }
}

/// Where a value stands; lives on the stack, so that a valid request builds no text.
enum Path<'a> {
    Root,
    Member(&'a Self, &'a str),
    Element(&'a Self, usize),
    Entry(&'a Self, &'a str),
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => {
                if !matches!(parent, Self::Root) {
                    write!(f, "{parent}.")?;
                }
                let mut letters = name.chars();
                letters
                    .next()
                    .map_or(Ok(()), |first| write!(f, "{}", first.to_ascii_lowercase()))?;
                f.write_str(letters.as_str())
            }
            Self::Element(parent, number) => write!(f, "{parent}.{number}.member"),
            Self::Entry(parent, key) => write!(f, "{parent}.{key}.member"),
        }
    }
}

/// A value as Java prints it: `[a, b]`, `{a=b, c=d}`.
///
/// AWS prints an object's identity for a structure inside a list or map, which cannot be had here: it becomes `{...}`,
/// which also keeps the structure's sensitive members to themselves.
struct JavaText<'a>(&'a Shape, &'a Value);

impl Display for JavaText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (Shape::Structure(_), Value::Object(_)) => f.write_str("{...}"),
            (Shape::Blob(_), Value::String(text)) => {
                let length = blob_length(text);
                write!(
                    f,
                    "java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]"
                )
            }
            (Shape::List { member, .. }, Value::Array(elements)) => {
                f.write_str("[")?;
                for (index, element) in elements.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{}", JavaText(member, element))?;
                }
                f.write_str("]")
            }
            (Shape::Map { value: member, .. }, Value::Object(entries)) => {
                write_entries(f, member, entries)
            }
            (_, Value::String(text)) => f.write_str(text),
            (_, other) => write!(f, "{other}"),
        }
    }
}

fn write_entries(
    f: &mut fmt::Formatter<'_>,
    shape: &Shape,
    entries: &Map<String, Value>,
) -> fmt::Result {
    f.write_str("{")?;
    for (index, (name, entry)) in entries.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(f, "{comma}{name}={}", JavaText(shape, entry))?;
    }
    f.write_str("}")
}
