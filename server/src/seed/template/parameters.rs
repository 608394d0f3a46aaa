//! Parameters of a template: what the command line gives, else their defaults.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::seed::fields::Fields;
use crate::seed::{Given, Problem};

pub(super) struct Parameter {
    /// `None` where AWS would fetch it from elsewhere: that is no mistake until somebody needs it.
    value: Option<Value>,
    is_secret: bool,
}

impl Parameter {
    pub(super) fn value(&self, name: &str, path: &str) -> Result<Value, Problem> {
        self.value.clone().ok_or_else(|| {
            let problem = format!(
                "the value of {name} is kept elsewhere: --seed-parameter {name}=VALUE gives it"
            );
            Problem::at(path, problem)
        })
    }

    /// What no log may show.
    pub(super) fn secret(&self) -> Option<&str> {
        self.value.as_ref().filter(|_| self.is_secret)?.as_str()
    }
}

pub(super) fn read(
    given: &Given<'_>,
    fields: &mut Fields,
) -> Result<BTreeMap<String, Parameter>, Problem> {
    let mut parameters = BTreeMap::new();
    for (parameter, path) in fields.entries("Parameters")? {
        let name = path
            .strip_prefix("Parameters.")
            .unwrap_or_default()
            .to_owned();
        let parameter = read_one(given, &name, Fields::loose(parameter, &path)?)?;
        parameters.insert(name, parameter);
    }
    Ok(parameters)
}

fn read_one(given: &Given<'_>, name: &str, mut fields: Fields) -> Result<Parameter, Problem> {
    let kind = fields.text("Type")?.unwrap_or_else(|| "String".to_owned());
    let is_secret = fields.flag("NoEcho")?.unwrap_or(false);
    let default = scalar(&mut fields, "Default")?;
    let allowed: Vec<String> = (fields.list("AllowedValues")?.into_iter())
        .map(|(value, _)| match value {
            Value::String(text) => text,
            other => other.to_string(),
        })
        .collect();
    let explanation = fields.text("ConstraintDescription")?;
    let mut bound = |name: &str| -> Result<Option<f64>, Problem> {
        let Some(text) = scalar(&mut fields, name)? else {
            return Ok(None);
        };
        let number = text.parse().ok();
        number
            .map(Some)
            .ok_or_else(|| fields.problem(name, "a number is wanted here"))
    };
    let (shortest, longest) = (bound("MinLength")?, bound("MaxLength")?);
    let (least, greatest) = (bound("MinValue")?, bound("MaxValue")?);
    let pattern = fields.text("AllowedPattern")?;
    fields.ignore(&["Description"]);
    let path = fields.path().to_owned();
    fields.end("not a part of a parameter")?;

    let is_elsewhere = kind.starts_with("AWS::SSM::Parameter::Value");
    let given = given.get(name).map(str::to_owned);
    let text = match given.or(default.filter(|_| !is_elsewhere)) {
        Some(text) => text,
        None if is_elsewhere => {
            return Ok(Parameter {
                value: None,
                is_secret,
            });
        }
        None => {
            let problem = format!("{name} has no value: --seed-parameter {name}=VALUE gives it");
            return Err(Problem::at(path, problem));
        }
    };
    let refused = |rule: &str| {
        let rule = explanation.as_deref().unwrap_or(rule);
        let shown = if is_secret { "its value" } else { &text };
        Err(Problem::at(
            &*path,
            format!("{shown} is not allowed: {rule}"),
        ))
    };
    let is_list = kind == "CommaDelimitedList" || kind.contains("List<");
    let parts: Vec<&str> = if is_list {
        text.split(',').map(str::trim).collect()
    } else {
        vec![&text]
    };
    if kind.contains("Number") && parts.iter().any(|part| part.parse::<f64>().is_err()) {
        return refused("a number is wanted");
    }
    let is_allowed = |part: &&str| allowed.is_empty() || allowed.iter().any(|it| it == part);
    if !parts.iter().all(is_allowed) {
        return refused("it is not among the AllowedValues");
    }
    #[expect(clippy::cast_precision_loss, reason = "no text is as long as that")]
    let length = text.chars().count() as f64;
    if shortest.is_some_and(|it| length < it) || longest.is_some_and(|it| length > it) {
        return refused("it is longer or shorter than that");
    }
    let number = text.parse::<f64>().ok();
    if number.is_some_and(|number| {
        least.is_some_and(|it| number < it) || greatest.is_some_and(|it| number > it)
    }) {
        return refused("it is out of bounds");
    }
    if let Some(pattern) = pattern {
        // Java's patterns are almost these; one that is not is for AWS to check.
        match regex::Regex::new(&format!("^(?:{pattern})$")) {
            Ok(pattern) if !parts.iter().all(|part| pattern.is_match(part)) => {
                return refused("it does not match the AllowedPattern");
            }
            Ok(_) => {}
            Err(_) => tracing::warn!("seed: the AllowedPattern of {name} is not checked"),
        }
    }
    let value = if is_list {
        parts.into_iter().map(Value::from).collect()
    } else {
        text.into()
    };
    Ok(Parameter {
        value: Some(value),
        is_secret,
    })
}

/// A text, or what can be written as one.
fn scalar(fields: &mut Fields, name: &str) -> Result<Option<String>, Problem> {
    match fields.take(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other @ (Value::Bool(_) | Value::Number(_))) => Ok(Some(other.to_string())),
        Some(_) => Err(fields.problem(name, "a text or number is wanted here")),
    }
}
