//! LookupDeveloperIdentity — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_LookupDeveloperIdentity.html>

use super::prelude::*;
use crate::identity_pools::Login;

pub(crate) async fn handle(
    cx: &Context,
    request: LookupDeveloperIdentityInput,
) -> Result<LookupDeveloperIdentityResponse> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    let asked = (
        request.identity_id.as_deref(),
        request.developer_user_identifier.as_deref(),
    );
    let (identity_id, users) = pool.read(|state| {
        let identities = state.identities();
        let owner = |user: &str| {
            let provider = state.settings().description.developer_provider_name.clone();
            let login = Login {
                provider: provider.ok_or_else(errors::developer_provider_not_supported)?,
                subject: user.to_owned(),
                is_developer: true,
            };
            let owner = identities.owner(&login).map(str::to_owned);
            owner.ok_or_else(|| errors::developer_user_not_found(user))
        };
        let users = |id: &str| {
            let users = identities.usable(id)?.developer_users();
            Ok(users.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        match asked {
            (None, None) => Err(errors::nothing_to_look_up()),
            (Some(id), None) => Ok((id.to_owned(), users(id)?)),
            (None, Some(user)) => {
                let id = owner(user)?;
                let users = users(&id)?;
                Ok((id, users))
            }
            (Some(id), Some(user)) => {
                identities.usable(id)?;
                if owner(user)? != id {
                    return Err(errors::developer_user_of_another_identity());
                }
                Ok((id.to_owned(), vec![user.to_owned()]))
            }
        }
    })?;
    let bound_to = ["LookupDeveloperIdentity", &*identity_id];
    let after = page::place(request.next_token.as_deref(), &bound_to)?;
    let (page, next) = page::of(&users, after, page::limit(request.max_results));
    Ok(LookupDeveloperIdentityResponse {
        developer_user_identifier_list: Some(page.to_vec()),
        next_token: next.map(|place| page::token(place, &bound_to)),
        identity_id: Some(identity_id),
    })
}
