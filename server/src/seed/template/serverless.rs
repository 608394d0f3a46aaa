//! What SAM adds to a template: functions that name the pool whose trigger they are, and resources that
//! nobody has written down.

use serde_json::{Map, Value, json};

use super::{Made, Stack};
use crate::seed::Problem;
use crate::seed::fields::{Fields, member_path};

const SAM: &str = "AWS::Serverless-2016-10-31";

/// Whether the template is one of SAM; no other macro can be run.
pub(super) fn take_transform(fields: &mut Fields) -> Result<bool, Problem> {
    let macros = match fields.take("Transform") {
        None => return Ok(false),
        Some(Value::Array(list)) => list,
        Some(one) => vec![one],
    };
    for name in &macros {
        if name != SAM {
            let name = name.get("Name").unwrap_or(name);
            let name = name.as_str().unwrap_or("this");
            let problem = format!("the macro {name} cannot be run here");
            return Err(fields.problem("Transform", problem));
        }
    }
    Ok(!macros.is_empty())
}

impl Stack<'_> {
    /// Puts the functions with events of the type Cognito into the LambdaConfig of their pools.
    pub(super) fn attach_events(&mut self) -> Result<(), Problem> {
        let mut triggers = Vec::new();
        for (id, resource) in &self.resources {
            if resource.kind != "AWS::Serverless::Function" {
                continue;
            }
            let path = format!("Resources.{id}.Properties.Events");
            let events = resource.properties.get("Events").cloned();
            for (name, event) in super::object(events, &path)? {
                let path = member_path(&path, &name);
                let mut event = Fields::of(event, &path)?;
                if event.text("Type")?.as_deref() != Some("Cognito") {
                    continue;
                }
                let properties = event.take("Properties").unwrap_or(json!({}));
                let mut properties = Fields::of(properties, &format!("{path}.Properties"))?;
                let pool = properties.take("UserPool");
                let pool = pool
                    .as_ref()
                    .and_then(|it| it.get("Ref"))
                    .and_then(Value::as_str);
                let Some(pool) = pool.filter(|pool| self.is_pool(pool)) else {
                    let problem = "a Ref to a user pool of this template is wanted here";
                    return Err(properties.problem("UserPool", problem));
                };
                let names = match properties.take("Trigger") {
                    Some(Value::Array(names)) => names,
                    Some(one) => vec![one],
                    None => Vec::new(),
                };
                for trigger in names {
                    let Value::String(trigger) = trigger else {
                        let problem = "the name of a trigger is wanted here";
                        return Err(properties.problem("Trigger", problem));
                    };
                    let function = self.function_arn(id, &resource.properties);
                    triggers.push((pool.to_owned(), trigger, function, path.clone()));
                }
            }
        }
        for (pool, trigger, function, path) in triggers {
            let resource = self.resources.get_mut(&pool);
            let properties = resource.and_then(|it| it.properties.as_object_mut());
            let config = properties.map(|it| it.entry("LambdaConfig").or_insert(json!({})));
            let Some(Value::Object(config)) = config else {
                return Err(Problem::at(
                    path,
                    "the LambdaConfig of the pool is no object",
                ));
            };
            if config.contains_key(&trigger) {
                let problem = format!("Cognito trigger \"{trigger}\" defined multiple times.");
                return Err(Problem::at(path, problem));
            }
            config.insert(trigger, function.into());
        }
        Ok(())
    }

    fn is_pool(&self, id: &str) -> bool {
        let resource = self.resources.get(id);
        resource.is_some_and(|resource| resource.kind == "AWS::Cognito::UserPool")
    }

    /// What SAM makes without being told to by name: roles and aliases of functions, stages, the
    /// implicit APIs.
    pub(super) fn implied(&self, name: &str) -> Option<Made> {
        if !self.is_serverless {
            return None;
        }
        let owner = |(id, resource): &(&String, &super::Resource)| {
            resource.kind.starts_with("AWS::Serverless::") && name.starts_with(id.as_str())
        };
        let is_api = ["ServerlessRestApi", "ServerlessHttpApi"]
            .iter()
            .any(|it| name.starts_with(it));
        let owner = self.resources.iter().find(owner);
        if owner.is_none() && !is_api {
            return None;
        }
        if let Some((id, resource)) = owner
            && let Some(part) = name.strip_prefix(&format!("{id}."))
        {
            let alias = if part == "Alias" { "live" } else { "1" };
            let mut arn = self.function_arn(id, &resource.properties);
            if arn.matches(':').count() == 6 {
                arn = format!("{arn}:{alias}");
            }
            return Some(Made {
                reference: arn,
                is_foreign: true,
                ..Made::default()
            });
        }
        let kind = if name.ends_with("Role") {
            "AWS::IAM::Role"
        } else {
            "AWS::ApiGateway::RestApi"
        };
        Some(self.foreign(name, kind, &Value::Object(Map::new()), ""))
    }
}
