//! The SAML side of the page of a provider that is built in: a request comes by redirect, and the answer goes
//! by a form, which a button sends.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

use super::provider_page::{Visit, plain_frame, refused};
use super::reply;
use crate::pages::{self, PostBack};
use crate::saml::{self, Asked};

impl Visit<'_> {
    pub(super) async fn saml(&self, endpoint: &str, is_post: bool) -> Response<Bytes> {
        match (endpoint, is_post) {
            ("metadata", false) => match self.provider.metadata_document(self.cx).await {
                Ok(document) => {
                    let mut response = Response::new(Bytes::from(document));
                    let media = HeaderValue::from_static("application/samlmetadata+xml");
                    response.headers_mut().insert(CONTENT_TYPE, media);
                    response
                }
                Err(_) => reply::empty(StatusCode::INTERNAL_SERVER_ERROR),
            },
            ("sso", _) => self.sign_on(is_post).await,
            ("slo", false) => self.sign_off(),
            _ => reply::empty(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    /// Only of its own pool, and only to where that takes answers.
    fn asked_by_saml(&self) -> Option<Asked> {
        let asked = saml::asked(self.query.get("SAMLRequest")?)?;
        let is_web = ["https://", "http://"]
            .iter()
            .any(|it| asked.answer_to.starts_with(it));
        let is_good = is_web
            && self.leads_back(&asked.answer_to, "/saml2/idpresponse")
            && Some(&*asked.issuer) == self.provider.audience().as_deref();
        is_good.then_some(asked)
    }

    async fn sign_on(&self, is_post: bool) -> Response<Bytes> {
        let Some(asked) = self.asked_by_saml() else {
            return refused("The SAMLRequest is not one of this user pool's.");
        };
        let hint = self.query.get("login_hint").filter(|_| !is_post);
        let person = match hint.and_then(|hint| self.person_of_hint(hint)) {
            Some(person) => Ok(person),
            None if is_post => self.person_of_form(),
            None => return self.page("sso", None),
        };
        match person {
            Ok(person) => match self.provider.respond(self.cx, &asked, &person).await {
                Ok(response) => self.post_back(&asked.answer_to, &response),
                Err(_) => reply::empty(StatusCode::INTERNAL_SERVER_ERROR),
            },
            Err(problem) => self.page("sso", Some(problem)),
        }
    }

    fn sign_off(&self) -> Response<Bytes> {
        let request = self.query.get("SAMLRequest").and_then(saml::logout_asked);
        let Some(id) = request else {
            return refused("The SAMLRequest is no LogoutRequest.");
        };
        let to = format!("{}/saml2/logout", self.cx.origin.base_url);
        let own = format!("_{}", self.cx.app.random.uuid());
        let response = saml::logged_out(&own, &id, &to, self.cx.now);
        self.post_back(&to, &response)
    }

    fn post_back(&self, to: &str, response: &str) -> Response<Bytes> {
        let html = pages::post_back(&PostBack {
            page: &plain_frame(),
            name: &self.provider.name,
            action: to,
            response,
            relay_state: self.query.get("RelayState").unwrap_or_default(),
        });
        reply::page(StatusCode::OK, html)
    }
}

/// The endpoints of a provider that speaks SAML.
pub(super) const ENDPOINTS: [&str; 3] = ["metadata", "sso", "slo"];
