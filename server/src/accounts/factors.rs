//! Second factors and sessions of a user, as the user or an administrator sees and sets them.

use cognito_model::idp::{
    AuthFactorType, DeliveryMediumType, MFAOptionType, SessionDescriptionType, SessionTypeType,
    UserPoolMfaType, UserSessionTrackingType,
};
use uuid::Uuid;

use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::PoolState;
use crate::user_pools::{Preferences, User};

pub fn set_preferences(
    state: &mut PoolState,
    username: &str,
    preferences: &Preferences,
) -> Result<()> {
    let user = state.user(username)?;
    let factors = user.factors.with(preferences, &user.attributes)?;
    let is_required = state.settings().description.mfa_configuration == Some(UserPoolMfaType::On);
    if is_required && factors.enabled().is_empty() && !user.factors.enabled().is_empty() {
        return Err(errors::factor_is_required());
    }
    state.update_user(username, |user| *user.factors = factors)
}

pub fn set_options(
    state: &mut PoolState,
    username: &str,
    options: Vec<MFAOptionType>,
) -> Result<()> {
    const MOST_OPTIONS: usize = 10;
    if options.len() > MOST_OPTIONS {
        return Err(errors::limit_exceeded("MFA options", MOST_OPTIONS));
    }
    state.user(username)?;
    let is_sms = |it: &MFAOptionType| it.delivery_medium == Some(DeliveryMediumType::Sms);
    if !options.iter().all(is_sms) {
        return Err(errors::options_are_for_sms());
    }
    state.update_user(username, |user| user.factors.options = options)
}

/// What the user can sign in with: as a first factor where the pool takes it as one, or as a second.
pub fn configured_factors(state: &PoolState, user: &User) -> Vec<AuthFactorType> {
    let is_verified = |attribute: &str| user.attributes.is_verified(attribute);
    let mut factors: Vec<_> = state
        .settings()
        .first_auth_factors()
        .iter()
        .copied()
        .filter(|factor| match factor {
            AuthFactorType::Password => user.has_password(),
            AuthFactorType::EmailOtp => is_verified("email"),
            AuthFactorType::SmsOtp => is_verified("phone_number"),
            AuthFactorType::WebAuthn => user.passkeys.iter().next().is_some(),
            AuthFactorType::SoftwareToken => false,
        })
        .collect();
    if user.factors.software_token.is_some() {
        factors.push(AuthFactorType::SoftwareToken);
    }
    factors
}

/// The sessions that are alive, oldest first; `current` is the sign-in that asks.
pub fn sessions(
    cx: &Context,
    state: &PoolState,
    user: &User,
    current: Option<Uuid>,
) -> Result<Vec<SessionDescriptionType>> {
    check_tracked(state)?;
    let alive = user.sign_ins.sessions.iter();
    Ok(alive
        .filter(|session| session.until > cx.now_seconds())
        .map(|session| SessionDescriptionType {
            session_id: Some(session.id.to_string()),
            session_type: Some(SessionTypeType::Token),
            client_id: Some(session.client_id.to_string()),
            create_date: Some(session.created),
            last_active_date: Some(session.last_active),
            is_current_session: Some(current == Some(session.origin_jti)),
            ..Default::default()
        })
        .collect())
}

/// Ends a session and its tokens; never the one that `current` names.
pub fn revoke_session(
    cx: &Context,
    state: &mut PoolState,
    username: &str,
    id: &str,
    current: Option<Uuid>,
) -> Result<()> {
    check_tracked(state)?;
    let sessions = &state.user(username)?.sign_ins.sessions;
    let session = sessions
        .iter()
        .find(|session| &*session.id == id && session.until > cx.now_seconds())
        .ok_or_else(errors::user_session_not_found)?;
    if current == Some(session.origin_jti) {
        return Err(errors::own_session());
    }
    let (origin_jti, until) = (session.origin_jti, session.until);
    state.update_user(username, |user| {
        user.sign_ins.revoke(origin_jti, until, cx.now);
    })
}

fn check_tracked(state: &PoolState) -> Result<()> {
    if state.settings().sessions.tracking == UserSessionTrackingType::Enabled {
        Ok(())
    } else {
        Err(errors::session_tracking_off())
    }
}
