//! Identity pools of a seed: `IdentityPools:` with their roles, and `PrincipalTagAttributeMaps` as
//! SetPrincipalTagAttributeMap has them.

use cognito_model::identity::{
    CreateIdentityPool, SetIdentityPoolRoles, SetPrincipalTagAttributeMap,
};
use serde_json::json;

use super::Problem;
use super::fields::Fields;
use crate::app::App;
use crate::aws::Scope;
use crate::errors;
use crate::identity_pools::{PrincipalTags, Roles, Settings, TagMap};

pub(super) fn apply(app: &App, fields: Fields) -> Result<(), Problem> {
    apply_one(app, fields).map(drop)
}

/// The id of the pool.
pub(super) fn apply_one(app: &App, mut fields: Fields) -> Result<String, Problem> {
    let path = fields.path().to_owned();
    let mut roles = fields.split(&["Roles", "RoleMappings"]);
    let tag_maps = fields.list("PrincipalTagAttributeMaps")?;
    let id = fields.text("IdentityPoolId")?;
    let bad_id = fields.problem("IdentityPoolId", "an identity pool id is <region>:<uuid>");
    let mut request = fields.request::<CreateIdentityPool>()?;
    let id = Settings::custom_id(&mut request).or(id);
    let region = match &id {
        Some(id) => match id.split_once(':') {
            Some((region, _)) if !region.is_empty() && Settings::is_id(id, region) => {
                region.to_owned()
            }
            _ => return Err(bad_id),
        },
        None => app.settings.region.clone(),
    };
    let scope = Scope::new(&app.settings.account, &region);
    let existing = match &id {
        Some(id) => app.store.identity_pool(id),
        None => {
            let (pools, _) = app.store.list_identity_pools(&scope, 0, usize::MAX);
            pools.into_iter().find(|pool| {
                pool.read(|state| {
                    state.settings().description.identity_pool_name == request.identity_pool_name
                })
            })
        }
    };
    if let Some(pool) = existing {
        return Ok(pool.id().to_owned());
    }
    let id = id.unwrap_or_else(|| app.random.regional_uuid(&region));
    let settings = Settings::create(request, id.clone(), |id| app.store.user_pool(id).is_some())
        .map_err(|error| Problem::at(&*path, error))?;
    let has_roles = !roles.is_empty();
    if has_roles && !roles.contains("Roles") {
        roles.set("Roles", json!({}));
    }
    roles.set("IdentityPoolId", &*id);
    // The roles are right before the pool is there.
    let roles = match has_roles {
        true => Some(read_roles(roles, &settings)?),
        false => None,
    };
    let mut tags = PrincipalTags::default();
    for (map, path) in tag_maps {
        let mut fields = Fields::of(map, &path)?;
        fields.set("IdentityPoolId", &*id);
        let request = fields.request::<SetPrincipalTagAttributeMap>()?;
        tags.set(request, &settings)
            .map_err(|error| Problem::at(path, error))?;
    }
    let pool = app
        .store
        .create_identity_pool(settings, scope)
        .map_err(|error| Problem::at(&*path, error))?;
    pool.write(|state| {
        state.set_roles(roles.unwrap_or_default());
        state.set_principal_tags(tags);
        Ok(())
    })
    .map_err(|error| Problem::at(path, error))?;
    Ok(id)
}

fn read_roles(fields: Fields, settings: &Settings) -> Result<Roles, Problem> {
    let path = fields.path().to_owned();
    let request = fields.request::<SetIdentityPoolRoles>()?;
    Roles::set(request, settings).map_err(|error| Problem::at(path, error))
}

/// The roles of a pool that has none, and the id of the pool.
pub(super) fn apply_roles(app: &App, mut fields: Fields) -> Result<String, Problem> {
    let id = fields.text("IdentityPoolId")?.unwrap_or_default();
    let Some(pool) = app.store.identity_pool(&id) else {
        return Err(fields.problem("IdentityPoolId", errors::identity_pool_not_found(&id)));
    };
    fields.set("IdentityPoolId", &*id);
    let path = fields.path().to_owned();
    let settings = pool.read(|state| state.settings().clone());
    let roles = read_roles(fields, &settings)?;
    pool.write(|state| {
        if *state.roles() == Roles::default() {
            state.set_roles(roles);
        }
        Ok(())
    })
    .map_err(|error| Problem::at(path, error))?;
    Ok(id)
}

/// The tags of a provider that has none in its pool.
pub(super) fn apply_tags(app: &App, mut fields: Fields) -> Result<String, Problem> {
    let id = fields.text("IdentityPoolId")?.unwrap_or_default();
    let Some(pool) = app.store.identity_pool(&id) else {
        return Err(fields.problem("IdentityPoolId", errors::identity_pool_not_found(&id)));
    };
    fields.set("IdentityPoolId", &*id);
    let path = fields.path().to_owned();
    let request = fields.request::<SetPrincipalTagAttributeMap>()?;
    let provider = request.identity_provider_name.clone();
    pool.write(|state| {
        let mut tags = state.principal_tags().clone();
        if tags.map(&provider, state.settings())? == TagMap::default() {
            tags.set(request, state.settings())?;
            state.set_principal_tags(tags);
        }
        Ok(())
    })
    .map_err(|error| Problem::at(path, error))?;
    Ok(format!("{id}|{provider}"))
}
