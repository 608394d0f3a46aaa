//! `/error?error=…&client_id=…`, the page that the browser is sent to where there is no app to tell, and
//! the ways to refuse an authorization. The page itself answers 400 (captured: facts/oauth.md §2).

use bytes::Bytes;
use http::{Response, StatusCode};

use super::request::{Destination, Refusal};
use super::{Call, reply};
use crate::errors::oauth::{FORGED_FORM, NO_PAGES, OAuthError, PAGE_ERROR};
use crate::pages;

pub(super) fn show(call: &Call<'_>) -> Response<Bytes> {
    page(call, PAGE_ERROR, call.query.get("error"))
}

/// A page that says what went wrong; `code` is OAuth's word for it.
pub(super) fn page(call: &Call<'_>, text: &str, code: Option<&str>) -> Response<Bytes> {
    let html = pages::error(call.page(), text, code);
    reply::page(StatusCode::BAD_REQUEST, html)
}

impl Call<'_> {
    pub(super) fn refuse(&self, refusal: Refusal) -> Response<Bytes> {
        match refusal {
            Refusal::Page(text) => page(self, &text, None),
            Refusal::Forged => {
                let html = pages::error(self.page(), FORGED_FORM, None);
                reply::page(StatusCode::FORBIDDEN, html)
            }
            Refusal::NoPages => {
                let page = self.page();
                let html = pages::message(page, page.say("Login pages unavailable"), NO_PAGES);
                reply::page(StatusCode::FORBIDDEN, html)
            }
            Refusal::ErrorPage(error, client_id) => {
                self.noted.lock().error = Some(error.into());
                let address = format!("{}/error", self.base_url());
                let parameters = [("error", error), ("client_id", &client_id)];
                reply::redirect(&reply::with_parameters(&address, false, &parameters))
            }
            Refusal::App(destination, error) => self.tell_app(&destination, &error),
        }
    }

    /// In the order that was captured (facts/oauth.md §2).
    pub(super) fn tell_app(&self, to: &Destination, error: &OAuthError) -> Response<Bytes> {
        self.note_error(error);
        let mut parameters = Vec::new();
        if let Some(description) = &error.description {
            parameters.push(("error_description", description.as_str()));
        }
        if let Some(state) = &to.state {
            parameters.push(("state", state));
        }
        parameters.push(("error", error.error));
        let location = reply::with_parameters(&to.redirect_uri, to.in_fragment, &parameters);
        reply::redirect(&location)
    }
}
