//! User pools of a seed: `UserPools:` with their clients, identity providers and users.

use cognito_model::Timestamp;
use cognito_model::idp::{
    AdminCreateUser, AttributeType, CreateGroup, CreateIdentityProvider, CreateResourceServer,
    CreateUserPool, CreateUserPoolClient, CreateUserPoolDomain, SchemaAttributeType,
    UserStatusType,
};
use serde_json::{Value, json};

use super::Problem;
use super::fields::Fields;
use crate::app::App;
use crate::aws::Scope;
use crate::errors;
use crate::store::Pool;
use crate::user_pools::{
    Client, Domain, Factor, Group, IdentityProvider, LinkedIdentity, NewUser, Password,
    Preferences, ResourceServer, Schema, SoftwareToken, TotpSecret, User, UserPool,
    parse_identities,
};

pub(super) fn apply(app: &App, mut fields: Fields) -> Result<(), Problem> {
    let domain = fields.take("Domain");
    let custom_domain = fields.text("CustomDomain")?;
    let id = fields.text("Id")?;
    let providers = fields.list("IdentityProviders")?;
    let resource_servers = fields.list("ResourceServers")?;
    let clients = fields.list("Clients")?;
    let groups = fields.list("Groups")?;
    let users = fields.list("Users")?;
    for (list, key) in [
        (&providers, "ProviderName"),
        (&clients, "ClientId"),
        (&groups, "GroupName"),
        (&resource_servers, "Identifier"),
        (&users, "Username"),
    ] {
        super::refuse_duplicates(list, key)?;
    }
    let path = fields.path().to_owned();
    let pool = find_or_create(app, fields, id)?;
    if custom_domain.is_some() {
        let problem = "write Domain: {Domain, CustomDomainConfig} instead";
        return Err(Problem::at(format!("{path}.CustomDomain"), problem));
    }
    if let Some(domain) = domain {
        let domain = match domain {
            Value::String(prefix) => json!({"Domain": prefix}),
            other => other,
        };
        apply_domain(app, &pool, Fields::of(domain, &format!("{path}.Domain"))?)?;
    }
    for (provider, path) in providers {
        apply_provider(app, &pool, Fields::of(provider, &path)?)?;
    }
    for (server, path) in resource_servers {
        apply_resource_server(&pool, Fields::of(server, &path)?)?;
    }
    for (client, path) in clients {
        apply_client(app, &pool, Fields::of(client, &path)?)?;
    }
    for (group, path) in groups {
        apply_group(app, &pool, Fields::of(group, &path)?)?;
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

fn apply_domain(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.set("UserPoolId", pool.id());
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
        .map_err(|error| Problem::at(path, error))
}

fn apply_provider(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.ignore(&["CreationDate", "LastModifiedDate"]);
    fields.set("UserPoolId", pool.id());
    let path = fields.path().to_owned();
    let request = fields.request::<CreateIdentityProvider>()?;
    pool.write(|state| {
        if state.identity_providers().contains(&request.provider_name) {
            return Ok(());
        }
        let provider = IdentityProvider::create(request, state.settings(), app.clock.now())?;
        state.add_identity_provider(provider)
    })
    .map_err(|error| Problem::at(path, error))
}

fn apply_resource_server(pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.set("UserPoolId", pool.id());
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
            Client::create(
                request,
                id.clone(),
                secret,
                &state.surroundings(),
                app.clock.now(),
            )
        })
        .map(drop)
        .map_err(|error| Problem::at(path, error))
}

fn apply_group(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.ignore(&["CreationDate", "LastModifiedDate"]);
    fields.set("UserPoolId", pool.id());
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

fn apply_user(app: &App, pool: &Pool, mut fields: Fields) -> Result<(), Problem> {
    fields.rename("Attributes", "UserAttributes");
    fields.ignore(&["MFAOptions"]);
    let path = fields.path().to_owned();
    let mut groups = Vec::new();
    for (group, path) in fields.list("Groups")? {
        match group {
            Value::String(group) => groups.push(group),
            _ => return Err(Problem::at(path, "the name of a group is wanted here")),
        }
    }
    let own = fields.take("Password");
    let is_temporary = own.is_none();
    if let Some(own) = own {
        if fields.contains("TemporaryPassword") {
            let problem = "a user has this or Password, not both";
            return Err(fields.problem("TemporaryPassword", problem));
        }
        // Both are passwords, under the same rules.
        fields.set("TemporaryPassword", own);
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
    let second_factors = second_factors(&mut fields)?;
    let listed_sub = list_attributes(&mut fields)?;
    let sub = fields.text("Sub")?.or(listed_sub);
    if sub.as_deref().is_some_and(|sub| !is_sub(sub)) {
        return Err(fields.problem("Sub", "a sub has 1 to 55 letters, digits and dashes"));
    }
    fields.set("UserPoolId", pool.id());
    let request = fields.request::<AdminCreateUser>()?;
    let mut attributes = request.user_attributes.unwrap_or_default();
    let identities = take_identities(&mut attributes)
        .map_err(|problem| Problem::at(format!("{path}.UserAttributes.identities"), problem))?;
    let password = request.temporary_password;

    let salt = app.random.bytes();
    pool.write(|state| {
        let settings = state.settings();
        let new_sub = || sub.clone().unwrap_or_else(|| app.random.sub());
        let new = NewUser::draft(&request.username, &attributes, settings, new_sub)?;
        if new.is_known(state.users()) {
            return Ok(());
        }
        if let Some(sub) = &sub
            && state.users().find(sub).is_some()
        {
            return Err(errors::id_is_taken(sub));
        }
        if let Some(taken) = identities
            .iter()
            .find(|it| it.owner(state.users()).is_some())
        {
            return Err(errors::id_is_taken(&taken.value));
        }
        new.check_names(state.users(), false)?;
        let mut user = new.into_user(created);
        let mut usual = UserStatusType::Confirmed;
        if let Some(text) = &password {
            if let Some(rule) = settings.password_policy().broken_rule(text) {
                return Err(errors::password_did_not_conform(rule));
            }
            let hashed = Password::new(salt, pool.id(), &user.username, text);
            user.password = Some(if is_temporary {
                hashed.temporary(now)
            } else {
                hashed
            });
            if is_temporary {
                usual = UserStatusType::ForceChangePassword;
            }
        }
        user.status = status.unwrap_or(usual);
        user.enabled = enabled;
        user.modified = modified;
        second_factors.set_up(&mut user)?;
        if !identities.is_empty() {
            *user.identities = identities;
        }
        for group in &groups {
            user.groups.push(state.group(group)?.name().into());
        }
        state.insert_user(user);
        Ok(())
    })
    .map_err(|error| Problem::at(path, error))
}

/// The second factors of a seeded user.
struct SecondFactors {
    secret: Option<TotpSecret>,
    enabled: Vec<Factor>,
    preferred: Option<Factor>,
}

fn second_factors(fields: &mut Fields) -> Result<SecondFactors, Problem> {
    let factor = |name: &str| Factor::named(name).ok_or(format!("{name} is not a second factor"));
    let secret = match fields.text("SoftwareTokenSecret")? {
        None => None,
        Some(text) => Some(TotpSecret::from_base32(&text).ok_or_else(|| {
            fields.problem(
                "SoftwareTokenSecret",
                "this is not base 32 of 16 bytes or more",
            )
        })?),
    };
    let mut enabled: Vec<_> = secret.iter().map(|_| Factor::SoftwareToken).collect();
    for (name, path) in fields.list("UserMFASettingList")? {
        let name = name.as_str().unwrap_or_default();
        enabled.push(factor(name).map_err(|problem| Problem::at(path, problem))?);
    }
    let preferred = match fields.text("PreferredMfaSetting")? {
        None => None,
        Some(name) => {
            Some(factor(&name).map_err(|problem| fields.problem("PreferredMfaSetting", problem))?)
        }
    };
    enabled.extend(preferred);
    Ok(SecondFactors {
        secret,
        enabled,
        preferred,
    })
}

impl SecondFactors {
    /// As the API would: a factor is on only where it is set up.
    fn set_up(self, user: &mut User) -> errors::Result<()> {
        if let Some(secret) = self.secret {
            user.factors.software_token = Some(SoftwareToken::new(secret, None, 0));
        }
        if !self.enabled.is_empty() {
            let on = |factor| {
                let is_on = self.enabled.contains(&factor);
                is_on.then_some((true, self.preferred == Some(factor)))
            };
            let preferences = Preferences::of(on);
            *user.factors = user.factors.with(&preferences, &user.attributes)?;
        }
        Ok(())
    }
}

/// The attribute that no request can give: the identities of external providers, as the API prints them.
fn take_identities(
    attributes: &mut Vec<AttributeType>,
) -> Result<Vec<LinkedIdentity>, &'static str> {
    let Some(index) = attributes.iter().position(|it| it.name == "identities") else {
        return Ok(Vec::new());
    };
    let text = attributes.remove(index).value.unwrap_or_default();
    parse_identities(&text).ok_or("this is not what AdminGetUser prints")
}

fn is_sub(text: &str) -> bool {
    (1..=55).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
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

/// Makes a map of attributes the list of names and values that AWS takes, and answers `sub`, which
/// comes apart.
fn list_attributes(fields: &mut Fields) -> Result<Option<String>, Problem> {
    let mut list = match fields.take("UserAttributes") {
        None => return Ok(None),
        Some(Value::Array(list)) => list,
        Some(Value::Object(map)) => map
            .into_iter()
            .map(|(name, value)| {
                // YAML makes a flag of true and a number of 12.
                let value = match value {
                    Value::Bool(_) | Value::Number(_) => json!(value.to_string()),
                    other => other,
                };
                json!({"Name": name, "Value": value})
            })
            .collect(),
        Some(_) => {
            let problem = "a map, or a list of Name and Value, is wanted here";
            return Err(fields.problem("UserAttributes", problem));
        }
    };
    let sub = list
        .iter()
        .position(|it| it.get("Name").is_some_and(|name| name == "sub"));
    let sub = sub.map(|index| list.remove(index));
    fields.set("UserAttributes", list);
    Ok(sub.and_then(|it| Some(it.get("Value")?.as_str()?.to_owned())))
}

/// A time as AWS's CLI prints it, or epoch seconds as the API does.
fn moment(fields: &mut Fields, name: &str) -> Result<Option<Timestamp>, Problem> {
    match fields.take(name) {
        None => Ok(None),
        Some(Value::String(text)) => match text.parse::<jiff::Timestamp>() {
            Ok(moment) => Ok(Some(Timestamp::from_millis(moment.as_millisecond()))),
            Err(error) => Err(fields.problem(name, error)),
        },
        Some(number) => {
            let moment: Timestamp =
                serde_json::from_value(number).map_err(|error| fields.problem(name, error))?;
            if jiff::Timestamp::from_millisecond(moment.as_millis()).is_err() {
                return Err(fields.problem(name, "out of the range of time"));
            }
            Ok(Some(moment))
        }
    }
}
