//! SetUICustomization — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUICustomization.html>
//!
//! The pages of a domain of the classic hosted UI have the CSS and the image, which is served at its ImageUrl.
//! Without CSS and ImageFile the look is the default again (assumed).

use super::prelude::*;
use crate::user_pools::{ALL_CLIENTS, UiCustomization};

pub(crate) async fn handle(
    cx: &Context,
    request: SetUICustomizationRequest,
) -> Result<SetUICustomizationResponse> {
    let pool = cx.user_pool(&request.user_pool_id)?;
    let client_id = request.client_id.as_deref().unwrap_or(ALL_CLIENTS);
    let ui_customization = pool.write(|state| {
        if client_id != ALL_CLIENTS {
            state.client(client_id)?;
        }
        if state.domains().is_empty() {
            return Err(errors::domain_needed());
        }
        let before = state.login_pages().own_customization(client_id);
        let look = UiCustomization::new(
            pool.id(),
            client_id,
            request.css,
            request.image_file,
            before,
            cx.now,
        )?;
        let description = look.as_ref().map_or_else(
            || UICustomizationType {
                user_pool_id: Some(pool.id().to_owned()),
                client_id: Some(client_id.to_owned()),
                ..Default::default()
            },
            |look| look.describe(&cx.app.settings.public_url),
        );
        state.set_customization(client_id, look);
        Ok(description)
    })?;
    Ok(SetUICustomizationResponse { ui_customization })
}
