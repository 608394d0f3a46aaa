//! Signing in on the pages of the domain: the same engine, no flow that the client would have to allow,
//! and at the end what the user has proved. Tokens come when the client asks for them, again and again
//! while the browser's session lives (facts/oauth.md §2, §4; facts/triggers.md §4).

use cognito_model::idp::{ChallengeNameType, UserStatusType};

use super::challenge::next;
use super::issue::{Draft, begin_session};
use super::session::{Expected, Session};
use super::step::{Scene, Step, take};
use super::step_up::{self, Method, Wanted};
use super::token_generation::Occasion;
use super::{First, Outcome, Progress, Turn, migration, password};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::keys::{OAuthGrant, RefreshToken};
use crate::store::{Pool, PoolState};
use crate::triggers;
use crate::user_pools::{Authentication, Password, User};

/// A username and a password that were typed into a page. A level of authentication that is asked for
/// and that nobody could reach is ignored (documented).
pub async fn begin(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let given = turn.parameters.required("PASSWORD")?;
    migration::migrate_to_sign_in(turn, username, given).await?;
    let wanted = Wanted::read(turn, username).ok().flatten();
    take(turn, username, |scene, user| -> Result<Step> {
        let progress = turn.progress();
        let progress = match &wanted {
            Some(wanted) => {
                let available = [ChallengeNameType::Password];
                let asked = wanted.progress(scene, user.as_deref(), &available, progress.clone());
                asked.unwrap_or(progress)
            }
            None => progress,
        };
        password::prove(scene, user, username, given, progress)
    })
    .await
}

/// What lets the browser in that has just signed up, once the user is confirmed: the password was chosen
/// there. Good once, for so many seconds, and as long as that is the password.
pub fn ticket_of_sign_up(
    cx: &Context,
    pool: &Pool,
    client_id: &str,
    sub: &str,
    seconds: i64,
) -> Result<String> {
    let progress = Progress {
        event_id: cx.app.random.uuid(),
        ..Progress::default()
    };
    let progress = progress.proved(First::Password).by(Method::Password);
    let expected = pool.read(|state| chosen_password(state.users().find_by_sub(sub)));
    let session = Session::of_sign_up_on_page(cx, (pool, client_id), sub, seconds, progress);
    session.expecting(expected).seal(cx)
}

fn chosen_password(user: Option<&User>) -> Expected {
    let password = user.and_then(|user| user.password.as_ref());
    Expected::ChosenPassword(password.map(Password::salt).unwrap_or_default())
}

/// The first sign-in, with the ticket of the sign-up. It reaches no level of authentication that an app asks
/// for.
pub async fn begin_after_sign_up(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    let session = Session::open(turn, ChallengeNameType::SelectChallenge)?;
    take(turn, username, |scene, user| {
        let user = user.ok_or_else(errors::invalid_session)?;
        session.check_user(user)?;
        password::check_status(user)?;
        if session.expected != chosen_password(Some(user)) {
            return Err(errors::invalid_session());
        }
        session.spend(user, turn.cx);
        next(scene, user, &session.progress)
    })
    .await
}

/// Somebody who was chosen, as after the password: not proved, but taken for it. Only for a server that
/// was told to let people choose.
pub async fn begin_as(turn: &Turn<'_>) -> Result<Outcome> {
    let username = turn.parameters.required("USERNAME")?;
    take(turn, username, |scene, user| {
        let user = user.ok_or_else(errors::incorrect_username_or_password)?;
        password::check_status(user)?;
        if user.status != UserStatusType::Confirmed {
            return Err(errors::incorrect_username_or_password());
        }
        let progress = turn.progress().proved(First::Password);
        next(scene, user, &progress.by(Method::Password))
    })
    .await
}

/// What a sign-in on a page has shown at its end.
pub(super) fn authentication(
    scene: &Scene<'_>,
    user: &User,
    progress: &Progress,
) -> Authentication {
    Authentication {
        sub: user.sub.clone(),
        auth_time: scene.turn.cx.now_seconds(),
        event_id: progress.event_id,
        acr: step_up::claims(scene.settings(), progress),
    }
}

/// Whether somebody who signed in earlier may still be let in without a question.
pub fn check_session<'s>(
    state: &'s PoolState,
    authentication: &Authentication,
) -> Result<&'s User> {
    let user = state
        .users()
        .find_by_sub(&authentication.sub)
        .ok_or_else(errors::user_not_found)?;
    password::check_status(user)?;
    Ok(user)
}

/// Tokens for what was granted to a client; the code flow alone gives a refresh token. They begin a
/// family of their own.
///
/// PreTokenGeneration is asked here, as `TokenGeneration_HostedAuth`.
pub async fn issue(
    cx: &Context,
    pool: &Pool,
    client_id: &str,
    authentication: &Authentication,
    (grant, nonce): (&OAuthGrant, Option<&str>),
    gives_refresh_token: bool,
) -> Result<cognito_model::idp::AuthenticationResultType> {
    let issuer = cx.issuer(pool);
    let step = |state: &mut PoolState| {
        let client = state.client(client_id)?;
        let user = check_session(state, authentication)?;
        let token = RefreshToken {
            user_pool_id: pool.id().to_owned(),
            client_id: client_id.to_owned(),
            sub: user.sub.clone(),
            origin_jti: state.life().new_origin_jti(&cx.app.random),
            auth_time: authentication.auth_time,
            iat: cx.now_seconds(),
            exp: cx.now_seconds() + client.validity().refresh,
            generation: 0,
            // No page knows the device that it is shown on.
            device_key: None,
            acr: authentication.acr.clone(),
            oauth: Some(grant.clone()),
        };
        let occasion = Occasion::of_page(authentication.event_id);
        let draft = Draft::renewed(cx, state, &issuer, user, client, &token, occasion)?;
        let mut sign_ins = user.clone();
        if user.sign_ins.is_near_sign_out(cx.now) {
            sign_ins.sign_ins.note_after_sign_out(token.origin_jti);
        }
        let address = cx.origin.address.to_string();
        begin_session(cx, state.settings(), &mut sign_ins, &token, address);
        if sign_ins != *user {
            let username = user.username.clone();
            state.update_user(&username, |user| *user = sign_ins)?;
        }
        let draft = draft.with_nonce(nonce);
        Ok(if gives_refresh_token {
            draft.with_refresh_token(token)
        } else {
            draft
        })
    };
    let draft = triggers::settle(cx, || pool.write_through(client_id, step)).await?;
    draft.sign(cx, pool).await
}
