//! ListWebAuthnCredentials — <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListWebAuthnCredentials.html>
//!
//! Of whatever relying party they are, and whether or not the pool still takes passkeys. A page has 20
//! where MaxResults is 0 or absent (assumed).

use super::prelude::*;
use crate::accounts;
use crate::tokens::AccessToken;

const MOST: i32 = 20;

pub(crate) async fn handle(
    cx: &Context,
    request: ListWebAuthnCredentialsRequest,
) -> Result<ListWebAuthnCredentialsResponse> {
    let token = AccessToken::check(cx, &request.access_token)?;
    let bound_to = ["ListWebAuthnCredentials", token.pool.id(), &token.sub];
    let after = page::place(request.next_token.as_deref(), &bound_to)?;
    let limit = request
        .max_results
        .filter(|asked| *asked > 0)
        .unwrap_or(MOST);
    token.pool.read(|state| {
        let user = accounts::passkey_owner(&token, state)?;
        let (passkeys, next) = user.passkeys.page(after, page::limit(Some(limit)));
        Ok(ListWebAuthnCredentialsResponse {
            credentials: passkeys.into_iter().map(|it| it.describe()).collect(),
            next_token: next.map(|place| page::token(place, &bound_to)),
        })
    })
}
