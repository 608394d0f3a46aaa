//! Reading an object of a seed field by field. What is left at the end is what nobody knows, and is
//! refused with its path: a misspelt field never goes unnoticed.

use cognito_model::{Operation, Rejection, Shape};
use serde_json::{Map, Value};

use super::Problem;

pub(super) struct Fields {
    path: String,
    fields: Map<String, Value>,
    /// Whether a text may stand for a number or a flag and the other way round, as in a template.
    is_loose: bool,
}

impl Fields {
    pub(super) fn of(value: Value, path: &str) -> Result<Self, Problem> {
        match value {
            Value::Object(fields) => Ok(Self {
                path: path.to_owned(),
                fields,
                is_loose: false,
            }),
            _ => Err(Problem::at(path, "an object is wanted here")),
        }
    }

    /// The properties of a resource of a template.
    pub(super) fn loose(value: Value, path: &str) -> Result<Self, Problem> {
        Ok(Self {
            is_loose: true,
            ..Self::of(value, path)?
        })
    }

    /// What stands here itself, or within what the AWS CLI prints of it: `{"UserPool": {…}}`.
    pub(super) fn described(value: Value, path: &str, within: &str) -> Result<Self, Problem> {
        let mut outer = Self::of(value, path)?;
        if outer.fields.len() == 1
            && let Some(inner) = outer.fields.remove(within)
        {
            return Self::of(inner, &member_path(path, within));
        }
        Ok(outer)
    }

    /// Some of the fields, apart.
    pub(super) fn split(&mut self, names: &[&str]) -> Self {
        let mut fields = Map::new();
        for name in names {
            if let Some(value) = self.take(name) {
                fields.insert((*name).to_owned(), value);
            }
        }
        Self {
            path: self.path.clone(),
            fields,
            is_loose: self.is_loose,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// What a description says it belongs to must be what it is written under.
    pub(super) fn belongs_to(&mut self, user_pool_id: &str) -> Result<(), Problem> {
        match self.text("UserPoolId")? {
            Some(id) if id != user_pool_id => {
                Err(self.problem("UserPoolId", format!("this is in {user_pool_id}")))
            }
            _ => {
                self.set("UserPoolId", user_pool_id);
                Ok(())
            }
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
            Some(Value::String(text)) if self.is_loose && text == "true" => Ok(Some(true)),
            Some(Value::String(text)) if self.is_loose && text == "false" => Ok(Some(false)),
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

    /// The values of a map, each with its path.
    pub(super) fn entries(&mut self, name: &str) -> Result<Vec<(Value, String)>, Problem> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::Object(map)) => {
                let path = self.path_of(name);
                let with_path = |(name, value): (String, _)| (value, member_path(&path, &name));
                Ok(map.into_iter().map(with_path).collect())
            }
            Some(_) => Err(self.problem(name, "an object is wanted here")),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
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
        let Self {
            path,
            fields,
            is_loose,
        } = self;
        let mut value = Value::Object(fields);
        if is_loose {
            loosen(O::INPUT, &mut value);
        }
        if let Some(unknown) = unknown(O::INPUT, &value, &path) {
            return Err(Problem::at(
                unknown,
                format!("{} has no such field", O::NAME),
            ));
        }
        cognito_model::validate(O::INPUT, &value).map_err(|rejection| match rejection {
            Rejection::Serialization(message) => {
                let is_it = |rejection: &_| matches!(rejection, Rejection::Serialization(_));
                Problem::at(culprit(O::INPUT, &value, &path, is_it), message)
            }
            Rejection::Constraints(items) => {
                let is_it = |rejection: &_| matches!(rejection, Rejection::Constraints(_));
                Problem::at(culprit(O::INPUT, &value, &path, is_it), items.join("; "))
            }
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

/// The path of the first and innermost value that is rejected like the whole.
fn culprit(
    shape: &Shape,
    value: &Value,
    path: &str,
    is_it: impl Fn(&Rejection) -> bool + Copy,
) -> String {
    let rejected = inner(shape, value, path).into_iter().find(
        |(shape, value, _)| matches!(cognito_model::validate(shape, value), Err(it) if is_it(&it)),
    );
    match rejected {
        Some((shape, value, path)) => culprit(shape, value, &path, is_it),
        None => path.to_owned(),
    }
}

/// Makes scalars what the shape wants them to be, as CloudFormation does: `"8"` and 8 are the same.
fn loosen(shape: &Shape, value: &mut Value) {
    match (shape, &mut *value) {
        (Shape::Structure(members), Value::Object(fields)) => {
            for member in *members {
                if let Some(value) = fields.get_mut(member.name) {
                    loosen(member.shape, value);
                }
            }
        }
        (Shape::List { member, .. }, Value::Array(elements)) => {
            for element in elements {
                loosen(member, element);
            }
        }
        (Shape::Map { value: shape, .. }, Value::Object(fields)) => {
            for value in fields.values_mut() {
                loosen(shape, value);
            }
        }
        (Shape::String { .. } | Shape::Enum(_), Value::Bool(_) | Value::Number(_)) => {
            *value = Value::String(value.to_string());
        }
        (Shape::Integer(_) | Shape::Long(_), Value::String(text)) => {
            if let Ok(number) = text.parse::<i64>() {
                *value = number.into();
            }
        }
        (Shape::Boolean, Value::String(text)) => match &**text {
            "true" => *value = true.into(),
            "false" => *value = false.into(),
            _ => {}
        },
        _ => {}
    }
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

pub(super) fn member_path(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
