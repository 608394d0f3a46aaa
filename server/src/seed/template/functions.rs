//! CloudFormation's intrinsic functions: what a value of a template is once it stands in its stack.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::{Stack, in_order};
use crate::seed::Problem;
use crate::seed::fields::member_path;

/// What one text may become, so that texts made of texts stay small.
const LONGEST_TEXT: usize = 1024 * 1024;

/// The short form of a function in a text: what `${…}` names.
pub(super) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.trim())
        .filter(|name| !name.starts_with('!'))
}

/// `Fn::GetAtt` as a text or a list of two.
pub(super) fn attribute_of(value: &Value) -> Option<(&str, &str)> {
    match value {
        Value::String(text) => text.split_once('.'),
        Value::Array(pair) => match &pair[..] {
            [Value::String(name), Value::String(attribute)] => Some((name, attribute)),
            _ => None,
        },
        _ => None,
    }
}

impl Stack<'_> {
    /// `None` is `AWS::NoValue`: whatever has it is not there.
    pub(super) fn resolve(&self, value: &Value, path: &str) -> Result<Option<Value>, Problem> {
        match value {
            Value::Object(map) => {
                if let Some((name, argument)) = function(map) {
                    let path = member_path(path, name);
                    return self.call(name, argument, &path);
                }
                let mut resolved = Map::new();
                for (name, value) in map {
                    if let Some(value) = self.resolve(value, &member_path(path, name))? {
                        resolved.insert(name.clone(), value);
                    }
                }
                Ok(Some(resolved.into()))
            }
            Value::Array(list) => {
                let mut resolved = Vec::new();
                for (index, value) in list.iter().enumerate() {
                    resolved.extend(self.resolve(value, &format!("{path}[{index}]"))?);
                }
                Ok(Some(resolved.into()))
            }
            Value::String(text) => self.without_references(text, path).map(Some),
            other => Ok(Some(other.clone())),
        }
    }

    /// Values that CloudFormation would fetch elsewhere are given on the command line.
    fn without_references(&self, text: &str, path: &str) -> Result<Value, Problem> {
        let mut text = text.to_owned();
        while let Some(start) = text.find("{{resolve:") {
            let end = text[start..].find("}}").map(|end| start + end + 2);
            let reference = text[start..end.unwrap_or(text.len())].to_owned();
            let Some(value) = self
                .given
                .get(&reference)
                .filter(|it| !it.contains("{{resolve:"))
            else {
                let problem = format!(
                    "{reference} is not known here: --seed-parameter '{reference}=VALUE' gives it"
                );
                return Err(Problem::at(path, problem));
            };
            text = text.replace(&reference, value);
        }
        bounded(text, path)
    }

    fn call(&self, name: &str, argument: &Value, path: &str) -> Result<Option<Value>, Problem> {
        let problem = |message: &str| Problem::at(path, message);
        match name {
            "Ref" => {
                let Value::String(name) = argument else {
                    return Err(problem(
                        "the name of a parameter or resource is wanted here",
                    ));
                };
                self.reference(name, path)
            }
            "Fn::GetAtt" => {
                // The name of the attribute, unlike that of the resource, may be a Ref.
                let argument = match argument {
                    Value::Array(_) => self.needed(argument, path)?,
                    other => other.clone(),
                };
                let Some((name, attribute)) = attribute_of(&argument) else {
                    return Err(problem("a resource and its attribute are wanted here"));
                };
                self.attribute(name, attribute, path)
                    .map(|it| Some(it.into()))
            }
            "Fn::Sub" => self.substitute(argument, path).map(Some),
            "Fn::Join" => {
                let [separator, parts] = self.arguments(argument, path)?;
                let (Value::String(separator), Value::Array(parts)) = (separator, parts) else {
                    return Err(problem("a separator and a list are wanted here"));
                };
                let parts = (parts.iter())
                    .map(|part| text_of(part, path))
                    .collect::<Result<Vec<_>, _>>()?;
                bounded(parts.join(&separator), path).map(Some)
            }
            "Fn::Split" => {
                let [separator, text] = self.arguments(argument, path)?;
                match (separator, text) {
                    (Value::String(separator), Value::String(text)) if !separator.is_empty() => {
                        Ok(Some(text.split(&*separator).map(Value::from).collect()))
                    }
                    _ => Err(problem("a separator and a text are wanted here")),
                }
            }
            "Fn::Select" => {
                let [index, list] = self.arguments(argument, path)?;
                let index = match &index {
                    Value::Number(index) => index.as_u64(),
                    Value::String(index) => index.parse().ok(),
                    _ => None,
                };
                let Value::Array(list) = list else {
                    return Err(problem("an index and a list are wanted here"));
                };
                let chosen = index.and_then(|index| list.get(usize::try_from(index).ok()?));
                chosen
                    .map(|chosen| Some(chosen.clone()))
                    .ok_or_else(|| problem("the list has no such element"))
            }
            "Fn::If" => {
                let Value::Array(parts) = argument else {
                    return Err(problem("a condition and two values are wanted here"));
                };
                let [Value::String(condition), then, otherwise] = &parts[..] else {
                    return Err(problem("a condition and two values are wanted here"));
                };
                let (index, chosen) = match self.holds(condition, path)? {
                    true => (1, then),
                    false => (2, otherwise),
                };
                self.resolve(chosen, &format!("{path}[{index}]"))
            }
            "Fn::FindInMap" => self.find_in_map(argument, path).map(Some),
            "Fn::Base64" => {
                let text = self.needed(argument, path)?;
                bounded(STANDARD.encode(text_of(&text, path)?), path).map(Some)
            }
            "Fn::GetAZs" => {
                let zones =
                    ["a", "b", "c"].map(|zone| Value::from(format!("{}{zone}", self.region)));
                Ok(Some(zones.into_iter().collect()))
            }
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" | "Condition" => {
                let map = Map::from_iter([(name.to_owned(), argument.clone())]);
                self.judge(&Value::Object(map), path)
                    .map(|it| Some(it.into()))
            }
            "Fn::ImportValue" => Err(problem(
                "what another stack exports is not known here: give it to a parameter instead",
            )),
            "Fn::Transform" => Err(problem("a macro cannot be run here")),
            _ => Err(problem(&format!("{name} cannot be computed here"))),
        }
    }

    /// The value, which must be there.
    fn needed(&self, value: &Value, path: &str) -> Result<Value, Problem> {
        self.resolve(value, path)?
            .ok_or_else(|| Problem::at(path, "AWS::NoValue is not possible here"))
    }

    fn arguments<const N: usize>(&self, value: &Value, path: &str) -> Result<[Value; N], Problem> {
        match self.needed(value, path)? {
            Value::Array(list) => list
                .try_into()
                .map_err(|_| Problem::at(path, format!("a list of {N} is wanted here"))),
            _ => Err(Problem::at(path, format!("a list of {N} is wanted here"))),
        }
    }

    fn substitute(&self, argument: &Value, path: &str) -> Result<Value, Problem> {
        let problem = || Problem::at(path, "a text, or a text and its values, are wanted here");
        let empty = Map::new();
        let (text, values) = match argument {
            Value::String(text) => (text, &empty),
            Value::Array(pair) => match &pair[..] {
                [Value::String(text), Value::Object(values)] => (text, values),
                _ => return Err(problem()),
            },
            _ => return Err(problem()),
        };
        let mut result = String::new();
        let mut rest = &**text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                return Err(Problem::at(path, "${ without its }"));
            };
            rest = after;
            let name = name.trim();
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let value = match values.get(name) {
                Some(value) => self.needed(value, &member_path(path, name))?,
                None => match name.split_once('.') {
                    Some((name, attribute)) => self.attribute(name, attribute, path)?.into(),
                    None => self
                        .reference(name, path)?
                        .ok_or_else(|| Problem::at(path, "AWS::NoValue is not possible here"))?,
                },
            };
            result.push_str(&text_of(&value, path)?);
            if result.len() > LONGEST_TEXT {
                break;
            }
        }
        result.push_str(rest);
        self.without_references(&result, path)
    }

    fn find_in_map(&self, argument: &Value, path: &str) -> Result<Value, Problem> {
        let Value::Array(mut keys) = self.needed(argument, path)? else {
            return Err(Problem::at(path, "a map and two keys are wanted here"));
        };
        let default = (keys.len() == 4).then(|| keys.pop()).flatten();
        let default = default.and_then(|it| it.get("DefaultValue").cloned());
        let names = keys
            .iter()
            .map(|key| text_of(key, path))
            .collect::<Result<Vec<_>, _>>()?;
        let [map, first, second] = &names[..] else {
            return Err(Problem::at(path, "a map and two keys are wanted here"));
        };
        let value = self.mappings.get(map).and_then(|it| it.get(first));
        value
            .and_then(|it| it.get(second))
            .cloned()
            .or(default)
            .ok_or_else(|| {
                Problem::at(path, format!("the mappings have no {map}.{first}.{second}"))
            })
    }

    /// Judges the conditions of the template, each once and after those that it names.
    pub(super) fn judge_conditions(
        &mut self,
        conditions: &Map<String, Value>,
    ) -> Result<(), Problem> {
        let mut waits_for = BTreeMap::new();
        for (name, condition) in conditions {
            let mut needs = BTreeSet::new();
            conditions_of(condition, &mut needs);
            needs.retain(|name| conditions.contains_key(*name));
            waits_for.insert(&**name, needs);
        }
        for name in in_order("Conditions", waits_for)? {
            let judged = self.judge(&conditions[&name], &format!("Conditions.{name}"));
            self.conditions.insert(name, judged);
        }
        Ok(())
    }

    /// Whether a condition of the template holds. One that cannot be judged is a problem only for what asks for it.
    pub(super) fn holds(&self, name: &str, path: &str) -> Result<bool, Problem> {
        match self.conditions.get(name) {
            Some(judged) => judged.clone(),
            None => Err(Problem::at(path, format!("there is no condition {name}"))),
        }
    }

    fn judge(&self, condition: &Value, path: &str) -> Result<bool, Problem> {
        let wanted = || Problem::at(path, "a condition is wanted here");
        let Some((name, argument)) = condition.as_object().and_then(function) else {
            return match condition {
                Value::Bool(flag) => Ok(*flag),
                Value::String(text) if text == "true" => Ok(true),
                Value::String(text) if text == "false" => Ok(false),
                _ => Err(wanted()),
            };
        };
        let path = &member_path(path, name);
        let each = || match argument {
            Value::Array(list) => list
                .iter()
                .map(|it| self.judge(it, path))
                .collect::<Result<Vec<_>, _>>(),
            _ => Err(Problem::at(path, "a list of conditions is wanted here")),
        };
        match name {
            "Condition" => self.holds(argument.as_str().ok_or_else(wanted)?, path),
            "Fn::Equals" => {
                let [one, other] = self.arguments(argument, path)?;
                // A parameter is a text, and what it is compared with need not be.
                Ok(one == other
                    || matches!((text_of(&one, path), text_of(&other, path)), (Ok(one), Ok(other)) if one == other))
            }
            "Fn::And" => Ok(each()?.into_iter().all(|it| it)),
            "Fn::Or" => Ok(each()?.into_iter().any(|it| it)),
            "Fn::Not" => match each()?[..] {
                [it] => Ok(!it),
                _ => Err(Problem::at(path, "a list of 1 is wanted here")),
            },
            _ => match self.call(name, argument, path)? {
                Some(Value::Bool(flag)) => Ok(flag),
                Some(Value::String(text)) if text == "true" || text == "false" => {
                    Ok(text == "true")
                }
                _ => Err(wanted()),
            },
        }
    }
}

/// The names of the conditions that a value asks for.
fn conditions_of<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(map) => match function(map) {
            Some(("Condition", Value::String(name))) => {
                found.insert(name);
            }
            Some(("Fn::If", Value::Array(parts))) => {
                found.extend(parts.first().and_then(Value::as_str));
                parts.iter().for_each(|part| conditions_of(part, found));
            }
            _ => map.values().for_each(|value| conditions_of(value, found)),
        },
        Value::Array(list) => list.iter().for_each(|part| conditions_of(part, found)),
        _ => {}
    }
}

/// A map that is the call of a function.
pub(super) fn function(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = map.iter().next().filter(|_| map.len() == 1)?;
    let is_function =
        name == "Ref" || name.starts_with("Fn::") || (name == "Condition" && argument.is_string());
    is_function.then_some((&**name, argument))
}

/// A scalar as a text.
fn text_of(value: &Value, path: &str) -> Result<String, Problem> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Array(list) => {
            let parts = list.iter().map(|part| text_of(part, path));
            Ok(parts.collect::<Result<Vec<_>, _>>()?.join(","))
        }
        _ => Err(Problem::at(path, "a text is wanted here")),
    }
}

fn bounded(text: String, path: &str) -> Result<Value, Problem> {
    if text.len() > LONGEST_TEXT {
        return Err(Problem::at(path, "this becomes too long a text"));
    }
    Ok(text.into())
}
