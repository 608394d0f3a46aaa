//! GetDerivedToken — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetDerivedToken.html>
//!
//! A token of another provider (SubjectTokenProviderName, ActorTokenProviderName, SAML2) is refused until
//! federation is there.

use super::prelude::*;
use crate::auth;

pub(crate) async fn handle(
    cx: &Context,
    request: GetDerivedTokenRequest,
) -> Result<GetDerivedTokenResponse> {
    let pool = cx.user_pool_of_client(&request.client_id)?;
    auth::derived_token(cx, &pool, &request).await
}
