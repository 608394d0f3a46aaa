//! Registering a passkey (facts/users.md §13).

use cognito_model::ErrorCode;
use serde_json::Value;

use crate::auth::{self, RelyingParty};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::{Pool, PoolState};
use crate::tokens::AccessToken;
use crate::user_pools::{Authentication, User};

/// Who registers a passkey, and by what right.
#[derive(Clone, Copy)]
pub enum PasskeyOwner<'a> {
    ByToken(&'a AccessToken),
    /// By the browser's session on the domain of the pool, through a client of it.
    OnPage(&'a Pool, &'a str, &'a Authentication),
}

impl<'a> PasskeyOwner<'a> {
    fn pool(self) -> &'a Pool {
        match self {
            Self::ByToken(token) => &token.pool,
            Self::OnPage(pool, ..) => pool,
        }
    }

    fn client_id(self) -> &'a str {
        match self {
            Self::ByToken(token) => &token.client_id,
            Self::OnPage(_, client_id, _) => client_id,
        }
    }

    fn user(self, state: &PoolState) -> Result<&User> {
        match self {
            Self::ByToken(token) => passkey_owner(token, state),
            Self::OnPage(_, _, authentication) => auth::check_session(state, authentication),
        }
    }
}

/// The options that a browser makes a passkey by.
pub fn start_passkey_registration(cx: &Context, by: PasskeyOwner<'_>) -> Result<Value> {
    let challenge = cx.app.random.bytes();
    by.pool().write(|state| {
        let user = by.user(state)?;
        let relying_party = RelyingParty::of(state)?;
        user.passkeys.check_room()?;
        let options = relying_party.creation_options(user, &challenge);
        let username = user.username.clone();
        state.update_user(&username, |user| {
            user.passkeys.begin(challenge, by.client_id(), cx.now);
        })?;
        Ok(options)
    })
}

/// The challenge is used up by the passkey that answers it; a refused answer may be sent again
/// (*assumed*).
pub fn complete_passkey_registration(
    cx: &Context,
    by: PasskeyOwner<'_>,
    credential: Value,
) -> Result<()> {
    let (relying_party, challenge) = by.pool().read(|state| {
        let user = by.user(state)?;
        // The exception for a pool without an id is not one of this operation's: then every passkey is
        // for another relying party.
        let relying_party = RelyingParty::of(state).map_err(|error| match error.code() {
            ErrorCode::WebAuthnConfigurationMissingException => {
                errors::web_authn_relying_party_mismatch()
            }
            _ => error,
        })?;
        let registration = user.passkeys.registration(cx.now)?;
        if *registration.client_id != *by.client_id() {
            return Err(errors::web_authn_client_mismatch());
        }
        Ok((relying_party, registration.challenge))
    })?;
    let passkey = relying_party.check_registration(credential, &challenge, cx.now)?;
    by.pool().write(|state| {
        let user = by.user(state)?;
        // Somebody else may have been faster.
        if user.passkeys.registration(cx.now)?.challenge != challenge {
            return Err(errors::web_authn_challenge_not_found());
        }
        if user.passkeys.find(&passkey.credential_id).is_some() {
            return Err(errors::credential_not_valid());
        }
        let username = user.username.clone();
        state.update_user(&username, |user| user.passkeys.register(passkey))
    })
}

/// The user of a token. None of the operations on passkeys declares that there is none, or one who is
/// not confirmed (*assumed*: the token is revoked then).
pub fn passkey_owner<'s>(token: &AccessToken, state: &'s PoolState) -> Result<&'s User> {
    token.user(state).map_err(|error| match error.code() {
        ErrorCode::UserNotFoundException | ErrorCode::UserNotConfirmedException => {
            errors::access_token_revoked()
        }
        _ => error,
    })
}
