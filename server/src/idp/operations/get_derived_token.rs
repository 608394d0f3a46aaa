//! GetDerivedToken — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetDerivedToken.html>
//!
//! Of another provider ID tokens are taken (assumed: nothing says how an access token is checked); a SAML
//! assertion is not (nothing says whom it has to be made for).

use super::prelude::*;
use crate::federation;

pub(crate) async fn handle(
    cx: &Context,
    request: GetDerivedTokenRequest,
) -> Result<GetDerivedTokenResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    federation::derived_token(cx, &pool, &request).await
}
