//! MergeDeveloperIdentities — <https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_MergeDeveloperIdentities.html>

use super::prelude::*;
use crate::identity_pools::Login;

pub(crate) async fn handle(
    cx: &Context,
    request: MergeDeveloperIdentitiesInput,
) -> Result<MergeDeveloperIdentitiesResponse> {
    let pool = cx.identity_pool(&request.identity_pool_id)?;
    let provider = &request.developer_provider_name;
    let identity_id = cx.app.store.with_identities(&pool, |state| {
        if !state.settings().is_developer_provider(provider) {
            return Err(errors::developer_provider_not_supported());
        }
        let owner = |user: &str| {
            let login = Login {
                provider: provider.clone(),
                subject: user.to_owned(),
                is_developer: true,
            };
            let owner = state.identities().owner(&login).map(str::to_owned);
            owner.ok_or_else(|| errors::developer_user_not_found(user))
        };
        let source = owner(&request.source_user_identifier)?;
        let destination = owner(&request.destination_user_identifier)?;
        if source == destination {
            return Err(errors::nothing_to_merge());
        }
        state.merge_identities(&destination, &[source], &[], cx.now)?;
        Ok(destination)
    })?;
    Ok(MergeDeveloperIdentitiesResponse {
        identity_id: Some(identity_id),
    })
}
