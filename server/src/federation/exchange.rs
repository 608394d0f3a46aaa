//! GetDerivedToken for tokens of other providers: who they are about is a user of the pool, who has come from
//! there or was linked.

use cognito_model::idp::{
    GetDerivedTokenRequest, GetDerivedTokenResponse, TokenTypeIdentifierType as Kind,
};

use super::openid::OpenId;
use crate::auth::{self, Foreign};
use crate::context::Context;
use crate::errors::{self, Result};
use crate::store::Pool;
use crate::tokens::Presented;
use crate::user_pools::SUBJECT;

pub(crate) async fn derived_token(
    cx: &Context,
    pool: &Pool,
    request: &GetDerivedTokenRequest,
) -> Result<GetDerivedTokenResponse> {
    let subject = (
        request.subject_token_provider_name.as_deref(),
        Some(request.subject_token.as_str()),
        Some(request.subject_token_type),
    );
    let actor = (
        request.actor_token_provider_name.as_deref(),
        request.actor_token.as_deref(),
        request.actor_token_type,
    );
    let foreign = Foreign {
        subject: present(cx, pool, subject).await?,
        actor: present(cx, pool, actor).await?,
    };
    auth::derived_token(cx, pool, request, foreign).await
}

/// `None` for a token of the pool's own.
async fn present(
    cx: &Context,
    pool: &Pool,
    (name, token, kind): (Option<&str>, Option<&str>, Option<Kind>),
) -> Result<Option<Presented>> {
    if kind == Some(Kind::Saml2) {
        return Err(errors::not_implemented(
            "GetDerivedToken for a SAML assertion",
        ));
    }
    let (Some(name), Some(token)) = (name, token) else {
        return Ok(None);
    };
    let found = pool.read(|state| state.identity_providers().get(name).cloned());
    let provider = found.ok_or_else(|| errors::identity_provider_not_found(name, pool.id()))?;
    if kind != Some(Kind::IdToken) {
        return Err(errors::invalid_presented_token());
    }
    let client = OpenId {
        cx,
        pool,
        provider: &provider,
        callback: "",
    };
    let claims = client.identify(token).await.map_err(|error| {
        tracing::debug!(provider = name, ?error, "a token is not taken");
        errors::invalid_presented_token()
    })?;
    let subject = super::sign_in::subject(&provider, &claims)?;
    pool.read(|state| {
        let user = state.users().find_by_identity(name, SUBJECT, &subject);
        let user = user.ok_or_else(errors::user_not_found)?;
        Ok(Some(Presented::of_provider(user, &claims)))
    })
}
