//! Issuing the tokens of a sign-in. Claims are read under the pool's lock; signatures, which cost
//! all the time there is, are made outside it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_model::idp::{
    AuthenticationResultType, NewDeviceMetadataType, UserSessionTrackingType,
};
use serde_json::{Map, Value, json};

use super::step::Scene;
use super::token_generation::{self, Occasion};
use super::{Progress, device, step_up};
use crate::context::Context;
use crate::errors::Result;
use crate::keys::{OAuthGrant, RefreshToken};
use crate::store::{Pool, PoolState};
use crate::tokens::{API_SCOPE, Issuance, access_claims, id_claims};
use crate::user_pools::{GroupClaims, TokenSession, User, UserPool};

/// What the tokens of one issuance will say.
pub(super) struct Draft {
    access: Map<String, Value>,
    id: Map<String, Value>,
    expires_in: i64,
    /// None where a refresh token is refreshed, and stays.
    refresh: Option<RefreshToken>,
    new_device: Option<NewDeviceMetadataType>,
    /// What was granted on the domain: there, whoever does not ask for `openid` gets no ID token.
    oauth: Option<OAuthGrant>,
}

impl Draft {
    /// The tokens of a sign-in that is complete, which is noted where something depends on it.
    pub(super) fn of_sign_in(
        scene: &Scene<'_>,
        user: &mut User,
        progress: &Progress,
    ) -> Result<Self> {
        let occasion = Occasion::of_sign_in(scene.turn, progress);
        Self::at(scene, user, progress, occasion)
    }

    pub(super) fn at(
        scene: &Scene<'_>,
        user: &mut User,
        progress: &Progress,
        occasion: Occasion<'_>,
    ) -> Result<Self> {
        let (cx, client) = (scene.turn.cx, scene.client);
        let new_device = device::new_device(scene, progress);
        let proved = progress
            .device_key
            .as_deref()
            .filter(|_| progress.has_device);
        let device_key = new_device
            .as_ref()
            .and_then(|it| it.device_key.as_deref())
            .or(proved);
        let refresh = RefreshToken {
            user_pool_id: scene.settings().id().to_owned(),
            client_id: client.id().to_owned(),
            sub: user.sub.clone(),
            origin_jti: scene.state.life().new_origin_jti(&cx.app.random),
            auth_time: cx.now_seconds(),
            iat: cx.now_seconds(),
            exp: cx.now_seconds() + client.validity().refresh,
            generation: 0,
            device_key: device_key.map(str::to_owned),
            acr: step_up::claims(scene.settings(), progress),
            oauth: None,
        };
        if user.sign_ins.is_near_sign_out(cx.now) {
            user.sign_ins.note_after_sign_out(refresh.origin_jti);
        }
        if let Some(device) = proved.and_then(|key| user.devices.find_mut(key)) {
            device.last_authenticated = cx.now;
        }
        begin_session(cx, scene.settings(), user, &refresh, scene.address());
        let (state, issuer) = (scene.state, scene.issuer);
        let mut draft = Self::renewed(cx, state, issuer, user, client, &refresh, occasion)?;
        draft.refresh = Some(refresh);
        draft.new_device = new_device;
        Ok(draft)
    }

    /// Tokens that come from a refresh token, as the pool's function wants them.
    pub(super) fn renewed(
        cx: &Context,
        state: &PoolState,
        issuer: &str,
        user: &User,
        client: &crate::user_pools::Client,
        token: &RefreshToken,
        occasion: Occasion<'_>,
    ) -> Result<Self> {
        let mut groups = GroupClaims::of(state.groups_of(user).collect());
        let settings = state.settings();
        let scope = token.oauth.as_ref().map_or(API_SCOPE, |it| &it.scope);
        let about = (user, &groups, scope);
        let mut overrides = token_generation::ask(cx, settings, client, about, occasion)?;
        if let Some(overrides) = &mut overrides {
            overrides.replace(&mut groups);
        }
        let issuance = Issuance {
            issuer,
            client,
            user,
            groups,
            now: cx.now_seconds(),
            auth_time: token.auth_time,
            event_id: occasion.event_id,
            origin_jti: token.origin_jti,
            device_key: token.device_key.as_deref(),
            acr: token.acr.as_ref(),
            oauth: token.oauth.as_ref(),
        };
        let mut access = access_claims(&issuance, cx.app.random.uuid());
        let mut id = id_claims(&issuance, cx.app.random.uuid());
        if let Some(overrides) = overrides {
            overrides.change_id(&mut id);
            overrides.change_access(&mut access, client.id());
        }
        Ok(Self {
            access,
            id,
            expires_in: client.validity().access,
            refresh: None,
            new_device: None,
            oauth: token.oauth.clone(),
        })
    }

    /// What the request for a sign-in sent along, for its ID token to return.
    #[must_use]
    pub(super) fn with_nonce(mut self, nonce: Option<&str>) -> Self {
        if let Some(nonce) = nonce {
            self.id.insert("nonce".to_owned(), nonce.into());
        }
        self
    }

    #[must_use]
    pub(super) fn with_refresh_token(mut self, token: RefreshToken) -> Self {
        self.refresh = Some(token);
        self
    }

    /// Has other scopes, more claims, or another life than a sign-in gives.
    pub(super) fn adapt(
        &mut self,
        scopes: Option<&[String]>,
        claims: &Map<String, Value>,
        seconds: Option<i64>,
    ) {
        if let Some(scopes) = scopes {
            let scope = scopes.join(" ");
            self.access.insert("scope".to_owned(), json!(scope));
            // What is refreshed keeps them.
            if let Some(token) = &mut self.refresh {
                token.oauth = Some(OAuthGrant {
                    scope,
                    resource: None,
                });
            }
        }
        for token in [&mut self.access, &mut self.id] {
            token.extend(claims.clone());
            if let (Some(seconds), Some(iat)) = (seconds, token.get("iat").and_then(Value::as_i64))
            {
                token.insert("exp".to_owned(), json!(iat + seconds));
            }
        }
        self.expires_in = seconds.unwrap_or(self.expires_in);
    }

    pub(super) async fn sign(
        mut self,
        cx: &Context,
        pool: &Pool,
    ) -> Result<AuthenticationResultType> {
        let app = &cx.app;
        let keys = app.keys_of(pool).await?;
        let refresh_token = match &self.refresh {
            Some(token) => Some(
                app.refresh_tokens
                    .seal(token, &app.keys, &app.random)
                    .await?,
            ),
            None => None,
        };
        let access_token = keys.access.sign(&self.access)?;
        if self.oauth.is_some() {
            self.id
                .insert("at_hash".to_owned(), at_hash(&access_token).into());
        }
        let gives_id = self.oauth.is_none_or(|it| it.has_scope("openid"));
        let id_token = gives_id.then(|| keys.id.sign(&self.id)).transpose()?;
        Ok(AuthenticationResultType {
            access_token: Some(access_token),
            expires_in: i32::try_from(self.expires_in).ok(),
            token_type: Some("Bearer".to_owned()),
            refresh_token,
            id_token,
            new_device_metadata: self.new_device,
        })
    }
}

/// The left half of the access token's digest (OpenID Connect Core 3.1.3.6).
fn at_hash(access_token: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16])
}

/// Where the pool tracks sessions, the least recently active of too many gives way to the new one.
pub(super) fn begin_session(
    cx: &Context,
    pool: &UserPool,
    user: &mut User,
    token: &RefreshToken,
    address: String,
) {
    let settings = &pool.sessions;
    if settings.tracking != UserSessionTrackingType::Enabled {
        return;
    }
    let session = TokenSession {
        id: cx.app.random.token_session_id().into(),
        origin_jti: token.origin_jti,
        client_id: token.client_id.as_str().into(),
        created: cx.now,
        last_active: cx.now,
        last_address: Some(address.into()),
        until: token.exp,
    };
    let most = usize::try_from(settings.most_per_user).unwrap_or(1);
    user.sign_ins.begin_session(session, most, cx.now);
}
