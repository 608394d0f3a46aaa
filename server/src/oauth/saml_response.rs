//! `/saml2/idpresponse` and `/saml2/logout`: where SAML providers have the browser post their answers
//! (facts/oauth.md §13.2). An answer that nobody asked for is taken from a provider whose `IDPInit` says so:
//! its RelayState is what an app would ask for. The answer to a sign-out is not checked, since nothing
//! depends on it: the session here is over, and the address that follows was sealed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use cognito_model::idp::IdentityProviderTypeType as Type;
use http::Response;
use serde::{Deserialize, Serialize};

use super::parameters::Parameters;
use super::request::AuthorizationRequest;
use super::{Call, completion, error, reply};
use crate::errors::oauth::{self, OAuthError};
use crate::federation::saml::Saml;
use crate::federation::{self, Proof};
use crate::user_pools::IdentityProvider;

const SIGN_OUT: &[u8] = b"provider sign-out";
/// Epoch seconds.
const LIFE: i64 = 5 * 60;

#[derive(Serialize, Deserialize)]
struct SignOut {
    until: i64,
    location: String,
}

pub(super) async fn answer(call: &Call<'_>) -> Response<Bytes> {
    let given = |name| call.form.get(name).filter(|it| !it.is_empty());
    let (Some(response), Some(relay_state)) = (given("SAMLResponse"), given("RelayState")) else {
        return refused(call);
    };
    let trip = call.arrive(Some(relay_state));
    if trip.is_none() {
        let asked = Parameters::parse(relay_state.as_bytes());
        return match asked.get("identity_provider") {
            Some(name) => unasked(call, &asked, name, response).await,
            None => refused(call),
        };
    }
    call.end_trip(trip, async |request, trip, provider| {
        prove(call, request, provider, response, Some(trip.id)).await
    })
    .await
}

fn refused(call: &Call<'_>) -> Response<Bytes> {
    error::page(call, oauth::INVALID_SAML, Some("invalid_request"))
}

async fn prove(
    call: &Call<'_>,
    request: &AuthorizationRequest<'_>,
    provider: &IdentityProvider,
    response: &str,
    asked: Option<uuid::Uuid>,
) -> Result<Proof, OAuthError> {
    if provider.provider_type() != Type::Saml {
        return Err(oauth::invalid_request());
    }
    let client = Saml {
        cx: &call.cx,
        pool: &request.pool,
        provider,
        answer_to: &call.saml_callback(),
    };
    client.proof(response, asked).await
}

/// The provider has begun. There is no state of the app's, and no cookie of the browser's, to tie the answer
/// to: so clients of such a provider have no others (documented).
async fn unasked(
    call: &Call<'_>,
    asked: &Parameters,
    name: &str,
    response: &str,
) -> Response<Bytes> {
    let request = match AuthorizationRequest::check(call, asked) {
        Ok(request) => request,
        Err(refusal) => return call.refuse(refusal),
    };
    let provider = call.provider(&request.pool, name);
    let Some(provider) = provider.filter(|it| takes_unasked(&request, it)) else {
        return refused(call);
    };
    let enter = async || {
        let proof = prove(call, &request, &provider, response, None).await?;
        let (pool, client_id) = (&request.pool, request.client_id);
        let entered = federation::sign_in(&call.cx, pool, client_id, &proof).await;
        let authentication = entered.map_err(|error| oauth::refused_federation(&error))?;
        Ok::<_, OAuthError>((authentication, proof))
    };
    match enter().await {
        Ok((authentication, proof)) => {
            completion::admit(call, &request, authentication, Some(&proof)).await
        }
        Err(error) => call.tell_app(&request.destination(), &error),
    }
}

fn takes_unasked(request: &AuthorizationRequest<'_>, provider: &IdentityProvider) -> bool {
    let is_saml = |it: &IdentityProvider| it.provider_type() == Type::Saml;
    let starts = provider.detail("IDPInit") == Some("true");
    starts
        && is_saml(provider)
        && request.pool.read(|state| {
            let Ok(client) = state.client(request.client_id) else {
                return false;
            };
            let supported = client.description.supported_identity_providers.iter();
            let mut others = supported
                .flatten()
                .map(|name| state.identity_providers().get(name));
            client.supports_provider(provider.name()) && others.all(|it| it.is_some_and(is_saml))
        })
}

/// Back from signing out at the provider.
pub(super) fn signed_out(call: &Call<'_>) -> Response<Bytes> {
    let read = || {
        call.form.get("SAMLResponse")?;
        let sealed = URL_SAFE_NO_PAD.decode(call.form.get("RelayState")?).ok()?;
        let sign_out: SignOut = call.cx.app.sealer.open(SIGN_OUT, &sealed)?;
        (call.cx.now_seconds() < sign_out.until).then_some(sign_out.location)
    };
    match read() {
        Some(location) => reply::redirect(&location),
        None => refused(call),
    }
}

impl Call<'_> {
    /// Where a SAML provider has the browser post its answer.
    pub(super) fn saml_callback(&self) -> String {
        format!("{}/saml2/idpresponse", self.base_url())
    }

    /// The `RelayState` of a browser that signs out at a provider before it goes on.
    pub(super) fn sign_out_state(&self, location: &str) -> Option<String> {
        let app = &self.cx.app;
        let sign_out = SignOut {
            until: self.cx.now_seconds() + LIFE,
            location: location.to_owned(),
        };
        let sealed = app.sealer.seal(SIGN_OUT, &sign_out, 0, &app.random).ok()?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }
}
