//! User pools of a seed: `UserPools:` with their clients, identity providers and users.

use std::sync::Arc;

use cognito_model::idp::{
    CreateGroup, CreateIdentityProvider, CreateResourceServer, CreateUserPool,
    CreateUserPoolClient, CreateUserPoolDomain, SchemaAttributeType,
};
use serde_json::{Value, json};

use super::fields::Fields;
use super::users::{self, Passwords};
use super::{Problem, settings};
use crate::app::App;
use crate::aws::Scope;
use crate::errors;
use crate::store::Pool;
use crate::user_pools::{
    Client, Domain, Group, IdentityProvider, Person, ResourceServer, Schema, UserPool,
};

/// A client that is named so gets what follows as its id, and as its name.
const CUSTOM_CLIENT_ID: &str = "_custom_id_:";

pub(super) fn apply(app: &App, fields: Fields) -> Result<(), Problem> {
    apply_with(app, fields, Passwords::AsPolicyHasThem)
}

pub(super) fn apply_with(
    app: &App,
    mut fields: Fields,
    passwords: Passwords,
) -> Result<(), Problem> {
    let domain = fields.take("Domain");
    let custom_domain = fields.take("CustomDomain");
    let id = fields.text("Id")?;
    let providers = fields.list("IdentityProviders")?;
    let resource_servers = fields.list("ResourceServers")?;
    let clients = fields.list("Clients")?;
    let groups = fields.list("Groups")?;
    let users = fields.list("Users")?;
    let additions = settings::Additions::take(&mut fields)?;
    for (list, key) in [
        (&providers, "ProviderName"),
        (&clients, "ClientId"),
        (&groups, "GroupName"),
        (&resource_servers, "Identifier"),
        (&users, "Username"),
        (&users, "Sub"),
    ] {
        super::refuse_duplicates(list, key)?;
    }
    let path = fields.path().to_owned();
    let mut mfa = fields.split(&settings::MFA);
    let factors = infer_factors(&mut fields, &mut mfa)?;
    let (pool, is_new) = find_or_create(app, fields, id)?;
    if is_new && factors {
        settings::apply_mfa(app, &pool, mfa)?;
    }
    if let Some(domain) = domain {
        let fields = domain_fields(domain, &format!("{path}.Domain"))?;
        apply_domain(app, &pool, fields)?;
    }
    if let Some(domain) = custom_domain {
        let mut fields = domain_fields(domain, &format!("{path}.CustomDomain"))?;
        // A description of the pool has the name alone.
        if !fields.contains("CustomDomainConfig") {
            fields.set(
                "CustomDomainConfig",
                json!({"CertificateArn": certificate(&pool)}),
            );
        }
        apply_domain(app, &pool, fields)?;
    }
    for (provider, path) in providers {
        apply_provider(
            app,
            &pool,
            Fields::described(provider, &path, "IdentityProvider")?,
        )?;
    }
    for (server, path) in resource_servers {
        apply_resource_server(&pool, Fields::described(server, &path, "ResourceServer")?)?;
    }
    for (client, path) in clients {
        apply_client(
            app,
            &pool,
            Fields::described(client, &path, "UserPoolClient")?,
        )?;
    }
    for (group, path) in groups {
        apply_group(app, &pool, Fields::described(group, &path, "Group")?)?;
    }
    users::apply(app, &pool, users, passwords)?;
    additions.apply(app, &pool)?;
    tracing::debug!(pool = pool.id(), path, "seeded");
    Ok(())
}

fn domain_fields(domain: Value, path: &str) -> Result<Fields, Problem> {
    match domain {
        Value::String(name) => Fields::of(json!({"Domain": name}), path),
        other => Fields::described(other, path, "DomainDescription"),
    }
}

/// Some certificate: nobody asks for it, and a custom domain has one.
fn certificate(pool: &Pool) -> String {
    let scope = pool.scope();
    format!(
        "arn:aws:acm:us-east-1:{}:certificate/00000000-0000-4000-8000-000000000000",
        scope.account
    )
}

/// Whether there are second factors to set beside CreateUserPool, which knows none but SMS. What
/// DescribeUserPool prints of a pool with MFA and without SMS does not name the factor: it is the one that
/// needs no settings.
fn infer_factors(fields: &mut Fields, mfa: &mut Fields) -> Result<bool, Problem> {
    let mode = fields.text("MfaConfiguration")?;
    let is_on = mode.as_deref().is_some_and(|mode| mode != "OFF");
    if mfa.is_empty() && (!is_on || fields.contains("SmsConfiguration")) {
        if let Some(mode) = mode {
            fields.set("MfaConfiguration", mode);
        }
        return Ok(false);
    }
    if mfa.is_empty() {
        mfa.set("SoftwareTokenMfaConfiguration", json!({"Enabled": true}));
    }
    if let Some(mode) = mode {
        mfa.set("MfaConfiguration", mode);
    }
    Ok(true)
}

/// The pool, and whether it is new.
pub(super) fn find_or_create(
    app: &App,
    mut fields: Fields,
    id: Option<String>,
) -> Result<(Arc<Pool>, bool), Problem> {
    fields.rename("Name", "PoolName");
    fields.rename("SchemaAttributes", "Schema");
    undescribe_schema(&mut fields)?;
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
    let bad_id = fields.problem("Id", "a user pool id is <region>_<letters and digits>");
    let mut request = fields.request::<CreateUserPool>()?;
    let id = UserPool::custom_id(&mut request).or(id);
    let region = match &id {
        Some(id) => match id.split_once('_') {
            Some((region, _)) if !region.is_empty() && UserPool::is_id(id, region) => {
                region.to_owned()
            }
            _ => return Err(bad_id),
        },
        None => app.settings.region.clone(),
    };
    let scope = Scope::new(&app.settings.account, &region);
    let existing = match &id {
        Some(id) => app.store.user_pool(id),
        None => {
            let (pools, _) = app.store.list_user_pools(&scope, 0, usize::MAX);
            let is_it = |pool: &Arc<Pool>| {
                pool.read(|state| {
                    state.settings().description.name.as_deref() == Some(&*request.pool_name)
                })
            };
            pools.into_iter().find(is_it)
        }
    };
    if let Some(pool) = existing {
        return Ok((pool, false));
    }
    let id = id.unwrap_or_else(|| app.random.user_pool_id(&region));
    UserPool::create(request, id, &scope, app.clock.now())
        .and_then(|settings| app.store.create_user_pool(settings, scope))
        .map(|pool| (pool, true))
        .map_err(|error| Problem::at(path, error))
}

pub(super) fn apply_domain(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.ignore(&[
        "AWSAccountId",
        "S3Bucket",
        "CloudFrontDistribution",
        "Version",
        "Status",
    ]);
    fields.belongs_to(pool.id())?;
    let path = fields.path().to_owned();
    let request = fields.request::<CreateUserPoolDomain>()?;
    if pool.read(|state| state.domains().contains(&request.domain)) {
        return Ok(());
    }
    let distribution = app.random.cloud_front_distribution();
    app.store
        .create_domain(pool, |state| {
            Domain::create(request, state.settings(), pool.scope(), distribution)
        })
        .map(drop)
        .or_else(|error| super::stay(app, &path, error))
        .map_err(|error| Problem::at(path, error))
}

pub(super) fn apply_provider(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.ignore(&["CreationDate", "LastModifiedDate"]);
    fields.belongs_to(pool.id())?;
    let people = people(&mut fields)?;
    let path = fields.path().to_owned();
    let request = fields.request::<CreateIdentityProvider>()?;
    pool.write(|state| {
        if state.identity_providers().contains(&request.provider_name) {
            return Ok(());
        }
        let provider = IdentityProvider::create(request, state.settings(), app.clock.now())?;
        state.add_identity_provider(IdentityProvider { people, ..provider })
    })
    .map_err(|error| Problem::at(path, error))
}

/// Whom a provider that is built in knows.
fn people(fields: &mut Fields) -> Result<Vec<Person>, Problem> {
    let listed = fields.list("People")?;
    super::refuse_duplicates(&listed, "sub")?;
    let person = |(person, path): (Value, String)| match person {
        Value::Object(claims) if claims.get("sub").and_then(Value::as_str).is_some() => Ok(claims),
        _ => Err(Problem::at(
            path,
            "claims are wanted here, a sub among them",
        )),
    };
    listed.into_iter().map(person).collect()
}

pub(super) fn apply_resource_server(pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.belongs_to(pool.id())?;
    let path = fields.path().to_owned();
    let request = fields.request::<CreateResourceServer>()?;
    pool.write(|state| {
        if state.resource_servers().contains(&request.identifier) {
            return Ok(());
        }
        state.add_resource_server(ResourceServer::new(
            pool.id(),
            request.identifier,
            request.name,
            request.scopes,
        )?)
    })
    .map_err(|error| Problem::at(path, error))
}

/// What DescribeUserPoolClient prints: a client of a pool that is there.
pub(super) fn apply_described_client(app: &App, mut fields: Fields) -> Result<(), Problem> {
    let Some(id) = fields.text("UserPoolId")? else {
        return Err(fields.problem("UserPoolId", "the pool of the client is wanted here"));
    };
    let Some(pool) = app.store.user_pool(&id) else {
        return Err(fields.problem("UserPoolId", errors::user_pool_not_found(&id)));
    };
    apply_client(app, &pool, fields).map(drop)
}

/// The id of the client.
pub(super) fn apply_client(app: &App, pool: &Pool, mut fields: Fields) -> Result<String, Problem> {
    fields.ignore(&["CreationDate", "LastModifiedDate", "ClientType"]);
    fields.belongs_to(pool.id())?;
    let mut id = fields.text("ClientId")?;
    if let Some(name) = fields.text("ClientName")? {
        let fixed = name.strip_prefix(CUSTOM_CLIENT_ID).map(str::to_owned);
        fields.set("ClientName", fixed.clone().unwrap_or(name));
        id = fixed.or(id);
    }
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
    let existing = pool.read(|state| {
        let mut clients = state.clients().iter();
        let found = clients.find(|client| match &id {
            Some(id) => client.id() == id,
            None => client.name() == request.client_name,
        });
        found.map(|client| client.id().to_owned())
    });
    if let Some(id) = existing {
        return Ok(id);
    }
    let id = id.unwrap_or_else(|| app.random.client_id());
    app.store
        .create_client(pool, &id, |state| {
            let secret = || app.random.client_secret();
            Client::create(
                request,
                id.clone(),
                secret,
                &state.surroundings(),
                app.clock.now(),
            )
        })
        .map_err(|error| Problem::at(path, error))?;
    Ok(id)
}

pub(super) fn apply_group(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.ignore(&["CreationDate", "LastModifiedDate"]);
    fields.belongs_to(pool.id())?;
    let path = fields.path().to_owned();
    let request = fields.request::<CreateGroup>()?;
    pool.write(|state| {
        if state.groups().contains(&request.group_name) {
            return Ok(());
        }
        state.add_group(Group::create(request, app.clock.now()))
    })
    .map_err(|error| Problem::at(path, error))
}

/// Turns what DescribeUserPool prints into what CreateUserPool takes: without the attributes that
/// every pool has, and custom ones without their prefix.
fn undescribe_schema(fields: &mut Fields) -> Result<(), Problem> {
    let mut schema = Vec::new();
    for (attribute, path) in fields.list("Schema")? {
        let as_declared = serde_json::from_value::<SchemaAttributeType>(attribute.clone());
        if as_declared.is_ok_and(|attribute| Schema::is_default(&attribute)) {
            continue;
        }
        let mut attribute = Fields::of(attribute, &path)?;
        if let Some(name) = attribute.text("Name")? {
            let bare = name.strip_prefix("dev:").unwrap_or(&name);
            attribute.set("Name", bare.strip_prefix("custom:").unwrap_or(bare));
        }
        schema.push(attribute.into_value());
    }
    if !schema.is_empty() {
        fields.set("Schema", schema);
    }
    Ok(())
}
