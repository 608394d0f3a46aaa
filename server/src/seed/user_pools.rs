//! User pools of a seed: `UserPools:` with their clients, identity providers and users.

use cognito_model::Timestamp;
use cognito_model::idp::{
    AttributeType, CreateIdentityProvider, CreateUserPool, CreateUserPoolClient, UserStatusType,
};
use serde_json::Value;

use super::Problem;
use super::fields::Fields;
use crate::app::App;
use crate::aws::Scope;
use crate::store::Pool;
use crate::user_pools::{Client, IdentityProvider, NewUser, Password, UserPool};

pub(super) fn apply(app: &App, mut fields: Fields) -> Result<(), Problem> {
    fields.refuse(&["Domain", "CustomDomain", "Groups", "ResourceServers"])?;
    let id = fields.text("Id")?;
    let providers = fields.list("IdentityProviders")?;
    let clients = fields.list("Clients")?;
    let users = fields.list("Users")?;
    let path = fields.path().to_owned();
    let pool = find_or_create(app, fields, id)?;
    for (provider, path) in providers {
        apply_provider(app, &pool, Fields::of(provider, &path)?)?;
    }
    for (client, path) in clients {
        apply_client(app, &pool, Fields::of(client, &path)?)?;
    }
    for (user, path) in users {
        apply_user(app, &pool, Fields::of(user, &path)?)?;
    }
    tracing::debug!(pool = pool.id(), path, "seeded");
    Ok(())
}

fn find_or_create(
    app: &App,
    mut fields: Fields,
    id: Option<String>,
) -> Result<std::sync::Arc<Pool>, Problem> {
    fields.rename("Name", "PoolName");
    fields.rename("SchemaAttributes", "Schema");
    fields.ignore(&[
        "Arn",
        "CreationDate",
        "LastModifiedDate",
        "EstimatedNumberOfUsers",
        "Status",
        "SmsConfigurationFailure",
        "EmailConfigurationFailure",
    ]);
    let path = fields.path().to_owned();
    let region = match &id {
        Some(id) => {
            let region = id
                .split_once('_')
                .map(|(region, _)| region)
                .unwrap_or_default();
            if region.is_empty() || !UserPool::is_id(id, region) {
                return Err(fields.problem("Id", "a user pool id is <region>_<letters and digits>"));
            }
            region.to_owned()
        }
        None => app.settings.region.clone(),
    };
    let scope = Scope::new(&app.settings.account, &region);
    let request = fields.request::<CreateUserPool>()?;
    let existing = match &id {
        Some(id) => app.store.user_pool(id),
        None => {
            let (pools, _) = app.store.list_user_pools(&scope, 0, usize::MAX);
            let is_it = |pool: &std::sync::Arc<Pool>| {
                pool.read(|state| {
                    state.settings().description.name.as_deref() == Some(&*request.pool_name)
                })
            };
            pools.into_iter().find(is_it)
        }
    };
    if let Some(pool) = existing {
        return Ok(pool);
    }
    let id = id.unwrap_or_else(|| app.random.user_pool_id(&region));
    UserPool::create(request, id, &scope, app.clock.now())
        .and_then(|settings| app.store.create_user_pool(settings, scope))
        .map_err(|error| Problem::at(path, error))
}

fn apply_provider(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.ignore(&["CreationDate", "LastModifiedDate"]);
    fields.set("UserPoolId", pool.id());
    let path = fields.path().to_owned();
    let request = fields.request::<CreateIdentityProvider>()?;
    pool.write(|state| {
        if !state.identity_providers().contains(&request.provider_name) {
            let provider = IdentityProvider::create(request, state.settings(), app.clock.now())?;
            state.insert_identity_provider(provider);
        }
        Ok(())
    })
    .map_err(|error| Problem::at(path, error))
}

fn apply_client(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.ignore(&["CreationDate", "LastModifiedDate", "ClientType"]);
    fields.set("UserPoolId", pool.id());
    let id = fields.text("ClientId")?;
    if id.as_deref().is_some_and(|id| !Client::is_id(id)) {
        return Err(fields.problem(
            "ClientId",
            "a client id has 1 to 128 letters, digits, _ and +",
        ));
    }
    if fields.contains("ClientSecret") {
        fields.ignore(&["GenerateSecret"]);
    }
    let path = fields.path().to_owned();
    let request = fields.request::<CreateUserPoolClient>()?;
    let exists = pool.read(|state| match &id {
        Some(id) => state.clients().contains(id),
        None => state
            .clients()
            .iter()
            .any(|client| client.name() == request.client_name),
    });
    if exists {
        return Ok(());
    }
    let id = id.unwrap_or_else(|| app.random.client_id());
    app.store
        .create_client(pool, &id, |state| {
            let secret = || app.random.client_secret();
            let providers = state.identity_providers();
            Client::create(
                request,
                id.clone(),
                secret,
                state.settings(),
                providers,
                app.clock.now(),
            )
        })
        .map(drop)
        .map_err(|error| Problem::at(path, error))
}

fn apply_user(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.refuse(&[
        "Groups",
        "SoftwareTokenSecret",
        "PreferredMfaSetting",
        "UserMFASettingList",
    ])?;
    fields.rename("Attributes", "UserAttributes");
    fields.ignore(&["MFAOptions"]);
    let path = fields.path().to_owned();
    let username = fields
        .text("Username")?
        .ok_or_else(|| fields.problem("Username", "is missing"))?;
    let password = fields.text("Password")?;
    let temporary = fields.text("TemporaryPassword")?;
    if password.is_some() && temporary.is_some() {
        return Err(fields.problem("TemporaryPassword", "a user has this or Password, not both"));
    }
    let status = match fields.text("UserStatus")? {
        None => None,
        Some(text) => {
            let status = text.parse::<UserStatusType>();
            Some(
                status
                    .map_err(|_| fields.problem("UserStatus", format!("{text} is not a status")))?,
            )
        }
    };
    let enabled = fields.flag("Enabled")?.unwrap_or(true);
    let now = app.clock.now();
    let created = moment(&mut fields, "UserCreateDate")?.unwrap_or(now);
    let modified = moment(&mut fields, "UserLastModifiedDate")?.unwrap_or(created);
    let (mut attributes, sub) = attributes(&mut fields)?;
    attributes.sort_by_key(|attribute| attribute.name.ends_with("_verified"));
    let sub = fields.text("Sub")?.or(sub);
    fields.end("a user has no such field")?;

    let salt = app.random.bytes();
    pool.write(|state| {
        let new = NewUser::draft(&username, &attributes, state.settings(), || {
            sub.clone().unwrap_or_else(|| app.random.sub())
        })?;
        if state.users().find(&username).is_some() {
            return Ok(());
        }
        new.check_names(state.users(), false)?;
        let mut user = new.into_user(created);
        let is_temporary = temporary.is_some();
        if let Some(text) = password.or(temporary) {
            let own = Password::new(salt, pool.id(), &user.username, &text);
            user.password = Some(if is_temporary {
                own.temporary(now)
            } else {
                own
            });
        }
        let usual = if is_temporary {
            UserStatusType::ForceChangePassword
        } else {
            UserStatusType::Confirmed
        };
        user.status = status.unwrap_or(usual);
        user.enabled = enabled;
        user.modified = modified;
        state.insert_user(user);
        Ok(())
    })
    .map_err(|error| Problem::at(path, error))
}

/// A map, or AWS's list of names and values; `sub` comes apart.
fn attributes(fields: &mut Fields) -> Result<(Vec<AttributeType>, Option<String>), Problem> {
    let mut attributes = Vec::new();
    match fields.take("UserAttributes") {
        None => {}
        Some(Value::Object(map)) => {
            for (name, value) in map {
                let value = match value {
                    Value::String(text) => text,
                    Value::Bool(_) | Value::Number(_) => value.to_string(),
                    _ => {
                        return Err(fields
                            .problem(&format!("UserAttributes.{name}"), "a text is wanted here"));
                    }
                };
                attributes.push(AttributeType {
                    name,
                    value: Some(value),
                });
            }
        }
        Some(list @ Value::Array(_)) => {
            attributes = serde_json::from_value(list)
                .map_err(|error| fields.problem("UserAttributes", error))?;
        }
        Some(_) => {
            return Err(fields.problem(
                "UserAttributes",
                "a map, or a list of Name and Value, is wanted here",
            ));
        }
    }
    let sub = attributes
        .iter()
        .position(|it| it.name == "sub")
        .map(|index| attributes.remove(index));
    Ok((attributes, sub.and_then(|it| it.value)))
}

/// A time as AWS's CLI prints it, or epoch seconds as the API does.
fn moment(fields: &mut Fields, name: &str) -> Result<Option<Timestamp>, Problem> {
    match fields.take(name) {
        None => Ok(None),
        Some(Value::String(text)) => match text.parse::<jiff::Timestamp>() {
            Ok(moment) => Ok(Some(Timestamp::from_millis(moment.as_millisecond()))),
            Err(error) => Err(fields.problem(name, error)),
        },
        Some(number) => serde_json::from_value(number)
            .map(Some)
            .map_err(|error| fields.problem(name, error)),
    }
}
