//! What the pages with a form share: the request that they carry on, from the page that this browser was
//! shown, in its time; and what they carry sealed (facts/oauth.md §3).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use cognito_model::Timestamp;
use http::Response;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cookies::{CSRF, PAGE_DATA};
use super::errand::Errand;
use super::request::{AuthorizationRequest, Refusal};
use super::{Call, reply};
use crate::errors::{ApiError, oauth};
use crate::pages::Form;
use crate::store::Pool;

const SHOWN: &[u8] = b"page data";
/// From the page to the answer (documented: five minutes).
pub(super) const LIFE_SECONDS: i64 = 5 * 60;

/// What the cookie `page-data` keeps.
#[derive(Serialize, Deserialize)]
pub(super) struct PageData {
    shown: Timestamp,
    pub(super) errand: Option<Errand>,
}

impl Call<'_> {
    /// What the app asked for, as the address of a page carries it on.
    pub(super) fn asked(&self) -> Result<AuthorizationRequest<'_>, Refusal> {
        let request = AuthorizationRequest::check(self, &self.query)?;
        if !self.has_pages(&request.pool, request.client_id) {
            return Err(Refusal::NoPages);
        }
        Ok(request)
    }

    /// The same of a form that was sent: only from a page that this browser was shown, and in time.
    pub(super) fn submitted(&self) -> Result<AuthorizationRequest<'_>, Refusal> {
        let request = self.asked()?;
        self.check_form()?;
        Ok(request)
    }

    pub(super) fn check_form(&self) -> Result<(), Refusal> {
        if !self.has_csrf_token() {
            return Err(Refusal::Forged);
        }
        if self.took_too_long() {
            return Err(Refusal::Page(oauth::TOOK_TOO_LONG.to_owned()));
        }
        Ok(())
    }

    /// A first page: from now on the browser has its time.
    pub(super) fn begin_page(&self, response: &mut Response<Bytes>) {
        let errand = self.page_data().and_then(|it| it.errand);
        self.keep_page_data(response, errand);
        self.keep_language(response);
    }

    pub(super) fn keep_page_data(&self, response: &mut Response<Bytes>, errand: Option<Errand>) {
        let shown = self.cx.now;
        if let Some(data) = self.seal(SHOWN, &PageData { shown, errand }) {
            reply::set_cookie(response, &self.cookie(PAGE_DATA, &data));
        }
    }

    pub(super) fn page_data(&self) -> Option<PageData> {
        self.open(SHOWN, self.cookies.get(PAGE_DATA)?)
    }

    /// A form that goes to this path; `carries` is what it brings back, sealed.
    pub(super) fn page_form<'f>(
        &'f self,
        path: &'static str,
        carries: &'f str,
        error: Option<&'f str>,
    ) -> Form<'f> {
        Form {
            page: self.page(),
            path,
            query: self.query_text,
            csrf: &self.csrf,
            challenge: carries,
            error,
            outbox: None,
        }
    }

    /// Where the messages to a user are shown, if the browser is on this machine.
    pub(super) fn outbox_of(&self, pool: &Pool, username: &str) -> Option<String> {
        let caller = self.cx.origin.address.to_canonical();
        let found = pool.read(|state| Some(state.users().find(username)?.username.clone()));
        let username = found.as_deref().unwrap_or(username);
        let query = [("userPoolId", pool.id()), ("username", username)];
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        (caller.is_loopback() && !username.is_empty())
            .then(|| format!("/_cognitwin/messages?{query}"))
    }

    /// What a browser keeps for this server, and neither reads nor changes.
    pub(super) fn seal(&self, purpose: &'static [u8], value: &impl Serialize) -> Option<String> {
        let app = &self.cx.app;
        let sealed = app.sealer.seal(purpose, value, 0, &app.random).ok()?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    pub(super) fn open<T: DeserializeOwned>(
        &self,
        purpose: &'static [u8],
        text: &str,
    ) -> Option<T> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        self.cx.app.sealer.open(purpose, &sealed)
    }

    /// Whether the form comes from a page that this browser was shown.
    fn has_csrf_token(&self) -> bool {
        let (Some(given), Some(own)) = (self.form.get("_csrf"), self.cookies.get(CSRF)) else {
            return false;
        };
        verify_slices_are_equal(given.as_bytes(), own.as_bytes()).is_ok()
    }

    fn took_too_long(&self) -> bool {
        let now = self.cx.now.as_millis();
        let data = self.page_data();
        data.is_some_and(|data| now >= data.shown.as_millis() + LIFE_SECONDS * 1000)
    }
}

/// What a page says of a refusal; of a failure of this server it says nothing.
pub(super) fn words(error: &ApiError) -> String {
    if error.status().is_server_error() {
        tracing::error!(cause = ?std::error::Error::source(error), "{error}");
        return oauth::PAGE_ERROR.to_owned();
    }
    error.message().unwrap_or(oauth::PAGE_ERROR).to_owned()
}
