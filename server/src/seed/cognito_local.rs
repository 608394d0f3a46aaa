//! The data folder of cognito-local (<https://github.com/jagregory/cognito-local>): `db/clients.json`, one
//! file a pool, and `config.json` for what all pools have in common. Its users keep what they had: names,
//! passwords, whatever the policy says, subs, attributes, groups, second factors. Codes and refresh tokens
//! that were on their way are gone.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::users::{self, Passwords};
use super::{Problem, SeedError, Source, document, read, settings, user_pools, with_line};
use crate::app::App;
use crate::errors;

/// cognito-local lets every client sign in in every way.
const EVERY_FLOW: [&str; 5] = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
];

pub(super) struct Folder {
    db: PathBuf,
    config: PathBuf,
}

/// `.cognito` itself, or the `db` in it.
pub(super) fn folder(path: &Path) -> Option<Folder> {
    let is_db = |db: &Path| db.join("clients.json").is_file();
    let db = path.join("db");
    if is_db(&db) || (db.is_dir() && path.join("config.json").is_file()) {
        let config = path.join("config.json");
        return Some(Folder { db, config });
    }
    is_db(path).then(|| Folder {
        db: path.to_owned(),
        config: path.join("../config.json"),
    })
}

impl Folder {
    pub(super) fn apply(&self, app: &App) -> Result<(), SeedError> {
        let mut config = Map::new();
        if self.config.is_file() {
            step(&self.config, |mut fields| {
                for name in ["UserPoolDefaults", "TriggerFunctions", "KMSConfig"] {
                    if let Some(value) = fields.take(name) {
                        config.insert(name.to_owned(), value);
                    }
                }
                Ok(())
            })?;
        }
        let clients = self.db.join("clients.json");
        let files = super::files(&self.db).map_err(|problem| SeedError {
            file: self.db.clone(),
            problem,
        })?;
        for file in files.iter().filter(|file| **file != clients) {
            step(file, |fields| apply_pool(app, fields, &mut config))?;
        }
        if clients.is_file() {
            step(&clients, |fields| apply_clients(app, fields))?;
        }
        Ok(())
    }
}

fn step(file: &Path, apply: impl FnOnce(Fields) -> Result<(), Problem>) -> Result<(), SeedError> {
    let applied = read(file)
        .and_then(|text| document::parse(&text))
        .and_then(|document| Fields::of(document.value, ""))
        .and_then(apply);
    applied.map_err(|problem| SeedError {
        file: file.to_owned(),
        problem: with_line(problem, &Source::File(file)),
    })
}

pub(super) fn is_pool(fields: &Fields) -> bool {
    fields.contains("Options") && fields.contains("Users")
}

/// One file of `db`: `Options`, `Users`, `Groups`.
pub(super) fn apply_pool(
    app: &App,
    mut fields: Fields,
    config: &mut Map<String, Value>,
) -> Result<(), Problem> {
    let users = fields.entries("Users")?;
    let mut groups = Vec::new();
    for (group, path) in fields.entries("Groups")? {
        let mut group = Fields::of(group, &path)?;
        let members = group.list("members")?;
        groups.push((group, members));
    }
    let mut options = Fields::of(fields.take("Options").unwrap_or(json!({})), "Options")?;
    fields.end("not a part of cognito-local's data")?;

    let defaults = config.get("UserPoolDefaults").and_then(Value::as_object);
    for (name, value) in defaults.into_iter().flatten() {
        if name != "Id" && !options.contains(name) {
            options.set(name, value.clone());
        }
    }
    let Some(id) = options.text("Id")? else {
        return Err(options.problem("Id", "the id of the pool is wanted here"));
    };
    if !options.contains("Name") {
        options.set("Name", &*id);
    }
    let users = (users.into_iter())
        .map(|(user, path)| moved_user(user, &path, &groups))
        .collect::<Result<Vec<_>, _>>()?;
    move_names(&mut options, &users)?;
    move_schema(&mut options, &users)?;
    let (region, account) = (
        id.split('_').next().unwrap_or_default().to_owned(),
        &app.settings.account,
    );
    let arn = |service: &str, kind: &str, name: &str| match name {
        arn if arn.starts_with("arn:") => arn.to_owned(),
        name => format!("arn:aws:{service}:{region}:{account}:{kind}{name}"),
    };
    if let Some(functions) = config.get("TriggerFunctions").and_then(Value::as_object) {
        let mut lambdas = Map::new();
        for (trigger, name) in functions {
            let function = arn("lambda", "function:", name.as_str().unwrap_or_default());
            let function = match trigger.as_str() {
                "CustomEmailSender" | "CustomSMSSender" => {
                    let key = config.get("KMSConfig").and_then(|it| it.get("KMSKeyId"));
                    let key = key.and_then(Value::as_str).unwrap_or("local");
                    lambdas.insert("KMSKeyID".to_owned(), arn("kms", "key/", key).into());
                    json!({"LambdaVersion": "V1_0", "LambdaArn": function})
                }
                _ => function.into(),
            };
            lambdas.insert(trigger.clone(), function);
        }
        options.set("LambdaConfig", lambdas);
    }
    let mode = options.text("MfaConfiguration")?;
    let mut mfa = options.split(&settings::MFA);
    if let Some(mode) = mode.filter(|mode| mode != "OFF") {
        if !options.contains("SmsConfiguration") {
            let role = format!("arn:aws:iam::{account}:role/cognito-local");
            options.set("SmsConfiguration", json!({"SnsCallerArn": role}));
        }
        mfa.set("MfaConfiguration", mode);
        mfa.set("SoftwareTokenMfaConfiguration", json!({"Enabled": true}));
    }
    let (pool, is_new) = user_pools::find_or_create(app, options, Some(id))?;
    if is_new && !mfa.is_empty() {
        settings::apply_mfa(app, &pool, mfa)?;
    }
    for (group, _) in groups {
        user_pools::apply_group(app, &pool, group)?;
    }
    users::apply(app, &pool, users, Passwords::Any)
}

/// A user as a seed has them.
fn moved_user(
    user: Value,
    path: &str,
    groups: &[(Fields, Vec<(Value, String)>)],
) -> Result<(Value, String), Problem> {
    let mut user = Fields::of(user, path)?;
    user.ignore(&[
        "RefreshTokens",
        "AttributeVerificationCode",
        "ConfirmationCode",
        "MFACode",
        "UnverifiedAttributeChanges",
    ]);
    let mut attributes = Vec::new();
    for (attribute, path) in user.list("Attributes")? {
        let mut attribute = Fields::of(attribute, &path)?;
        let value = match attribute.take("Value") {
            Some(Value::String(text)) => text,
            Some(value) => value.to_string(),
            None => String::new(),
        };
        if !value.is_empty() {
            attribute.set("Value", value);
            attributes.push(attribute.into_value());
        }
    }
    user.set("UserAttributes", attributes);
    let mut factors: Vec<Value> = (user.list("UserMFASettingList")?.into_iter())
        .map(|(factor, _)| factor)
        .filter(|factor| factor != "SOFTWARE_TOKEN_MFA")
        .collect();
    for (option, path) in user.list("MFAOptions")? {
        let mut option = Fields::of(option, &path)?;
        if option.text("DeliveryMedium")?.as_deref() == Some("SMS") && factors.is_empty() {
            factors.push("SMS_MFA".into());
        }
    }
    user.set("UserMFASettingList", factors);
    if let Some(token) = user.take("SoftwareTokenMfaConfiguration") {
        let mut token = Fields::of(token, path)?;
        if token.flag("Verified")? == Some(true)
            && let Some(secret) = token.text("Secret")?
        {
            user.set("SoftwareTokenSecret", secret);
        }
    }
    for name in ["UserCreateDate", "UserLastModifiedDate"] {
        // JavaScript counts in milliseconds.
        match user.take(name) {
            Some(Value::Number(millis)) => {
                user.set(name, millis.as_f64().unwrap_or_default() / 1000.0);
            }
            Some(other) => user.set(name, other),
            None => {}
        }
    }
    let name = user.text("Username")?.unwrap_or_default();
    let is_in = |members: &[(Value, String)]| members.iter().any(|(it, _)| *it == *name);
    let of: Vec<Value> = (groups.iter())
        .filter(|(_, members)| is_in(members))
        .filter_map(|(group, _)| group.get("GroupName").cloned())
        .collect();
    user.set("Username", name);
    user.set("Groups", of);
    Ok((user.into_value(), path.to_owned()))
}

fn attribute<'u>(user: &'u Value, name: &str) -> Option<&'u str> {
    let mut attributes = user.get("UserAttributes")?.as_array()?.iter();
    let found = attributes.find(|it| it.get("Name").is_some_and(|it| it == name))?;
    found.get("Value")?.as_str()
}

/// Where an address is the username, AWS has no other names than the sub. A pool whose users have names
/// besides becomes one in which the addresses are aliases, so that both still sign in.
fn move_names(options: &mut Fields, users: &[(Value, String)]) -> Result<(), Problem> {
    for name in ["AliasAttributes", "AutoVerifiedAttributes"] {
        if options.get(name).is_some_and(|list| *list == json!([])) {
            options.ignore(&[name]);
        }
    }
    let addresses: Vec<Value> = (options.list("UsernameAttributes")?.into_iter())
        .map(|(name, _)| name)
        .collect();
    if addresses.is_empty() {
        return Ok(());
    }
    let is_address = |(user, _): &(Value, String)| {
        let name = user.get("Username").and_then(Value::as_str);
        let mut own = (addresses.iter()).filter_map(|it| attribute(user, it.as_str()?));
        let first = own.next();
        first.is_some()
            && (name == attribute(user, "sub") || name == first || own.any(|it| Some(it) == name))
    };
    let kind = if users.iter().all(is_address) {
        "UsernameAttributes"
    } else {
        "AliasAttributes"
    };
    if !options.contains(kind) {
        options.set(kind, addresses);
    }
    Ok(())
}

/// The schema's own part is AWS's; custom attributes that users have and the pool has not are added.
fn move_schema(options: &mut Fields, users: &[(Value, String)]) -> Result<(), Problem> {
    let is_custom = |name: &str| name.starts_with("custom:") || name.starts_with("dev:");
    let mut schema = Vec::new();
    let mut names = Vec::new();
    for (declared, path) in options.list("SchemaAttributes")? {
        let mut declared = Fields::of(declared, &path)?;
        let Some(name) = declared.text("Name")? else {
            return Err(declared.problem("Name", "the name of the attribute is wanted here"));
        };
        let is_required = declared.get("Required").is_some_and(|it| *it == true);
        if is_custom(&name) || (is_required && name != "sub") {
            declared.set("Name", &*name);
            schema.push(declared.into_value());
            names.push(name);
        }
    }
    for (user, _) in users {
        let attributes = user.get("UserAttributes").and_then(Value::as_array);
        for attribute in attributes.into_iter().flatten() {
            let name = attribute.get("Name").and_then(Value::as_str);
            if let Some(name) = name
                && is_custom(name)
                && !names.iter().any(|it| it == name)
            {
                schema.push(json!({"Name": name, "AttributeDataType": "String", "Mutable": true}));
                names.push(name.to_owned());
            }
        }
    }
    options.set("SchemaAttributes", schema);
    Ok(())
}

fn apply_clients(app: &App, mut fields: Fields) -> Result<(), Problem> {
    for (client, path) in fields.entries("Clients")? {
        let mut client = Fields::of(client, &path)?;
        let id = client.text("UserPoolId")?.unwrap_or_default();
        let Some(pool) = app.store.user_pool(&id) else {
            return Err(client.problem("UserPoolId", errors::user_pool_not_found(&id)));
        };
        let has_flows = client
            .get("ExplicitAuthFlows")
            .is_some_and(|flows| *flows != json!([]) && !flows.is_null());
        if !has_flows {
            client.set("ExplicitAuthFlows", json!(EVERY_FLOW));
        }
        user_pools::apply_client(app, &pool, client)?;
    }
    Ok(())
}
