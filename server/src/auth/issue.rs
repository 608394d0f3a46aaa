//! Issuing the tokens of a sign-in. Claims are read under the pool's lock; signatures, which cost
//! all the time there is, are made outside it.

use cognito_model::idp::AuthenticationResultType;
use serde_json::{Map, Value};

use crate::context::Context;
use crate::errors::Result;
use crate::keys::{PoolKeys, RefreshToken};
use crate::store::Pool;
use crate::tokens::{Issuance, access_claims, id_claims};

/// What the tokens of one issuance will say.
pub(super) struct Draft {
    access: Map<String, Value>,
    id: Map<String, Value>,
    expires_in: i64,
    /// None where a refresh token is refreshed, and stays.
    refresh: Option<RefreshToken>,
}

impl Draft {
    pub(super) fn new(cx: &Context, it: &Issuance<'_>) -> Self {
        Self {
            access: access_claims(it, cx.app.random.uuid()),
            id: id_claims(it, cx.app.random.uuid()),
            expires_in: it.client.validity().access,
            refresh: None,
        }
    }

    pub(super) fn with_refresh_token(mut self, user_pool_id: &str, it: &Issuance<'_>) -> Self {
        self.refresh = Some(RefreshToken {
            user_pool_id: user_pool_id.to_owned(),
            client_id: it.client.id().to_owned(),
            sub: it.user.sub.clone(),
            origin_jti: it.origin_jti,
            auth_time: it.auth_time,
            iat: it.now,
            exp: it.now + it.client.validity().refresh,
        });
        self
    }

    pub(super) async fn sign(self, cx: &Context, pool: &Pool) -> Result<AuthenticationResultType> {
        let app = &cx.app;
        let keys = pool
            .keys()
            .get_or_try_init(|| PoolKeys::make(&app.keys, &app.random))
            .await?;
        let refresh_token = match &self.refresh {
            Some(token) => Some(
                app.refresh_tokens
                    .seal(token, &app.keys, &app.random)
                    .await?,
            ),
            None => None,
        };
        Ok(AuthenticationResultType {
            access_token: Some(keys.access.sign(&self.access)?),
            expires_in: i32::try_from(self.expires_in).ok(),
            token_type: Some("Bearer".to_owned()),
            refresh_token,
            id_token: Some(keys.id.sign(&self.id)?),
            new_device_metadata: None,
        })
    }
}
