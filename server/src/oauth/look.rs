//! The language and the look of the pages: what the browser asked for, and what its client has.

use bytes::Bytes;
use http::Response;

use super::cookies::LANGUAGE;
use super::place::Place;
use super::request::Refusal;
use super::{Call, reply};
use crate::errors::oauth;
use crate::pages::{Frame, Look};
use crate::store::{Pool, PoolState};

/// The languages of managed login (documented).
const LANGUAGES: [&str; 11] = [
    "de", "en", "es", "fr", "id", "it", "ja", "ko", "pt-BR", "zh-CN", "zh-TW",
];
const YEAR: i64 = 365 * crate::aws_time::DAY;

impl Call<'_> {
    /// What its pages have, whichever they are.
    pub(super) fn page(&self) -> &Frame {
        self.frame
            .get_or_init(|| Frame::new(self.language(), self.look()))
    }

    fn look(&self) -> Look {
        let Some(pool) = self.pool() else {
            return Look::default();
        };
        let sent = self.form.get("client_id");
        let client_id = sent.or_else(|| self.query.get("client_id"));
        let client_id = client_id.unwrap_or_default();
        pool.read(|state| {
            let pages = state.login_pages();
            if self.is_managed_login(state) {
                Look::managed(pages.branding_of(client_id))
            } else {
                Look::classic(pages.customization(client_id))
            }
        })
    }

    /// As the domain is set that was asked; at the server's own address, as any domain of the pool is.
    pub(super) fn is_managed_login(&self, state: &PoolState) -> bool {
        let mut domains = state.domains().iter();
        match self.place {
            Place::Domain(_, is_managed) => is_managed,
            _ => domains.any(|it| it.description.managed_login_version == Some(2)),
        }
    }

    /// What a page says where the query lacks something; without a client nobody knows the pool, unless the domain does.
    pub(super) fn missing_parameter(&self, name: &str, state: Option<&PoolState>) -> Refusal {
        let is_managed = match state {
            Some(state) => self.is_managed_login(state),
            None => matches!(self.place, Place::Domain(_, true)),
        };
        Refusal::Page(oauth::missing_query_parameter(name, is_managed))
    }

    /// Managed login has no pages for a client without a style (captured: see the text that is told).
    pub(super) fn has_pages(&self, pool: &Pool, client_id: &str) -> bool {
        pool.read(|state| {
            !self.is_managed_login(state) || state.login_pages().branding_of(client_id).is_some()
        })
    }

    /// Asked for by `lang`, now or earlier.
    pub(super) fn language(&self) -> &'static str {
        let known = |asked: Option<&str>| LANGUAGES.into_iter().find(|it| Some(*it) == asked);
        known(self.query.get("lang"))
            .or_else(|| known(self.cookies.get(LANGUAGE)))
            .unwrap_or("en")
    }

    /// Later pages are in the language that this one was asked for in.
    pub(super) fn keep_language(&self, response: &mut Response<Bytes>) {
        if let Some(asked) = self.query.get("lang")
            && LANGUAGES.contains(&asked)
        {
            reply::set_cookie(response, &self.lasting_cookie(LANGUAGE, asked, YEAR));
        }
    }
}
