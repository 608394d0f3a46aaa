//! The way of a browser to another identity provider and back. What it carries, the `state` of OAuth or the
//! `RelayState` of SAML, is sealed, is good once and for five minutes (documented), and belongs to the browser
//! that has its cookie: nobody signs somebody else in with an answer that was meant for another.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use cognito_model::idp::IdentityProviderTypeType as Type;
use http::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::cookies::TRIP;
use super::parameters::Parameters;
use super::request::{AuthorizationRequest, Prompt};
use super::{Call, completion, error, reply};
use crate::app::Once;
use crate::errors::oauth::{self, OAuthError};
use crate::federation::openid::{Hints, OpenId};
use crate::federation::saml::Saml;
use crate::federation::{self, Proof};
use crate::pages::{Other, Others};
use crate::store::Pool;
use crate::user_pools::{Authentication, IdentityProvider};

const PURPOSE: &[u8] = b"provider trip";
/// Epoch seconds (documented).
const LIFE: i64 = 5 * 60;

#[derive(Serialize, Deserialize)]
pub(super) struct Trip {
    pub(super) id: Uuid,
    until: i64,
    pub(super) user_pool_id: String,
    pub(super) provider: String,
    /// What the app asked for.
    query: String,
    /// Ties the provider's answer to this trip.
    pub(super) nonce: String,
    /// What the browser has in its cookie.
    browser: Uuid,
}

/// Sends the browser to a provider.
pub(super) async fn depart(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    parameters: &Parameters,
    name: &str,
) -> Response<Bytes> {
    let app = &call.cx.app;
    let destination = request.destination();
    let Some(provider) = call.provider(&request.pool, name) else {
        return call.tell_app(&destination, &oauth::provider_not_found(name));
    };
    let trip = Trip {
        id: app.random.uuid(),
        until: call.cx.now_seconds() + LIFE,
        user_pool_id: request.pool.id().to_owned(),
        provider: name.to_owned(),
        query: parameters.to_query(),
        nonce: URL_SAFE_NO_PAD.encode(app.random.bytes::<32>()),
        browser: app.random.uuid(),
    };
    let state = match app.sealer.seal(PURPOSE, &trip, 0, &app.random) {
        Ok(sealed) => URL_SAFE_NO_PAD.encode(sealed),
        Err(error) => return call.tell_app(&destination, &oauth::refused_federation(&error)),
    };
    let address = match provider.provider_type() {
        Type::Saml => {
            let client = Saml {
                cx: &call.cx,
                pool: &request.pool,
                provider: &provider,
                answer_to: &call.saml_callback(),
            };
            let hint = parameters.get("login_hint");
            client
                .departure(trip.id, &state, request.prompt == Prompt::Again, hint)
                .await
        }
        _ => {
            let acr_values = request.acr_values_for(&provider);
            let hints = Hints {
                login_hint: parameters.get("login_hint"),
                prompt: parameters.get("prompt"),
                max_age: parameters.get("max_age"),
                acr_values: acr_values.as_deref(),
            };
            let callback = call.callback();
            let client = OpenId {
                cx: &call.cx,
                pool: &request.pool,
                provider: &provider,
                callback: &callback,
            };
            client.departure(&state, &trip.nonce, &hints).await
        }
    };
    match address {
        Ok(address) => {
            let mut response = reply::redirect(&address);
            for cookie in call.trip_cookies(&trip.browser.to_string()) {
                reply::set_cookie(&mut response, &cookie);
            }
            response
        }
        Err(error) => call.tell_app(&destination, &error),
    }
}

impl AuthorizationRequest<'_> {
    /// The levels that are asked for, as the provider calls them.
    fn acr_values_for(&self, provider: &IdentityProvider) -> Option<String> {
        let wanted = self.acr_values?;
        self.pool.read(|state| {
            let name_of_provider = |word| {
                let level = (1..=4).find(|level| state.settings().acr_name(*level) == word);
                level
                    .and_then(|level| provider.acr_value(level))
                    .unwrap_or(word)
            };
            let words: Vec<_> = wanted
                .split_ascii_whitespace()
                .map(name_of_provider)
                .collect();
            Some(words.join(" "))
        })
    }

    /// The level that the provider says was reached, and by what (*assumed*: by federation).
    fn acr(&self, provider: &IdentityProvider, proof: &Proof) -> Option<(String, Vec<String>)> {
        if provider.provider_type() != Type::Oidc || self.acr_values.is_none() {
            return None;
        }
        let level = provider.acr_level(proof.claims.get("acr").and_then(Value::as_str));
        let name = self.pool.read(|state| state.settings().acr_name(level));
        Some((name, vec!["fed".to_owned()]))
    }
}

impl Call<'_> {
    /// Where an OpenID Connect provider sends the browser back.
    pub(super) fn callback(&self) -> String {
        format!("{}/oauth2/idpresponse", self.base_url())
    }

    pub(super) fn provider(&self, pool: &Pool, name: &str) -> Option<IdentityProvider> {
        pool.read(|state| state.identity_providers().get(name).cloned())
    }

    /// The trip that a browser comes back from, which is over then: it began in this browser, not too long
    /// ago, and nobody has come back from it yet.
    pub(super) fn arrive(&self, state: Option<&str>) -> Option<Trip> {
        let sealed = URL_SAFE_NO_PAD.decode(state?).ok()?;
        let app = &self.cx.app;
        let trip: Trip = app.sealer.open(PURPOSE, &sealed)?;
        let own = trip.browser.to_string();
        let mut cookies = TRIP.iter().filter_map(|name| self.cookies.get(name));
        let is_own =
            cookies.any(|it| verify_slices_are_equal(it.as_bytes(), own.as_bytes()).is_ok());
        let is_good = is_own
            && self.cx.now_seconds() < trip.until
            && app.spend(Once::Trip, trip.id, trip.until, self.cx.now);
        is_good.then_some(trip)
    }

    /// The end of a trip: `prove` is asked who has come, once the app's request is known to hold still.
    pub(super) async fn end_trip(
        &self,
        trip: Option<Trip>,
        prove: impl AsyncFnOnce(
            &AuthorizationRequest<'_>,
            &Trip,
            &IdentityProvider,
        ) -> Result<Proof, OAuthError>,
    ) -> Response<Bytes> {
        let Some(trip) = trip else {
            return error::page(self, oauth::INVALID_STATE, Some("invalid_request"));
        };
        let parameters = Parameters::parse(trip.query.as_bytes());
        let mut response = match AuthorizationRequest::check(self, &parameters) {
            Ok(request) if request.pool.id() == trip.user_pool_id => {
                self.sign_in_from(request, &trip, prove).await
            }
            Ok(_) => error::page(self, oauth::INVALID_STATE, Some("invalid_request")),
            Err(refusal) => self.refuse(refusal),
        };
        for cookie in self.no_trip_cookies() {
            reply::set_cookie(&mut response, &cookie);
        }
        response
    }

    async fn sign_in_from(
        &self,
        request: AuthorizationRequest<'_>,
        trip: &Trip,
        prove: impl AsyncFnOnce(
            &AuthorizationRequest<'_>,
            &Trip,
            &IdentityProvider,
        ) -> Result<Proof, OAuthError>,
    ) -> Response<Bytes> {
        // An app that gives no nonce gets this one back (captured: akuity/kargo#6797).
        let request = AuthorizationRequest {
            nonce: request.nonce.or(Some(&trip.nonce)),
            ..request
        };
        let enter = async || {
            let provider = self.provider(&request.pool, &trip.provider);
            let provider = provider.ok_or_else(|| oauth::provider_not_found(&trip.provider))?;
            let proof = prove(&request, trip, &provider).await?;
            let (pool, client_id) = (&request.pool, request.client_id);
            let entered = federation::sign_in(&self.cx, pool, client_id, &proof).await;
            let entered = entered.map_err(|error| oauth::refused_federation(&error))?;
            let authentication = Authentication {
                acr: request.acr(&provider, &proof),
                ..entered
            };
            Ok((authentication, proof))
        };
        match enter().await {
            Ok((authentication, proof)) => {
                completion::admit(self, &request, authentication, Some(&proof)).await
            }
            Err(error) => self.tell_app(&request.destination(), &error),
        }
    }
}

/// The other ways to sign in through the client, for its login page: a button for each provider, or a field
/// for an address in the place of those that have identifiers (documented).
pub(super) fn others(call: &Call<'_>, request: &AuthorizationRequest<'_>) -> Others {
    let query = call.query.to_query();
    request.pool.read(|state| {
        let client = state.client(request.client_id).ok();
        let providers = state.identity_providers().iter();
        let supported =
            providers.filter(|it| client.is_some_and(|client| client.supports_provider(it.name())));
        let (by_domain, by_button): (Vec<_>, Vec<_>) = supported.partition(|it| {
            let identifiers = it.description.idp_identifiers.as_deref();
            identifiers.is_some_and(|it| !it.is_empty())
        });
        let button = |provider: &IdentityProvider| {
            let mut address = form_urlencoded::Serializer::new(String::new());
            address.append_pair("identity_provider", provider.name());
            Other {
                label: label(provider),
                is_social: !matches!(provider.provider_type(), Type::Oidc | Type::Saml),
                address: format!("/oauth2/authorize?{}&{query}", address.finish()),
            }
        };
        let named = |name: &str| matches!(name, "identity_provider" | "idp_identifier");
        let asked = call.query.iter().filter(|(name, _)| !named(name));
        Others {
            buttons: by_button.into_iter().map(button).collect(),
            asks_for_domain: !by_domain.is_empty(),
            query: asked
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    })
}

fn label(provider: &IdentityProvider) -> String {
    match provider.provider_type() {
        Type::LoginWithAmazon => "Amazon".to_owned(),
        Type::SignInWithApple => "Apple".to_owned(),
        _ => provider.name().to_owned(),
    }
}
