//! Reading an object of a seed field by field. What is left at the end is what nobody knows, and is
//! refused with its path: a misspelt field never goes unnoticed.

use cognito_model::{Operation, Rejection, Shape};
use serde_json::{Map, Value};

use super::Problem;

pub(super) struct Fields {
    path: String,
    fields: Map<String, Value>,
}

impl Fields {
    pub(super) fn of(value: Value, path: &str) -> Result<Self, Problem> {
        match value {
            Value::Object(fields) => Ok(Self {
                path: path.to_owned(),
                fields,
            }),
            _ => Err(Problem::at(path, "an object is wanted here")),
        }
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    fn path_of(&self, name: &str) -> String {
        member_path(&self.path, name)
    }

    pub(super) fn problem(&self, name: &str, message: impl std::fmt::Display) -> Problem {
        Problem::at(self.path_of(name), message)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.problem(name, "a text is wanted here")),
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, Problem> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.problem(name, "true or false is wanted here")),
        }
    }

    /// The elements of a list, each with its path.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<(Value, String)>, Problem> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(elements)) => {
                let path = self.path_of(name);
                let with_path = |(index, element)| (element, format!("{path}[{index}]"));
                Ok(elements.into_iter().enumerate().map(with_path).collect())
            }
            Some(_) => Err(self.problem(name, "a list is wanted here")),
        }
    }

    /// Gives a field the name that a request knows it by: what Describe prints has other names.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if let Some(value) = self.fields.remove(from) {
            self.fields.entry(to.to_owned()).or_insert(value);
        }
    }

    /// Lets go of what Describe prints and no request takes.
    pub(super) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.fields.remove(*name);
        }
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.fields)
    }

    /// Everything must have been taken.
    pub(super) fn end(self, message: &str) -> Result<(), Problem> {
        match self.fields.keys().next() {
            Some(name) => Err(self.problem(name, message)),
            None => Ok(()),
        }
    }

    /// What is left as the request of an operation, after the same validation as on the wire.
    pub(super) fn request<O: Operation>(self) -> Result<O::Input, Problem> {
        let Self { path, fields } = self;
        let value = Value::Object(fields);
        if let Some(unknown) = unknown(O::INPUT, &value, &path) {
            return Err(Problem::at(
                unknown,
                format!("{} has no such field", O::NAME),
            ));
        }
        cognito_model::validate(O::INPUT, &value).map_err(|rejection| match rejection {
            Rejection::Serialization(message) => Problem::at(
                of_wrong_type(O::INPUT, &value, &path).unwrap_or(path.clone()),
                message,
            ),
            Rejection::Constraints(items) => Problem::at(&*path, items.join("; ")),
        })?;
        serde_json::from_value(value).map_err(|error| Problem::at(path, error))
    }
}

/// The path of the first member that a shape does not have.
fn unknown(shape: &Shape, value: &Value, path: &str) -> Option<String> {
    if let (Shape::Structure(members), Value::Object(fields)) = (shape, value)
        && let Some(name) = fields
            .keys()
            .find(|name| !members.iter().any(|it| it.name == **name))
    {
        return Some(member_path(path, name));
    }
    inner(shape, value, path)
        .into_iter()
        .find_map(|(shape, value, path)| unknown(shape, value, &path))
}

/// The path of the first value whose JSON type is not the shape's.
fn of_wrong_type(shape: &Shape, value: &Value, path: &str) -> Option<String> {
    let is_wrong = |(shape, value): (&Shape, &Value)| {
        matches!(
            cognito_model::validate(shape, value),
            Err(Rejection::Serialization(_))
        )
    };
    if !is_wrong((shape, value)) {
        return None;
    }
    let deeper = inner(shape, value, path).into_iter();
    deeper
        .into_iter()
        .find_map(|(shape, value, path)| of_wrong_type(shape, value, &path))
        .or(Some(path.to_owned()))
}

/// The values within a value, each with its shape and path.
fn inner<'s, 'v>(
    shape: &'s Shape,
    value: &'v Value,
    path: &str,
) -> Vec<(&'s Shape, &'v Value, String)> {
    match (shape, value) {
        (Shape::Structure(members), Value::Object(fields)) => members
            .iter()
            .filter_map(|it| Some((it.shape, fields.get(it.name)?, member_path(path, it.name))))
            .collect(),
        (Shape::List { member, .. }, Value::Array(elements)) => {
            let with_path = |(index, element)| (*member, element, format!("{path}[{index}]"));
            elements.iter().enumerate().map(with_path).collect()
        }
        (Shape::Map { value: shape, .. }, Value::Object(fields)) => fields
            .iter()
            .map(|(name, value)| (*shape, value, member_path(path, name)))
            .collect(),
        _ => Vec::new(),
    }
}

fn member_path(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
