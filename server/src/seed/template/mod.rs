//! A template of CloudFormation or SAM as a seed: its `AWS::Cognito::*` resources are created, in the
//! order of their references. What else it has is not created, but can be referred to. Ids derive from
//! the name of the stack, which is that of the file, and of the resource: they are the same at every start.

mod functions;
mod names;
mod others;
mod parameters;
mod resources;
mod serverless;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use serde_json::{Map, Value, json};

use self::functions::{attribute_of, function, placeholders};
use self::names::Names;
use self::parameters::Parameter;
use super::fields::Fields;
use super::{Given, Problem};
use crate::app::App;

/// Of all texts that a template makes of its parameters and resources, in bytes.
const MOST_TEXT: usize = 64 * 1024 * 1024;

pub(super) struct Stack<'a> {
    app: &'a App,
    given: &'a Given<'a>,
    name: String,
    region: String,
    is_serverless: bool,
    parameters: BTreeMap<String, Parameter>,
    mappings: Value,
    /// Whether each of them holds, as far as that can be said.
    conditions: BTreeMap<String, Result<bool, Problem>>,
    resources: BTreeMap<String, Resource>,
    /// What the resources became so far.
    made: BTreeMap<String, Made>,
    /// Pools that this template has made: what is attached to others is there already.
    new_pools: HashSet<String>,
    spent: Cell<usize>,
}

struct Resource {
    kind: String,
    properties: Value,
    depends_on: BTreeSet<String>,
}

/// What `Ref` and `Fn::GetAtt` say of a resource.
#[derive(Default)]
struct Made {
    reference: String,
    attributes: BTreeMap<&'static str, String>,
    /// Whether any attribute can be asked for, since nobody knows them all.
    is_foreign: bool,
}

pub(super) fn apply(
    app: &App,
    given: &Given<'_>,
    file: &Path,
    mut fields: Fields,
) -> Result<(), Problem> {
    let version = fields.text("AWSTemplateFormatVersion")?;
    if let Some(version) = version.filter(|version| version != "2010-09-09") {
        let problem = format!("{version} is not 2010-09-09");
        return Err(fields.problem("AWSTemplateFormatVersion", problem));
    }
    fields.ignore(&["Description", "Metadata", "Rules", "Globals", "Hooks"]);
    let is_serverless = serverless::take_transform(&mut fields)?;
    let stack_name = stack_name(file);
    let stack = given
        .get("AWS::StackName")
        .map_or(stack_name, str::to_owned);
    let region = given
        .get("AWS::Region")
        .unwrap_or(&app.settings.region)
        .to_owned();
    let parameters = parameters::read(given, &mut fields)?;
    let mappings = fields.take("Mappings").unwrap_or(json!({}));
    let conditions = object(fields.take("Conditions"), "Conditions")?;
    let written = fields.entries("Resources")?;
    let outputs = fields.entries("Outputs")?;
    fields.end("not a section of a template")?;
    let mut stack = Stack {
        app,
        given,
        name: stack,
        region,
        is_serverless,
        parameters,
        mappings,
        conditions: BTreeMap::new(),
        resources: BTreeMap::new(),
        made: BTreeMap::new(),
        new_pools: HashSet::new(),
        spent: Cell::new(0),
    };
    stack.judge_conditions(&conditions)?;
    let path_of = |name: &str| format!("Resources.{name}");
    let all: HashSet<String> = written.iter().map(|(_, path)| path.clone()).collect();
    for (resource, path) in written {
        let id = path
            .strip_prefix("Resources.")
            .unwrap_or_default()
            .to_owned();
        stack.take(&id, Fields::of(resource, &path)?)?;
        let needs = stack.resources.get(&id).map(|it| &it.depends_on);
        let lost = |name: &&String| !all.contains(&path_of(name));
        if let Some(name) = needs.into_iter().flatten().find(lost) {
            return Err(unresolved(name, &format!("{path}.DependsOn")));
        }
    }
    stack.attach_events()?;
    for id in stack.order()? {
        let made = stack.make(&id)?;
        stack.made.insert(id, made);
    }
    for (output, path) in outputs {
        stack.show(Fields::of(output, &path)?)?;
    }
    Ok(())
}

/// The name of the file up to the first point that is not of its name: `Web` of `Web.template.json`.
fn stack_name(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.strip_suffix(".template").unwrap_or(&stem);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let name: String = stem
        .chars()
        .map(|c| if is_part(c) { c } else { '-' })
        .take(100)
        .collect();
    if name.is_empty() {
        "seed".to_owned()
    } else {
        name
    }
}

fn object(value: Option<Value>, path: &str) -> Result<Map<String, Value>, Problem> {
    match value {
        None => Ok(Map::new()),
        Some(Value::Object(map)) => Ok(map),
        Some(_) => Err(Problem::at(path, "an object is wanted here")),
    }
}

impl Stack<'_> {
    fn account(&self) -> &str {
        &self.app.settings.account
    }

    fn names(&self, logical_id: &str) -> Names {
        Names::new(self.account(), &self.region, &self.name, logical_id)
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        let partition = self.partition();
        format!(
            "arn:{partition}:{service}:{}:{}:{resource}",
            self.region,
            self.account()
        )
    }

    fn partition(&self) -> &'static str {
        match &self.region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// Reads a resource, unless its condition keeps it out of the stack.
    fn take(&mut self, id: &str, mut fields: Fields) -> Result<(), Problem> {
        let Some(kind) = fields.text("Type")? else {
            return Err(fields.problem("Type", "the type of the resource is wanted here"));
        };
        let properties = fields.take("Properties").unwrap_or(json!({}));
        if !properties.is_object() {
            return Err(fields.problem("Properties", "an object is wanted here"));
        }
        let depends_on = match fields.take("DependsOn") {
            None => BTreeSet::new(),
            Some(Value::String(name)) => BTreeSet::from([name]),
            Some(Value::Array(names)) => (names.into_iter())
                .map(|name| match name {
                    Value::String(name) => Ok(name),
                    _ => Err(fields.problem("DependsOn", "names of resources are wanted here")),
                })
                .collect::<Result<_, _>>()?,
            Some(_) => {
                return Err(fields.problem("DependsOn", "names of resources are wanted here"));
            }
        };
        let path = fields.path().to_owned();
        let is_in = match fields.text("Condition")? {
            None => true,
            Some(condition) => self.holds(&condition, &format!("{path}.Condition"))?,
        };
        fields.ignore(&[
            "DeletionPolicy",
            "UpdateReplacePolicy",
            "UpdatePolicy",
            "CreationPolicy",
            "Metadata",
        ]);
        // What only SAM has, and only for what it makes itself.
        fields.ignore(&["Connectors", "IgnoreGlobals"]);
        fields.end("not a part of a resource")?;
        if is_in {
            let resource = Resource {
                kind,
                properties,
                depends_on,
            };
            self.resources.insert(id.to_owned(), resource);
        }
        Ok(())
    }

    /// Each resource after those that it names.
    fn order(&self) -> Result<Vec<String>, Problem> {
        let mut waits_for: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (id, resource) in &self.resources {
            let mut needs: BTreeSet<&str> =
                resource.depends_on.iter().map(String::as_str).collect();
            references(&resource.properties, &mut needs);
            needs.retain(|name| self.resources.contains_key(*name));
            waits_for.insert(id, needs);
        }
        in_order("Resources", waits_for)
    }

    fn make(&mut self, id: &str) -> Result<Made, Problem> {
        let resource = &self.resources[id];
        let path = format!("Resources.{id}.Properties");
        let Some(kind) = resource.kind.strip_prefix("AWS::Cognito::") else {
            tracing::info!("seed: {} {id} is not created", resource.kind);
            return Ok(self.foreign(id, &resource.kind, &resource.properties, &path));
        };
        let kind = kind.to_owned();
        let properties = self.resolve(&resource.properties, &path)?;
        let fields = Fields::loose(properties.unwrap_or(json!({})), &path)?;
        self.create(id, &kind, fields)
    }

    /// One line of the log, so that one sees which ids the pools and clients have.
    fn show(&self, mut output: Fields) -> Result<(), Problem> {
        let path = output.path().to_owned();
        let name = path.strip_prefix("Outputs.").unwrap_or_default().to_owned();
        if let Some(condition) = output.text("Condition")?
            && !self.holds(&condition, &format!("{path}.Condition"))?
        {
            return Ok(());
        }
        let value = output.take("Value").unwrap_or_default();
        output.ignore(&["Description", "Export"]);
        output.end("not a part of an output")?;
        let shown = match self.resolve(&value, &format!("{path}.Value"))? {
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => return Ok(()),
        };
        let is_secret = |secret: &str| !secret.is_empty() && shown.contains(secret);
        let mut secrets = (self.made.values())
            .filter_map(|made| made.attributes.get("ClientSecret").map(String::as_str))
            .chain(self.parameters.values().filter_map(Parameter::secret));
        if secrets.any(is_secret) {
            tracing::info!("seed output {name}=***");
        } else {
            tracing::info!("seed output {name}={shown}");
        }
        Ok(())
    }

    /// What `Ref` says of a name.
    fn reference(&self, name: &str, path: &str) -> Result<Option<Value>, Problem> {
        let value = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::Region" => self.region.as_str().into(),
            "AWS::AccountId" => self.account().into(),
            "AWS::StackName" => self.name.as_str().into(),
            "AWS::StackId" => Names::stack_id(self.account(), &self.region, &self.name).into(),
            "AWS::Partition" => self.partition().into(),
            "AWS::URLSuffix" if self.partition() == "aws-cn" => "amazonaws.com.cn".into(),
            "AWS::URLSuffix" => "amazonaws.com".into(),
            "AWS::NotificationARNs" => json!([]),
            _ => match (self.parameters.get(name), self.made.get(name)) {
                (Some(parameter), _) => parameter.value(name, path)?,
                (None, Some(made)) => made.reference.as_str().into(),
                (None, None) => match self.implied(name) {
                    Some(made) => made.reference.into(),
                    None => return Err(unresolved(name, path)),
                },
            },
        };
        self.spend(&value, path)?;
        Ok(Some(value))
    }

    fn attribute(&self, name: &str, attribute: &str, path: &str) -> Result<String, Problem> {
        let implied = match self.made.get(name) {
            Some(_) => None,
            None => self.implied(name),
        };
        let Some(made) = self.made.get(name).or(implied.as_ref()) else {
            return Err(unresolved(name, path));
        };
        let value = match made.attributes.get(attribute) {
            Some(value) => value.clone(),
            None if made.is_foreign => format!("{}-{attribute}", made.reference),
            None => {
                let problem = format!("{name} has no attribute {attribute}");
                return Err(Problem::at(path, problem));
            }
        };
        self.spend(&value.as_str().into(), path)?;
        Ok(value)
    }

    /// Small templates stay small, whatever they repeat.
    fn spend(&self, value: &Value, path: &str) -> Result<(), Problem> {
        let length = value.as_str().map_or(0, str::len);
        self.spent.set(self.spent.get() + length);
        if self.spent.get() > MOST_TEXT {
            return Err(Problem::at(path, "the template becomes too long a text"));
        }
        Ok(())
    }
}

/// The names of a section, each after those that it waits for. Who is waited for must be among them.
fn in_order(
    section: &str,
    mut waits_for: BTreeMap<&str, BTreeSet<&str>>,
) -> Result<Vec<String>, Problem> {
    let mut needed_by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut ready: BTreeSet<&str> = BTreeSet::new();
    for (name, needs) in &waits_for {
        for need in needs {
            needed_by.entry(need).or_default().push(name);
        }
        if needs.is_empty() {
            ready.insert(name);
        }
    }
    let mut order = Vec::new();
    while let Some(name) = ready.pop_first() {
        order.push(name.to_owned());
        waits_for.remove(name);
        for waiting in needed_by.remove(name).unwrap_or_default() {
            if let Some(needs) = waits_for.get_mut(waiting) {
                needs.remove(name);
                if needs.is_empty() {
                    ready.insert(waiting);
                }
            }
        }
    }
    let Some(mut name) = waits_for.keys().next().copied() else {
        return Ok(order);
    };
    // Whoever still waits, waits for one who waits: that leads into the circle, and round it.
    let mut way: Vec<&str> = Vec::new();
    while !way.contains(&name) {
        way.push(name);
        name = waits_for[name].first().copied().unwrap_or(name);
    }
    let start = way.iter().position(|it| *it == name).unwrap_or(0);
    let circle = way[start..].join(", ");
    let kind = section.to_lowercase();
    Err(Problem::at(
        format!("{section}.{name}"),
        format!("Circular dependency between {kind}: [{circle}]"),
    ))
}

fn unresolved(name: &str, path: &str) -> Problem {
    Problem::at(
        path,
        format!("there is no parameter and no resource {name} in this stack"),
    )
}

/// The names that a value refers to; those of a `Fn::Sub`'s own values too, which no resource has.
fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(map) => match function(map) {
            Some(("Ref", Value::String(name))) => {
                found.insert(name.split('.').next().unwrap_or(name));
            }
            Some(("Fn::GetAtt", argument)) => {
                if let Some((name, _)) = attribute_of(argument) {
                    found.insert(name);
                } else if let Value::Array(parts) = argument
                    && let Some(Value::String(name)) = parts.first()
                {
                    found.insert(name);
                }
            }
            Some(("Fn::Sub", argument)) => {
                let text = match argument {
                    Value::Array(parts) => parts.first(),
                    text => Some(text),
                };
                for name in text
                    .and_then(Value::as_str)
                    .into_iter()
                    .flat_map(placeholders)
                {
                    found.insert(name.split('.').next().unwrap_or(name));
                }
                if let Value::Array(parts) = argument {
                    parts
                        .iter()
                        .skip(1)
                        .for_each(|part| references(part, found));
                }
            }
            _ => map.values().for_each(|value| references(value, found)),
        },
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
