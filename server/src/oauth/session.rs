//! Single sign-on: the cookie `cognito`, by which a browser that has signed in is let in for an hour, by
//! every client of the pool. Being used does not prolong it, revoked tokens do not end it, and
//! `/logout` does (documented: facts/oauth.md §3), as does a reset of the pool. It is sealed, so nothing is
//! remembered of it but that it was ended.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Call;
use super::cookies::SESSION;
use super::request::{AuthorizationRequest, Prompt};
use crate::auth;
use crate::aws_time;
use crate::errors::Result;
use crate::federation::Proof;
use crate::federation::saml::SamlSession;
use crate::store::{Pool, PoolState};
use crate::user_pools::Authentication;

const PURPOSE: &[u8] = b"browser session";
const LIFE: i64 = aws_time::HOUR;

#[derive(Serialize, Deserialize)]
struct BrowserSession {
    id: Uuid,
    user_pool_id: String,
    /// Through which the user came, unless that was the pool itself.
    #[serde(default)]
    provider: Option<String>,
    /// Of the pool.
    life: Uuid,
    /// What ends the session at a SAML provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    saml: Option<SamlSession>,
    authentication: Authentication,
}

impl BrowserSession {
    /// Epoch seconds.
    fn until(&self) -> i64 {
        self.authentication.auth_time + LIFE
    }

    fn of(call: &Call<'_>) -> Option<Self> {
        let (first, rest) = call.cookies.get(SESSION)?.split_once('.')?;
        let second = rest.strip_suffix(".3")?;
        let sealed = [STANDARD.decode(first).ok()?, STANDARD.decode(second).ok()?].concat();
        let session: Self = call.cx.app.sealer.open(PURPOSE, &sealed)?;
        (call.cx.now_seconds() < session.until()).then_some(session)
    }

    fn is_good(&self, state: &PoolState) -> bool {
        self.life == state.life().id()
            && auth::check_session(state, &self.authentication)
                .is_ok_and(|user| !user.sign_ins.spent.contains(self.id, self.until()))
    }
}

/// The cookie for who has just signed in.
pub(super) fn begin(
    call: &Call<'_>,
    pool: &Pool,
    authentication: &Authentication,
    proof: Option<&Proof>,
) -> Result<String> {
    let app = &call.cx.app;
    let session = BrowserSession {
        id: app.random.uuid(),
        user_pool_id: pool.id().to_owned(),
        life: pool.read(|state| state.life().id()),
        provider: proof.map(|it| it.provider.clone()),
        saml: proof.and_then(|it| it.saml.clone()),
        authentication: authentication.clone(),
    };
    let sealed = app.sealer.seal(PURPOSE, &session, 0, &app.random)?;
    let (first, second) = sealed.split_at(sealed.len() / 2);
    let value = format!("{}.{}.3", STANDARD.encode(first), STANDARD.encode(second));
    Ok(call.lasting_cookie(SESSION, &value, LIFE))
}

/// Who is let in without a question: by a session that the request takes, as recent as it wants it, and of
/// the provider that it names, if it does.
pub(super) fn find(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    wanted: Option<&str>,
) -> Option<Authentication> {
    if request.prompt == Prompt::Again {
        return None;
    }
    let (authentication, provider) = current(call, &request.pool, request.client_id)?;
    if wanted.is_some_and(|wanted| wanted != provider) {
        return None;
    }
    let age = call.cx.now_seconds() - authentication.auth_time;
    if request.max_age.is_some_and(|most| age > most) {
        return None;
    }
    if let Some(wanted) = request.acr_values {
        let reached = authentication.acr.as_ref().map(|(level, _)| level);
        if !reached.is_some_and(|reached| wanted.split(' ').any(|it| it == reached)) {
            return None;
        }
    }
    Some(authentication)
}

/// Who has a session with the pool that the client takes, and of which provider.
pub(super) fn current(
    call: &Call<'_>,
    pool: &Pool,
    client_id: &str,
) -> Option<(Authentication, String)> {
    let session = BrowserSession::of(call).filter(|it| it.user_pool_id == pool.id())?;
    let provider = session.provider.clone();
    let provider = provider.unwrap_or_else(|| "COGNITO".to_owned());
    let age = call.cx.now_seconds() - session.authentication.auth_time;
    let is_good = pool.read(|state| {
        let minutes = &state.settings().sessions.client_validity_minutes;
        let most = minutes.get(client_id).copied();
        let is_recent = most.is_none_or(|most| age < i64::from(most) * aws_time::MINUTE);
        let client = state.client(client_id);
        let is_supported = client.is_ok_and(|it| it.supports_provider(&provider));
        is_recent && is_supported && session.is_good(state)
    });
    let authentication = is_good.then(|| Authentication {
        // Another event than the sign-in itself.
        event_id: call.cx.app.random.uuid(),
        ..session.authentication
    });
    Some((authentication?, provider))
}

/// Ends the browser's session, if it has one: whoever kept a copy of the cookie has nothing of it. The SAML
/// provider that it began at, and what ends it there.
pub(super) fn end(call: &Call<'_>, pool: &Pool) -> Option<(String, SamlSession)> {
    let session = BrowserSession::of(call).filter(|it| it.user_pool_id == pool.id())?;
    let (id, until, sub) = (session.id, session.until(), &session.authentication.sub);
    // A user or a pool that is gone has no session to end.
    let _ = pool.write(|state| {
        state.update_user(sub, |user| user.sign_ins.spent.add(id, until, call.cx.now))
    });
    session.provider.zip(session.saml)
}
