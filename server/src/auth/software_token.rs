//! Setting up an authenticator app: with an access token, or within a sign-in whose challenge
//! MFA_SETUP asks for it (facts/users.md §11).

use cognito_model::idp::ChallengeNameType;

use super::mfa;
use super::session::{Expected, Session};
use crate::context::Context;
use crate::errors::{self, ApiError, Result};
use crate::store::{Pool, PoolState};
use crate::tokens::AccessToken;
use crate::user_pools::{Factor, SoftwareToken, TotpSecret, User};

/// Who sets it up: exactly one of the two is given.
pub enum By {
    User(AccessToken),
    /// Somebody in the middle of a sign-in.
    Session(Box<SetUp>),
}

pub struct SetUp {
    pool: std::sync::Arc<Pool>,
    session: Session,
}

impl By {
    fn read(cx: &Context, access_token: Option<&str>, session: Option<&str>) -> Result<Self> {
        match (access_token, session) {
            (Some(token), None) => AccessToken::check(cx, token).map(Self::User),
            (None, Some(text)) => {
                let session = Session::open_alone(cx, text)?;
                let pool = cx.app.store.user_pool(session.user_pool_id());
                let pool = pool.ok_or_else(errors::invalid_session)?;
                if session.challenge != ChallengeNameType::MfaSetup {
                    return Err(errors::invalid_session());
                }
                Ok(Self::Session(Box::new(SetUp { pool, session })))
            }
            (Some(_), Some(_)) => Err(errors::access_token_and_session()),
            (None, None) => Err(errors::access_token_or_session()),
        }
    }

    fn pool(&self) -> &Pool {
        match self {
            Self::User(token) => &token.pool,
            Self::Session(it) => &it.pool,
        }
    }

    fn user<'s>(&self, state: &'s PoolState) -> Result<&'s User> {
        match self {
            Self::User(token) => token.user(state),
            Self::Session(it) => {
                let user = state.users().find_by_sub(&it.session.sub);
                let user = user.ok_or_else(errors::invalid_session)?;
                it.session.check_user(user)?;
                mfa::check_is_missing(state.settings(), user)?;
                Ok(user)
            }
        }
    }
}

/// What a caller needs to add the pool to an authenticator app.
pub struct Association {
    /// In base 32.
    pub secret: String,
    pub session: Option<String>,
}

pub fn associate(
    cx: &Context,
    access_token: Option<&str>,
    session: Option<&str>,
) -> Result<Association> {
    let by = By::read(cx, access_token, session)?;
    let secret = TotpSecret::new(&cx.app.random);
    by.pool().write(|state| {
        if !state.settings().takes_software_tokens() {
            return Err(errors::software_tokens_off());
        }
        let user = by.user(state)?;
        let username = user.username.clone();
        let session = match &by {
            By::User(_) => None,
            By::Session(it) => {
                let client = state.client(it.session.client_id())?;
                let expected = Expected::NewSoftwareToken(secret.clone());
                let next = it.session.clone().continued(cx, client, expected);
                Some(next.seal(cx)?)
            }
        };
        // Of a session, too, whose own secret counts: a test asks what the app shows.
        state.update_user(&username, |user| {
            user.factors.pending_token = Some(secret.clone());
        })?;
        Ok(Association {
            secret: secret.to_base32(),
            session,
        })
    })
}

/// Compares the app's first code. The session of the answer completes the sign-in.
pub fn verify(
    cx: &Context,
    access_token: Option<&str>,
    session: Option<&str>,
    code: &str,
    friendly_name: Option<&str>,
) -> Result<Option<String>> {
    let by = By::read(cx, access_token, session)?;
    by.pool().write(|state| {
        let user = by.user(state)?;
        let secret = match &by {
            By::User(_) => user.factors.pending_token.clone(),
            By::Session(it) => match &it.session.expected {
                Expected::NewSoftwareToken(secret) => Some(secret.clone()),
                _ => None,
            },
        };
        let secret = secret.ok_or_else(errors::software_token_not_associated)?;
        let step = secret
            .step_of(code, cx.now)
            .ok_or_else(errors::software_token_mismatch)?;
        let token = SoftwareToken::new(secret, friendly_name.map(str::to_owned), step);
        let client = match &by {
            By::User(_) => None,
            By::Session(it) => Some(state.client(it.session.client_id())?.clone()),
        };
        let username = user.username.clone();
        state.update_user(&username, |user| {
            user.factors.software_token = Some(token);
            user.factors.pending_token = None;
            if let By::Session(it) = &by {
                // Set up because the pool wants it: it is asked for from now on (captured:
                // facts/auth.md §6).
                user.factors.enable(Factor::SoftwareToken);
                it.session.spend(user, cx);
            }
        })?;
        match (&by, client) {
            (By::Session(it), Some(client)) => {
                let next = it.session.clone().continued(cx, &client, Expected::SetUp);
                next.seal(cx).map(Some)
            }
            _ => Ok(None),
        }
    })
}

/// Why a sign-in cannot go on after MFA_SETUP.
pub(super) fn not_set_up(user: &User) -> ApiError {
    if user.factors.software_token.is_some() {
        errors::invalid_session()
    } else {
        errors::no_software_token()
    }
}
