//! GetUICustomization — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUICustomization.html>
//!
//! Of a client without a look of its own, that of all clients; of neither, an empty object (documented).

use super::prelude::*;
use crate::user_pools::ALL_CLIENTS;

pub(crate) async fn handle(
    cx: &Context,
    request: GetUICustomizationRequest,
) -> Result<GetUICustomizationResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let client_id = request.client_id.as_deref().unwrap_or(ALL_CLIENTS);
    pool.read(|state| {
        if client_id != ALL_CLIENTS {
            state.client(client_id)?;
        }
        if state.domains().is_empty() {
            return Err(errors::domain_needed());
        }
        let look = state.login_pages().customization(client_id);
        let ui_customization = look
            .map(|look| look.describe(&cx.app.settings.public_url))
            .unwrap_or_default();
        Ok(GetUICustomizationResponse { ui_customization })
    })
}
