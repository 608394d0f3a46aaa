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
use crate::identity_pools::{PrincipalTags, Roles, Settings};

pub(super) fn apply(app: &App, mut fields: Fields) -> Result<(), Problem> {
    let path = fields.path().to_owned();
    let id = fields.text("IdentityPoolId")?;
    let roles = fields.take("Roles");
    let mappings = fields.take("RoleMappings");
    let tag_maps = fields.list("PrincipalTagAttributeMaps")?;
    let region = match &id {
        Some(id) => {
            let region = id
                .split_once(':')
                .map(|(region, _)| region)
                .unwrap_or_default();
            if region.is_empty() || !Settings::is_id(id, region) {
                return Err(
                    fields.problem("IdentityPoolId", "an identity pool id is <region>:<uuid>")
                );
            }
            region.to_owned()
        }
        None => app.settings.region.clone(),
    };
    let scope = Scope::new(&app.settings.account, &region);
    let request = fields.request::<CreateIdentityPool>()?;
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
    if existing.is_some() {
        return Ok(());
    }
    let id = id.unwrap_or_else(|| app.random.regional_uuid(&region));
    let problem = |error| Problem::at(&*path, error);
    let settings = Settings::create(request, id.clone(), |id| app.store.user_pool(id).is_some())
        .map_err(problem)?;
    let roles = if roles.is_some() || mappings.is_some() {
        let request = json!({"IdentityPoolId": id, "Roles": roles.unwrap_or_else(|| json!({})), "RoleMappings": mappings});
        let request = Fields::of(request, &path)?.request::<SetIdentityPoolRoles>()?;
        Roles::set(request, &settings).map_err(problem)?
    } else {
        Roles::default()
    };
    let mut principal_tags = PrincipalTags::default();
    for (mut map, path) in tag_maps {
        if let Some(map) = map.as_object_mut() {
            map.insert("IdentityPoolId".to_owned(), json!(id));
        }
        let request = Fields::of(map, &path)?.request::<SetPrincipalTagAttributeMap>()?;
        principal_tags
            .set(request, &settings)
            .map_err(|error| Problem::at(&*path, error))?;
    }
    let pool = app
        .store
        .create_identity_pool(settings, scope)
        .map_err(problem)?;
    pool.write(|state| {
        state.set_roles(roles);
        state.set_principal_tags(principal_tags);
        Ok(())
    })
    .map_err(problem)
}
