//! The service provider that a user pool is to a SAML provider: where the browser is sent, and whether what
//! it brings back is the provider's word (facts/oauth.md §13.2).

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use cognito_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Claims, Proof, built_in, certificates};
use crate::app::Once;
use crate::context::Context;
use crate::errors::oauth::{self, OAuthError};
use crate::errors::{self, Result, saml as texts};
use crate::fetch::{self, Plain, Reach};
use crate::saml::{self, Expected, LogoutRequest, Metadata, SignInRequest};
use crate::store::Pool;
use crate::user_pools::{BUILT_IN, IdentityProvider};

/// How long a document is good that was read from its address (documented).
const METADATA_LIFE_MILLIS: i64 = 6 * 60 * 60 * 1000;

/// One provider of a pool, and where it sends the browser back.
pub(crate) struct Saml<'a> {
    pub(crate) cx: &'a Context,
    pub(crate) pool: &'a Pool,
    pub(crate) provider: &'a IdentityProvider,
    pub(crate) answer_to: &'a str,
}

/// What ends a session at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SamlSession {
    name_id: String,
    name_id_format: Option<String>,
    session_index: Option<String>,
}

impl Saml<'_> {
    /// Where the browser goes. `state` comes back as it is; the answer names the request.
    pub(crate) async fn departure(
        &self,
        request: Uuid,
        state: &str,
        forces_sign_in: bool,
        login_hint: Option<&str>,
    ) -> std::result::Result<String, OAuthError> {
        let metadata = self.metadata().await?;
        let key = match self.provider.detail("RequestSigningAlgorithm") {
            Some(_) => Some(certificates::signing(self.cx, self.pool).await),
            None => None,
        };
        let key = key
            .transpose()
            .map_err(|it| oauth::refused_federation(&it))?;
        let message = SignInRequest {
            id: &request_id(request),
            issuer: &saml::audience(self.pool.id()),
            destination: &metadata.sign_in,
            answer_to: self.answer_to,
            forces_sign_in,
            now: self.cx.now,
        };
        let key = key.as_ref().map(|it| it.key());
        let mut destination = metadata.sign_in.clone();
        if let Some(hint) = login_hint.filter(|_| self.provider.is_built_in()) {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("login_hint", hint);
            destination = format!("{destination}?{}", query.finish());
        }
        saml::redirect(&destination, &message.document(), state, key)
            .map_err(|reason| oauth::refused_federation(&errors::internal(reason)))
    }

    /// Who somebody is, by what the browser has brought back: the answer to a request, or what the provider
    /// says unasked.
    pub(crate) async fn proof(
        &self,
        response: &str,
        request: Option<Uuid>,
    ) -> std::result::Result<Proof, OAuthError> {
        let metadata = self.metadata().await?;
        let key = self
            .provider
            .encryption_key()
            .filter(|_| self.provider.is_encrypted());
        let request = request.map(request_id);
        let expected = Expected {
            provider: &metadata,
            audience: &saml::audience(self.pool.id()),
            recipients: &[self.answer_to.to_owned()],
            in_response_to: request.as_deref(),
            key: key.map(|it| it.key()),
            now: self.cx.now,
        };
        let read = saml::read(response, &expected);
        let assertion = read.map_err(|reason| oauth::saml_refused(&reason))?;
        let until = assertion.expires.as_millis() / 1000 + 1;
        let id = once(&metadata.entity_id, &assertion.id);
        if !self.cx.app.spend(Once::Assertion, id, until, self.cx.now) {
            return Err(oauth::saml_refused(texts::REPLAYED));
        }
        let claims = claims(assertion.attributes);
        Ok(Proof {
            provider: self.provider.name().to_owned(),
            issuer: Some(metadata.entity_id),
            subject: assertion.name_id.clone(),
            told: json!({"samlResponse": claims}),
            claims,
            saml: Some(SamlSession {
                name_id: assertion.name_id,
                name_id_format: assertion.name_id_format,
                session_index: assertion.session_index,
            }),
        })
    }

    /// Where a browser signs out at the provider, if that can be done: always signed (documented).
    pub(crate) async fn sign_out(&self, session: &SamlSession, state: &str) -> Option<String> {
        if self.provider.detail("IDPSignout") != Some("true") {
            return None;
        }
        let destination = self.metadata().await.ok()?.sign_out?;
        let key = certificates::signing(self.cx, self.pool).await.ok()?;
        let message = LogoutRequest {
            id: &request_id(self.cx.app.random.uuid()),
            issuer: &saml::audience(self.pool.id()),
            destination: &destination,
            name_id: &session.name_id,
            name_id_format: session.name_id_format.as_deref(),
            session_index: session.session_index.as_deref(),
            now: self.cx.now,
        };
        saml::redirect(&destination, &message.document(), state, Some(key.key())).ok()
    }

    /// What the provider publishes of itself: read anew where it is old, but for a while the old one is as
    /// good where it cannot be read.
    async fn metadata(&self) -> std::result::Result<Metadata, OAuthError> {
        let (cx, provider) = (self.cx, self.provider);
        if provider.is_built_in() {
            let made = built_in::metadata(cx, provider.name(), self.pool.id()).await;
            return made.map_err(|error| oauth::refused_federation(&error));
        }
        let kept = provider.saml_metadata();
        let Some(address) = provider.detail("MetadataURL") else {
            return kept.ok_or_else(|| oauth::saml_refused(texts::NO_METADATA));
        };
        let age = provider.metadata_age(cx.now);
        if let Some(metadata) = kept.clone()
            && age.is_some_and(|age| age < METADATA_LIFE_MILLIS)
            && !has_expired(&metadata, cx.now)
        {
            return Ok(metadata);
        }
        match read(address).await {
            Ok(document) => {
                let metadata = Metadata::parse(&document);
                self.keep(document);
                metadata.ok_or_else(|| oauth::metadata_unreadable(address))
            }
            Err(error) => {
                tracing::warn!(provider = provider.name(), %address, %error, "no SAML metadata");
                let kept = kept.filter(|it| !has_expired(it, cx.now));
                kept.ok_or_else(|| oauth::metadata_unreadable(address))
            }
        }
    }

    /// A pool or a provider that is gone has nothing to keep.
    fn keep(&self, document: String) {
        let _ = self.pool.write(|state| {
            let provider = state
                .identity_providers()
                .get(self.provider.name())
                .cloned();
            match provider
                .filter(|it| it.detail("MetadataURL") == self.provider.detail("MetadataURL"))
            {
                Some(mut provider) => {
                    provider.trust_metadata(document, self.cx.now);
                    state.set_identity_provider(provider)
                }
                None => Ok(()),
            }
        });
    }
}

fn request_id(id: Uuid) -> String {
    format!("_{id}")
}

fn has_expired(metadata: &Metadata, now: Timestamp) -> bool {
    metadata.valid_until.is_some_and(|end| now >= end)
}

/// What an assertion is remembered by.
fn once(entity_id: &str, assertion_id: &str) -> Uuid {
    let hash = digest(&SHA256, format!("{entity_id}\0{assertion_id}").as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hash.as_ref()[..16]);
    Uuid::from_bytes(id)
}

fn claims(attributes: BTreeMap<String, Vec<String>>) -> Claims {
    let claim = |mut values: Vec<String>| match values.len() {
        1 => Value::String(values.remove(0)),
        _ => values.into(),
    };
    let attributes = attributes.into_iter();
    attributes
        .map(|(name, values)| (name, claim(values)))
        .collect()
}

async fn read(address: &str) -> std::result::Result<String, fetch::Error> {
    let document = fetch::document(
        address,
        Plain::Anywhere,
        Reach::Anywhere,
        "application/samlmetadata+xml",
    )
    .await?;
    Ok(String::from_utf8(document.to_vec())?)
}

/// The document of a provider that a request gives an address of. One that cannot be read is refused, but
/// for a host that is not to be found: where there is no network, the address is stored, and read once a user
/// signs in.
pub(crate) async fn read_metadata(details: &BTreeMap<String, String>) -> Result<Option<String>> {
    let address = details.get("MetadataURL").filter(|it| *it != BUILT_IN);
    let Some(address) = address.filter(|_| !details.contains_key("MetadataFile")) else {
        return Ok(None);
    };
    match read(address).await {
        Ok(document) if Metadata::parse(&document).is_some() => Ok(Some(document)),
        Ok(_) => Err(errors::metadata_unreadable(address)),
        Err(error) if is_there(address).await => {
            tracing::info!(%address, %error, "no SAML metadata");
            Err(errors::metadata_unreadable(address))
        }
        Err(error) => {
            tracing::warn!(%address, %error, "SAML metadata will be read when a user signs in");
            Ok(None)
        }
    }
}

/// Whether somebody could be asked at all.
async fn is_there(address: &str) -> bool {
    let Ok(uri) = fetch::web_address(address, Plain::Anywhere) else {
        return true;
    };
    let host = uri
        .host()
        .unwrap_or_default()
        .trim_matches(['[', ']'])
        .to_owned();
    tokio::net::lookup_host((host, 443))
        .await
        .is_ok_and(|mut found| found.next().is_some())
}
